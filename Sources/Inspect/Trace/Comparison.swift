/// A service in the kernel against the same service in the API.
struct Comparison {
  let service: Service
  let answers: [FrontendAnswer]
  let expectation: Expectation
  /// Whether packets are dropped by a mark (up to 1.24), and whether anything sets it.
  let markDrop: MarkDrop
  /// In IPVS mode, addresses with virtual services, and whether they are the node's own, as on kube-ipvs0.
  var virtualAddresses: [IPAddress: Bool] = [:]

  /// What differs or is out of order, worst first.
  var findings: [Finding] {
    let drift = drifts
    let explained = drift.isEmpty ? nil : explainingReleases
    let found = (explained == nil ? drift : []) + verdictDrifts + losses + unbound + states
    return found.sorted { $0.severity.rank > $1.severity.rank }
  }

  /// What shaped the answer, in sentences.
  var notes: [String] {
    var notes: [String] = []
    if let reason = expectation.unhandledReason(of: service) { notes.append("kube-proxy leaves it alone: \(reason)") }
    for note in answers.compactMap(\.expected).flatMap(\.notes).filter(\.isDoubt).map(\.description)
    where !notes.contains(note) {
      notes.append(note)
    }
    if !drifts.isEmpty, let releases = explainingReleases {
      notes.append(
        "kernel and API agree if kube-proxy is \(releases.text); \(expectation.release.version.map(\.description) ?? "")"
          + " was assumed. --proxy-version says which it is")
    }
    return notes
  }

  // MARK: - Endpoints

  private struct Drift: Hashable {
    var missing: [SocketAddress]
    var unexpected: [SocketAddress]
    /// Whether the API has the frontend at all.
    var isExpected: Bool
  }

  private func drift(_ answer: FrontendAnswer, _ expected: ExpectedFrontend?) -> Drift? {
    guard answer.trace.verdict != .uncertain else { return nil }
    guard let expected else {
      let all = answer.referenceEndpoints.union(answer.podEndpoints)
      return all.isEmpty ? nil : Drift(missing: [], unexpected: all.sorted(), isExpected: false)
    }
    guard expected.verdict != .unknown else { return nil }
    let pairs = [
      (Set(expected.endpoints.map(\.address)), answer.referenceEndpoints),
      (Set(expected.endpointsInside.map(\.address)), answer.podEndpoints),
    ]
    // What pods of this node meet differs for external kinds alone, and source ranges may or may not name pods.
    let compared = expected.kind.isExternal && expected.sourceRanges.isEmpty ? pairs : Array(pairs.prefix(1))
    let missing = compared.reduce(into: Set()) { $0.formUnion($1.0.subtracting($1.1)) }
    let unexpected = compared.reduce(into: Set()) { $0.formUnion($1.1.subtracting($1.0)) }
    if missing.isEmpty && unexpected.isEmpty { return nil }
    return Drift(missing: missing.sorted(), unexpected: unexpected.sorted(), isExpected: true)
  }

  private var drifts: [Finding] {
    var order: [Drift] = []
    var places: [Drift: [FrontendAnswer]] = [:]
    for answer in answers {
      guard let drift = drift(answer, answer.expected) else { continue }
      if places[drift] == nil { order.append(drift) }
      places[drift, default: []].append(answer)
    }
    return order.map { finding($0, places[$0] ?? []) }
  }

  private func finding(_ drift: Drift, _ answers: [FrontendAnswer]) -> Finding {
    let places = answers.map(\.trace.frontend.text)
    var finding = Finding(
      id: "endpoint-drift", severity: .error,
      message: drift.isExpected
        ? "kernel and API disagree about the endpoints of \(places.joined(separator: ", "))"
        : "this node still forwards \(places.joined(separator: ", ")), which the API no longer has",
      evidence: drift.missing.map { "\($0) is in the API and not in the rules" }
        + drift.unexpected.map { "\($0) is in the rules and not in the API" },
      advice: "kube-proxy on this node has not followed the API: look at its log and at 127.0.0.1:10256/healthz")
    finding.missing = drift.missing
    finding.unexpected = drift.unexpected
    return finding
  }

