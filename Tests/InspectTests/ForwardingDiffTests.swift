import TestSupport
import Testing

@testable import Inspect

@Suite(
  "What differs in forwarding: captures of one API in all modes differ as the modes do, and a change shows as what it is"
)
struct ForwardingDiffTests {
  private static func node(
    _ name: String, exchanging change: (old: String, new: String)? = nil, knowing: CapturedNode.Knowledge = .all
  ) throws -> ForwardedNode {
    let captured = try CapturedNode(Capture(name), exchanging: change)
    return try ServiceTracer.forwardedNode(
      namespace: nil, service: nil, captured.context(knowing), captured.node)
  }

  private static func diff(_ before: ForwardedNode, _ after: ForwardedNode) -> ForwardingDiff {
    var diff = ForwardingDiff(
      before: .init(source: "one", node: before.node, proxy: before.proxy, api: nil),
      after: .init(source: "other", node: after.node, proxy: after.proxy, api: nil))
    ForwardingComparison(before: before, after: after).compare(
      { $0.forwarding.actual }, { $0.forwarding.actual }, into: &diff)
    return diff
  }

  /// Frontends, by what makes them differ.
  private static func shown(_ diff: ForwardingDiff) -> [String: [String]] {
    var shown: [String: [String]] = [:]
    for difference in diff.differences {
      let words = difference.kind == .mode ? difference.modes.map(\.rawValue) : [difference.kind.rawValue]
      for word in words {
        shown[word, default: []].append("\(difference.service?.name ?? "-") \(difference.frontend?.text ?? "")")
      }
    }
    return shown.mapValues { $0.sorted() }
  }

  /// In IPVS mode, against any other.
  private static let ofIPVS = [
    "local-from-inside": [
      "both-local 192.168.100.249:80/TCP", "both-local :30185/TCP", "etp-local 192.168.100.241:80/TCP",
      "etp-local :30182/TCP", "etp-local-nodeport :30184/TCP", "extip-local 198.51.100.8:80/TCP",
      "extip-local :30190/TCP",
      "rolling-local 192.168.100.250:80/TCP", "rolling-local :30194/TCP", "six-lb :30198/TCP",
      "six-lb [fd00:100::f1]:80/TCP",
    ],
    "local-without-endpoints": [
      "etp-local-remote 192.168.100.242:80/TCP", "etp-local-remote :30183/TCP", "itp-local-remote 10.96.21.2:80/TCP",
    ],
  ]
  /// In iptables mode, against any other.
  private static let ofIptables = [
    "own-packets": ["empty-lb 192.168.100.248:80/TCP", "empty-lb 198.51.100.9:80/TCP"]
  ]

  @Test(
    "Between the modes the documented differences, and nothing else, either way round",
    arguments: [
      (
        "lab-iptables-legacy-v1.34", "lab-nftables-v1.34", ofIptables,
        ["loopback-node-ports", "node-port-addresses", "other-ports"]
      ),
      (
        "lab-iptables-legacy-v1.34", "lab-ipvs-v1.34", ofIPVS.merging(ofIptables) { $0 + $1 },
        ["local-cluster-ips", "loopback-node-ports", "other-ports"]
      ),
      ("lab-nftables-v1.34", "lab-ipvs-v1.34", ofIPVS, ["local-cluster-ips", "node-port-addresses"]),
      (
        "yaobank-iptables-legacy-v1.34", "yaobank-nftables-v1.34", [:],
        ["loopback-node-ports", "node-port-addresses", "other-ports"]
      ),
      ("lab-iptables-legacy-v1.34", "lab-iptables-nft-noise-v1.34", [:], []),
      ("lab-iptables-legacy-v1.34", "lab-two-backends-v1.34", [:], []),
    ])
  func modes(one: String, other: String, frontends: [String: [String]], node: [String]) throws {
    let (before, after) = try (Self.node(one), Self.node(other))
    for diff in [Self.diff(before, after), Self.diff(after, before)] {
      #expect(Self.shown(diff) == frontends)
      #expect(diff.nodeDifferences.map(\.id.rawValue).sorted() == node)
      #expect(diff.nodeDifferences.allSatisfy { $0.kind == .mode })
      #expect(diff.counts.mode == frontends.values.joined().count)
      #expect(diff.counts.same >= 8 && diff.exitStatus == 0)
    }
  }

