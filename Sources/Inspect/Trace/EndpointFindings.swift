/// Findings on a service's endpoints, with the API and without it.
extension Finding {
  /// Frontends that are rejected since no endpoint is ready.
  /// - Parameter lack: why; nil where the API does not say.
  static func noEndpoints(
    _ answers: [FrontendAnswer], of service: NamespacedName?, _ lack: EndpointLack? = nil
  ) -> Finding {
    let reason = lack.map { "\($0)" } ?? "no endpoint is ready"
    return refusal(.noEndpoints, "\(reason): connections are refused", answers, of: service)
  }

  private static func refusal(
    _ id: FindingID, _ message: String, _ answers: [FrontendAnswer], of service: NamespacedName?
  ) -> Finding {
    Finding(
      id, .warning, answers.confidence, subject: Subject(service, frontends: answers.map(\.trace.frontend)),
      message: message,
      evidence: answers.map { answer in
        let place = answer.trace.frontend
        return Evidence(.netfilter, "\(place.text): \(answer.trace.reason?.text ?? "")", frontend: place)
      })
  }

  /// What is wrong by the rules alone.
  static func withoutAPI(_ answers: [FrontendAnswer], of service: NamespacedName?) -> [Finding] {
    let answers = answers.filter { !$0.losesAll }
    let rejected = answers.filter { $0.trace.verdict == .reject }
    let withoutEndpoints = rejected.filter(\.isRejectedForLackOfEndpoints)
    let others = rejected.filter { !$0.isRejectedForLackOfEndpoints }
    let dropped = answers.filter { $0.trace.verdict == .drop }
    return [
      withoutEndpoints.isEmpty ? nil : noEndpoints(withoutEndpoints, of: service),
      others.isEmpty ? nil : refusal(.rejected, "connections are refused", others, of: service),
      dropped.isEmpty ? nil : refusal(.dropped, "packets are dropped", dropped, of: service),
    ].compactMap(\.self)
  }
}

extension Finding.Advice {
  static let lookAtKubeProxy = Finding.Advice(
    "kube-proxy on this node has not followed the API: look at its log and at 127.0.0.1:10256/healthz",
    command: "curl http://127.0.0.1:10256/healthz")
}

extension FrontendAnswer {
  /// How sure it is what kube-proxy should have done.
  var confidence: Finding.Confidence { expected?.isCertain == false ? .likely : .certain }

  /// Whether the rule that rejects it is kube-proxy's for a service without endpoints.
  fileprivate var isRejectedForLackOfEndpoints: Bool {
    guard let last = trace.path.last else { return false }
    // In nftables mode no other packets are sent to this chain; without real servers IPVS rejects.
    if last.virtualService != nil || last.chain?.table.name == "kube-proxy" { return true }
    return last.rule?.rule.comments.contains { RuleComment($0)?.subject == .noEndpoints } ?? false
  }
}

extension [FrontendAnswer] {
  /// That of the least certain.
  var confidence: Finding.Confidence { contains { $0.confidence == .likely } ? .likely : .certain }
}