  /// The releases under which nothing drifts, where it is not known which runs.
  private var explainingReleases: ClosedRange<KubeProxyVersion>? {
    expectation.releases(of: service) { frontends in
      answers.allSatisfy { answer in
        let place = answer.trace.frontend.withoutNames
        return drift(answer, frontends.first { Frontend($0).withoutNames == place }) == nil
      }
    }
  }

  // MARK: - Verdicts

  /// Frontends whose endpoints agree and whose fate does not.
  private var verdictDrifts: [Finding] {
    answers.compactMap { answer in
      guard let expected = answer.expected, drift(answer, expected) == nil else { return nil }
      let place = answer.trace.frontend.text
      switch (expected.verdict, answer.trace.verdict) {
      case (.drop, .unhandled) where markDrop != .absent && expected.kind.isExternal:
        return Finding(
          id: "mark-drop-ineffective", severity: .warning,
          message: "\(place) has no endpoint on this node, and its packets are not dropped but go on untranslated",
          evidence: [
            markDrop == .empty
              ? "nat KUBE-MARK-DROP has no rule: it marks nothing"
              : "nat KUBE-MARK-DROP marks them, and no rule on their way drops what is marked"
          ],
          advice: "up to 1.24 kube-proxy leaves dropping to chains of the kubelet, which since 1.28 makes none")
      case (.reject, .unhandled), (.drop, .unhandled):
        return Finding(
          id: "verdict-drift", severity: .error,
          message:
            "\(place) has no rule here; by the API it should be \(expected.verdict == .drop ? "dropped" : "rejected")",
          evidence: [expected.verdict.reason ?? ""],
          advice: "kube-proxy on this node has not followed the API: look at its log and at 127.0.0.1:10256/healthz")
      case (.unhandled, .drop) where answer.trace.path.last?.chain.name == "cluster-ips-check":
        // In nftables mode kube-proxy drops what goes to an address of the service range that it does not serve.
        return nil
      case (.forward, .reject), (.forward, .drop), (.unhandled, .reject), (.unhandled, .drop):
        return Finding(
          id: "verdict-drift", severity: .error,
          message: "\(place) is \(answer.trace.verdict.past) here; by the API it should be \(expected.verdict.past)",
          evidence: [answer.trace.reason ?? ""])
      default: return nil
      }
    }
  }

  // MARK: - Packets that are lost on the way to endpoints

  /// A service that is forwarded, and not for all.
  private var losses: [Finding] {
    answers.flatMap { answer -> [Finding] in
      guard let expected = answer.expected, expected.verdict == .forward, answer.trace.verdict == .forward else {
        return []
      }
      let place = answer.trace.frontend.text
      return answer.trace.exceptions.compactMap { exception in
        if exception.share < 1 - 1e-6 {
          return Finding(
            id: "connections-lost", severity: .error,
            message: "of new connections to \(place) \(percent(exception.share)) come to no endpoint",
            evidence: ["they are \(exception.verdict.past)" + (exception.when.map { ", if \($0)" } ?? "")],
            advice: "rules were changed by something else than kube-proxy; restarting it on this node writes them anew")
        }
        guard exception.dependsOnSource, expected.sourceRanges.isEmpty else { return nil }
        return Finding(
          id: "source-excluded", severity: .warning,
          message: "packets to \(place) are \(exception.verdict.past) if \(exception.when ?? "")",
          evidence: [], advice: "no rule of kube-proxy's says so; look for who wrote it")
      }
    }
  }

  private func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

  // MARK: - Addresses

  /// A packet to an address that is not the node's own is routed on, and never gets to IPVS.
  private var unbound: [Finding] {
    let missing = virtualAddresses.filter { !$0.value }.map(\.key).sorted()
    guard !missing.isEmpty else { return [] }
    return [
      Finding(
        id: "vip-not-local", severity: .error,
        message:
          "IPVS has virtual services for \(missing.map(\.description).joined(separator: ", ")), and packets do not "
          + "get there: the node does not have the address",
        evidence: missing.map { "\($0) is not on kube-ipvs0" },
        advice: "kube-proxy puts every service's address on the interface kube-ipvs0; restarting it puts them back")
    ]
  }

