/// Replies that do not come back through the node that translated the request, and so from an address that the client does not
/// know. Under the policy Local kube-proxy sends what pods send to node ports and external addresses to the endpoints of the
/// whole cluster, with the pod's address: right for pods of this node, and lost for those of others.
extension ServiceTracer {
  /// - Parameter answers: what becomes of one packet.
  func repliesElsewhere(_ answers: [FrontendAnswer], of service: NamespacedName?) throws -> [Finding] {
    let lost = try answers.compactMap { answer in
      try unansweredEndpoints(answer).map { (lost: $0, answer: answer) }
    }
    return lost.grouped(by: \.lost).map { lost, items in
      let answers = items.map(\.answer)
      let places = lost.endpoints.map(\.description).joined(separator: ", ")
      return Finding(
        .replyElsewhere, .warning, answers.confidence,
        subject: Subject(service, frontends: answers.map(\.trace.frontend)),
        message:
          "connections from \(lost.client) to \(places) do not come about: neither is on this node, and replies do "
          + "not come back through it",
        evidence: [
          Finding.Evidence(.netfilter, "nothing masquerades what leaves for \(places): it replies to \(lost.client)")
        ],
        advice: [Finding.Advice("use the ClusterIP, or a node that has endpoints of its own")])
    }
  }

  private struct Unanswered: Hashable {
    let client: IPAddress
    let endpoints: [SocketAddress]
  }

  private func unansweredEndpoints(_ answer: FrontendAnswer) throws -> Unanswered? {
    guard let origin = answer.origin, !origin.isLocalOutput, let client = origin.source,
      answer.trace.verdict == .forward, answer.trace.frontend.isExternal, try isElsewhere(client)
    else { return nil }
    let endpoints = try answer.trace.endpoints.filter { endpoint in
      try endpoint.seenSource == client && isElsewhere(endpoint.address.address)
    }
    return endpoints.isEmpty ? nil : Unanswered(client: client, endpoints: Set(endpoints.map(\.address)).sorted())
  }

  /// Whether the node's packets to an address are passed on by a gateway.
  private func isElsewhere(_ address: IPAddress) throws -> Bool {
    try node.routing.way(to: address)?.hasGateway ?? false
  }
}
