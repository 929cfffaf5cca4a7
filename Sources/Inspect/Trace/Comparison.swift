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
    let diverted = answers.compactMap { Finding.diverted($0, of: service.metadata.namespacedName) }
    let found = (explained == nil ? drift : []) + diverted + verdictDrifts + losses + unbound + states
    return found.sorted { $0.severity > $1.severity }
  }

  /// What shaped the answer.
  var notes: [Note] {
    let whole = Subject(service.metadata.namespacedName)
    var notes: [Note] = []
    if let reason = expectation.unhandledReason(of: service) {
      notes.append(Note(whole, "kube-proxy leaves it alone: \(reason)"))
    }
    var order: [ExpectationNote] = []
    var doubted: [ExpectationNote: [FrontendAnswer]] = [:]
    for answer in answers {
      for note in answer.expected?.notes ?? [] where note.isDoubt {
        if doubted[note] == nil { order.append(note) }
        doubted[note, default: []].append(answer)
      }
    }
    notes += order.map { Note(subject(doubted[$0] ?? []), "\($0)") }
    if !drifts.isEmpty, let releases = explainingReleases {
      let assumed = expectation.release.version.map(\.description) ?? ""
      notes.append(
        Note(
          whole,
          "kernel and API agree if kube-proxy is \(releases.text); \(assumed) was assumed. --proxy-version says which it is"
        ))
    }
    return notes
  }

  private func subject(_ answers: [FrontendAnswer]) -> Subject {
    Subject(service.metadata.namespacedName, frontends: answers.map(\.trace.frontend))
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
    // What never comes to the choice of an endpoint shows of none whether it is there.
    let missing =
      answer.trace.diversion != nil ? [] : compared.reduce(into: Set()) { $0.formUnion($1.0.subtracting($1.1)) }
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
    .endpointDrift(
      of: service.metadata.namespacedName, answers, missing: drift.missing, unexpected: drift.unexpected,
      isInAPI: drift.isExpected)
  }

  /// The releases under which nothing drifts, where it is not known which runs.
  private var explainingReleases: ClosedRange<KubeProxyVersion>? {
    expectation.releases(of: service) { frontends in
      answers.allSatisfy { answer in
        let place = answer.trace.frontend.place
        return drift(answer, frontends.first { Frontend($0).place == place }) == nil
      }
    }
  }

  // MARK: - Verdicts

  /// Frontends whose endpoints agree and whose fate does not.
  private var verdictDrifts: [Finding] {
    answers.compactMap { answer in
      guard let expected = answer.expected, drift(answer, expected) == nil, !answer.losesAll else { return nil }
      let place = answer.trace.frontend.text
      switch (expected.verdict, answer.trace.verdict) {
      case (.drop, .unhandled) where markDrop != .absent && expected.kind.isExternal:
        return finding(
          .markDropIneffective, .warning, answer,
          "\(place) has no endpoint on this node, and its packets are not dropped but go on untranslated",
          Finding.Evidence(
            .netfilter,
            markDrop == .empty
              ? "nat KUBE-MARK-DROP has no rule: it marks nothing"
              : "nat KUBE-MARK-DROP marks them, and no rule on their way drops what is marked"),
          Finding.Advice("up to 1.24 kube-proxy leaves dropping to chains of the kubelet, which since 1.28 makes none"))
      case (.reject, .unhandled), (.drop, .unhandled):
        return finding(
          .verdictDrift, .error, answer,
          "\(place) has no rule here; by the API it should be \(expected.verdict == .drop ? "dropped" : "rejected")",
          Finding.Evidence(.api, expected.verdict.reason ?? ""), .lookAtKubeProxy)
      case (.unhandled, .drop) where answer.trace.path.last?.chain?.name == "cluster-ips-check":
        // In nftables mode kube-proxy drops what goes to an address of the service range that it does not serve.
        return nil
      case (.forward, .reject), (.forward, .drop), (.unhandled, .reject), (.unhandled, .drop):
        return finding(
          expected.verdict == .forward ? .rejectShadow : .verdictDrift, .error, answer,
          "\(place) is \(answer.trace.verdict.past) here; by the API it should be \(expected.verdict.past)",
          Finding.Evidence(.netfilter, answer.trace.reason?.text ?? ""))
      default: return nil
      }
    }
  }

  /// A finding on one frontend.
  private func finding(
    _ id: FindingID, _ severity: Finding.Severity, _ answer: FrontendAnswer, _ message: String,
    _ evidence: Finding.Evidence? = nil, _ advice: Finding.Advice? = nil
  ) -> Finding {
    Finding(
      id, severity, answer.confidence, subject: subject([answer]), message: message,
      evidence: evidence.map { [$0] } ?? [], advice: advice.map { [$0] } ?? [])
  }

  // MARK: - Packets that are lost on the way to endpoints

  /// A service that is forwarded, and not for all.
  private var losses: [Finding] {
    answers.flatMap { answer -> [Finding] in
      guard let expected = answer.expected, expected.verdict == .forward, answer.trace.verdict == .forward else {
        return []
      }
      let place = answer.trace.frontend.text
      return answer.trace.exceptions.filter { !$0.isOnTheWay }.compactMap { exception in
        if exception.share < 1 - 1e-6 {
          return finding(
            .connectionsLost, .error, answer,
            "of new connections to \(place) \(percent(exception.share)) come to no endpoint",
            Finding.Evidence(
              .netfilter, "they are \(exception.verdict.past)" + (exception.when.map { ", if \($0)" } ?? "")),
            Finding.Advice(
              "rules were changed by something else than kube-proxy; restarting it on this node writes them anew"))
        }
        // Who may send what is for the network's own policies to say.
        guard exception.dependsOnSource, expected.sourceRanges.isEmpty, exception.owner?.enforcesPolicies != true else {
          return nil
        }
        return finding(
          .sourceExcluded, .warning, answer,
          "packets to \(place) are \(exception.verdict.past) if \(exception.when?.text ?? "")",
          exception.reason.map { Finding.Evidence(.netfilter, $0.text) },
          Finding.Advice(
            exception.owner.map { "the rule is one of \($0)" } ?? "the rule is not kube-proxy's; find out who wrote it")
        )
      }
    }
  }

  private func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

  // MARK: - Addresses

  /// A packet to an address that is not the node's own is routed on, and never gets to IPVS.
  private var unbound: [Finding] {
    let missing = virtualAddresses.filter { !$0.value }.map(\.key).sorted()
    guard !missing.isEmpty else { return [] }
    let unreached = answers.filter { $0.trace.frontend.address.map(missing.contains) ?? false }
    return [
      Finding(
        .ipvsDummyDrift, .error, subject: subject(unreached),
        message:
          "IPVS has virtual services for \(missing.map(\.description).joined(separator: ", ")), and packets do not "
          + "get there: the node does not have the address",
        evidence: missing.map { Finding.Evidence(.links, "\($0) is not on kube-ipvs0") },
        advice: [
          Finding.Advice(
            "kube-proxy puts every service's address on the interface kube-ipvs0; restarting it puts them back")
        ])
    ]
  }

  // MARK: - What is as it should be, and worth knowing

  private var states: [Finding] {
    let certain = answers.filter { $0.expected != nil }
    func finding(
      _ id: FindingID, _ severity: Finding.Severity, _ message: String, _ source: Finding.Evidence.Source,
      _ answers: [FrontendAnswer], _ details: (FrontendAnswer) -> String? = { _ in nil }
    ) -> Finding? {
      guard !answers.isEmpty else { return nil }
      return Finding(
        id, severity, answers.confidence, subject: subject(answers), message: message,
        evidence: answers.map { answer in
          let place = answer.trace.frontend
          return Finding.Evidence(
            source, place.text + (details(answer).map { ": \($0)" } ?? ""), frontend: place)
        })
    }
    func expecting(_ note: ExpectationNote) -> [FrontendAnswer] {
      certain.filter { $0.expected?.notes.contains(note) == true }
    }
    let rejected = certain.filter { $0.expected?.verdict == .reject && $0.trace.verdict == .reject }
    return [
      rejected.isEmpty ? nil : .noEndpoints(rejected, of: service.metadata.namespacedName),
      finding(
        .noLocalEndpoints, .warning,
        "no endpoint on this node, and the traffic policy is Local: packets are dropped", .netfilter,
        certain.filter { $0.expected?.verdict == .drop && $0.trace.verdict == .drop }
      ) { $0.trace.reason?.text ?? "" },
      finding(
        .sourceRangeDrop, .info, "only clients in the source ranges get through", .api,
        certain.filter { $0.expected?.sourceRanges.isEmpty == false }
      ) { ($0.expected?.sourceRanges ?? []).map(\.description).joined(separator: ", ") },
      finding(
        .terminatingOnly, .info, "all endpoints terminate; those that still serve are used", .api,
        expecting(.terminatingFallback)),
      finding(
        .localFallback, .warning,
        "no endpoint on this node, and the traffic policy is Local: IPVS sends to all endpoints, and for clients outside "
          + "the cluster the replies get lost", .ipvs,
        expecting(.allForLackOfLocal).filter { $0.trace.verdict == .forward && $0.trace.frontend.isExternal }),
      drained(certain),
      finding(
        .topologyNarrowed, .info, "only some endpoints are meant for this node", .api,
        certain.filter { $0.expected?.notes.contains(where: \.isNarrowing) == true }
      ) { $0.expected?.notes.first(where: \.isNarrowing)?.description },
    ].compactMap(\.self)
  }

  private func drained(_ answers: [FrontendAnswer]) -> Finding? {
    let draining = answers.filter { $0.trace.endpoints.contains(where: \.isDraining) }
    guard !draining.isEmpty else { return nil }
    return Finding(
      .ipvsDrained, .info, subject: subject(draining),
      message: "real servers of weight 0 keep their connections and get no new ones",
      evidence: draining.flatMap { answer in
        answer.trace.endpoints.filter(\.isDraining).map {
          Finding.Evidence(
            .ipvs, "\(answer.trace.frontend.text): \($0.address)", frontend: answer.trace.frontend,
            endpoint: $0.address)
        }
      })
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

extension Verdict {
  /// For a sentence: what was done with a packet.
  var past: String {
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
