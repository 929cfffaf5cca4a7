/// The connections that were found, before those are named who take part.
struct ConnectionAnswer: Sendable {
  private var raw: ConnectionList
  private let listed: [ListedConnection]
  private let groups: [(key: ConnectionGroupKey, value: ConnectionListing.Group)]
  private let local: [IPPrefix]
  var notes: [Note]

  init(_ listing: ConnectionListing, _ selection: ConnectionSelection, _ tracer: ServiceTracer) {
    let node = tracer.node
    raw = ConnectionList(node: tracer.answeringNode)
    raw.tracked = node.connections.count
    raw.limit = node.connections.limit
    raw.changed = listing.hasChanged ? true : nil
    raw.connections = listing.counts
    raw.strays = listing.hasStrays ? listing.strayCount : nil
    raw.unjudged = listing.hasStrays && listing.uncertainCount > 0 ? listing.uncertainCount : nil
    raw.groupedBy = selection.grouping
    raw.findings = listing.findings
    listed = listing.listed
    // Texts are made once: there may be many groups of one size.
    let all = listing.groups.map { (group: $0, text: $0.key.text) }.sorted { left, right in
      (right.group.value.counts.total, left.text) < (left.group.value.counts.total, right.text)
    }
    groups = all.prefix(selection.most).map(\.group)
    let found = selection.grouping == nil ? listing.counts.total : all.count
    let shown = selection.grouping == nil ? listed.count : groups.count
    raw.omitted = found > shown ? found - shown : nil
    local = node.localAddresses ?? []
    let remarks = [node.connections.fullness, node.connections.remark].compactMap(\.self)
    notes = listing.notes + remarks.map { Note(.node, $0) }
  }

  /// Addresses of which nothing tells yet whose they are: first those to which connections go astray.
  func unnamedAddresses(_ cluster: ClusterSnapshot?) -> [IPAddress] {
    let names = AddressNames(cluster)
    let strays = Set(
      raw.findings.flatMap(\.evidence).compactMap(\.endpoint?.address)
        + listed.filter { $0.stray == .notAnEndpoint }.map(\.connection.endpoint.address))
    let others =
      listed.flatMap { [$0.connection.original.source, $0.connection.endpoint.address] }
      + groups.compactMap { group in
        switch group.key {
        case .client(let address): address
        case .endpoint(let place, _): place.address
        case .service, .translated, .direct: nil
        }
      }
    return (strays.sorted() + Set(others).subtracting(strays).sorted()).filter { address in
      names.owner(of: address) == nil && !local.contains { $0.contains(address) }
    }
  }

  /// With the names that are known by now.
  /// - Parameters:
  ///   - ofNode: pods of this node that `cluster` does not have.
  ///   - isWhole: whether all pods and nodes are known.
  ///   - now: in seconds since 1970.
  func list(_ cluster: ClusterSnapshot?, _ ofNode: PodsOfNode, isWhole: Bool, now: Double) -> ConnectionList {
    let parties = Parties(names: AddressNames(cluster), ofNode: ofNode, isWhole: isWhole, local: local)
    var list = raw
    list.notes = notes
    if raw.groupedBy == nil {
      list.items = listed.map { ConnectionReport($0, parties, now: now) }
    } else {
      list.groups = groups.map { ConnectionGroup($0.key, $0.value, parties, hasStrays: raw.strays != nil) }
    }
    return list
  }
}

extension ConnectionListing {
  fileprivate var notes: [Note] {
    var notes: [Note] = []
    func add(_ text: String) { notes.append(Note(.node, text)) }
    if ungrouped > 0 { add("\(Finding.connections(ungrouped)) more are of clients or endpoints that are not counted") }
    if ofOtherZones > 0 { add("\(ofOtherZones) entries of other conntrack zones than 0 are left out") }
    if hasStrays, uncertainCount > 0 {
      add("of \(uncertainCount) addresses it cannot be told where new connections would go")
    }
    return notes
  }
}

/// Who has addresses.
private struct Parties {
  let names: AddressNames
  let ofNode: PodsOfNode
  /// Whether all pods and nodes are known.
  let isWhole: Bool
  let local: [IPPrefix]

  func party(_ address: IPAddress, port: UInt16?) -> ConnectionParty {
    var party = ConnectionParty(address: address, port: port)
    let isLocal = local.contains { $0.contains(address) }
    switch names.owner(of: address) {
    case .pod(let name)?: party.take(name)
    case _ where isLocal: party.role = .thisNode
    case .node(let name)?:
      party.role = .node
      party.node = name
    case nil:
      if let name = ofNode.pod(at: address) {
        party.take(name)
      } else if isWhole, !names.hasPods(at: address) {
        party.role = .outside
      }
    default: break
    }
    return party
  }
}

extension ConnectionParty {
  mutating func take(_ name: NamespacedName) {
    role = .pod
    pod = ObjectName(name)
  }
}

extension ConnectionReport {
  fileprivate init(_ listed: ListedConnection, _ parties: Parties, now: Double) {
    let connection = listed.connection
    let (original, hasPorts) = (connection.original, connection.original.transport.hasPorts)
    func party(_ place: SocketAddress) -> ConnectionParty {
      parties.party(place.address, port: hasPorts ? place.port : nil)
    }
    self.init(
      transport: original.transport, client: party(original.sourcePlace),
      destination: party(original.destinationPlace), endpoint: party(connection.endpoint), phase: connection.phase,
      expiresSeconds: connection.timeout)
    service = listed.service.map { OwnerName($0.service, port: $0.port) }
    if connection.seenSource.address != original.source || hasPorts && connection.seenSource != original.sourcePlace {
      seenSource = connection.seenSource
    }
    state = connection.state?.name
    stray = listed.stray
    if connection.status.contains(.offloaded) { offloaded = true }
    ageSeconds = connection.start.map { Int(max(0, now - Double($0) / 1e9)) }
    sent = connection.counts.map { ConnectionTraffic($0.original) }
    received = connection.counts.map { ConnectionTraffic($0.reply) }
  }
}

extension ConnectionGroup {
  fileprivate init(
    _ key: ConnectionGroupKey, _ group: ConnectionListing.Group, _ parties: Parties, hasStrays: Bool
  ) {
    self.init()
    switch key {
    case .client(let address): client = parties.party(address, port: nil)
    case .endpoint(let place, let transport):
      endpoint = parties.party(place.address, port: transport.hasPorts ? place.port : nil)
      self.transport = transport
    case .service(let port): service = OwnerName(port.service, port: port.port)
    case .translated(let place): destination = place
    case .direct: break
    }
    connections = group.counts
    strays = hasStrays ? group.strays : nil
    sent = group.sent
    received = group.received
  }
}

extension ConnectionGroupKey {
  /// What tells groups of the same size apart.
  fileprivate var text: String {
    switch self {
    case .client(let address): "\(address)"
    case .endpoint(let place, let transport): "\(place)/\(transport)"
    case .service(let port): "\(port)"
    case .translated(let place): place.text
    case .direct: ""
    }
  }
}
