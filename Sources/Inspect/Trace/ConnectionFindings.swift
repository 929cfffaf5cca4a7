/// Findings on the connections that there are to a service.
extension Finding {
  /// What is wrong with them.
  static func connections(_ answers: [FrontendAnswer], of service: NamespacedName?) -> [Finding] {
    let stale = stale(answers.flatMap(\.strays), of: service)
    let silent = answers.filter { !$0.silentEndpoints.isEmpty }
    return [stale, silent.isEmpty ? nil : self.silent(silent, of: service)].compactMap(\.self)
  }

  /// nil where each of them will end by itself.
  static func stale(_ strays: [Stray], of service: NamespacedName?) -> Finding? {
    let all = strays.filter(\.isStale)
    guard !all.isEmpty else { return nil }
    let count = all.reduce(0) { $0 + $1.group.counts.total }
    let told = all.prefix(FrontendAnswer.mostStrays)
    let others = all.count - told.count
    var frontends: [Frontend] = []
    for stray in all where frontends.last != stray.frontend { frontends.append(stray.frontend) }
    return Finding(
      .conntrackStale, .warning, subject: Subject(service, frontends: frontends),
      message:
        "\(connections(count)) \(count == 1 ? "goes" : "go") where no new one would: the kernel follows its table of "
        + "connections, and no rule is asked",
      evidence: told.map { stray in
        Evidence(
          .conntrack, "\(stray.frontend.text): \(StrayConnections(stray).text)", frontend: stray.frontend,
          endpoint: stray.endpoint)
      } + (others == 0 ? [] : [Evidence(.conntrack, "and \(others) more places")]),
      advice: told.map { Advice("to end just those: \($0.deletion)", command: $0.deletion) })
  }

  private static func silent(_ answers: [FrontendAnswer], of service: NamespacedName?) -> Finding {
    let endpoints = answers.flatMap { answer in answer.silentEndpoints.map { (answer.trace.frontend, $0) } }
    let places = Set(endpoints.map(\.1)).sorted()
    let shown = endpoints.prefix(FrontendAnswer.mostStrays)
    let others = endpoints.count - shown.count
    let named = places.count == 1 ? "\(places[0])" : "\(places.count) endpoints"
    return Finding(
      .endpointSilent, .warning, .likely, subject: Subject(service, frontends: answers.map(\.trace.frontend)),
      message: "\(named) \(places.count == 1 ? "answers" : "answer") no connection: clients send again and again",
      evidence: shown.map { frontend, endpoint in
        let group = answers.first { $0.trace.frontend == frontend }?.connections?.groups[endpoint]
        return Evidence(
          .conntrack,
          "\(frontend.text): \(connections(group?.counts.unanswered ?? 0)) to \(endpoint) without an answer",
          frontend: frontend, endpoint: endpoint)
      } + (others == 0 ? [] : [Evidence(.conntrack, "and \(others) more endpoints")]),
      advice: [
        Advice(
          "see whether the pod listens at that port, and whether a NetworkPolicy, a firewall or the way to its node drops packets"
        )
      ])
  }

  static func connections(_ count: Int) -> String { "\(count) connection\(count == 1 ? "" : "s")" }
}

extension FrontendAnswer {
  /// Endpoints of which clients that waited for long enough got no answer, and no client got any.
  var silentEndpoints: [SocketAddress] {
    guard trace.verdict == .forward else { return [] }
    return endpoints.map(\.trace.address).filter { endpoint in
      guard let group = connections?.groups[endpoint] else { return false }
      return group.overdue > 0 && group.counts.total == group.counts.unanswered
    }
  }
}

extension Stray {
  /// What ends those connections, and no others.
  fileprivate var deletion: String {
    let family = frontend.family == .v6 ? " -f ipv6" : ""
    let destination = frontend.address.map { " -d \($0)" } ?? ""
    return "conntrack -D\(family) -p \(frontend.transport.name)\(destination) --dport \(frontend.port) "
      + "-r \(endpoint.address)"
  }
}
