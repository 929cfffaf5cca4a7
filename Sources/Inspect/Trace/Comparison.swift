/// A service in the kernel against the same service in the API.
struct Comparison {
  let service: Service
  let answers: [FrontendAnswer]
  let expectation: Expectation
  /// The addresses that the API has for this node, and it has.
  let internalAddresses: [IPAddress]
  /// Whether packets are dropped by a mark (up to 1.24), and whether anything sets it.
  let markDrop: MarkDrop
  /// In IPVS mode, addresses with virtual services, and whether they are the node's own, as on kube-ipvs0.
  var virtualAddresses: [IPAddress: Bool] = [:]

  /// What differs or is out of order, worst first.
  var findings: [Finding] {
    let drift = explanation == nil ? drifts : []
    let diverted = answers.compactMap { Finding.diverted($0, of: service.metadata.namespacedName) }
    let found =
      drift + diverted + verdictDrifts + undroppedSources + forwardingDrifts + losses + unbound + nodePortReach + states
    return found.sorted { $0.severity > $1.severity }.map { finding in
      var finding = finding
      finding.evidence += formerOwners(finding)
      return finding
    }
  }

  /// What shaped the answer.
  var notes: [Note] {
    let whole = Subject(service.metadata.namespacedName)
    var notes: [Note] = []
    if let reason = expectation.unhandledReason(of: service) {
      notes.append(Note(whole, "kube-proxy leaves it alone: \(reason)"))
    }
    let doubts = answers.flatMap { answer in
      (answer.expected?.notes ?? []).filter(\.isDoubt).map { (note: $0, answer: answer) }
    }
    notes +=
      doubts.grouped(by: \.note).map { note, doubts in Note(subject(doubts.map(\.answer)), "\(note)") } + obstacles
    return notes + (explanation.map { [Note(whole, $0)] } ?? [])
  }

  /// Under which releases of kube-proxy kernel and API can agree that differ, where it is not known which runs.
  var explanation: String? {
    guard !drifts.isEmpty, let releases = explainingReleases else { return nil }
    let assumed = expectation.release.version.map(\.description) ?? ""
    return
      "kernel and API can agree only if kube-proxy is \(releases.text); \(assumed) was assumed. --proxy-version says "
      + "which it is"
  }

  func subject(_ answers: [FrontendAnswer]) -> Subject {
    Subject(service.metadata.namespacedName, frontends: answers.map(\.trace.frontend))
  }

  /// A finding on one frontend.
  func finding(
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
        guard exception.dependsOnSource, expected.sourceRanges.isEmpty, !keepsRanges(answer, expected),
          exception.owner?.enforcesPolicies != true
        else {
          return nil
        }
        return finding(
          .sourceExcluded, exception.isOfListed ? .info : .warning, answer,
          "packets to \(place) are \(exception.verdict.past) if \(exception.when?.text ?? "")",
          exception.reason.map { Finding.Evidence(.netfilter, $0.text) },
          Finding.Advice(
            exception.owner.map { "the rule is one of \($0)" } ?? "the rule is not kube-proxy's; find out who wrote it")
        )
      }
    }
  }

  func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

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
    let refused = rejected.grouped { $0.expected?.lack }.map { lack, answers in
      Finding.noEndpoints(answers, of: service.metadata.namespacedName, lack)
    }
    let others = [
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
    ]
    return refused + others.compactMap(\.self)
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
  var past: String {
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
