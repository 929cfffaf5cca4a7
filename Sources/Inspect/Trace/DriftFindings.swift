/// Where kernel and API disagree: endpoints, verdicts, and the addresses that IPVS needs.
extension Comparison {
  struct Drift: Hashable {
    var missing: [SocketAddress]
    var unexpected: [SocketAddress]
    /// Whether the API has the frontend at all.
    var isExpected: Bool
  }

  func drift(_ answer: FrontendAnswer, _ expected: ExpectedFrontend?) -> Drift? {
    guard answer.trace.verdict != .uncertain, answer.otherAddresses == nil else { return nil }
    guard let expected else {
      let all = answer.referenceEndpoints.union(answer.podEndpoints)
      return all.isEmpty ? nil : Drift(missing: [], unexpected: all.sorted(), isExpected: false)
    }
    guard expected.verdict != .unknown, answer.obstacle(expected) == nil else { return nil }
    let pairs = [
      (Set(expected.endpoints.map(\.address)), answer.referenceEndpoints),
      (Set(expected.endpointsInside.map(\.address)), answer.podEndpoints),
    ]
    // What pods of this node meet differs for external kinds alone, and source ranges may or may not name pods.
    let comparesPods =
      expected.kind.isExternal && expected.sourceRanges.isEmpty && !leavesPodsAlone(expected)
      && !keepsRanges(answer, expected)
    let compared = comparesPods ? pairs : Array(pairs.prefix(1))
    // What never comes to the choice of an endpoint shows of none whether it is there.
    let missing =
      answer.trace.diversion != nil ? [] : compared.reduce(into: Set()) { $0.formUnion($1.0.subtracting($1.1)) }
    let unexpected = compared.reduce(into: Set()) { $0.formUnion($1.1.subtracting($1.0)) }
    if missing.isEmpty && unexpected.isEmpty { return nil }
    return Drift(missing: missing.sorted(), unexpected: unexpected.sorted(), isExpected: true)
  }

  /// Up to 1.20 iptables mode translates what pods and this node send to an external IP only where that is an address of the
  /// node's own (`-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL`).
  func leavesPodsAlone(_ expected: ExpectedFrontend) -> Bool {
    expected.kind == .externalIP && expectation.release.version.map { $0 < KubeProxyVersion(1, 21) } ?? true
  }

  var drifts: [Finding] {
    let drifting = answers.compactMap { answer in drift(answer, answer.expected).map { (drift: $0, answer: answer) } }
    return drifting.grouped(by: \.drift).map { finding($0, $1.map(\.answer)) }
  }

  private func finding(_ drift: Drift, _ answers: [FrontendAnswer]) -> Finding {
    var finding = Finding.endpointDrift(
      of: service.metadata.namespacedName, answers, missing: drift.missing, unexpected: drift.unexpected,
      isInAPI: drift.isExpected)
    // kube-proxy may have followed, and somebody else be before it.
    if let (place, reason) = answers.lazy.compactMap({ $0.trace.foreignEnd }).first {
      finding.evidence.insert(
        Finding.Evidence(.netfilter, "packets to \(place) end at another's rule: \(reason.text)"), at: 0)
      finding.advice = [Finding.Advice("find out who wrote the rule that ends them; it is not kube-proxy's")]
    }
    return finding
  }

  /// Whose rules differ from the API: where an address or node port changed hands, kube-proxy's comments and chains name who
  /// had it.
  func formerOwners(_ finding: Finding) -> [Finding.Evidence] {
    guard finding.id.isDrift, let frontends = finding.subject.frontends else { return [] }
    let rules = answers.filter { frontends.contains($0.trace.frontend.place) }
    let owners = rules.compactMap { $0.trace.servicePort?.service }
    return Set(owners).subtracting([service.metadata.namespacedName]).sorted().map {
      Finding.Evidence(.netfilter, "the rules here are those of \($0)")
    }
  }

  /// The releases under which nothing drifts, where it is not known which runs.
  var explainingReleases: ClosedRange<KubeProxyVersion>? {
    expectation.releases(of: service) { frontends in
      answers.allSatisfy { answer in
        // A node port is asked for at one address, and the API has it at none.
        let place = answer.expected.map { Frontend($0).place } ?? answer.trace.frontend.place
        return drift(answer, frontends.first { Frontend($0).place == place }) == nil
      }
    }
  }

