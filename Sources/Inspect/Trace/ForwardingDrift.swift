/// Where kernel and API disagree on how packets get to endpoints on which both agree.
extension Comparison {
  var forwardingDrifts: [Finding] {
    answers.flatMap { answer -> [Finding] in
      guard let expected = answer.expected, expected.isCertain, expected.verdict == .forward,
        answer.trace.verdict == .forward, answer.trace.diversion == nil, !answer.trace.endpoints.isEmpty
      else { return [] }
      let drifts = [
        affinityDrift(answer, expected), masqueradeDrift(answer, expected), hiddenClients(answer, expected),
        sourceRangeDrift(answer, expected), originDrift(answer, expected), unevenShares(answer, expected),
      ]
      return drifts.compactMap(\.self)
    }
  }

  private func affinityDrift(_ answer: FrontendAnswer, _ expected: ExpectedFrontend) -> Finding? {
    let actual = answer.trace.affinitySeconds.map(Int.init)
    guard actual != expected.affinitySeconds else { return nil }
    func text(_ seconds: Int?) -> String { seconds.map { "for \($0) s" } ?? "not at all" }
    return finding(
      .affinityDrift, .error, answer,
      "clients of \(answer.trace.frontend.text) keep their endpoint \(text(actual)) here, and by the API "
        + text(expected.affinitySeconds),
      Finding.Evidence(.api, "sessionAffinity"), .lookAtKubeProxy)
  }

  /// Answers must come back through this node: kube-proxy has what comes from outside masqueraded, but for the policy Local.
  private func masqueradeDrift(_ answer: FrontendAnswer, _ expected: ExpectedFrontend) -> Finding? {
    let marked = answer.trace.markedInVain
    let keepsSource = expected.kind.isExternal && expected.policy == .cluster ? answer.trace.keepingSource : []
    guard !marked.isEmpty || !keepsSource.isEmpty else { return nil }
    let endpoints = Set(marked + keepsSource).sorted().map(\.description).joined(separator: ", ")
    return finding(
      .masqueradeDrift, .error, answer,
      "packets to \(answer.trace.frontend.text) should be masqueraded and are not: answers may not come back through this node",
      Finding.Evidence(
        .netfilter,
        marked.isEmpty
          ? "no rule marks what is sent to \(endpoints)"
          : "what is sent to \(endpoints) is marked for it, and no rule masquerades it"),
      .lookAtKubeProxy)
  }

  /// Under the policy Local endpoints see who their clients outside the cluster are.
  private func hiddenClients(_ answer: FrontendAnswer, _ expected: ExpectedFrontend) -> Finding? {
    guard expected.kind.isExternal, expected.policy == .local, answer.trace.masquerade == .always,
      !expected.notes.contains(.allForLackOfLocal)
    else { return nil }
    return finding(
      .masqueradeDrift, .error, answer,
      "packets to \(answer.trace.frontend.text) are masqueraded, and under the policy Local endpoints should see who sends them",
      Finding.Evidence(.api, "externalTrafficPolicy: Local"), .lookAtKubeProxy)
  }

  /// kube-proxy gives each endpoint the same chance. IPVS has schedulers and weights for that.
  private func unevenShares(_ answer: FrontendAnswer, _ expected: ExpectedFrontend) -> Finding? {
    let endpoints = answer.trace.endpoints
    let shares = endpoints.compactMap { $0.realServer == nil && $0.when == nil ? $0.share : nil }
    guard shares.count == endpoints.count, let least = shares.min(), let most = shares.max(), most > 1.1 * least
    else { return nil }
    return finding(
      .unevenShares, .error, answer,
      "endpoints of \(answer.trace.frontend.text) get shares from \(percent(least)) to \(percent(most)); kube-proxy gives "
        + "each the same",
      Finding.Evidence(.netfilter, "probabilities of the rules that choose among \(endpoints.count) endpoints"),
      Finding.Advice(
        "the rules were changed by something else than kube-proxy; restarting it on this node writes them anew"))
  }

  /// Of a load balancer's address only some sources may get to the endpoints, and kube-proxy's rules may let others.
  private func sourceRangeDrift(_ answer: FrontendAnswer, _ expected: ExpectedFrontend) -> Finding? {
    guard expected.kind == .loadBalancer, !expected.sourceRanges.isEmpty || keepsRanges(answer, expected),
      let address = expected.address,
      // A node within the ranges may send from the load balancer's address to itself (allowFromNode).
      let allowed = answer.trace.sourceRanges?.filter({ $0 != IPPrefix(address) }).outermost
    else { return nil }
    let all = [IPPrefix(.any(expected.family), length: 0)]
    let meant = (expected.sourceRanges.isEmpty ? all : expected.sourceRanges).outermost
    if allowed == meant { return nil }
    func text(_ what: String, _ ranges: Set<IPPrefix>) -> Finding.Evidence? {
      ranges.isEmpty
        ? nil : Finding.Evidence(.netfilter, "\(what): " + ranges.sorted().map(\.description).joined(separator: ", "))
    }
    return Finding(
      .sourceRangeDrift, .error, answer.confidence, subject: subject([answer]),
      message: "the sources that get through to \(answer.trace.frontend.text) are not those of the API",
      evidence: [
        text("let through, and not in the API's ranges", allowed.subtracting(meant)),
        text("in the API's ranges, and not let through", meant.subtracting(allowed)),
      ].compactMap(\.self), advice: [.lookAtKubeProxy])
  }

  /// Whether kube-proxy's rules still have source ranges where the API has none any more.
  func keepsRanges(_ answer: FrontendAnswer, _ expected: ExpectedFrontend) -> Bool {
    expected.kind == .loadBalancer && expected.sourceRanges.isEmpty && answer.trace.when != nil
      && answer.trace.sourceRanges != nil && answer.trace.exceptions.allSatisfy { $0.owner == .kubeProxy }
  }

  private func originDrift(_ answer: FrontendAnswer, _ expected: ExpectedFrontend) -> Finding? {
    guard answer.trace.hooks == [.prerouting] else { return nil }
    if leavesPodsAlone(expected) { return nil }
    return finding(
      .nodeOrigin, .error, answer,
      "what this node itself sends to \(answer.trace.frontend.text) is not translated: its processes and pods on the host "
        + "network do not reach the service",
      Finding.Evidence(.netfilter, "OUTPUT does not lead to kube-proxy's rules"), .lookAtKubeProxy)
  }
}

extension FrontendTrace {
  /// The sources that its verdict is for, where nothing but the source decides; nil where something else does.
  fileprivate var sourceRanges: [IPPrefix]? {
    guard let when else { return [IPPrefix(.any(frontend.family), length: 0)] }
    return when.sourcePrefixes
  }
}

extension [IPPrefix] {
  /// Those that are in no other.
  var outermost: Set<IPPrefix> {
    Set(filter { range in !contains { $0 != range && $0.length < range.length && $0.contains(range.address) } })
  }
}
