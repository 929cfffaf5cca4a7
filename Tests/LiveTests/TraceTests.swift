import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// A capture, loaded into the kernel, beside what its API says.
private struct LoadedCapture {
  let capture: TestSupport.Capture
  let scenario: Scenario
  let cluster: ClusterSnapshot
  let node: LiveNode

  struct Scenario: Decodable {
    let node: String
    let kubeProxyVersion: String
    let extraFlags: [String]
    let api: String
  }

  init(_ capture: TestSupport.Capture, in namespace: PrivateNetworkNamespace) throws {
    try namespace.loadLegacyCapture(capture)
    self.capture = capture
    scenario = try JSONDecoder().decode(Scenario.self, from: Data(try #require(try capture.bytes("scenario.json"))))
    cluster = try ClusterSnapshot.load(path: capture.path(scenario.api))
    node = try LiveNode()
  }

  var version: KubeProxyVersion {
    get throws { try #require(KubeProxyVersion(scenario.kubeProxyVersion)) }
  }

  func expected(_ service: Service) throws -> [ExpectedFrontend] {
    let node = NodeIdentity(try #require(cluster.node(scenario.node)))
    return ExpectedForwarding(cluster: cluster, node: node, version: try version).frontends(of: service)
  }

  func trace(_ target: TraceTarget, withAPI: Bool = true) throws -> ServiceTrace {
    var request = TraceRequest(target: target)
    if withAPI { request.context.cluster = cluster }
    request.context.node = scenario.node
    request.context.release = Release(try version, source: "--proxy-version")
    return try ServiceTracer.trace(request, node)
  }

  func trace(_ service: Service, withAPI: Bool = true) throws -> ServiceTrace {
    let name = service.metadata.namespacedName
    return try trace(.service(namespace: name.namespace, name: name.name, port: nil), withAPI: withAPI)
  }
}

/// Loads a capture and runs `body` where it is.
private func with(
  _ capture: TestSupport.Capture, _ body: @Sendable (LoadedCapture) throws -> Void
) async throws {
  try await withPrivateNetworkNamespace { namespace in
    try body(try LoadedCapture(capture, in: namespace))
  }
}

/// What a frontend is called in a complaint, and what two readings of it are matched by.
private func place(
  _ kind: FrontendKind?, _ family: IPFamily, _ address: IPAddress?, _ port: UInt16, _ transport: TransportProtocol
) -> String {
  "\(kind?.rawValue ?? "?") \(family.rawValue) \(address.map { "\($0)" } ?? "*"):\(port)/\(transport)"
}

extension ExpectedFrontend {
  fileprivate var place: String { LiveTests.place(kind, family, address, port, transport) }
  fileprivate var outside: Set<SocketAddress> { Set(endpoints.map(\.address)) }
  fileprivate var inside: Set<SocketAddress> { Set(endpointsInside.map(\.address)) }
}

extension Frontend {
  fileprivate var place: String { LiveTests.place(kind, family, address, port, transport) }
}

/// What is wrong with one frontend's answer.
private struct Complaints {
  let loaded: LoadedCapture
  let expected: ExpectedFrontend
  let answer: FrontendAnswer
  private(set) var texts: [String] = []

  init(_ loaded: LoadedCapture, _ expected: ExpectedFrontend, _ answer: FrontendAnswer) throws {
    self.loaded = loaded
    self.expected = expected
    self.answer = answer
    compare("verdict", answer.trace.verdict, try verdict)
    compare("endpoints", answer.referenceEndpoints.sorted(), expected.outside.sorted())
    if expected.kind.isExternal && expected.sourceRanges.isEmpty {
      compare("endpoints for pods", answer.podEndpoints.sorted(), expected.inside.sorted())
    }
    let isReached = !expected.outside.isEmpty || !expected.inside.isEmpty
    let affinity = isReached ? expected.affinitySeconds.map { UInt32($0) } : nil
    compare("affinity", answer.trace.affinitySeconds, affinity)
    compare("masquerade", answer.trace.masquerade.words, try masquerade)
    compareShares()
  }

  private mutating func compare<Value: Equatable>(_ what: String, _ got: Value, _ wanted: Value) {
    if got != wanted { texts.append("\(expected.place): \(what): \(got) instead of \(wanted)") }
  }

  private var verdict: Verdict {
    get throws {
      switch expected.verdict {
      case .forward: return .forward
      case .reject: return .reject
      case .unhandled: return .unhandled
      case .unknown: return .uncertain
      case .drop:
        // Up to 1.24 a mark is set, and dropping is left to a chain of the kubelet's, which only INPUT and OUTPUT jump
        // to. Where the capture of 1.23 was made, no kubelet ran.
        let isInput = expected.kind == .nodePort
        return try version.minor < 25 && !(version.minor == 18 && isInput) ? .unhandled : .drop
      }
    }
  }

  private var version: KubeProxyVersion { get throws { try loaded.version } }

  /// Whether clients' addresses are replaced, by kube-proxy's own rules for it.
  private var masquerade: String {
    get throws {
      if expected.outside.isEmpty && expected.inside.isEmpty { return "never" }
      let outsidePods = "source outside \(pods)"
      if expected.kind == .clusterIP {
        return loaded.scenario.extraFlags.contains("--masquerade-all") ? "always" : outsidePods
      }
      if expected.policy == .local { return "from this node and \(outsidePods)" }
      // 1.22 and 1.23 leave pods' packets to external addresses, and no others, as they are.
      return try expected.kind == .externalIP && version.minor == 23 ? outsidePods : "always"
    }
  }

  /// What kube-proxy took for the addresses of pods: --cluster-cidr, or the node's own range of them.
  private var pods: String {
    let isNodeCIDR = loaded.scenario.extraFlags.contains("--detect-local-mode=NodeCIDR")
    return switch expected.family {
    case .v4: isNodeCIDR ? "10.244.32.0/20" : "10.244.0.0/16"
    case .v6: isNodeCIDR ? "fd00:10:244:2::/64" : "fd00:10:244::/56"
    }
  }

  /// Within each case one endpoint has as much as the others, and together they have all.
  private mutating func compareShares() {
    let cases = Dictionary(grouping: answer.trace.endpoints) { $0.when?.text ?? "" }
    for (when, endpoints) in cases {
      let sum = endpoints.compactMap(\.share).reduce(0, +)
      if abs(sum - 1) > 1e-6 { texts.append("\(expected.place): shares of case '\(when)' add up to \(sum)") }
      for endpoint in endpoints where abs((endpoint.share ?? -1) - 1 / Double(endpoints.count)) > 1e-6 {
        texts.append("\(expected.place): \(endpoint.address) has \(endpoint.share ?? -1) of 1/\(endpoints.count)")
      }
    }
  }
}

private let drifted = TestSupport.Capture("yaobank-drift-iptables-legacy-v1.34")
private let inSync = TestSupport.Capture.legacy.filter { $0.name != drifted.name }

/// Findings that say what the API says, too.
private let statesOfTheAPI: Set<FindingID> = [
  .noEndpoints, .noLocalEndpoints, .sourceRangeDrop, .terminatingOnly, .topologyNarrowed, .markDropIneffective,
]

extension Masquerade {
  /// For which packets, or a word.
  var words: String {
    switch self {
    case .always: "always"
    case .never: "never"
    case .conditional(let when): when.text
    case .uncertain: "uncertain"
    }
  }
}

extension Finding {
  /// The endpoints that differ, by how they do.
  func endpoints(_ difference: Evidence.Difference) -> [SocketAddress] {
    evidence.filter { $0.difference == difference }.compactMap(\.endpoint)
  }
}

@Suite(
  "Traces of real kube-proxies' rules",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TraceTests {
  @Test("Every frontend of every service is forwarded as its API object says", arguments: inSync)
  func everyService(capture: TestSupport.Capture) async throws {
    try await with(capture) { loaded in
      var complaints: [String] = []
      var frontends = 0
      for service in loaded.cluster.services {
        let trace = try loaded.trace(service)
        let expected = try loaded.expected(service)
        #expect(trace.frontends.map(\.trace.frontend.place) == expected.map(\.place))
        for (expected, answer) in zip(expected, trace.frontends) {
          complaints += try Complaints(loaded, expected, answer).texts
          frontends += 1
        }
        complaints += trace.findings.filter { !statesOfTheAPI.contains($0.id) }.map {
          "\(service.metadata.namespacedName): \($0.id): \($0.message)"
        }
      }
      #expect(complaints == [])
      #expect(frontends >= loaded.cluster.services.count)
    }
  }

  @Test("What is wrong with a service and is so by the API is said, where it is so")
  func findingsOfTheLab() async throws {
    func findings(_ capture: String) async throws -> [String] {
      try await withPrivateNetworkNamespace { namespace in
        let loaded = try LoadedCapture(TestSupport.Capture(capture), in: namespace)
        return try loaded.cluster.services.flatMap { service in
          try loaded.trace(service).findings.map { "\(service.metadata.name): \($0.id)" }
        }.sorted()
      }
    }
    let latest = try await findings("lab-iptables-legacy-v1.34")
    #expect(
      latest == [
        "draining: terminating-only", "empty-lb: no-endpoints", "empty: no-endpoints",
        "etp-local-remote: no-local-endpoints", "itp-local-remote: no-local-endpoints", "lb-ranges: source-range-drop",
        "no-slice: no-endpoints", "rolling-local: terminating-only", "unready: no-endpoints",
        "zoned: topology-narrowed",
      ])
    // Where 1.23 gives packets up to the kubelet, which is not there.
    let old = try await findings("lab-iptables-legacy-v1.23")
    #expect(
      old.filter { $0.contains("mark-drop") } == [
        "etp-local-remote: mark-drop-ineffective", "etp-local-remote: mark-drop-ineffective",
        "lb-ranges: mark-drop-ineffective", "rolling-local: mark-drop-ineffective",
        "rolling-local: mark-drop-ineffective",
      ])
  }

  @Test("Rules that the API has left behind show each difference, and nothing else")
  func driftedCapture() async throws {
    try await with(drifted) { loaded in
      var found: [String] = []
      for service in loaded.cluster.services {
        let name = service.metadata.namespacedName
        for finding in try loaded.trace(service).findings {
          let isDrift = finding.id == .endpointDrift
          let details =
            isDrift ? " missing \(finding.endpoints(.missing)) unexpected \(finding.endpoints(.unexpected))" : ""
          found.append("\(name) \(finding.id)" + details)
        }
      }
      #expect(
        found.sorted() == [
          "yaobank/customer endpoint-drift missing [10.244.16.10:80] unexpected []",
          "yaobank/customer endpoint-drift missing [] unexpected [10.244.16.10:80]",
          "yaobank/database endpoint-drift missing [10.244.16.11:2380] unexpected [10.244.16.11:2379]",
          "yaobank/ledger verdict-drift",
          "yaobank/summary endpoint-drift missing [] unexpected [10.244.32.10:80]",
        ])
    }
  }

  @Test("Without the API, the rules' comments name the same endpoints", arguments: inSync)
  func withoutAPI(capture: TestSupport.Capture) async throws {
    try await with(capture) { loaded in
      var traced = 0
      for service in loaded.cluster.services {
        let expected = try loaded.expected(service).filter { frontend in
          if case .unhandled = frontend.verdict { false } else { true }
        }
        let withAPI = try loaded.trace(service)
        let programmed = withAPI.frontends.filter { $0.trace.verdict != .unhandled }
        guard !expected.isEmpty else {
          #expect(throws: TraceError.self) { try loaded.trace(service, withAPI: false) }
          continue
        }
        let alone = try loaded.trace(service, withAPI: false)
        let places = { (answers: [FrontendAnswer]) in
          Dictionary(
            answers.map { answer in
              let frontend = answer.trace.frontend
              let name = place(nil, frontend.family, frontend.address, frontend.port, frontend.transport)
              return (name, answer.trace.endpoints.map { "\($0.address) \($0.share ?? -1)" })
            }, uniquingKeysWith: { first, _ in first })
        }
        #expect(places(alone.frontends.filter { $0.trace.verdict != .unhandled }) == places(programmed))
        #expect(alone.service?.name == service.metadata.namespacedName)
        traced += 1
      }
      #expect(traced > 3)
    }
  }

  @Test(
    "By name, by address and by node port the answer is one", arguments: inSync.filter { $0.name.hasSuffix("v1.34") })
  func waysOfAsking(capture: TestSupport.Capture) async throws {
    try await with(capture) { loaded in
      for service in loaded.cluster.services {
        for answer in try loaded.trace(service).frontends {
          let frontend = answer.trace.frontend
          guard answer.trace.verdict != .unhandled, answer.endpoints.count < 20 else { continue }
          let target: TraceTarget =
            frontend.address.map { .address($0, port: frontend.port, transport: frontend.transport) }
            ?? .nodePort(frontend.port, transport: frontend.transport)
          let asked = try loaded.trace(target)
          let same = asked.frontends.filter { $0.trace.frontend == frontend }.map { String(reflecting: $0) }
          #expect(same == [String(reflecting: answer)])
          #expect(asked.service?.name == service.metadata.namespacedName)
        }
      }
    }
  }
}
