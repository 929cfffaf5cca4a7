import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// A capture on which services are traced: which node it is of, and what the API said when it was made.
struct TracedCapture {
  let capture: Capture
  let node: String
  let version: KubeProxyVersion
  let mode: ProxyMode
  let cluster: ClusterSnapshot

  private struct Scenario: Decodable {
    let catalogue: String
    let node: String
    let proxyMode: String
    let kubeProxyVersion: String
  }

  init(_ capture: Capture) throws {
    self.capture = capture
    let bytes = try #require(try capture.bytes("scenario.json"))
    let scenario = try JSONDecoder().decode(Scenario.self, from: Data(bytes))
    node = scenario.node
    version = try #require(KubeProxyVersion(scenario.kubeProxyVersion))
    mode = try #require(ProxyMode(rawValue: scenario.proxyMode))
    cluster = try Self.cluster(scenario.catalogue)
  }

  /// The objects of a catalogue, gzipped or not.
  static func cluster(_ catalogue: String) throws -> ClusterSnapshot {
    let folder = Capture("api/\(catalogue)")
    var all: [UInt8] = []
    for kind in ["services", "endpointslices", "endpoints", "pods", "nodes"] {
      all += try #require(try folder.bytes("\(kind).json"))
      all.append(UInt8(ascii: "\n"))
    }
    return try ClusterSnapshot.decode(all, path: catalogue)
  }

  var services: [Service] { cluster.services }

  /// What kube-proxy should have made of a service.
  func expected(_ service: Service) throws -> [ExpectedFrontend] {
    ExpectedForwarding(
      cluster: cluster, node: NodeIdentity(try #require(cluster.node(node))), version: version, mode: mode
    ).frontends(of: service)
  }

  func request(_ service: Service) -> TraceRequest {
    let name = service.metadata.namespacedName
    var request = TraceRequest(target: .service(namespace: name.namespace, name: name.name, port: nil))
    request.context.cluster = cluster
    request.context.node = node
    request.context.release = Release(version, source: "the capture")
    return request
  }

  /// Whose addresses kube-proxy takes for pods of this node, as its flags say.
  enum Detector {
    case prefix
    case interface(String)
  }

  var detector: Detector {
    get throws {
      let flags = try #require(try capture.text("kube-proxy.txt")).split { " \n".contains($0) }
      func value(_ flag: String) -> String? {
        flags.first { $0.hasPrefix("--\(flag)=") }.map { String($0.dropFirst(flag.utf8.count + 3)) }
      }
      if let prefix = value("pod-interface-name-prefix") { return .interface(prefix + "+") }
      return value("pod-bridge-interface").map(Detector.interface) ?? .prefix
    }
  }
}

/// The cluster's ranges, as all captures have them.
let podRanges: [IPFamily: String] = [.v4: "10.244.0.0/16", .v6: "fd00:10:244::/56"]
let serviceRanges: [IPFamily: String] = [.v4: "10.96.0.0/16", .v6: "fd00:10:96::/112"]

@Suite(
  "Services traced on captures of nf_tables",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TraceNFTCaptures {
  static let sound = Capture.nft.filter { !$0.name.contains("damaged") && !$0.name.contains("noise") }

  @Test("Every service is forwarded as the API says, and nothing drifts", arguments: sound)
  func everyService(capture: Capture) async throws {
    let traced = try TracedCapture(capture)
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(capture)
      let node = try LiveNode()
      var frontends = 0
      for service in traced.services {
        let trace = try ServiceTracer.trace(traced.request(service), node)
        try check(trace, of: service, traced, nodeAddresses: node.localAddresses ?? [])
        frontends += trace.frontends.count
      }
      #expect(frontends > 4)
    }
  }

  @Test("Where other programs' rules cannot be decided nothing is said for certain that is wrong")
  func noise() async throws {
    let traced = try TracedCapture(Capture("lab-iptables-nft-noise-v1.34"))
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(traced.capture)
      let node = try LiveNode()
      for service in traced.services {
        let trace = try ServiceTracer.trace(traced.request(service), node)
        try check(trace, of: service, traced, nodeAddresses: node.localAddresses ?? [], mayBeUncertain: true)
      }
    }
  }

