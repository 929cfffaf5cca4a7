import TestSupport
import Testing

@testable import Inspect

@Suite("Checks of a node's interfaces, settings and ways to other nodes")
struct NodeNetworkTests {
  private static let own = "192.168.100.11"

  @Test("Packets of other nodes' tunnels that a rule drops are found; those that a rule lets in first are not")
  func overlay() throws {
    func found(_ change: (FakePacketFilter) -> Void, port: UInt16? = 8472, knowsNodes: Bool = true) throws -> [Finding]
    {
      let rules = serviceRules(endpoints: ["10.244.1.5:8080"], local: ["127.0.0.0/8", Self.own])
      change(rules)
      let node = DescribedNode(rules)
      var tunnel = Link.described("flannel.1", 3, kind: "vxlan", mtu: 1450, lower: LinkKey(netnsid: nil, index: 2))
      tunnel.tunnelPort = port
      node.describedLinks = [.described("eth0", 2), tunnel]
      var context = try CheckedNode().captured.context(.all)
      context.families = [.v4]
      let (checks, findings) = try CheckedNode.check(node, context, knowsNodes: knowsNodes)
      let result = checks.first { $0.id == .overlayBlocked }
      if !knowsNodes, port != nil { #expect(result?.result == .skipped) }
      return findings.filter { $0.id == .overlayBlocked }
    }
    func dropping(_ matches: [Match], before: [Match]? = nil) -> (FakePacketFilter) -> Void {
      { rules in
        if let before { rules.append("filter", "INPUT", before, .accept) }
        rules.append("filter", "INPUT", matches, .drop)
      }
    }
    func to(_ port: UInt16) -> [Match] {
      var match = UDPMatch()
      match.destination = PortMatch(port...port)
      return [.proto(.udp), .udp(match)]
    }
    let port = to(8472)
    let finding = try #require(found(dropping(port)).first)
    #expect(finding.severity == .warning && finding.confidence == .likely)
    #expect(finding.evidence.first?.text.contains("port 8472: filter INPUT rule 1") == true)
    #expect(try found(dropping(port, before: [.from("192.168.100.0/24")])) == [])
    #expect(try found(dropping(to(4789))) == [])
    #expect(try found(dropping(port), port: 4789) == [])
    #expect(try found(dropping(port), port: nil) == [])
    #expect(try found(dropping(port), knowsNodes: false) == [])
  }

  @Test("A strict reverse path filter is found where Cilium or the AWS VPC CNI is, and nowhere else")
  func reversePath() throws {
    let checked = try CheckedNode()
    func found(_ links: [Link], all: String, own: String?) throws -> [FindingID] {
      checked.node.describedLinks = links
      checked.node.settings["net/ipv4/conf/all/rp_filter"] = all
      for link in links { checked.node.settings["net/ipv4/conf/\(link.name)/rp_filter"] = own }
      return try checked.found()
    }
    let cilium = [Link.described("cilium_host", 2, kind: "veth"), .described("lxc1234", 3, kind: "veth")]
    #expect(try found(cilium, all: "0", own: "1") == [.rpFilter])
    #expect(try found(cilium, all: "1", own: "0") == [.rpFilter])
    #expect(try found(cilium, all: "0", own: "0") == [])
    // The greater of the two counts, and 2 is loose.
    #expect(try found(cilium, all: "2", own: "1") == [])
    let aws = [Link.described("eth0", 2), .described("eni1234", 3, kind: "veth")]
    #expect(try found(aws, all: "0", own: "1") == [.rpFilter])
    #expect(try found(aws, all: "0", own: "2") == [])
    #expect(try found([.described("eth0", 2), .described("lxc1234", 3, kind: "veth")], all: "1", own: "1") == [])
  }

  @Test("An interface with pods' network that is down is found; docker's, and that of a node without pods, are not")
  func down() throws {
    let checked = try CheckedNode()
    func found(_ network: String, isUp: Bool = false) throws -> [FindingID] {
      var bridge = Link.described("cni0", 2, kind: "bridge")
      if !isUp { bridge.flags = 0 }
      checked.node.describedLinks = [bridge]
      checked.node.describedAddresses = [
        InterfaceAddress(address: address(network), prefixLength: 20, index: 2, isLinkLocal: false)
      ]
      return try checked.found()
    }
    let findings = try found("10.244.16.1")
    #expect(findings == [.endpointUnroutable])
    #expect(try found("10.244.16.1", isUp: true) == [])
    #expect(try found("172.17.0.1") == [])
  }

  @Test("In IPVS mode more settings are looked at where the kernel or a pod of this node needs them")
  func ipvs() throws {
    let checked = try CheckedNode("yaobank-ipvs-v1.23")
    func found(kernel: String, reuse: String) throws -> Bool {
      checked.node.describedKernel = KernelRelease(kernel)
      checked.node.settings["net/ipv4/vs/conn_reuse_mode"] = reuse
      return try checked.found().contains(.ipvsSysctl)
    }
    #expect(try found(kernel: "5.4.0-150-generic", reuse: "1"))
    #expect(try !found(kernel: "5.4.0-150-generic", reuse: "0"))
    #expect(try !found(kernel: "5.15.0", reuse: "1"))
    #expect(try !found(kernel: "3.10.0-1160.el7", reuse: "1"))
  }
}

@Suite("Checks of kube-proxy's rules as a whole")
struct ProxyRulesTests {
  /// Rules of one service, changed; with the finding of an id, if there is one.
  private func finding(_ id: FindingID, _ rules: FakePacketFilter) throws -> Finding? {
    var context = ServiceContext()
    context.families = [.v4]
    context.release = Release(KubeProxyVersion(1, 34), source: "a test")
    return try CheckedNode.check(DescribedNode(rules), context).findings.first { $0.id == id }
  }

