/// What connections have to do with that are asked for.
enum ConnectionScope: Sendable {
  /// All of a node's.
  case all
  /// What clients of a service send to.
  case frontends([FrontendDestinations])
  /// Somebody's, as client or as endpoint; nil: at any port, of any protocol.
  case addresses([IPAddress], port: UInt16? = nil, TransportProtocol? = nil)
}

/// Which connections are told of, and how.
public struct ConnectionSelection: Codable, Sendable, Hashable {
  /// The families that are asked for.
  public var families = IPFamily.allCases
  /// What they are counted by; nil: they are listed.
  public var grouping: ConnectionGrouping?
  /// Only those that go where no new one would.
  public var onlyStray = false
  /// Only those without an answer.
  public var onlyUnanswered = false
  /// How many connections or groups are told of.
  public var most = 100

  /// All connections, listed.
  public init() {}
}

/// A connection that is told of.
struct ListedConnection {
  let connection: Connection
  let service: ServicePortName?
  let stray: StrayConnections.Kind?

  /// What is of note comes first, then what carries most; else by who takes part.
  func isBefore(_ other: ListedConnection) -> Bool {
    if urgency != other.urgency { return urgency > other.urgency }
    if bytes != other.bytes { return bytes > other.bytes }
    let (own, others) = (connection.original, other.connection.original)
    if own.destinationPlace != others.destinationPlace { return own.destinationPlace < others.destinationPlace }
    return (connection.endpoint, own.sourcePlace) < (other.connection.endpoint, others.sourcePlace)
  }

  private var urgency: Int { stray != nil ? 2 : connection.phase == .unanswered ? 1 : 0 }
  private var bytes: UInt64 { connection.counts.map { $0.original.bytes &+ $0.reply.bytes } ?? 0 }
}

/// What connections have in common that are counted as one.
enum ConnectionGroupKey: Hashable {
  case client(IPAddress)
  case endpoint(SocketAddress, TransportProtocol)
  case service(ServicePortName)
  /// Something translates them, for no service that is known.
  case translated(FrontendAddress)
  /// They go where they are sent to, and no service is there.
  case direct
}

/// Reads the connections of a node, and tells whose they are.
struct ConnectionListing {
  /// What was counted of a group.
  struct Group {
    var counts = ConnectionCounts()
    var strays = 0
    var sent: ConnectionTraffic?
    var received: ConnectionTraffic?
  }

  private let tracer: ServiceTracer
  private let scope: ConnectionScope
  private let selection: ConnectionSelection
  private let names: AddressNames
  /// Service ports by what the rules say, where the API does not.
  private let ports: [FrontendAddress: ServicePortName]
  /// Where new connections go that are sent to a place; what no rule was asked about is not there.
  private var destinations: [FrontendAddress: FrontendDestinations] = [:]

  private(set) var counts = ConnectionCounts()
  private(set) var strayCount = 0
  /// The first are those that count most, once all are read.
  private(set) var listed: [ListedConnection] = []
  private(set) var groups: [ConnectionGroupKey: Group] = [:]
  /// Those of which no more is known than that they are there, since there are too many groups.
  private(set) var ungrouped = 0
  /// Entries of zones that switches track for themselves.
  private(set) var ofOtherZones = 0
  /// Whether the table had another number of entries after it was read than before.
  private(set) var hasChanged = false
  /// Places that no rule was asked about, since there are too many.
  private(set) var unjudged: Set<FrontendAddress> = []
  private var strays: [FrontendAddress: FrontendConnections] = [:]

  /// So many different clients or endpoints are told apart.
  private static let mostGroups = 100_000
  /// Of so many places it is asked where new connections would go.
  private static let mostJudged = 2000

  init(_ tracer: ServiceTracer, _ scope: ConnectionScope, _ selection: ConnectionSelection) throws {
    self.tracer = tracer
    self.scope = scope
    self.selection = selection
    names = AddressNames(tracer.context.cluster)
    var ports: [FrontendAddress: ServicePortName] = [:]
    if !names.hasAPI {
      for entry in try RuleIndex(tracer.node, tracer.proxy.installations).entries {
        ports[entry.frontend.place] = entry.service
      }
    }
    self.ports = ports
    if case .frontends(let frontends) = scope {
      for frontend in frontends where destinations[frontend.frontend.place] == nil {
        destinations[frontend.frontend.place] = frontend
      }
    }
    try read()
  }

  // MARK: - Reading

  private mutating func read() throws {
    let before = tracer.node.connections.count
    try tracer.node.connections.forEach(of: filters) { connection in
      guard !connection.status.contains(.dying), selection.families.contains(connection.original.source.family) else {
        return
      }
      guard connection.zone == 0 else {
        ofOtherZones += 1
        return
      }
      try take(connection)
    }
    hasChanged = tracer.node.connections.count != before
    cut()
  }

  private var filters: [ConnectionFilter] {
    switch scope {
    case .all: selection.families.map { ConnectionFilter($0) }
    case .frontends(let frontends): ConnectionFilter.filters(to: Array(Set(frontends.map(\.frontend.place))))
    case .addresses(let addresses, _, let transport):
      ConnectionFilter.filters(with: addresses).map { filter in
        var filter = filter
        filter.transport = transport
        return filter
      }
    }
  }

