/// Findings on the connections that there are to a service.
extension Finding {
  /// What is wrong with them.
  static func connections(_ answers: [FrontendAnswer], of service: NamespacedName?) -> [Finding] {
    let stale = answers.filter { !$0.staleConnections.isEmpty }
    let silent = answers.filter { !$0.silentEndpoints.isEmpty }
    return [
      stale.isEmpty ? nil : self.stale(stale, of: service), silent.isEmpty ? nil : self.silent(silent, of: service),
    ].compactMap(\.self)
  }

  private static func stale(_ answers: [FrontendAnswer], of service: NamespacedName?) -> Finding {
    let all = answers.flatMap { answer in answer.staleConnections.map { (answer.trace.frontend, $0) } }
    let count = all.reduce(0) { $0 + $1.1.group.counts.total }
    let strays = all.prefix(FrontendAnswer.mostStrays)
    let others = all.count - strays.count
    return Finding(
      .conntrackStale, .warning, subject: Subject(service, frontends: answers.map(\.trace.frontend)),
      message:
        "\(connections(count)) \(count == 1 ? "goes" : "go") where no new one would: the kernel follows its table of "
        + "connections, and no rule is asked",
      evidence: strays.map { frontend, stray in
        Evidence(
          .conntrack, "\(frontend.text): \(StrayConnections(stray).text)", frontend: frontend, endpoint: stray.endpoint)
      } + (others == 0 ? [] : [Evidence(.conntrack, "and \(others) more places")]),
      advice: strays.map { frontend, stray in
        Advice("to end just those: \(stray.deletion(frontend))", command: stray.deletion(frontend))
      })
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
  /// Strays that nothing but the end of the client's packets will end. Of TCP and SCTP whoever has the address now refuses
  /// packets, or the client begins anew; kube-proxy itself ends those of UDP (kubernetes#139628 where it does not). IPVS has
  /// connections of its own, and may send the next packet of one elsewhere (net.ipv4.vs.expire_nodest_conn).
  var staleConnections: [Stray] {
    trace.dataplane == .ipvs ? [] : strays.filter { !$0.isTranslated || $0.group.ofUDP > 0 }
  }

  /// Endpoints of which clients that waited for long enough got no answer, and no client got any.
  var silentEndpoints: [SocketAddress] {
    guard trace.verdict == .forward else { return [] }
    return endpoints.map(\.trace.address).filter { endpoint in
      guard let group = connections?.groups[endpoint] else { return false }
      return group.overdue > 0 && group.counts.total == group.counts.unanswered
    }
  }
}

extension FrontendAnswer.Stray {
  /// What ends those connections, and no others.
  fileprivate func deletion(_ frontend: Frontend) -> String {
    let family = frontend.family == .v6 ? " -f ipv6" : ""
    let destination = frontend.address.map { " -d \($0)" } ?? ""
    return "conntrack -D\(family) -p \(frontend.transport.name)\(destination) --dport \(frontend.port) "
      + "-r \(endpoint.address)"
  }
}