  private func rules(jumpingFrom hooks: [String], between: Bool = false) -> FakePacketFilter {
    let rules = FakePacketFilter(tables: ["nat", "filter"])
    for hook in hooks {
      if between { rules.append("nat", hook, [], .jump("\(hook)_direct")) }
      rules.append("nat", between ? "\(hook)_direct" : hook, [], .jump("KUBE-SERVICES"))
    }
    rules.append(
      "nat", "KUBE-SERVICES", [.to("10.96.0.1"), .proto(.tcp), .dport(80...80)], .jump("KUBE-SVC-AAAAAAAAAAAAAAAA"))
    rules.append("nat", "KUBE-SVC-AAAAAAAAAAAAAAAA", [], .dnat(to: "10.244.1.5:8080"))
    return rules
  }

  @Test("A jump that PREROUTING has lost is found, be it that OUTPUT has it; one by a firewall's chain is none lost")
  func jump() throws {
    #expect(try finding(.jumpMissing, rules(jumpingFrom: ["PREROUTING", "OUTPUT"])) == nil)
    #expect(try finding(.jumpMissing, rules(jumpingFrom: ["OUTPUT"]))?.message.contains("in PREROUTING") == true)
    #expect(try finding(.jumpMissing, rules(jumpingFrom: []))?.message.contains("no packet gets") == true)
    let behind = rules(jumpingFrom: ["OUTPUT"])
    behind.append("nat", "PREROUTING", [], .jump("PREROUTING_direct"))
    behind.append("nat", "PREROUTING_direct", [], .jump("KUBE-SERVICES"))
    #expect(try finding(.jumpMissing, behind) == nil)
  }