  private mutating func take(_ connection: Connection) throws {
    guard isMeant(connection), !selection.onlyUnanswered || connection.phase == .unanswered else { return }
    let service = servicePort(of: connection)
    let place = try judge(connection, service)
    let stray = place?.stray(connection)
    guard !selection.onlyStray || stray != nil else { return }
    counts.add(connection.phase)
    if let place, stray != nil {
      strayCount += 1
      strays[place.frontend.place, default: FrontendConnections()].add(connection, isOverdue: false)
    }
    let named = service ?? place?.service
    guard let grouping = selection.grouping else {
      listed.append(ListedConnection(connection: connection, service: named, stray: stray))
      if listed.count > 2 * selection.most + 1000 { cut() }
      return
    }
    let key = ConnectionGroupKey(connection, grouping, named)
    guard groups[key] != nil || groups.count < Self.mostGroups else {
      ungrouped += 1
      return
    }
    groups[key, default: Group()].add(connection, isStray: stray != nil)
  }

  private mutating func cut() {
    listed.sort { $0.isBefore($1) }
    listed.removeSubrange(min(selection.most, listed.count)...)
  }

  private func isMeant(_ connection: Connection) -> Bool {
    switch scope {
    case .all: true
    case .frontends: known(connection) != nil
    case .addresses(let addresses, let port, let transport):
      (transport.map { $0 == connection.original.transport } ?? true)
        && [connection.original.sourcePlace, connection.original.destinationPlace, connection.endpoint].contains {
          addresses.contains($0.address) && (port == nil || port == $0.port)
        }
    }
  }

  // MARK: - Whose it is

  private func nodePort(_ connection: Connection) -> FrontendAddress? {
    FrontendAddress(nodePort: connection, tracer.node)
  }

  private func known(_ connection: Connection) -> FrontendDestinations? {
    destinations[FrontendAddress(connection.original)] ?? nodePort(connection).flatMap { destinations[$0] }
  }

  private func servicePort(of connection: Connection) -> ServicePortName? {
    guard connection.original.transport.hasPorts else { return nil }
    func named(_ place: FrontendAddress) -> ServicePortName? {
      names.servicePort(at: place.address, port: place.port, place.transport) ?? ports[place]
    }
    return named(FrontendAddress(connection.original)) ?? nodePort(connection).flatMap(named)
  }

  /// Where new connections to the same place go; nil where that is not asked.
  private mutating func judge(
    _ connection: Connection, _ service: ServicePortName?
  ) throws -> FrontendDestinations? {
    if let known = known(connection) { return known }
    guard judges, connection.original.transport.hasPorts, connection.phase != .closing,
      connection.isTranslated || service != nil && connection.phase == .unanswered
    else { return nil }
    let place = FrontendAddress(connection.original)
    guard destinations.count < Self.mostJudged else {
      if unjudged.count < Self.mostJudged { unjudged.insert(place) }
      return nil
    }
    let found = try tracer.destinations(of: place, service?.service)
    destinations[place] = found
    return found
  }

  /// All of a node's are looked at only where that was asked for.
  private var judges: Bool { if case .all = scope { selection.onlyStray } else { true } }

  // MARK: - What is wrong

  /// Whether strays were looked for.
  var hasStrays: Bool { judges }

  /// Of how many places it could not be told where new connections go.
  var uncertainCount: Int { destinations.values.count(where: \.isUncertain) + unjudged.count }

  /// A finding for each service that has connections which only go on where no new one would.
  var findings: [Finding] {
    let found = strays.compactMap { place, connections in
      destinations[place].map { ($0.service?.service, $0.strays(connections)) }
    }
    return Dictionary(grouping: found) { $0.0 }.sorted { left, right in
      left.key.flatMap { left in right.key.map { left < $0 } } ?? (left.key != nil)
    }.compactMap { service, found in
      Finding.stale(found.flatMap(\.1).sorted { $0.frontend.text < $1.frontend.text }, of: service)
    }
  }
}

extension ConnectionListing.Group {
  fileprivate mutating func add(_ connection: Connection, isStray: Bool) {
    counts.add(connection.phase)
    if isStray { strays += 1 }
    guard let (original, reply) = connection.counts else { return }
    sent = (sent ?? ConnectionTraffic()) + original
    received = (received ?? ConnectionTraffic()) + reply
  }
}

extension ConnectionTraffic {
  fileprivate init() { self.init(packets: 0, bytes: 0) }

  init(_ count: Connection.Count) { self.init(packets: count.packets, bytes: count.bytes) }

  fileprivate static func + (total: ConnectionTraffic, count: Connection.Count) -> ConnectionTraffic {
    ConnectionTraffic(packets: total.packets &+ count.packets, bytes: total.bytes &+ count.bytes)
  }
}

extension ConnectionGroupKey {
  fileprivate init(_ connection: Connection, _ grouping: ConnectionGrouping, _ service: ServicePortName?) {
    switch grouping {
    case .client: self = .client(connection.original.source)
    case .endpoint: self = .endpoint(connection.end, connection.original.transport)
    case .service:
      if let service {
        self = .service(service)
      } else {
        self = connection.isTranslated ? .translated(FrontendAddress(connection.original)) : .direct
      }
    }
  }
}

extension Connection {
  /// Where packets end; without a port for protocols that have none.
  fileprivate var end: SocketAddress {
    original.transport.hasPorts ? endpoint : SocketAddress(endpoint.address, port: 0)
  }
}
