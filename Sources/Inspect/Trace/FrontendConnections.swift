/// The connections to one frontend, by where they end.
struct FrontendConnections: Sendable, Hashable {
  /// What is there to one endpoint.
  struct Group: Sendable, Hashable {
    var counts = ConnectionCounts()
    /// Of those without an answer, for which the client has waited and sent again.
    var overdue = 0
    /// Those that kube-proxy must end itself: packets of others are refused by whoever has the address now.
    var ofUDP = 0
  }

  /// By endpoint; nil for those that nothing has translated. Answers are copied often: this is all that there is to copy.
  private(set) var groups: [SocketAddress?: Group] = [:]

  mutating func add(_ connection: Connection, isOverdue: Bool) {
    let end = connection.isTranslated ? connection.endpoint : nil
    groups[end, default: Group()].counts.add(connection.phase)
    if isOverdue { groups[end]?.overdue += 1 }
    if connection.original.transport == .udp { groups[end]?.ofUDP += 1 }
  }
}

/// Whether the connection table is to be read for a trace.
public enum ConnectionReading: Sendable, Hashable {
  /// Where it has fewer entries than take a moment.
  case ifSmall
  case always
  case never

  /// More take longer than anybody waits without having asked for it.
  static let small = 250_000
}

/// Reads the connections to the frontends of a trace.
struct ConnectionSearch {
  private let node: any Node
  private let frontends: [FrontendAnswer]
  /// Whose are counted; nil: everybody's.
  private let origin: TraceOrigin?
  /// How long a connection without an answer is kept, by protocol, in seconds.
  private let patience: [TransportProtocol: UInt32]

  /// A dump for each of so many frontends costs no more than one of everything.
  private static let mostDumps = 3
  /// A packet without an answer after so many seconds is sent again.
  private static let overdue: UInt32 = 3

  init(_ frontends: [FrontendAnswer], _ origin: TraceOrigin?, _ node: any Node) {
    self.node = node
    self.frontends = frontends
    self.origin = origin
    func seconds(_ name: String, _ usual: UInt32) -> UInt32 {
      node.sysctl("net/netfilter/nf_conntrack_\(name)").flatMap { UInt32($0) } ?? usual
    }
    patience = [
      .tcp: seconds("tcp_timeout_syn_sent", 120), .sctp: seconds("sctp_timeout_cookie_wait", 3),
    ]
  }

  /// The connections of each frontend, in their order.
  func read() throws -> [FrontendConnections] {
    var found = [FrontendConnections](repeating: FrontendConnections(), count: frontends.count)
    let places = Dictionary(frontends.indices.map { (frontends[$0].trace.frontend.place, $0) }) { first, _ in first }
    for (filter, wanted) in dumps(places) {
      try node.connections.forEach(filter) { connection in
        // kube-proxy's rules are met in the usual zone; others are of switches that track for themselves.
        guard connection.zone == 0, !connection.status.contains(.dying), isMeant(connection.original.source),
          let index = places[FrontendAddress(connection.original)] ?? nodePort(connection).flatMap({ places[$0] }),
          wanted.contains(index)
        else { return }
        found[index].add(connection, isOverdue: isOverdue(connection))
      }
    }
    return found
  }

  private func isMeant(_ client: IPAddress) -> Bool {
    switch origin {
    case .addresses(let addresses, _)?: addresses.contains(client)
    case .node?: isLocal(client) ?? false
    case .external?, nil: true
    }
  }

  /// Whether an address is the node's own; nil where these are not known.
  private func isLocal(_ address: IPAddress) -> Bool? {
    node.localAddresses.map { addresses in addresses.contains { $0.contains(address) } }
  }

  /// What to ask the kernel for, and for which frontends: a dump for one may hold connections to another, whose port is the same.
  private func dumps(_ places: [FrontendAddress: Int]) -> [(filter: ConnectionFilter, wanted: Set<Int>)] {
    if places.count <= Self.mostDumps {
      return places.map { place, index in
        (ConnectionFilter(to: place.address, port: place.port, place.transport, place.family), [index])
      }
    }
    return Dictionary(grouping: places) { $0.key.family }.map { family, places in
      let transports = Set(places.map(\.key.transport))
      return (ConnectionFilter(family, transports.count == 1 ? transports.first : nil), Set(places.map(\.value)))
    }
  }

