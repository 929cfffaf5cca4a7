import Glibc
import TestSupport
import Testing

/// Nodes with what no capture has: the rules of network plugins and their policies, and somebody's own.
@Suite(
  "A redacted snapshot of a whole node",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces of its own"), .serialized)
struct RedactedNodeTests {
  @Test(
    "Answers as the node by its pseudonyms, with a plugin's interfaces, sets and policies",
    arguments: [
      ("calico", "legacy"), ("calico", "nft"), ("cilium", "nft"), ("k3s", "legacy"), ("kube-router", "nft"),
      ("weave", "legacy"), ("aws", "legacy"), ("antrea", "legacy"),
    ])
  func plugins(cni: String, backend: String) throws {
    let name = "kpx-redacted-\(getpid())"
    let folder = "/tmp/\(name)"
    let file = "\(folder)/original.kpx"
    defer { _ = try? runTool(["rm", "-rf", folder]) }
    try succeed(
      ["python3", "\(Capture.folder)/../../Support/nodes/node_rules.py", "--cni", cni, "--policy", "default-deny"]
        + ["--pods", "6", "--services", "2", "--policies", "1", "--out", folder])
    defer { _ = try? runTool(["bash", "\(folder)/node.sh", name, "down"]) }
    try succeed(["bash", "\(folder)/node.sh", name, backend])
    try succeed([
      Kpx.path, "snapshot", "-o", file, "--netns", name, "--api-dump", "\(folder)/api", "--node", "node1",
      "--proxy-version", "1.34",
    ])
    let redacted = try RedactedAnswers(of: file)
    defer { redacted.remove() }
    for question in [
      ["services", "-A"], ["check"], ["veth"], ["chain"], ["ipset"], ["trace", "default/web"],
      ["trace", "default/web", "--from", "10.244.1.7"],
    ] {
      try redacted.compare(question)
    }
  }

  @Test("Has no word and no address that somebody has put anywhere into rules, sets, links and objects")
  func words() async throws {
    let folder = "/tmp/kpx-zebra-\(getpid())"
    let file = "\(folder)/node.kpx"
    defer { _ = try? runTool(["rm", "-rf", folder]) }
    try succeed(["mkdir", folder])
    try succeed(["tee", "\(folder)/zebra.json"], input: Array(Zebra.objects.utf8))
    try await withPrivateNetworkNamespace { namespace in
      for command in Zebra.commands { try namespace.must("sh", "-c", command) }
      try namespace.must("ipset", "restore", input: Array(Zebra.sets.utf8))
      try namespace.must("iptables-legacy-restore", input: Array(Zebra.rules.utf8))
      try namespace.must("iptables-nft-restore", input: Array(Zebra.rules.utf8))
      try namespace.must("nft", "-f", "-", input: Array(Zebra.native.utf8))
      let options = ["--connections", "--api-dump", folder, "--node", "zebra-node"]
      try succeed([Kpx.path, "snapshot", "-o", file] + options)
      let made = try runTool([Kpx.path, "snapshot", "--redact", "-o", file + "-redacted"] + options)
      #expect(made.status == 0 && !made.errorText.dropLast(80).contains("zebra-node"), "\(made)")
    }
    let (original, redacted) = (try content(file), try content(file + "-redacted"))
    for member in ["xt-ip-filter", "nft-rules", "nft-setelems", "ipset", "links", "api/objects", "manifest"] {
      #expect(original.contains { $0.name.contains(member) && !Zebra.left(in: $0.bytes).isEmpty }, "\(member)")
    }
    for member in redacted { #expect(Zebra.left(in: member.bytes) == [], "\(member.name)") }
    #expect(redacted.count == original.count)
    let listing = try runTool([Kpx.path, "chain", "--snapshot", file + "-redacted"])
    #expect(listing.status == 0 && !listing.text.contains("zebra"), "\(listing)")
  }

  private func content(_ file: String) throws -> [(name: String, bytes: [UInt8])] {
    try succeed(["tar", "-tzf", file]).split(separator: "\n").map { name in
      (String(name), try runTool(["tar", "-xzOf", file, String(name)]).output)
    }
  }
}

/// A word and addresses that stand wherever somebody's own can.
private enum Zebra {
  static let commands = [
    "ip link add zebra0 type veth peer name vethzebra",
    "ip link set zebra0 address 02:42:c6:33:64:4d alias zebra-alias up",
    "ip link property add dev zebra0 altname zebra-altname",
    "ip link add calizebra type veth peer name lxczebra", "ip addr add 198.51.100.77/24 dev zebra0",
    "ip -6 addr add 2001:db8:5eb:a::77/64 dev zebra0 nodad", "ip route add 203.0.113.80/28 via 198.51.100.80",
    "ip rule add from 198.51.100.77 iif zebra0 lookup 77",
    "ip neigh add 198.51.100.80 lladdr 02:42:c6:33:64:50 dev zebra0",
  ]

  static let sets = """
    create zebra hash:ip,port comment
    add zebra 198.51.100.77,tcp:80 comment "zebra"
    create zebra-net hash:net,iface
    add zebra-net 198.51.100.64/26,zebra0
    create zebra-list list:set
    add zebra-list zebra

    """

  static let rules = """
    *filter
    :ZEBRA - [0:0]
    -A FORWARD -i zebra0 -s 198.51.100.77 -m comment --comment "zebra's \\"own\\"" -j ZEBRA
    -A FORWARD -o zeb+ -j DROP
    -A ZEBRA -d 198.51.100.77/255.255.255.252 -m comment --comment "zebra/zebra:zebra cluster IP" -j ACCEPT
    -A ZEBRA -m iprange --src-range 198.51.100.70-198.51.100.77 -j ACCEPT
    -A ZEBRA -m mac --mac-source 02:42:c6:33:64:4d -j ACCEPT
    -A ZEBRA -m set --match-set zebra src,dst -j ACCEPT
    -A ZEBRA -m conntrack --ctorigsrc 198.51.100.77 -j ACCEPT
    -A ZEBRA -m recent --name zebra --rsource --set
    -A ZEBRA -m string --string zebra --algo bm -j DROP
    -A ZEBRA -p tcp -m multiport --dports 80,443 -j LOG --log-prefix "zebra: "
    -A ZEBRA -j NFLOG --nflog-prefix zebra
    COMMIT
    *nat
    :KUBE-SVC-ZEBRAZEBRAZEBRAZ - [0:0]
    -A PREROUTING -d 198.51.100.77 -j KUBE-SVC-ZEBRAZEBRAZEBRAZ
    -A KUBE-SVC-ZEBRAZEBRAZEBRAZ -p tcp -j DNAT --to-destination 198.51.100.80:80
    -A POSTROUTING -j SNAT --to-source 198.51.100.70-198.51.100.77
    COMMIT

    """

  static let native = """
    table inet zebra {
      comment "zebra"
      counter zebra { comment "zebra" }
      set zebra { type ipv4_addr; flags interval; comment "zebra"; elements = { 198.51.100.64/28, 198.51.100.80 comment "zebra" } }
      set zebra6 { type ipv6_addr . inet_service; elements = { 2001:db8:5eb:a::77 . 80 } }
      set zebrated { type ifname; flags interval; elements = { "zebra*", "cali5*" } }
      map zebra-map { type ipv4_addr . inet_service : ipv4_addr . inet_service; elements = { 198.51.100.77 . 80 : 198.51.100.80 . 8080 } }
      map zebra-verdicts { type ifname : verdict; elements = { "zebra0" : jump zebra } }
      chain zebra {
        ip saddr 198.51.100.77 counter name "zebra" log prefix "zebra: " comment "zebra"
        ip saddr & 255.0.255.0 == 198.0.100.0 drop
        ip daddr @zebra accept
        ip daddr != 198.51.100.70-198.51.100.77 accept
        ip6 daddr . tcp dport @zebra6 accept
        ether saddr 02:42:c6:33:64:4d accept
        iifname @zebrated accept
        iifname "zebra*" accept
        @th,64,32 0xc633644d drop
        @nh,96,32 0xc633644d drop
        ct original ip saddr 198.51.100.77 accept
        iifname vmap @zebra-verdicts
      }
      chain nat {
        type nat hook prerouting priority dstnat;
        dnat ip to ip daddr . tcp dport map @zebra-map
        ip daddr 198.51.100.77 tcp dport 80 dnat ip to 198.51.100.80:80
      }
    }

    """

  static let objects = """
    {"kind": "List", "apiVersion": "v1", "items": [
      {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "zebra", "namespace": "zebra", "uid": "zebra",
          "labels": {"zebra": "zebra", "zebra.kubernetes.io/zebra": "zebra", "app": "zebra"},
          "annotations": {"service.kubernetes.io/topology-mode": "zebra", "zebra": "zebra"}, "deletionTimestamp": "zebra"},
        "spec": {"type": "LoadBalancer", "clusterIP": "198.51.100.77", "clusterIPs": ["198.51.100.77"],
          "externalIPs": ["198.51.100.80", "zebra"], "externalName": "zebra.example", "trafficDistribution": "zebra",
          "loadBalancerSourceRanges": ["198.51.100.64/26"], "selector": {"zebra": "zebra"},
          "ports": [{"name": "zebra", "port": 80, "targetPort": "zebra", "nodePort": 30077}]},
        "status": {"loadBalancer": {"ingress": [{"ip": "198.51.100.99"}, {"hostname": "zebra.example"}]}}},
      {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "addressType": "IPv4",
        "metadata": {"name": "zebra-1", "namespace": "zebra", "labels": {"kubernetes.io/service-name": "zebra"}},
        "ports": [{"name": "zebra", "port": 8080}],
        "endpoints": [{"addresses": ["198.51.100.80"], "nodeName": "zebra-node", "zone": "zebra", "hostname": "zebra",
          "hints": {"forZones": [{"name": "zebra"}]}, "targetRef": {"kind": "zebra", "namespace": "zebra", "name": "zebra"}}]},
      {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "kube-vip-zebra", "namespace": "zebra", "uid": "zebra",
          "annotations": {"kubernetes.io/config.mirror": "zebra"}},
        "spec": {"nodeName": "zebra-node", "containers": [{"ports": [{"hostPort": 80, "hostIP": "198.51.100.77", "containerPort": 80}]}]},
        "status": {"phase": "zebra", "podIP": "198.51.100.80", "podIPs": [{"ip": "198.51.100.80"}],
          "conditions": [{"type": "zebra.example/gate", "status": "zebra"}]}},
      {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "zebra-node",
          "labels": {"kubernetes.io/hostname": "zebra-node", "node-role.kubernetes.io/zebra": "", "topology.kubernetes.io/zone": "zebra"}},
        "spec": {"podCIDR": "198.51.100.64/26", "podCIDRs": ["198.51.100.64/26"]},
        "status": {"addresses": [{"type": "InternalIP", "address": "198.51.100.77"}, {"type": "Hostname", "address": "zebra-node"}],
          "nodeInfo": {"kubeletVersion": "zebra"}}}
    ]}

    """

  private static let secrets: [(text: String, bytes: [UInt8])] =
    ([64, 70, 77, 80, 99] as [UInt8]).flatMap { last -> [(String, [UInt8])] in
      let bytes: [UInt8] = [198, 51, 100, last]
      let text = bytes.map { "\($0)" }.joined(separator: ".")
      return [(text, Array(text.utf8)), ("\(text), as a number", bytes), ("\(text), backwards", bytes.reversed())]
    } + [
      ("a MAC address", [0x02, 0x42, 0xc6, 0x33, 0x64]), ("its text", Array("02:42:c6:33:64".utf8)),
      ("203.0.113.80", [203, 0, 113, 80]), ("an IPv6 address", [0x20, 0x01, 0x0d, 0xb8, 0x05, 0xeb]),
      ("its text", Array("2001:db8:5eb:a".utf8)),
    ]

  /// What is in the bytes of a member that must not be.
  static func left(in bytes: [UInt8]) -> [String] {
    let lower = bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    return (lower.contains(Array("zebra".utf8)) ? ["zebra"] : [])
      + secrets.filter { bytes.contains($0.bytes) }.map(\.text)
  }
}