  @Test("Options of kube-proxy's and releases are told apart from modes")
  func settingsAndReleases() throws {
    let addresses = Self.diff(
      try Self.node("lab-iptables-legacy-v1.34"), try Self.node("lab-iptables-nft-nodeport-addresses-v1.34"))
    #expect(addresses.differences.isEmpty && addresses.exitStatus == 1)
    #expect(addresses.nodeDifferences.map(\.id) == [.nodePortAddresses, .loopbackNodePorts])
    #expect(addresses.nodeDifferences.allSatisfy { $0.kind == .differ })
    let all = Self.diff(try Self.node("yaobank-ipvs-v1.23"), try Self.node("yaobank-ipvs-strictarp-v1.34"))
    #expect(all.counts.settings > 4 && all.counts.differ == 0 && all.exitStatus == 1)
    let releases = Self.diff(try Self.node("lab-nftables-v1.34"), try Self.node("lab-nftables-v1.30"))
    #expect(
      Self.shown(releases) == ["release": ["etp-local-remote 192.168.100.242:80/TCP", "zoned 10.96.30.3:80/TCP"]])
    #expect(releases.exitStatus == 0)
  }

  @Test("Rules that are not as the API has them differ, whatever the modes, and against the API, too")
  func drift() throws {
    let (good, bad) = try (
      Self.node("yaobank-nftables-v1.34"), Self.node("yaobank-damaged-iptables-nft-v1.34")
    )
    let diff = Self.diff(good, bad)
    let names = Set(diff.differences.filter { $0.kind == .differ }.compactMap(\.service?.name))
    #expect(names == ["kube-dns", "customer", "database", "summary"] && diff.exitStatus == 1)
    var own = ForwardingDiff(
      before: .init(source: "api", node: bad.node, proxy: bad.proxy, api: nil),
      after: .init(source: "live", node: bad.node, proxy: bad.proxy, api: nil))
    ForwardingComparison(before: bad, after: bad).compare(
      { $0.forwarding.expected }, { $0.forwarding.actual }, into: &own)
    #expect(Set(own.differences.filter { $0.kind == .differ }.compactMap(\.service?.name)) == names)
    #expect(own.nodeDifferences.isEmpty)
  }

  @Test("Without the API the documented differences are known by what they look like, and the same node is the same")
  func withoutAPI() throws {
    func node(_ name: String) throws -> ForwardedNode {
      try ServiceTracer.forwardedNode(
        namespace: nil, service: nil, ServiceContext(), CapturedNode(Capture(name)).node)
    }
    let (rules, nftables) = try (node("yaobank-iptables-legacy-v1.34"), node("yaobank-nftables-v1.34"))
    #expect(Self.diff(rules, nftables).exitStatus == 0)
    #expect(Self.diff(rules, rules).differences.isEmpty && Self.diff(rules, rules).nodeDifferences.isEmpty)
  }

  @Test("What is uncertain on a side is neither the same nor different")
  func uncertain() throws {
    let saved = try SavedNode(SavedMembers(Capture("yaobank-iptables-legacy-v1.34").members()))
    let doubtful = try ServiceTracer.forwardedNode(namespace: nil, service: nil, ServiceContext(), saved)
    let diff = Self.diff(try Self.node("yaobank-iptables-legacy-v1.34"), doubtful)
    #expect(diff.counts.uncertain >= 5 && diff.counts.differ == 0 && diff.exitStatus == 2)
    #expect(diff.differences.allSatisfy { $0.text.first?.hasPrefix("now: ") == true && $0.frontend == nil })
  }

  @Test("A single Service is compared alone, and one that neither side has is an error")
  func oneService() throws {
    let captured = try CapturedNode(Capture("yaobank-iptables-legacy-v1.34"))
    let name = NamespacedName("yaobank", "customer")
    let node = try ServiceTracer.forwardedNode(
      namespace: "yaobank", service: name, captured.context(.all), captured.node)
    #expect(node.items.map(\.name) == [name])
    try withDump { source in
      var query = DiffQuery(.api, .live)
      query.service = NamespacedName("ns", "none")
      #expect(throws: SessionError.other("neither api nor live has a service ns/none")) {
        try session(cluster: source).diff(query)
      }
      query.service = NamespacedName("ns", "svc")
      let diff = try session(cluster: source).diff(query)
      #expect(diff.before.source == "api" && diff.after.source == "live" && diff.before.api != nil)
      #expect(diff.counts.all > 0 && diff.differences.allSatisfy { $0.service?.name == "svc" })
    }
    #expect(throws: SessionError.other("what the API implies is not known: it was not asked, or gave no answer")) {
      try session().diff(DiffQuery(.live, .api))
    }
  }
}
