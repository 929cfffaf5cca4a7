import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// On nodes with network policies and firewalls beside kube-proxy: what is lost behind kube-proxy's rules is no fault of
/// kube-proxy's, and its owner is named.
@Suite(
  "What ends packets behind kube-proxy's rules",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces of its own"), .serialized)
struct DroppedByRuleTests {
  /// A node that node_rules.py makes, and what is said of its service default/web.
  struct World: Sendable, CustomTestStringConvertible {
    var options: [String]
    var backend = "legacy"
    /// The beginning of a line of standard output; nil for no finding.
    var finding: String?
    var status: Int32

    var testDescription: String { "\(options.joined(separator: " ")) (\(backend))" }
  }

  private static let worlds = [
    World(
      options: ["--cni", "calico", "--policy", "deny"],
      finding: "warning: packets to 2 endpoints are dropped on the way to the endpoint, by rules of Calico", status: 1),
    World(
      options: ["--cni", "k3s", "--policy", "default-deny"], backend: "nft",
      finding: "warning: packets to 2 endpoints are rejected on the way to the endpoint, by rules of kube-router",
      status: 1),
    World(
      options: ["--cni", "bridge", "--damage", "forward-drop"],
      finding: "error: packets to 2 endpoints are dropped on the way to the endpoint", status: 1),
    World(
      options: ["--cni", "calico", "--damage", "stale-dispatch"],
      finding: "warning: packets to 10.244.1.5:8080 are dropped on the way to the endpoint, by rules of Calico",
      status: 1),
    // A match that cannot be decided stands before the rule that drops, which drops either way.
    World(
      options: ["--cni", "cilium", "--damage", "foreign-drop"],
      finding: "error: packets to 10.244.1.5:8080 are dropped on the way to the endpoint", status: 1),
    // Interfaces of docker and libvirt are no way for clients outside the cluster.
    World(
      options: ["--cni", "kube-router", "--policy", "deny", "--agent", "docker"],
      finding: "warning: packets to 2 endpoints are rejected on the way to the endpoint, by rules of kube-router",
      status: 1),
    // Bridges tell iptables which ports a packet passes: `-m physdev` is decided, and Weave's rule without a comment its own.
    World(
      options: ["--cni", "weave", "--policy", "deny"],
      finding: "warning: packets to 2 endpoints are dropped on the way to the endpoint, by rules of Weave Net",
      status: 1),
    World(options: ["--cni", "flannel", "--agent", "libvirt"], finding: nil, status: 0),
    World(options: ["--cni", "calico", "--policy", "allow"], finding: nil, status: 0),
    World(options: ["--cni", "flannel"], finding: nil, status: 0),
  ]

  @Test("The rules' owner is named, and kube-proxy is not blamed", arguments: worlds)
  func blame(_ world: World) throws {
    let result = try trace(world)
    let lines = result.text.split(separator: "\n").map(String.init)
    let findings = lines.filter { $0.hasPrefix("error") || $0.hasPrefix("warning") }
    #expect(findings.count == (world.finding == nil ? 0 : 1), "\(findings)")
    if let finding = world.finding, let found = findings.first {
      #expect(found.hasPrefix(finding), "\(found)")
      #expect(found.hasSuffix("[dropped-by-rule]"))
    }
    #expect(result.status == world.status)
  }

  @Test(
    "One packet that arrives does so without a condition, also where rules check that its source is behind its interface",
    arguments: [("calico", "iptables"), ("calico-nft", "nftables")], ["10.244.1.7", "external", "node"])
  func reversePath(node: (cni: String, mode: String), origin: String) throws {
    let world = World(
      options: ["--cni", node.cni, "--kube-proxy", node.mode], backend: node.mode == "nftables" ? "nft" : "legacy",
      status: 0)
    let result = try trace(world, ["--from", origin])
    #expect(result.status == 0 && !result.text.contains("forward if"), "\(result.text)")
  }

  @Test("A forwarded packet has no socket: rules that ask for one do not change what an endpoint sees")
  func owner() throws {
    let world = World(options: ["--cni", "flannel", "--agent", "istio-cni"], status: 0)
    let result = try trace(world, ["--from", "10.244.1.7"])
    #expect(result.status == 0 && !result.text.contains("169.254.7.127"), "\(result.text)")
  }

  @Test("Each endpoint's own rule is named, and no packet is spoken of that a pod's interface would not bring")
  func rules() throws {
    let text = try trace(World(options: ["--cni", "calico", "--policy", "default-deny"], status: 1)).text
    #expect(text.contains("10.244.1.5:8080: dropped, ") && text.contains("(filter cali-tw-cali5977067a3b0 rule "))
    #expect(text.contains("10.244.1.6:8080: dropped, ") && text.contains("(filter cali-tw-cali55badb8227c rule "))
    for word in ["arriving by", "rpfilter", "cali-from-wl-dispatch", "and 1 more)\n  10"] {
      #expect(!text.contains(word), "\(text)")
    }
  }

  @Test(
    "Where everything arrives, interfaces of pods are no condition",
    arguments: [
      World(options: ["--cni", "calico", "--policy", "allow", "--policies", "2"], status: 0),
      World(options: ["--cni", "calico-nft", "--kube-proxy", "nftables"], backend: "nft", status: 0),
      World(options: ["--cni", "aws"], status: 0),
    ])
  func unconditional(_ world: World) throws {
    let result = try trace(world)
    #expect(result.status == 0)
    #expect(!result.text.contains("arriving by") && !result.text.contains("forward if"), "\(result.text)")
  }

  @Test(
    "A rule that redirects packets to this node itself is named, and kube-proxy is not blamed",
    arguments: ["flannel", "cilium"])
  func redirected(cni: String) throws {
    let result = try trace(World(options: ["--cni", cni, "--damage", "redirect"], status: 1))
    #expect(result.status == 1 && !result.text.contains("endpoint-drift"), "\(result.text)")
    #expect(result.text.contains("are redirected to a program of this node, port "), "\(result.text)")
    #expect(result.text.contains("reject: it goes to port 15001 of this node, where nothing listens"), "\(result.text)")
    #expect(!result.text.contains("reject-shadow"), "\(result.text)")
  }

  @Test("Who listens at the port that packets are redirected to is named")
  func redirectedToProgram() throws {
    let result = try trace(
      World(options: ["--cni", "flannel", "--damage", "redirect"], status: 1),
      after: Self.listen("tcp", "0.0.0.0", 15001))
    #expect(result.status == 1 && !result.text.contains("error:"), "\(result.text)")
    #expect(result.text.contains("  python3 (pid "), "\(result.text)")
  }

  @Test("What NodeLocal DNSCache answers itself is told, and is no error")
  func nodeLocalDNS() throws {
    let world = World(options: ["--cni", "flannel", "--agent", "node-local-dns"], status: 0)
    let listen = ["tcp", "udp"].map { Self.listen($0, "10.96.0.10", 53) }.joined(separator: "; ")
    let result = try trace(world, of: "kube-system/kube-dns", after: listen)
    #expect(result.status == 0 && !result.text.contains("endpoint-drift"), "\(result.text)")
    #expect(result.text.contains("[delivered-here]") && result.text.contains("as NodeLocal DNSCache does"))
    #expect(!result.text.contains("no rule translates it"), "\(result.text)")
  }

  @Test("A NodeLocal DNSCache that has gone and left its rules is an error")
  func deadNodeLocalDNS() throws {
    let world = World(options: ["--cni", "flannel", "--agent", "node-local-dns"], status: 1)
    let result = try trace(world, of: "kube-system/kube-dns")
    #expect(result.status == 1, "\(result.text)")
    #expect(
      result.text.contains("such as NodeLocal DNSCache, and none listens there [delivered-here]"), "\(result.text)")
  }

  /// A program that listens for ten seconds.
  private static func listen(_ transport: String, _ address: String, _ port: UInt16) -> String {
    let type = transport == "tcp" ? "SOCK_STREAM" : "SOCK_DGRAM"
    let listen = transport == "tcp" ? "s.listen()" : "pass"
    return "python3 -c 'import socket, time; s = socket.socket(socket.AF_INET, socket.\(type)); "
      + "s.bind((\"\(address)\", \(port))); \(listen); print(flush=True); time.sleep(10)' >/tmp/listening.$$ & "
      + "until [ -s /tmp/listening.$$ ]; do sleep 0.05; done; rm /tmp/listening.$$"
  }

  @Test(
    "An endpoint behind a route that refuses is lost, and the route is named; neither a rule nor kube-proxy is",
    arguments: [("blackhole", "a blackhole route discards packets to"), ("prohibit", "a route prohibits")])
  func refusingRoute(type: String, reason: String) throws {
    let world = World(options: ["--cni", "calico"], status: 1)
    let result = try trace(world, after: "ip route replace \(type) 10.244.1.5")
    #expect(result.status == 1)
    let lines = result.text.split(separator: "\n").map(String.init)
    #expect(
      lines.filter { $0.hasPrefix("error") || $0.hasPrefix("warning") } == [
        "error: packets to 10.244.1.5:8080 are dropped: the node's routes do not lead there [endpoint-unroutable]"
      ])
    #expect(lines.contains("  10.244.1.5:8080: dropped, \(reason) 10.244.1.5"), "\(result.text)")
  }

  @Test("A blocklist in front, whose members are too many to tell apart, is not blamed for what a policy drops")
  func blocklist() throws {
    let addresses = "seq 0 9999 | awk '{ print \"add block 203.0.\" int($1 / 256) \".\" $1 % 256 }'"
    let result = try trace(
      Self.worlds[0],
      after: "ipset create block hash:ip; \(addresses) | ipset restore"
        + "; iptables-legacy -I FORWARD -m set --match-set block src -j DROP")
    #expect(result.status == 1)
    let lines = result.text.split(separator: "\n").map(String.init)
    #expect(!lines.contains { $0.hasPrefix("error") || $0.contains("FORWARD rule 1") }, "\(result.text)")
    #expect(lines.contains { $0.hasSuffix("by rules of Calico [dropped-by-rule]") }, "\(result.text)")
  }

  /// Rules of a firewall, and whether somebody may well have meant them so.
  struct Firewall: Sendable, CustomTestStringConvertible {
    var rules: String
    var isMeant: Bool

    var testDescription: String { rules }
  }

  @Test(
    "A blocklist of sources outside the cluster is told and is no problem; one that names a node, or half of the world, is",
    arguments: [
      Firewall(rules: "-s 203.0.113.0/24", isMeant: true), Firewall(rules: "-s 198.51.100.7", isMeant: true),
      Firewall(rules: "-s 45.0.0.0/8", isMeant: false), Firewall(rules: "-s 192.168.50.52", isMeant: false),
    ], ["FORWARD", "PREROUTING -t mangle"])
  func listed(_ firewall: Firewall, chain: String) throws {
    let result = try trace(
      World(options: ["--cni", "flannel"], status: 0), after: "iptables-legacy -I \(chain) \(firewall.rules) -j DROP")
    let lines = result.text.split(separator: "\n").map(String.init)
    let told = lines.filter { $0.hasSuffix("[dropped-by-rule]") || $0.hasSuffix("[source-excluded]") }
    #expect(result.status == (firewall.isMeant ? 0 : 1), "\(result.text)")
    #expect(!told.isEmpty && told.allSatisfy { $0.hasPrefix("info") == firewall.isMeant }, "\(result.text)")
  }

  /// A fault of the node, what says so, and why the endpoint gets nothing.
  struct Fault: Sendable, CustomTestStringConvertible {
    var cni: String
    var damage: String
    var finding: String
    var reason: String

    var testDescription: String { "\(damage) on \(cni)" }
  }

  @Test(
    "A pod's interface that is down, its route that is gone and forwarding that is off are told, and nobody else is blamed",
    arguments: [
      Fault(
        cni: "aws", damage: "link-down", finding: "the node's routes do not lead there [endpoint-unroutable]",
        reason: "the pod is on this node, and no route leads to it: its packets leave by eth0"),
      Fault(
        cni: "bridge", damage: "link-down", finding: "the interface that leads there is down [endpoint-unroutable]",
        reason: "veth5977067a, the port of cni0 that leads to the pod, is down"),
      Fault(
        cni: "aws", damage: "prohibit", finding: "the node's routes do not lead there [endpoint-unroutable]",
        reason: "a route prohibits 10.244.1.5"),
      Fault(
        cni: "bridge", damage: "no-forward", finding: "this node does not forward packets [forward-blocked]",
        reason: "the node forwards no packets (net.ipv4.ip_forward is 0)"),
    ])
  func faultOfTheNode(_ fault: Fault) throws {
    let result = try trace(World(options: ["--cni", fault.cni, "--damage", fault.damage], status: 1))
    #expect(result.status == 1)
    let lines = result.text.split(separator: "\n").map(String.init)
    let found = lines.filter { $0.hasPrefix("error") || $0.hasPrefix("warning") }
    #expect(found.count == 1 && found[0].hasSuffix(fault.finding), "\(result.text)")
    #expect(lines.contains("  10.244.1.5:8080: dropped, \(fault.reason)"), "\(result.text)")
  }

  @Test(
    "A node whose INPUT lets no answers in gets none from its endpoints, and its pods and clients do",
    arguments: ["bridge", "aws"])
  func droppedAnswers(cni: String) throws {
    let world = World(options: ["--cni", cni, "--damage", "input-drop"], status: 0)
    #expect(try trace(world).status == 0)
    let node = try trace(world, ["--from", "node"])
    #expect(node.status == 1)
    #expect(
      node.text.contains("error: answers of 2 endpoints are dropped on the way back [dropped-by-rule]"), "\(node.text)")
    #expect(
      node.text.contains("10.244.1.5:8080: dropped, the answers are dropped: policy of filter INPUT"), "\(node.text)")
  }

  @Test("A packet that arrives ends with 0, whatever other clients get, and one that does not with 1")
  func onePacket() throws {
    let world = Self.worlds[1]
    let node = try trace(world, ["--from", "node"])
    #expect(node.status == 0, "\(node.text)")
    let pod = try trace(world, ["--from", "10.244.1.7"])
    #expect(pod.status == 1, "\(pod.text)")
    #expect(pod.text.contains("[dropped-by-rule]") && !pod.text.contains("[endpoint-drift]"))
  }

  private func trace(
    _ world: World, _ options: [String] = [], of service: String = "default/web", after command: String? = nil
  ) throws -> ToolResult {
    let name = "kpx-world-\(getpid())"
    let folder = "/tmp/\(name)"
    let generator = "\(Capture.folder)/../../Support/nodes/node_rules.py"
    let size = ["--pods", "6", "--services", "2", "--policies", "1", "--out", folder]
    defer { _ = try? runTool(["rm", "-rf", folder]) }
    try succeed(["python3", generator] + world.options + size)
    defer { _ = try? runTool(["bash", "\(folder)/node.sh", name, "down"]) }
    try succeed(["bash", "\(folder)/node.sh", name, world.backend])
    if let command { try succeed(["ip", "netns", "exec", name, "sh", "-c", command]) }
    return try runTool(
      [
        Kpx.path, "trace", service, "--netns", name, "--api-dump", "\(folder)/api", "--node", "node1",
        "--proxy-version", "1.34", "-4",
      ] + options)
  }
}