  // MARK: - What is as it should be, and worth knowing

  private var states: [Finding] {
    let certain = answers.filter { $0.expected != nil }
    func places(_ belongs: (FrontendAnswer) -> Bool) -> [String] {
      certain.filter(belongs).map { "\($0.trace.frontend.text): \($0.trace.reason ?? "")" }
    }
    func finding(_ id: String, _ severity: Finding.Severity, _ message: String, _ evidence: [String]) -> Finding? {
      evidence.isEmpty ? nil : Finding(id: id, severity: severity, message: message, evidence: evidence)
    }
    let narrowed = certain.compactMap { answer in
      answer.expected?.notes.first { $0.isNarrowing }.map { "\(answer.trace.frontend.text): \($0)" }
    }
    let fallback = certain.filter {
      $0.expected?.notes.contains(.allForLackOfLocal) == true && $0.trace.verdict == .forward
        && $0.trace.frontend.isExternal
    }
    let draining = certain.flatMap { answer in
      answer.trace.endpoints.filter(\.isDraining).map { "\(answer.trace.frontend.text): \($0.address)" }
    }
    let terminating = certain.filter { $0.expected?.notes.contains(.terminatingFallback) == true }
    return [
      finding(
        "no-endpoints", .warning, "no endpoint is ready: connections are refused",
        places { $0.expected?.verdict == .reject && $0.trace.verdict == .reject }),
      finding(
        "no-local-endpoints", .warning,
        "no endpoint on this node, and the traffic policy is Local: packets are dropped",
        places { $0.expected?.verdict == .drop && $0.trace.verdict == .drop }),
      finding(
        "source-range-drop", .info, "only clients in the source ranges get through",
        certain.filter { $0.expected?.sourceRanges.isEmpty == false }.map { answer in
          let ranges = (answer.expected?.sourceRanges ?? []).map(\.description).joined(separator: ", ")
          return "\(answer.trace.frontend.text): \(ranges)"
        }),
      finding(
        "terminating-only", .info, "all endpoints terminate; those that still serve are used",
        terminating.map(\.trace.frontend.text)),
      finding(
        "local-fallback", .warning,
        "no endpoint on this node, and the traffic policy is Local: IPVS sends to all endpoints, and for clients outside "
          + "the cluster the replies get lost", fallback.map(\.trace.frontend.text)),
      finding("draining", .info, "real servers of weight 0 keep their connections and get no new ones", draining),
      finding("topology-narrowed", .info, "only some endpoints are meant for this node", narrowed),
    ].compactMap(\.self)
  }
}

extension ExpectationNote {
  fileprivate var isNarrowing: Bool {
    switch self {
    case .narrowedToZone, .narrowedToNode: true
    default: false
    }
  }
}

extension Finding.Severity {
  /// The worse, the higher.
  var rank: Int {
    switch self {
    case .info: 0
    case .warning: 1
    case .error: 2
    }
  }
}

extension Verdict {
  fileprivate var past: String {
    switch self {
    case .forward: "forwarded"
    case .reject: "rejected"
    case .drop: "dropped"
    case .unhandled: "left alone"
    case .uncertain: "uncertain"
    }
  }
}

extension ExpectedVerdict {
  fileprivate var past: String {
    switch self {
    case .forward: "forwarded"
    case .reject: "rejected"
    case .drop: "dropped"
    case .unhandled: "left alone"
    case .unknown: "unknown"
    }
  }
}

extension ClosedRange<KubeProxyVersion> {
  fileprivate var text: String {
    let name = { (version: KubeProxyVersion) in "\(version.major).\(version.minor)" }
    return lowerBound == upperBound ? name(lowerBound) : "\(name(lowerBound)) to \(name(upperBound))"
  }
}
