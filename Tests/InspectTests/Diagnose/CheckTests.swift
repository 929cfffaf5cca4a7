import TestSupport
import Testing

@testable import Inspect

@Suite("Checks of a node: each finds what is broken, and is silent on what only looks like it")
struct CheckTests {
  @Test("On a healthy node all checks are ok")
  func healthy() throws {
    let (checks, findings) = try CheckedNode().check()
    #expect(findings == [])
    #expect(checks.count == Check.all.count)
    let others = checks.filter { $0.result != .ok }
    #expect(others == [], "\(others)")
  }

  @Test("Each check is there once, has an entry in the catalogue, and none is of --from alone")
  func catalogue() {
    let ids = Check.all.map(\.id)
    #expect(Set(ids).count == ids.count)
    let without: Set<FindingID> = [.replyElsewhere, .rejected, .dropped]
    #expect(Set(FindingID.allCases).subtracting(ids) == without)
  }

  @Test(
    "Captures of healthy nodes give no error, and no warning but of services without endpoints",
    arguments: Capture.legacy + Capture.nft + Capture.ipvs)
  func captures(capture: Capture) throws {
    let isBroken = ["damaged", "drift", "two-backends"].contains { capture.name.contains($0) }
    guard !isBroken, !capture.name.hasPrefix("scale") else { return }
    let captured = try CapturedNode(capture)
    let node = DescribedNode(captured.node)
    let findings = try CheckedNode.check(node, captured.context(.all)).findings
    let errors = findings.filter { $0.severity == .error }
    #expect(errors.isEmpty, "\(errors.map { "\($0.id) \($0.subject) \($0.message)" })")
    let known: Set<FindingID> = [.noEndpoints, .noLocalEndpoints, .markDropIneffective, .localFallback]
    let warnings = findings.filter { $0.severity == .warning && !known.contains($0.id) }
    #expect(warnings.isEmpty, "\(warnings.map { "\($0.id) \($0.message)" })")
    for finding in findings {
      #expect(finding.id.entry.severities.contains(finding.severity), "\(finding.id) as \(finding.severity)")
      #expect(!finding.evidence.isEmpty, "\(finding.id)")
    }
  }

  @Test(
    "Damaged captures are found",
    arguments: [
      ("yaobank-damaged-iptables-nft-v1.34", FindingID.endpointDrift),
      ("yaobank-drift-iptables-legacy-v1.34", .endpointDrift), ("lab-two-backends-v1.34", .backendMixed),
    ])
  func damaged(name: String, id: FindingID) throws {
    let captured = try CapturedNode(Capture(name))
    let (checks, findings) = try CheckedNode.check(DescribedNode(captured.node), captured.context(.all))
    #expect(findings.contains { $0.id == id })
    #expect(checks.first { $0.id == id }?.result == .found)
  }

