import TestSupport
import Testing

/// A word and addresses that stand wherever somebody's own can.
enum Zebra {
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

  /// Rules, what loads them, and how many of them have something that no pseudonym has.
  struct Rules: Sendable, CustomTestStringConvertible {
    let program: [String]
    let text: String
    let unsayable: Int

    var testDescription: String { program[0] }
  }

  /// Masks with holes, ranges that are no network, beginnings of names of no plugin.
  static let conditions = Rules(
    program: ["iptables-legacy-restore", "-w", "-n"],
    text: """
      *filter
      -A INPUT -s 198.51.100.77/255.0.255.0 -j DROP
      -A INPUT -m iprange --src-range 198.51.100.70-198.51.100.77 -j DROP
      -A INPUT -i zebra+ -j DROP
      -A INPUT -m physdev --physdev-in zebra+ -j DROP
      -A INPUT -s 198.51.100.64/28 -j DROP
      -A INPUT -m iprange --src-range 198.51.100.64-198.51.100.79 -j DROP
      -A INPUT -i cali1+ -j DROP
      -A INPUT ! -i zebra0 -j DROP
      -A INPUT -m conntrack --ctorigsrc 198.51.100.64/28 --ctstate NEW -j DROP
      -A INPUT -m recent --name zebra --rcheck --seconds 60 --rsource -j DROP
      -A INPUT -m string --string zebra --algo bm -j DROP
      -A INPUT -m mac --mac-source 02:42:c6:33:64:4d -j DROP
      COMMIT
      *nat
      -A INPUT -p tcp -j SNAT --to-source 198.51.100.70-198.51.100.77
      -A INPUT -p tcp -j SNAT --to-source 198.51.100.64-198.51.100.79:80-90
      -A INPUT -j SNAT --to-source 198.51.100.77
      COMMIT

      """,
    unsayable: 5)

  /// Which of two addresses is greater, and what packets carry, too.
  static let nativeConditions = Rules(
    program: ["nft", "-f", "-"],
    text: """
      table ip filter {
        set zebra { type ipv4_addr; flags interval; elements = { 198.51.100.64/28, 198.51.100.81-198.51.100.90 } }
        chain INPUT {
          type filter hook input priority filter;
          ip saddr > 198.51.100.77 drop
          ip saddr 198.51.100.70-198.51.100.77 drop
          ip saddr & 255.0.255.0 == 198.0.100.0 drop
          @th,64,32 0xc633644d drop
          ip saddr . tcp dport { 198.51.100.70-198.51.100.77 . 80 } drop
          iifname "zebra*" drop
          ip saddr @zebra drop
          ip saddr != 198.51.100.64/28 tcp dport > 1000 drop
          ip saddr . tcp dport { 198.51.100.77 . 80, 198.51.100.64/28 . 81-90 } drop
          iifname { "cali1*", "eth0" } drop
          iifname . ip saddr { "zebra0" . 198.51.100.77 } drop
          ip saddr vmap { 198.51.100.77 : drop }
          ip frag-off & 0x1fff != 0 drop
          meta mark set ip saddr map { 198.51.100.77 : 0x5 }
          ct original ip saddr 198.51.100.77 drop
        }
      }

      """,
    unsayable: 6)

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