  /// The node port that it is to, where it is to an address of the node.
  private func nodePort(_ connection: Connection) -> FrontendAddress? {
    guard isLocal(connection.original.destination) ?? connection.isTranslated else { return nil }
    var place = FrontendAddress(connection.original)
    place.address = nil
    return place
  }

  /// Whether no answer came for longer than one takes: each packet of the client's lets the entry live anew.
  private func isOverdue(_ connection: Connection) -> Bool {
    guard connection.phase == .unanswered, !connection.status.contains(.offloaded),
      let limit = patience[connection.original.transport]
    else { return false }
    return connection.timeout + min(Self.overdue, limit) <= limit
  }
}

extension FrontendAddress {
  /// What a connection's first packet was sent to.
  fileprivate init(_ tuple: ConnectionTuple) {
    self.init(
      address: tuple.destination, port: tuple.destinationPort, transport: tuple.transport,
      family: tuple.destination.family)
  }
}

extension ServiceTrace {
  /// Reads what connections there are. Where they cannot be read a note says so, if they were asked for.
  mutating func readConnections(_ reading: ConnectionReading, _ origin: TraceOrigin?, _ node: any Node) {
    // Which clients are outside the cluster no address tells.
    guard reading != .never, !frontends.isEmpty, origin != .external else { return }
    let count = node.connections.count
    if let count, let limit = node.connections.limit, limit > 0, count >= limit - limit / 20 {
      notes.append(
        Note(
          .node,
          "the table of connections is full (\(count) of \(limit), net.netfilter.nf_conntrack_max): new ones are dropped"
        ))
    }
    guard reading == .always || count.map({ $0 < ConnectionReading.small }) == true else {
      if let count {
        notes.append(
          Note(.node, "the node tracks \(count) connections: those to the service are counted with --connections"))
      }
      return
    }
    do {
      let found = count == 0 ? frontends.map { _ in FrontendConnections() } : try connections(origin, node)
      for index in frontends.indices { frontends[index].connections = found[index] }
      findings += Finding.connections(frontends, of: service?.name)
    } catch {
      if reading == .always { notes.append(Note(.node, "connections are not counted: \(error)")) }
    }
  }

  private func connections(_ origin: TraceOrigin?, _ node: any Node) throws -> [FrontendConnections] {
    try ConnectionSearch(frontends, origin, node).read()
  }
}

extension FrontendAnswer {
  /// How many places are told of.
  static let mostStrays = 20

  /// Connections that go where no new one would, but those that only linger after their end. Where most go comes first.
  var strays: [Stray] {
    guard let connections, isCarried else { return [] }
    let known = Set(endpoints.map(\.trace.address) + unused.map(\.expected.address)).union(expected?.elsewhere ?? [])
    let strays = connections.groups.compactMap { endpoint, group in
      endpoint.flatMap { known.contains($0) ? nil : Stray(endpoint: $0, isTranslated: true, group: group) }
    }
    return (strays + untranslated)
      .filter { $0.group.counts.total > $0.group.counts.closing }
      .sorted { (-$0.group.counts.total, $0.endpoint) < (-$1.group.counts.total, $1.endpoint) }
  }

  /// Those that no answer has come to, as a program that has the frontend's address would give; and neither where some clients'
  /// packets are left alone, nor for IPVS, which may send packets on as they are.
  private var untranslated: [Stray] {
    let place = trace.frontend
    guard let address = place.address, trace.verdict == .forward, trace.dataplane == .netfilter, trace.when == nil,
      trace.exceptions.isEmpty,
      let group = connections?.groups[nil], group.counts.unanswered > 0
    else { return [] }
    return [Stray(endpoint: SocketAddress(address, port: place.port), isTranslated: false, group: group)]
  }

  /// Connections to one place where no new one would go.
  struct Stray {
    let endpoint: SocketAddress
    let isTranslated: Bool
    let group: FrontendConnections.Group
  }

  /// Whether netfilter or IPVS carries its packets, or would: connections that others carry are not in the table as such.
  private var isCarried: Bool {
    if case .other? = trace.dataplane { false } else { trace.verdict != .uncertain }
  }
}