  @Test("What is not known is not ok: without the API, without what the kernel would say")
  func unknown() throws {
    let checked = try CheckedNode()
    checked.node.settings = [:]
    checked.node.describedLinks = nil
    checked.node.connections = NoConnectionTable()
    var context = checked.captured.context(.all)
    let (checks, findings) = try CheckedNode.check(checked.node, context)
    #expect(findings == [])
    let skipped = Set(checks.filter { $0.result == .skipped }.map(\.id))
    #expect(
      skipped == [
        .forwardBlocked, .conntrackFull, .bridgeNF, .hairpin, .mtu, .conntrackStale, .endpointSilent, .proxyStalled,
        .overlayBlocked, .rpFilter, .endpointUnroutable,
      ])
    #expect(checks.allSatisfy { $0.result == .ok || $0.reason != nil })
    context.cluster = nil
    let withoutAPI = try CheckedNode.check(checked.node, context).checks
    let isOK = Set(withoutAPI.filter { $0.result == .ok }.map(\.id))
    #expect(isOK.isDisjoint(with: [.endpointDrift, .cidrOverlap, .sourceExcluded]))
    #expect(isOK.isSuperset(of: [.backendMixed, .jumpMissing, .vitalServices]))
  }

  @Test("A node that forwards nothing is found in the family that has services, and only there")
  func forwarding() throws {
    let checked = try CheckedNode()
    checked.node.settings["net/ipv6/conf/all/forwarding"] = "0"
    #expect(try checked.found() == [])
    checked.node.settings["net/ipv4/ip_forward"] = "0"
    let findings = try checked.check().findings
    #expect(findings.map(\.id) == [.forwardBlocked])
    #expect(findings.first?.subject.family == .v4)
    #expect(findings.first?.advice.first?.command == "sysctl -w net.ipv4.ip_forward=1")
  }

  @Test("A table of connections is full from nine tenths on", arguments: [(899, false), (900, true), (1000, true)])
  func conntrack(count: Int, isFull: Bool) throws {
    let checked = try CheckedNode()
    checked.node.connections = FewConnections(count: count)
    #expect(try checked.found() == (isFull ? [.conntrackFull] : []))
  }

  /// A bridge with two pods, and its network.
  private func addBridge(_ name: String, network: IPAddress, to node: DescribedNode, isReflecting: Bool = true) {
    var ports = (3...4).map { Link.described("veth\($0)", Int32($0), kind: "veth", master: 2) }
    for index in ports.indices { ports[index].isReflecting = isReflecting }
    node.describedLinks = [.described(name, 2, kind: "bridge")] + ports
    node.describedAddresses = [
      InterfaceAddress(address: network, prefixLength: 24, index: 2, isLinkLocal: false)
    ]
  }

  @Test("Pods on a bridge need br_netfilter; containers of docker on one do not")
  func bridge() throws {
    let checked = try CheckedNode()
    addBridge("cni0", network: .v4(0x0af4_1001), to: checked.node)
    #expect(try checked.found() == [])
    for value in ["0", nil] {
      checked.node.settings["net/bridge/bridge-nf-call-iptables"] = value
      let findings = try checked.check().findings
      #expect(findings.map(\.id) == [.bridgeNF])
      #expect(findings.first?.evidence.first?.text.contains("bridge-nf-call-iptables") == true)
    }
    checked.node.describedLinks?[0].filteredFamilies = [.v4]
    #expect(try checked.found() == [])
    addBridge("docker0", network: .v4(0xac11_0001), to: checked.node)
    #expect(try checked.found() == [])
  }

  @Test("A port of pods' bridge must send packets back, or the bridge be promiscuous")
  func hairpin() throws {
    let checked = try CheckedNode()
    addBridge("cni0", network: .v4(0x0af4_1001), to: checked.node, isReflecting: false)
    #expect(try checked.found() == [.hairpin])
    checked.node.describedLinks?[0].flags |= 0x100
    #expect(try checked.found() == [])
    addBridge("docker0", network: .v4(0xac11_0001), to: checked.node, isReflecting: false)
    #expect(try checked.found() == [])
  }

  @Test("A VXLAN interface must leave room for its headers", arguments: [(1450, false), (1451, true), (1500, true)])
  func mtu(value: UInt32, isTooLarge: Bool) throws {
    let checked = try CheckedNode()
    checked.node.describedLinks = [
      .described("eth0", 2),
      .described("flannel.1", 3, kind: "vxlan", mtu: value, lower: LinkKey(netnsid: nil, index: 2)),
      // Cilium's is bound to no interface, and has the MTU in routes.
      .described("cilium_vxlan", 4, kind: "vxlan", mtu: 1500),
    ]
    #expect(try checked.found() == (isTooLarge ? [.mtu] : []))
  }

  @Test("A ClusterIP that a pod or node has is an error, and one in a range of pods a warning")
  func overlap() throws {
    let pod = try CheckedNode(exchanging: (old: "10.244.16.0/20", new: "10.96.0.0/20")).check().findings
    let overlaps = pod.filter { $0.id == .cidrOverlap }
    #expect(overlaps.map(\.severity) == [.warning, .warning])
    #expect(overlaps.compactMap(\.subject.service?.name) == ["kubernetes", "kube-dns"])
    // 10.96.0.0/12 is the usual range of services, and 10.244.0.0/16 that of pods.
    let node = try CheckedNode(exchanging: (old: "192.168.100.12", new: "10.96.0.10")).check().findings
    #expect(node.filter { $0.id == .cidrOverlap }.map(\.severity) == [.error])
  }

  @Test("An endpoint of the API on this node must have a listener; those of other nodes are not asked")
  func apiEndpoint() throws {
    let worker = try CheckedNode()
    worker.node.programs[6443] = nil
    #expect(try worker.found() == [])
    let control = try CheckedNode(addresses: ["192.168.100.10"])
    #expect(try control.check().checks.first { $0.id == .apiEndpointStale }?.result == .ok)
    control.node.programs[6443] = nil
    #expect(try control.found().contains(.apiEndpointStale))
  }

  @Test("A program at a node port is found; kube-proxy's own socket and one at loopback are not")
  func nodePort() throws {
    let checked = try CheckedNode()
    checked.node.programs[30180] = "nginx (pid 9)"
    let findings = try checked.check().findings
    #expect(findings.map(\.id) == [.nodePortConflict])
    #expect(findings.first?.subject.service == NamespacedName("yaobank", "customer"))
    checked.node.listeningAddress = KubeProxyStatus.defaultAddress.address
    #expect(try checked.found() == [])
    checked.node.listeningAddress = .any(.v4)
    checked.node.programs[30180] = "kube-proxy (pid 7)"
    #expect(try checked.found() == [])
  }

  @Test("A kube-proxy that is gone is a warning while its rules are right, and one that is late an error")
  func stalled() throws {
    let checked = try CheckedNode()
    checked.node.answers = [:]
    checked.node.programs = [:]
    let gone = try checked.check().findings
    #expect(gone.map(\.id) == [.proxyStalled] && gone.first?.severity == .warning)
    checked.node.programs = [10249: "kube-proxy (pid 7)"]
    #expect(try checked.check().findings.first?.message == "kube-proxy on this node does not answer")
    checked.node.answers["/proxyMode"] = "iptables"
    func metrics(queued: Int, synced: Int) -> String {
      """
      kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds \(queued)
      kubeproxy_sync_proxy_rules_last_timestamp_seconds \(synced)

      """
    }
    checked.node.answers["/metrics"] = metrics(queued: 990, synced: 900)
    #expect(try checked.found() == [])
    checked.node.answers["/metrics"] = metrics(queued: 900, synced: 890)
    let late = try checked.check().findings
    #expect(late.map(\.id) == [.proxyStalled] && late.first?.severity == .error)
  }

  @Test("Where there is no libcurl a kube-proxy does not hang; with its health check alone it is well")
  func unasked() throws {
    let checked = try CheckedNode()
    checked.node.answers = [:]
    #expect(try checked.found() == [.proxyStalled])
    checked.node.canAskPrograms = false
    #expect(try checked.found() == [])
    #expect(try checked.check().checks.first { $0.id == .proxyStalled }?.result == .skipped)
    checked.node.programs[10249] = nil
    #expect(try checked.check().checks.first { $0.id == .proxyStalled }?.result == .skipped)
    checked.node.answers["/healthz"] = "{}"
    #expect(try checked.check().checks.first { $0.id == .proxyStalled }?.result == .ok)
  }

  @Test("In IPVS mode its settings are looked at, and it is said to be on its way out")
  func ipvs() throws {
    let checked = try CheckedNode("yaobank-ipvs-v1.23")
    #expect(try checked.found().filter { $0 == .ipvsRetired || $0 == .ipvsSysctl } == [.ipvsRetired])
    checked.node.settings["net/ipv4/vs/conntrack"] = "0"
    #expect(try checked.found().contains(.ipvsSysctl))
    checked.node.settings["net/ipv4/vs/conntrack"] = nil
    #expect(try checked.check().checks.first { $0.id == .ipvsSysctl }?.result == .skipped)
  }
}