  @Test("Packets that are dropped as INVALID are found where they are one of a hundred, and at least a hundred")
  func invalid() throws {
    func found(_ dropped: UInt64, of packets: UInt64) throws -> Bool {
      let filter = rules(jumpingFrom: ["PREROUTING", "OUTPUT"])
      filter.append("filter", "FORWARD", counting: packets, .jump("KUBE-FORWARD"))
      filter.append("filter", "KUBE-FORWARD", counting: dropped, .drop)
      return try finding(.invalidDrop, filter) != nil
    }
    #expect(try found(500, of: 5000))
    #expect(try found(100, of: 10000))
    #expect(try !found(99, of: 100))
    #expect(try !found(500, of: 500_000))
  }
}

@Suite("Checks of what kube-proxy takes for pods, and of families")
struct RangesTests {
  private func cluster(pod: String, hostNetwork: Bool = false, clusterIPs: String = #""10.96.0.1""#) -> String {
    #"""
    {"kind": "List", "items": [
      {"kind": "Node", "metadata": {"name": "node1"}, "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.1"}]}},
      {"kind": "Service", "metadata": {"namespace": "ns", "name": "svc"}, "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.1",
        "clusterIPs": [\#(clusterIPs)], "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}]}},
      {"kind": "EndpointSlice", "addressType": "IPv4", "ports": [{"name": "http", "protocol": "TCP", "port": 8080}],
        "endpoints": [{"addresses": ["10.244.1.5"], "conditions": {"ready": true}, "nodeName": "node1"}],
        "metadata": {"name": "svc-1", "namespace": "ns", "labels": {"kubernetes.io/service-name": "svc"}}},
      {"kind": "Pod", "metadata": {"namespace": "ns", "name": "web"}, "spec": {"nodeName": "node1", "hostNetwork": \#(hostNetwork)},
        "status": {"phase": "Running", "podIP": "\#(pod)"}}
    ]}
    """#
  }

  private func check(
    _ id: FindingID, _ dump: String, families: [IPFamily] = [.v4], onlyV4: Bool = false
  ) throws -> (result: CheckReport.Check?, finding: Finding?) {
    var report: CheckReport?
    try withDump(dump) { source in
      var session = session(cluster: source)
      session.nodeName = "node1"
      session.openNode = {
        let rules = serviceRules(endpoints: ["10.244.1.5:8080"])
        return DescribedNode(onlyV4 ? OneFamily(rules, .v4) : rules)
      }
      var query = CheckQuery()
      query.families = families
      query.ids = [id]
      report = try session.check(query)
    }
    return (report?.checks.first, report?.findings.first)
  }

  @Test(
    "A pod of this node outside of the range that is not masqueraded is found; one on the node's own network is not")
  func masquerade() throws {
    let finding = try #require(check(.masqueradeGap, cluster(pod: "10.245.1.5")).finding)
    #expect(
      finding.evidence.map(\.text) == [
        "masqueraded is what is not from 10.244.0.0/16", "pods of this node have 10.245.1.5",
      ])
    #expect(try check(.masqueradeGap, cluster(pod: "10.244.1.5")).result?.result == .ok)
    #expect(try check(.masqueradeGap, cluster(pod: "192.0.2.1", hostNetwork: true)).result?.result == .ok)
  }

  @Test("Services of two families and rules of one are found; services of the one family are not")
  func families() throws {
    let both = cluster(pod: "10.244.1.5", clusterIPs: #""10.96.0.1", "fd00::1""#)
    let finding = try check(.familyGap, both, families: IPFamily.allCases, onlyV4: true).finding
    #expect(finding?.subject.family == .v6)
    #expect(try check(.familyGap, both, families: IPFamily.allCases).result?.result == .ok)
    #expect(try check(.familyGap, both, families: [.v4], onlyV4: true).result?.result == .ok)
    let one = try check(.familyGap, cluster(pod: "10.244.1.5"), families: IPFamily.allCases, onlyV4: true)
    #expect(one.result?.result == .ok)
  }
}

/// Rules that are there in one family alone.
private final class OneFamily: Node, PacketFilter {
  private let base: FakePacketFilter
  private let family: IPFamily

  init(_ base: FakePacketFilter, _ family: IPFamily) {
    self.base = base
    self.family = family
  }

  var filter: any PacketFilter { self }
  var localAddresses: [IPPrefix]? { base.localAddresses }

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    family == self.family ? try base.baseChains(at: hook, family: family) : []
  }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    try chain.table.family == family && base.forEachRule(in: chain, hint: hint, body)
  }
}

@Suite("A kube-proxy that cannot write rules, as its kernel lacks a match")
struct MissingMatchTests {
  /// A node where kube-proxy has made its counters.
  private struct Shape: Sendable {
    var hasRules = false
    var offers: Bool? = false
    var counters = ["localhost_nps_accepted_pkts", "ct_state_invalid_dropped_pkts"]
    var answers = ["/healthz": "{}"]

    func node() -> DescribedNode {
      let node = DescribedNode(hasRules ? serviceRules(endpoints: ["10.244.1.5:8080"]) : FakePacketFilter())
      node.counters = counters
      node.offersCounters = offers
      node.answers = answers
      // With its metrics elsewhere.
      if !hasRules { node.programs = [10256: "kube-proxy (pid 7)"] }
      return node
    }
  }

  private func told(_ shape: Shape) throws -> Finding? {
    var report: CheckReport?
    try withDump { source in
      var session = session(cluster: source)
      session.release = .unknown
      session.now = { 1000 }
      session.openNode = { shape.node() }
      var query = CheckQuery()
      query.families = [.v4]
      query.ids = [.proxyStalled]
      report = try session.check(query)
    }
    return report?.findings.first
  }

  @Test("Where no rule is there and the kernel has counters without the match, that is why; not where it has the match")
  func noRules() throws {
    let finding = try #require(try told(Shape()))
    #expect(finding.severity == .error && finding.confidence == .likely)
    #expect(
      finding.message
        == "none of kube-proxy's rules is on this node: its rules ask for the match nfacct, and the kernel has none")
    #expect(
      finding.evidence.map(\.text) == [
        "kube-proxy has made the counter ct_state_invalid_dropped_pkts, for rules with -m nfacct",
        "the kernel has no match nfacct, and no module xt_nfacct",
      ])
    for other in [Shape(offers: true), Shape(offers: nil), Shape(counters: ["other"])] {
      #expect(try told(other) == nil)
    }
  }

  @Test("A kube-proxy that has never written since it began is late for want of the match; one that has written is not")
  func late() throws {
    func metrics(synced: Int) -> [String: String] {
      let text = """
        kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds 900
        kubeproxy_sync_proxy_rules_last_timestamp_seconds \(synced)

        """
      return ["/proxyMode": "iptables", "/metrics": text]
    }
    let never = try #require(try told(Shape(hasRules: true, answers: metrics(synced: 0))))
    #expect(never.message.hasSuffix("its rules ask for the match nfacct, and the kernel has none"))
    #expect(never.evidence.first?.text == "it wrote rules last at no time")
    let late = try #require(try told(Shape(hasRules: true, answers: metrics(synced: 890))))
    #expect(late.severity == .error && !late.message.contains("nfacct") && late.evidence.count == 1)
    #expect(try told(Shape(hasRules: true, answers: metrics(synced: 950))) == nil)
  }
}
