import TestSupport
import Testing

@testable import Inspect

@Suite("Of captured nodes the digest of the kernel is the digest of the API, or something says why not")
struct ForwardingCaptureTests {
  /// Without that of 1,000 services of one kind, which is looked at apart.
  private static let captures = (Capture.legacy + Capture.nft + Capture.ipvs).filter { !$0.name.hasPrefix("scale") }

  /// What differs in each, and why: the findings, or what is in doubt.
  private static let differences: [String: [String: [String]]] = [
    "lab-iptables-legacy-v1.18": [
      "edge/empty-lb": [Self.bridges("198.51.100.9:80/TCP")], "edge/extip": [Self.bridges("198.51.100.7:80/TCP")],
      "edge/extip-local": [Self.bridges("198.51.100.8:80/TCP")],
      "edge/etp-local-remote": ["mark-drop-ineffective"], "edge/lb-ranges": ["mark-drop-ineffective"],
      "edge/rolling-local": ["mark-drop-ineffective"],
    ],
    "lab-iptables-legacy-v1.23": [
      "edge/etp-local-remote": ["mark-drop-ineffective"], "edge/lb-ranges": ["mark-drop-ineffective"],
      "edge/rolling-local": ["mark-drop-ineffective"],
    ],
    "yaobank-damaged-iptables-nft-v1.34": [
      // Somebody's rule for an address that is no service's.
      "-": [], "kube-system/kube-dns": ["endpoint-drift"], "yaobank/customer": ["source-excluded"],
      "yaobank/database": ["endpoint-drift"], "yaobank/summary": ["connections-lost", "endpoint-drift"],
    ],
    "yaobank-drift-iptables-legacy-v1.34": [
      "yaobank/customer": ["endpoint-drift"], "yaobank/database": ["endpoint-drift"],
      "yaobank/ledger": ["verdict-drift"],
      "yaobank/summary": ["endpoint-drift"],
    ],
  ]

  private static func bridges(_ place: String) -> String {
    "\(place): up to 1.20 it depends on bridges what kube-proxy does with packets to an external IP"
  }

  @Test("Every service of every capture", arguments: captures)
  func all(capture: Capture) throws {
    let captured = try CapturedNode(capture)
    let list = try captured.list(.all)
    var differences: [String: [String]] = [:]
    for item in list.items {
      let name = item.service.map { "\($0.namespace)/\($0.name)" } ?? "-"
      #expect((item.forwarding.digest == nil) == (item.forwarding.uncertain != nil))
      if item.forwarding.digest != nil, item.forwarding.digest == item.forwarding.expected { continue }
      let findings = Set(item.findings.filter(\.id.saysWhy).map(\.id.rawValue)).sorted()
      differences[name] = item.forwarding.expectedUncertain.map { [$0] } ?? findings
    }
    #expect(differences == Self.differences[capture.name, default: [:]])
    #expect(list.items.count >= 5)
  }

  @Test("Where no digest is wanted none is made, and all else is the same", arguments: captures)
  func withoutDigests(capture: Capture) throws {
    let captured = try CapturedNode(capture)
    var context = captured.context(.all)
    context.tellsForwarding = false
    let without = try ServiceTracer.list(namespace: nil, context, captured.node)
    var with = try captured.list(.all)
    #expect(with.items.contains { $0.forwarding.digest != nil })
    for place in with.items.indices { with.items[place].forwarding = ForwardingDigest() }
    #expect("\(with)" == "\(without)")
  }

  @Test(
    "One backend or release says what the other does, where they forward alike: chains, comments and rules are no part of it",
    arguments: [
      "lab-iptables-nft-bridge-v1.36", "lab-iptables-nft-noise-v1.34", "lab-iptables-nft-nodeport-addresses-v1.34",
      "lab-two-backends-v1.34",
    ])
  func sameAsOthers(name: String) throws {
    let (one, other) = try (digests("lab-iptables-legacy-v1.34"), digests(name))
    #expect(one.count == 46)
    #expect(Set(one.keys).symmetricDifference(other.keys).isEmpty)
    #expect(one.filter { other[$0.key] != $0.value }.keys.sorted() == [])
  }

  private func digests(_ name: String) throws -> [String: String] {
    let items = try CapturedNode(Capture(name)).list(.all).items
    return Dictionary(
      uniqueKeysWithValues: try items.map {
        (try #require($0.service.map { "\($0.namespace)/\($0.name)" }), try #require($0.forwarding.digest))
      })
  }

  @Test("A trace of a service has the digest that the list has, a trace of a part of it none", arguments: Self.some)
  func traces(capture: Capture) throws {
    let captured = try CapturedNode(capture)
    let list = try captured.list(.all)
    for item in list.items.prefix(8) {
      let name = try #require(item.service)
      let whole = try captured.trace(
        .service(namespace: name.namespace, name: name.name, port: nil), captured.context(.all))
      #expect(ForwardingDigest(whole.forwarding) == item.forwarding, "\(name.namespace)/\(name.name)")
    }
    var context = captured.context(.all)
    let dns = TraceTarget.service(namespace: "kube-system", name: "kube-dns", port: "metrics")
    let part = "only some of the service's frontends were asked for"
    #expect(try captured.trace(dns, context).forwarding.actual == .uncertain(part))
    let address = try #require(IPAddress("10.96.0.10"))
    let there = try captured.trace(.address(address, port: 53, transport: .udp), context)
    #expect(there.forwarding.actual.doubt?.hasPrefix("it was asked for by an address") == true)
    // What has but one family is whole in it.
    context.families = [.v4]
    let whole = try captured.trace(.service(namespace: "kube-system", name: "kube-dns", port: nil), context)
    #expect(whole.forwarding.actual.digest == list.items.first { $0.service?.name == "kube-dns" }?.forwarding.digest)
  }

  private static let some = ["yaobank-nftables-v1.34", "yaobank-ipvs-v1.23", "yaobank-iptables-legacy-v1.34"].map(
    Capture.init)

  @Test("Without the API the kernel has the same digest, but for what only the API tells", arguments: Self.some)
  func withoutAPI(capture: Capture) throws {
    let captured = try CapturedNode(capture)
    let with = try captured.list(.all).items
    let without = try ServiceTracer.list(namespace: nil, ServiceContext(), captured.node).items
    for item in without {
      #expect(item.forwarding.expected == nil && item.forwarding.expectedUncertain == nil)
      guard let name = item.service?.name else { continue }
      #expect(item.forwarding.digest == with.first { $0.service?.name == name }?.forwarding.digest, "\(name)")
    }
  }

  @Test("Where the node's addresses are not known nothing is certain, and there is no digest")
  func uncertain() throws {
    let node = try SavedNode(SavedMembers(Capture("yaobank-nftables-v1.34").members()))
    for item in try ServiceTracer.list(namespace: nil, ServiceContext(), node).items {
      #expect(item.forwarding.digest == nil)
      #expect(item.forwarding.uncertain?.hasSuffix("which addresses are the node's own is not known") == true)
    }
  }
}

extension FindingID {
  /// Whether it is of a difference between kernel and API.
  fileprivate var saysWhy: Bool {
    isDrift || [.markDropIneffective, .sourceExcluded, .connectionsLost].contains(self)
  }
}

extension CapturedNode {
  /// All services of the API, and those that only the rules have.
  func list(_ known: Knowledge) throws -> ServiceList { try ServiceTracer.list(namespace: nil, context(known), node) }
}