@Suite("Checks of rules in memory")
struct RuleCheckTests {
  private func check(_ change: (FakePacketFilter) -> Void) throws -> [Finding] {
    let rules = serviceRules(endpoints: ["10.244.1.5:8080"])
    change(rules)
    var context = ServiceContext()
    context.families = [.v4]
    context.release = Release(KubeProxyVersion(1, 34), source: "a test")
    let node = DescribedNode(rules)
    return try CheckedNode.check(node, context).findings.filter { $0.severity != .info }
  }

  @Test("KUBE-FIREWALL that drops all packets is found, and one that drops marked ones is not")
  func firewall() throws {
    func rules(_ matches: [Match], isReached: Bool = true) throws -> [FindingID] {
      let findings = try check {
        $0.append("filter", "KUBE-FIREWALL", matches, .drop)
        if isReached { $0.append("filter", "INPUT", [], .jump("KUBE-FIREWALL")) }
      }
      return findings.map(\.id).filter { $0 == .firewallDropAll }
    }
    #expect(try rules([], isReached: false) == [])
    #expect(try rules([.comment("kubernetes firewall for dropping marked packets")]) == [.firewallDropAll])
    #expect(try rules([]) == [.firewallDropAll])
    #expect(try rules([.proto(.tcp)]) == [])
  }