  @Test("Each mishap of the damaged capture is found, and nothing else")
  func damaged() async throws {
    let traced = try TracedCapture(Capture("yaobank-damaged-iptables-nft-v1.34"))
    let found = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(traced.capture)
      let node = try LiveNode()
      var found: [String: [Mishap]] = [:]
      for service in traced.services {
        let trace = try ServiceTracer.trace(traced.request(service), node)
        #expect(Trace(trace, api: nil).exitStatus == (trace.findings.isEmpty ? 0 : 1))
        found["\(service.metadata.namespacedName)"] = trace.findings.map(Mishap.init)
      }
      return found
    }
    #expect(
      found == [
        "default/kubernetes": [],
        // The first endpoint's probability is 1.0; a foreign DNAT stands before metrics.
        "kube-system/kube-dns": [
          Mishap("endpoint-drift", missing: ["10.244.32.11:53"]),
          Mishap("endpoint-drift", missing: ["10.244.16.13:9153", "10.244.32.11:9153"], unexpected: ["10.0.0.1:9153"]),
        ],
        "yaobank/customer": [Mishap("source-excluded")],
        "yaobank/database": [
          Mishap("endpoint-drift", missing: ["10.244.16.11:2379"], unexpected: ["10.244.16.250:2379"])
        ],
        // The last rule is gone: half of the connections match nothing.
        "yaobank/summary": [Mishap("endpoint-drift", missing: ["10.244.32.10:80"]), Mishap("connections-lost")],
      ])
  }

  /// What a finding says, without its words.
  private struct Mishap: Equatable {
    var id: String
    var missing: [String] = []
    var unexpected: [String] = []

    init(_ id: String, missing: [String] = [], unexpected: [String] = []) {
      self.id = id
      self.missing = missing
      self.unexpected = unexpected
    }

    init(_ finding: Finding) {
      self.init(
        "\(finding.id)", missing: finding.endpoints(.missing).map(\.description),
        unexpected: finding.endpoints(.unexpected).map(\.description))
    }
  }

  // MARK: - One service

  private func check(
    _ trace: ServiceTrace, of service: Service, _ traced: TracedCapture, nodeAddresses: [IPPrefix],
    mayBeUncertain: Bool = false
  ) throws {
    let name = "\(traced.capture) \(service.metadata.namespacedName)"
    let wanted = try traced.expected(service)
    #expect(trace.frontends.count == wanted.count, "\(name)")
    #expect(trace.proxy.mode.rawValue == traced.mode.rawValue, "\(name)")
    #expect(trace.proxy.backend == .nft, "\(name)")
    for expected in wanted {
      let answers = trace.frontends.filter { answer in
        let frontend = answer.trace.frontend
        return frontend.kind == expected.kind && frontend.family == expected.family && frontend.port == expected.port
          && frontend.transport == expected.transport
          && (frontend.address == expected.address || expected.kind == .nodePort)
      }
      #expect(answers.count == 1, "\(name) \(expected.kind) \(expected.port)")
      guard let answer = answers.first else { continue }
      if mayBeUncertain, answer.trace.verdict == .uncertain { continue }
      try check(answer, expected, traced, "\(name) \(answer.trace.frontend.text)")
    }
    let allowed: Set<FindingID> = [
      .noEndpoints, .noLocalEndpoints, .sourceRangeDrop, .terminatingOnly, .topologyNarrowed,
    ]
    let others = trace.findings.map(\.id).filter { !allowed.contains($0) }
    #expect(others == (traced.capture.name.contains("two-backends") ? [.backendMixed] : []), "\(name)")
  }

  private func check(
    _ answer: FrontendAnswer, _ expected: ExpectedFrontend, _ traced: TracedCapture, _ name: String
  ) throws {
    #expect(answer.trace.verdict == verdict(expected, traced), "\(name)")
    try checkAddress(answer.trace, expected, traced, name)
    let reference = answer.endpoints.map(\.trace).filter(\.isForReference)
    #expect(Set(reference.map(\.address)) == Set(expected.endpoints.map(\.address)), "\(name)")
    if expected.kind.isExternal && expected.sourceRanges.isEmpty {
      let inside = answer.endpoints.map(\.trace).filter(\.isForPods)
      #expect(Set(inside.map(\.address)) == Set(expected.endpointsInside.map(\.address)), "\(name)")
    }
    for endpoint in answer.endpoints.map(\.trace) {
      // Which set an endpoint is listed for says how many share its packets.
      let count = endpoint.isForReference ? expected.endpoints.count : expected.endpointsInside.count
      let isShare = abs((endpoint.share ?? 0) - 1 / Double(count)) < 1e-6
      #expect(isShare, "\(name) \(endpoint.address) \(endpoint.share ?? 0)")
    }
    guard expected.verdict == .forward else { return }
    #expect(answer.trace.affinitySeconds.map(Int.init) == expected.affinitySeconds, "\(name)")
    if traced.capture.name.contains("noise") {
      checkNoisyMasquerade(answer.trace.masquerade, expected, name)
    } else {
      let masquerade = try masquerade(expected, traced)
      #expect(answer.trace.masquerade.words == masquerade, "\(name)")
      try checkHairpin(answer, expected, traced, name)
    }
  }

  private func verdict(_ expected: ExpectedFrontend, _ traced: TracedCapture) -> Verdict {
    switch expected.verdict {
    case .forward: return .forward
    case .reject: return .reject
    case .drop: return .drop
    case .unknown: return .uncertain
    case .unhandled:
      // In nftables mode what goes to the service range and is nobody's is dropped (cluster-ips-check), since 1.33,
      // when the API began to tell the range.
      let isInRange = expected.address.map { IPPrefix(serviceRanges[expected.family] ?? "")?.contains($0) == true }
      let drops = traced.mode == .nftables && traced.version.minor >= 33
      return drops && isInRange == true ? .drop : .unhandled
    }
  }

  /// In nftables mode node ports are there for the node's primary address; else for all, or those of a flag.
  private func checkAddress(
    _ trace: FrontendTrace, _ expected: ExpectedFrontend, _ traced: TracedCapture, _ name: String
  ) throws {
    guard expected.kind == .nodePort else { return }
    let node = try #require(traced.cluster.node(traced.node))
    let primary = node.ips("InternalIP").first { $0.family == expected.family }
    // With iptables the flag narrows what is translated; what is refused or dropped is so at every address.
    let isNarrowed =
      traced.mode == .nftables || traced.capture.name.contains("nodeport-addresses") && trace.verdict == .forward
    #expect(trace.frontend.address == (isNarrowed ? primary : nil), "\(name)")
  }

  /// What kube-proxy masquerades: to a cluster address all that does not come from a pod; to external addresses all under
  /// the Cluster policy, and under the Local policy what this node itself sends.
  private func masquerade(_ expected: ExpectedFrontend, _ traced: TracedCapture) throws -> String {
    if expected.kind == .clusterIP {
      switch try traced.detector {
      case .prefix: return "source outside \(podRanges[expected.family] ?? "")"
      case .interface(let name): return "not arriving by \(name)"
      }
    }
    guard expected.policy == .local else { return "always" }
    switch try traced.detector {
    // An address of the node's own in the pods' range (the bridge's) is taken for a pod.
    case .prefix: return "from this node and source outside \(podRanges[expected.family] ?? "")"
    case .interface: return "from this node"
    }
  }

  /// flannel masquerades what pods send out of the cluster; what calico's rules do hangs on sets.
  private func checkNoisyMasquerade(_ masquerade: Masquerade, _ expected: ExpectedFrontend, _ name: String) {
    let pods = podRanges[expected.family].flatMap { IPPrefix($0) }
    if expected.family == .v4, !expected.endpoints.contains(where: { pods?.contains($0.address.address) == true }) {
      #expect(masquerade == .always, "\(name)")
    } else if expected.kind.isExternal && expected.policy == .cluster {
      #expect(masquerade == .always, "\(name)")
    } else {
      #expect(masquerade != .always && masquerade != .never, "\(name)")
    }
  }

  /// An endpoint's packets to itself come back with another source; since 1.36 in nftables mode those of this node's
  /// endpoints, for others never leave their node.
  private func checkHairpin(
    _ answer: FrontendAnswer, _ expected: ExpectedFrontend, _ traced: TracedCapture, _ name: String
  ) throws {
    let isBySet = try traced.mode == .nftables && traced.version >= #require(KubeProxyVersion("v1.36.0"))
    for endpoint in answer.endpoints {
      // Pods, and an endpoint among them, may meet others than clients outside do.
      guard let known = expected.endpointsInside.first(where: { $0.address == endpoint.trace.address }) else {
        continue
      }
      if isBySet && !known.isLocal { continue }
      // Where it is masqueraded as any other packet no rule needs to ask.
      if endpoint.trace.isHairpinMasqueraded == nil, try isMasqueraded(endpoint.trace.address, expected, traced) {
        continue
      }
      #expect(endpoint.trace.isHairpinMasqueraded == true, "\(name) \(endpoint.trace.address)")
    }
  }
}

extension TraceNFTCaptures {
  /// Whether a packet from an address would be masqueraded whatever endpoint it reaches.
  private func isMasqueraded(
    _ source: SocketAddress, _ expected: ExpectedFrontend, _ traced: TracedCapture
  ) throws -> Bool {
    if expected.kind.isExternal { return expected.policy == .cluster }
    guard case .prefix = try traced.detector else {
      // This node's own packets come by no interface.
      return traced.cluster.node(traced.node)?.ips("InternalIP").contains(source.address) == true
    }
    return podRanges[expected.family].flatMap { IPPrefix($0) }?.contains(source.address) == false
  }
}