  /// Frontends whose endpoints agree and whose fate does not.
  var verdictDrifts: [Finding] {
    answers.compactMap { answer in
      guard let expected = answer.expected, drift(answer, expected) == nil, answer.obstacle == nil, !answer.losesAll
      else { return nil }
      // Who redirects them is told by a finding of its own.
      if answer.trace.reason?.kind == .portClosed { return nil }
      let place = answer.trace.frontend.text
      switch (expected.verdict, answer.trace.verdict) {
      case (.drop, .unhandled) where markDrop != .absent && expected.kind.isExternal:
        return markDropIneffective(
          .warning, answer,
          "\(place) has no endpoint on this node, and its packets are not dropped but go on untranslated")
      case (.reject, .unhandled), (.drop, .unhandled):
        return finding(
          .verdictDrift, .error, answer,
          "\(place) has no rule here; by the API it should be \(expected.verdict == .drop ? "dropped" : "rejected")",
          Finding.Evidence(.api, expected.verdict.reason ?? ""), .lookAtKubeProxy)
      // In nftables mode kube-proxy drops what goes to an address of the service range that it does not serve; else it goes,
      // untranslated, where the node's routes lead it, if anywhere.
      case (.unhandled, _) where answer.isUnallocated || answer.isUnroutable: return nil
      case (.reject, .drop) where answer.isUnallocated:
        return finding(
          .verdictDrift, .error, answer, "\(place) has no rule here; by the API it should be rejected",
          Finding.Evidence(.netfilter, answer.trace.reason?.text ?? ""), .lookAtKubeProxy)
      // A node that forwards nothing drops what it would reject: that is told by itself.
      case (.reject, .drop) where answer.trace.reason?.kind == .notForwarded: return nil
      case (.reject, .drop), (.drop, .reject):
        return finding(
          .verdictDrift, .warning, answer,
          "\(place) is \(answer.trace.verdict.past) here; by the API it should be \(expected.verdict.past)",
          Finding.Evidence(.netfilter, answer.trace.reason?.text ?? ""))
      case (.forward, .reject), (.forward, .drop), (.unhandled, .reject), (.unhandled, .drop):
        return finding(
          expected.verdict == .forward ? .rejectShadow : .verdictDrift, .error, answer,
          "\(place) is \(answer.trace.verdict.past) here; by the API it should be \(expected.verdict.past)",
          Finding.Evidence(.netfilter, answer.trace.reason?.text ?? ""))
      default: return nil
      }
    }
  }

  /// A packet to an address that is not the node's own is routed on, and never gets to IPVS.
  var unbound: [Finding] {
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
}

extension Finding {
  /// Endpoints that kernel and API do not have in common.
  /// - Parameter isInAPI: whether the API has these frontends at all.
  static func endpointDrift(
    of service: NamespacedName, _ answers: [FrontendAnswer], missing: [SocketAddress], unexpected: [SocketAddress],
    isInAPI: Bool
  ) -> Finding {
    func evidence(_ endpoint: SocketAddress, _ difference: Evidence.Difference, _ text: String) -> Evidence {
      var evidence = Evidence(difference == .missing ? .api : .netfilter, "\(endpoint) \(text)", endpoint: endpoint)
      evidence.difference = difference
      return evidence
    }
    let places = answers.map(\.trace.frontend.text).joined(separator: ", ")
    return Finding(
      .endpointDrift, .error, answers.confidence,
      subject: Subject(service, frontends: answers.map(\.trace.frontend)),
      message: isInAPI
        ? "kernel and API disagree about the endpoints of \(places)"
        : "this node still \(answers.contains { $0.trace.verdict == .forward } ? "forwards" : "has rules for") \(places), "
          + "which the API no longer has",
      evidence: missing.map { evidence($0, .missing, "is in the API and not in the rules") }
        + unexpected.map { evidence($0, .unexpected, "is in the rules and not in the API") },
      advice: [.lookAtKubeProxy])
  }

  /// Rules for a service that the API does not have.
  static func unknownToAPI(_ service: NamespacedName, _ answers: [FrontendAnswer]) -> Finding {
    endpointDrift(
      of: service, answers, missing: [],
      unexpected: Set(answers.flatMap { $0.endpoints.map(\.trace.address) }).sorted(), isInAPI: false)
  }
}

extension FrontendTrace {
  /// The rule or policy of somebody else that ends a reference client's packets; nil where none does.
  fileprivate var foreignEnd: (place: String, reason: Reason)? {
    guard verdict == .drop || verdict == .reject, let reason, let end = reason.place,
      [.rule, .policy].contains(reason.kind)
    else { return nil }
    let owner = RuleOwner(table: end.table, chain: end.chain, comments: [reason.comment].compactMap(\.self))
    return owner == .kubeProxy || owner == .kubelet ? nil : (frontend.text, reason)
  }
}

extension FrontendAnswer {
  /// Whether kube-proxy's nftables rules drop it for an address that no service has.
  var isUnallocated: Bool { trace.path.last?.chain?.name == "cluster-ips-check" }

  fileprivate var isUnroutable: Bool { trace.reason.map { Reason.Kind.ofRouting.contains($0.kind) } ?? false }
}