  @Test("A jump that is there twice is found; two jumps that ask for different things are not")
  func duplicates() throws {
    #expect(try check { $0.append("nat", "PREROUTING", [], .jump("KUBE-SERVICES")) }.map(\.id) == [.duplicateRules])
    #expect(try check { $0.append("nat", "PREROUTING", [.proto(.udp)], .jump("KUBE-SERVICES")) } == [])
    #expect(try check { $0.append("nat", "PREROUTING", [], .jump("cali-PREROUTING")) } == [])
  }
}

@Suite("Ports of the node that lead to pods")
struct HostPortTests {
  private static let cluster = #"""
    {"kind": "List", "items": [
      {"kind": "Node", "metadata": {"name": "node1"}, "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.1"}]}},
      {"kind": "Service", "metadata": {"namespace": "ns", "name": "svc"}, "spec": {"clusterIP": "None"}},
      {"kind": "EndpointSlice", "addressType": "IPv4", "ports": [], "endpoints": [], "metadata": {"name": "a", "namespace": "ns"}},
      {"kind": "Pod", "metadata": {"namespace": "ns", "name": "web"},
        "spec": {"nodeName": "node1", "containers": [{"ports": [{"containerPort": 80, "hostPort": 8080}]}]},
        "status": {"phase": "Running", "podIP": "10.244.1.5"}},
      {"kind": "Pod", "metadata": {"namespace": "ns", "name": "on-host"},
        "spec": {"nodeName": "node1", "hostNetwork": true, "containers": [{"ports": [{"hostPort": 9100}]}]},
        "status": {"phase": "Running", "podIP": "192.0.2.1"}},
      {"kind": "Pod", "metadata": {"namespace": "ns", "name": "elsewhere"},
        "spec": {"nodeName": "node2", "containers": [{"ports": [{"hostPort": 8081}]}]},
        "status": {"phase": "Running", "podIP": "10.244.2.5"}},
      {"kind": "Pod", "metadata": {"namespace": "ns", "name": "done"},
        "spec": {"nodeName": "node1", "containers": [{"ports": [{"hostPort": 8082}]}]},
        "status": {"phase": "Succeeded", "podIP": "10.244.1.6"}}
    ]}
    """#

  private func found(translating port: UInt16?) throws -> [Finding] {
    var findings: [Finding] = []
    try withDump(Self.cluster) { source in
      var session = session(cluster: source)
      session.nodeName = "node1"
      session.openNode = {
        let rules = serviceRules(endpoints: ["10.244.1.5:8080"])
        if let port {
          rules.append(
            "nat", "PREROUTING", [.to("192.0.2.1"), .proto(.tcp), .dport(port...port)], .dnat(to: "10.244.1.5:80"))
        }
        return DescribedNode(rules)
      }
      var query = CheckQuery()
      query.families = [.v4]
      query.ids = [.hostPortLost]
      let report = try session.check(query)
      #expect(report.checks.map(\.result) == [report.findings.isEmpty ? .ok : .found], "\(report.checks)")
      findings = report.findings
    }
    return findings
  }

  @Test("A hostPort that leads to its pod is well, one that leads nowhere or elsewhere is lost; others are not asked")
  func hostPorts() throws {
    #expect(try found(translating: 8080) == [])
    for port in [nil, UInt16(8081)] {
      let findings = try found(translating: port)
      #expect(findings.map(\.id) == [.hostPortLost])
      #expect(findings.first?.message == "the node's port 8080/TCP does not lead to it")
      #expect(findings.first?.subject.name == "web")
    }
  }
}

@Suite("A check, from what was asked to the answer")
struct CheckSessionTests {
  private func pod(_ name: String, labels: String) -> String {
    #"""
    {"kind": "Pod", "metadata": {"namespace": "ns", "name": "\#(name)", "labels": {\#(labels)}},
      "spec": {"nodeName": "node1"}, "status": {"phase": "Running", "podIP": "10.244.1.5"}}
    """#
  }

  /// A service that no pod is selected by.
  private func dump(pods: String..., selector: String = #""app": "web", "tier": "front""#) -> String {
    let objects = [
      #"""
      {"kind": "Service", "metadata": {"namespace": "ns", "name": "svc"},
        "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.1", "selector": {\#(selector)},
          "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}]}}
      """#,
      #"""
      {"kind": "EndpointSlice", "addressType": "IPv4", "ports": [], "endpoints": [],
        "metadata": {"namespace": "ns", "name": "svc-1", "labels": {"kubernetes.io/service-name": "svc"}}}
      """#,
      #"{"kind": "Node", "metadata": {"name": "node1", "labels": {"kubernetes.io/hostname": "host1"}}}"#,
    ]
    return #"{"kind": "List", "items": [\#((objects + pods).joined(separator: ","))]}"#
  }

  private func report(_ dump: String, _ query: CheckQuery = query) throws -> CheckReport {
    var report: CheckReport?
    try withDump(dump) { source in
      var session = session(cluster: source)
      session.openNode = {
        let rules = FakePacketFilter(tables: ["nat", "filter"])
        for hook in ["PREROUTING", "OUTPUT"] { rules.append("nat", hook, [], .jump("KUBE-SERVICES")) }
        rules.append("nat", "KUBE-SERVICES", [.to("10.96.9.9")], .jump("KUBE-SVC-AAAAAAAAAAAAAAAA"))
        rules.append("filter", "OUTPUT", [], .jump("KUBE-SERVICES"))
        rules.append("filter", "FORWARD", [], .jump("KUBE-SERVICES"))
        rules.append(
          "filter", "KUBE-SERVICES",
          [.to("10.96.0.1"), .proto(.tcp), .comment("ns/svc:http has no endpoints"), .dport(80...80)],
          .refuse())
        return DescribedNode(rules)
      }
      report = try session.check(query)
    }
    return try #require(report)
  }

  private static var query: CheckQuery {
    var query = CheckQuery()
    query.families = [.v4]
    return query
  }

  private func nearMisses(_ dump: String) throws -> [String] {
    let finding = try report(dump).findings.first { $0.id == .noEndpoints }
    return try #require(finding).evidence.filter { $0.source == .api }.map(\.text)
  }

  @Test("Where no pod is selected, the one that nearly is and the label that differs are told")
  func nearMiss() throws {
    #expect(
      try nearMisses(dump(pods: pod("web-1", labels: #""app": "web", "tier": "frontend""#))) == [
        "pod ns/web-1 has tier=frontend, and the selector asks for tier=front"
      ])
    #expect(
      try nearMisses(
        dump(
          pods: pod("web-1", labels: #""name": "web""#), pod("web-2", labels: #""name": "web""#),
          selector: #""app": "web""#)) == [
          "pod ns/web-1 and 1 more has no label app, and the selector asks for app=web"
        ])
    #expect(try nearMisses(dump(pods: pod("other", labels: #""app": "db""#), selector: #""app": "web""#)) == [])
  }

  @Test("Ids, a namespace and what is to be ignored say what is told, and the status follows")
  func query() throws {
    let all = try report(dump())
    #expect(all.findings.map(\.id).contains(.noEndpoints))
    #expect(all.exitStatus(failOn: .warning) == 1)
    // Its API has no default/kubernetes, and its kube-proxy is not asked.
    #expect(all.exitStatus(failOn: .error) == 2)
    var query = Self.query
    query.ids = [.noEndpoints, .conntrackFull]
    let some = try report(dump(), query)
    #expect(some.checks.map(\.id) == [.conntrackFull, .noEndpoints])
    query.ignored = [try #require(CheckQuery.Ignored("no-endpoints@ns/svc"))]
    let ignored = try report(dump(), query)
    #expect(ignored.findings == [] && ignored.ignored.count == 1 && ignored.exitStatus(failOn: .info) == 0)
    #expect(ignored.checks.last?.reason == "what was found is ignored")
    query.ignored = []
    query.namespace = "other"
    #expect(try report(dump(), query).findings == [])
    for text in ["nothing", "no-endpoints@ns", "no-endpoints@", "@ns/svc"] { #expect(CheckQuery.Ignored(text) == nil) }
  }

  @Test("Without kube-proxy's rules services are not looked at, and the node is")
  func withoutProxy() throws {
    var report: CheckReport?
    try withDump { source in
      var session = session(cluster: source)
      session.openNode = { DescribedNode(FakePacketFilter()) }
      report = try session.check(CheckQuery())
    }
    let checks = try #require(report).checks
    #expect(checks.first { $0.id == .endpointDrift }?.result == .skipped)
    #expect(checks.first { $0.id == .conntrackFull }?.result == .ok)
    #expect(report?.exitStatus(failOn: .warning) == 2)
  }
}
