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
  private static let small = 250_000

  /// Whether a table of some size is to be read; nil: of a size that is not known.
  func isWanted(of count: Int?) -> Bool {
    switch self {
    case .always: true
    case .ifSmall: count.map { $0 < Self.small } == true
    case .never: false
    }
  }
}

/// Reads the connections to some frontends.
struct ConnectionSearch {
  private let node: any Node
  private let frontends: Set<FrontendAddress>
  /// Whose are counted; nil: everybody's.
  private let origin: TraceOrigin?
  /// How long a connection without an answer is kept, by protocol, in seconds.
  private let patience: [TransportProtocol: UInt32]

  /// A packet without an answer after so many seconds is sent again.
  private static let overdue: UInt32 = 3

  init(_ frontends: [FrontendAddress], _ origin: TraceOrigin?, _ node: any Node) {
    self.node = node
    self.frontends = Set(frontends)
    self.origin = origin
    func seconds(_ name: String, _ usual: UInt32) -> UInt32 {
      node.sysctl("net/netfilter/nf_conntrack_\(name)").flatMap { UInt32($0) } ?? usual
    }
    patience = [
      .tcp: seconds("tcp_timeout_syn_sent", 120), .sctp: seconds("sctp_timeout_cookie_wait", 3),
    ]
  }

  /// The connections of the frontends that have any. Those to a node port are told at each address that they are sent to, too:
  /// which ones it is served at is not known before it is walked.
  func read() throws -> [FrontendAddress: FrontendConnections] {
    var found: [FrontendAddress: FrontendConnections] = [:]
    if node.connections.isEmpty { return found }
    func add(_ connection: Connection, to place: FrontendAddress) {
      found[place, default: FrontendConnections()].add(connection, isOverdue: isOverdue(connection))
    }
    try node.connections.forEach(of: ConnectionFilter.filters(to: Array(frontends))) { connection in
      // kube-proxy's rules are met in the usual zone; others are of switches that track for themselves.
      guard connection.zone == 0, !connection.status.contains(.dying), isMeant(connection.original.source) else {
        return
      }
      let place = FrontendAddress(connection.original)
      if frontends.contains(place) {
        add(connection, to: place)
      } else if let nodePort = FrontendAddress(nodePort: connection, node), frontends.contains(nodePort) {
        add(connection, to: nodePort)
        add(connection, to: place)
      }
    }
    return found
  }

  private func isMeant(_ client: IPAddress) -> Bool {
    switch origin {
    case .addresses(let addresses, _)?: addresses.contains(client)
    case .node?: node.hasAddress(client) ?? false
    case .external?, nil: true
    }
  }

  /// Whether no answer came for longer than one takes: each packet of the client's lets the entry live anew.
  private func isOverdue(_ connection: Connection) -> Bool {
    guard connection.phase == .unanswered, !connection.status.contains(.offloaded),
      let limit = patience[connection.original.transport]
    else { return false }
    return connection.timeout + min(Self.overdue, limit) <= limit
  }
}

extension ServiceTrace {
  /// Reads what connections there are. Where they cannot be read a note says so, if they were asked for.
  mutating func readConnections(_ reading: ConnectionReading, _ origin: TraceOrigin?, _ node: any Node) {
    // Which clients are outside the cluster no address tells.
    guard reading != .never, !frontends.isEmpty, origin != .external else { return }
    let count = node.connections.count
    if let fullness = node.connections.fullness { notes.append(Note(.node, fullness)) }
    guard reading.isWanted(of: count) else {
      if let count {
        notes.append(
          Note(.node, "the node tracks \(count) connections: those to the service are counted with --connections"))
      }
      return
    }
    do {
      takeConnections(try ConnectionSearch(frontends.map(\.trace.frontend.place), origin, node).read())
      if let remark = node.connections.remark { notes.append(Note(.node, remark)) }
    } catch {
      if reading == .always { notes.append(Note(.node, "connections are not counted: \(error)")) }
    }
  }

  /// Takes connections that were read, for this service or for many.
  mutating func takeConnections(_ found: [FrontendAddress: FrontendConnections]) {
    for index in frontends.indices {
      frontends[index].connections = found[frontends[index].trace.frontend.place] ?? FrontendConnections()
    }
    findings += Finding.connections(frontends, of: service?.name)
  }
}

extension Node {
  /// Which connections go on through an address that no rule translates any more, in words; nil where there are none, or that
  /// is not to be asked.
  func connections(
    _ reading: ConnectionReading, to address: IPAddress, _ port: UInt16?, _ transport: TransportProtocol?
  ) throws -> String? {
    guard reading.isWanted(of: connections.count) else { return nil }
    var ends: [SocketAddress: Int] = [:]
    let filter = ConnectionFilter(to: address, port: port, transport, address.family)
    try connections.forEach(filter) { connection in
      guard connection.zone == 0, connection.isTranslated, connection.phase != .closing else { return }
      ends[connection.endpoint, default: 0] += 1
    }
    guard let (end, _) = ends.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
    let count = ends.values.reduce(0, +)
    let others = ends.count == 1 ? "" : " and \(ends.count - 1) more"
    return "\(Finding.connections(count)) to it still \(count == 1 ? "goes" : "go") to \(end)\(others) "
      + "('kpx connections \(port.map { "\(SocketAddress(address, port: $0))" } ?? "\(address)")')"
  }
}

extension FrontendAnswer {
  /// How many places are told of.
  static let mostStrays = 20

  /// Connections that go where no new one would, but those that only linger after their end. Where most go comes first.
  var strays: [Stray] { connections.map { FrontendDestinations(self).strays($0) } ?? [] }
}
