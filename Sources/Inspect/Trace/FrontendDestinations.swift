/// Where new connections to a frontend go, by the rules and the API: what tells stray connections from others.
struct FrontendDestinations: Sendable {
  /// What clients send to.
  let frontend: Frontend
  /// The service port that it is for; nil where nothing says it.
  let service: ServicePortName?
  private let endpoints: Set<SocketAddress>
  private let isCarried: Bool
  private let translatesAll: Bool
  /// IPVS has connections of its own, and may send the next packet of one elsewhere (net.ipv4.vs.expire_nodest_conn).
  private let isIPVS: Bool
  /// Whether it could not be told what becomes of new connections.
  let isUncertain: Bool

  init(_ answer: FrontendAnswer) {
    let trace = answer.trace
    frontend = trace.frontend
    service = answer.expected?.name ?? trace.servicePort
    endpoints = Set(answer.endpoints.map(\.trace.address) + answer.unused.map(\.expected.address))
      .union(answer.expected?.elsewhere ?? [])
    isUncertain = trace.verdict == .uncertain
    // Connections that others carry are not in the table as such.
    isCarried = if case .other? = trace.dataplane { false } else { !isUncertain }
    isIPVS = trace.dataplane == .ipvs
    // Neither where some clients' packets are left alone, as up to 1.21 those of the node and its bridge to an external IP, nor
    // for IPVS, which may send packets on as they are.
    translatesAll =
      frontend.address != nil && trace.verdict == .forward && trace.dataplane == .netfilter && trace.when == nil
      && trace.exceptions.isEmpty && trace.endpoints.allSatisfy { $0.when == nil }
  }

  /// Why a connection goes where no new one would; nil where it does not, or only lingers after its end. One that nothing has
  /// translated is strange where no answer has come, as a program that has the frontend's address would give.
  func stray(_ connection: Connection) -> StrayConnections.Kind? {
    guard connection.phase != .closing else { return nil }
    if connection.isTranslated { return isStray(connection.endpoint) ? .notAnEndpoint : nil }
    return translatesAll && connection.phase == .unanswered ? .notTranslated : nil
  }

  private func isStray(_ endpoint: SocketAddress) -> Bool { isCarried && !endpoints.contains(endpoint) }

  /// The places that connections go to and no new one would. Where most go comes first.
  func strays(_ connections: FrontendConnections) -> [Stray] {
    connections.groups.compactMap { endpoint, group -> Stray? in
      guard group.counts.total > group.counts.closing else { return nil }
      if let endpoint { return isStray(endpoint) ? stray(endpoint, group) : nil }
      guard translatesAll, group.counts.unanswered > 0, let address = frontend.address else { return nil }
      return stray(SocketAddress(address, port: frontend.port), group, isTranslated: false)
    }
    .sorted { (-$0.group.counts.total, $0.endpoint) < (-$1.group.counts.total, $1.endpoint) }
  }

  private func stray(
    _ endpoint: SocketAddress, _ group: FrontendConnections.Group, isTranslated: Bool = true
  ) -> Stray {
    Stray(frontend: frontend, endpoint: endpoint, isTranslated: isTranslated, isIPVS: isIPVS, group: group)
  }
}

/// Connections of a frontend to one place where no new one would go.
struct Stray: Sendable {
  /// What their clients send to.
  let frontend: Frontend
  /// Where they go.
  let endpoint: SocketAddress
  /// false: they go to the frontend's own address.
  let isTranslated: Bool
  fileprivate let isIPVS: Bool
  let group: FrontendConnections.Group

  /// Whether nothing but the end of the client's packets will end them. Of TCP and SCTP whoever has the address now refuses
  /// packets, or the client begins anew; kube-proxy itself ends those of UDP (kubernetes#139628 where it does not).
  var isStale: Bool { !isIPVS && (!isTranslated || group.ofUDP > 0) }
}
