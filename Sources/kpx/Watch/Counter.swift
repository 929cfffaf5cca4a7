import Inspect

/// Something that a node counts, and that an answer shows.
enum Counter: Hashable {
  /// Packets to a frontend.
  case frontend(FrontendAddress)
  /// Packets to an endpoint, by the rule or virtual service that sends them there.
  case endpoint(SocketAddress, chain: String?, virtualService: String?)
  /// What the rules met have counted.
  case step(StepPlace, isBytes: Bool)
  /// A number of a pod's interface.
  case link(InterfacePlace, LinkNumber)
  /// Bytes of one connection, one way.
  case connection(ConnectionPlace, isSent: Bool)
  /// Bytes of connections that are counted as one, one way.
  case connections(ConnectionGroupPlace, isSent: Bool)

  /// Which connection.
  struct ConnectionPlace: Hashable {
    var transport: TransportProtocol
    var client: ConnectionParty
    var destination: ConnectionParty
  }

  /// Which group of connections.
  struct ConnectionGroupPlace: Hashable {
    var client: ConnectionParty?
    var endpoint: ConnectionParty?
    var service: OwnerName?
    var destination: FrontendAddress?
    var transport: TransportProtocol?
  }

  /// Which rule of which chain, in which family's table.
  struct StepPlace: Hashable {
    var family: IPFamily
    var table: String?
    /// Or the virtual service.
    var chain: String?
    var rule: Int?
    var handle: UInt64?
  }

  /// Which interface of which pod.
  struct InterfacePlace: Hashable {
    /// The sandbox's network namespace, and its id: a pod that is made anew counts anew.
    var namespace: String?
    var sandbox: String?
    var index: Int32
  }

  enum LinkNumber: Hashable, CaseIterable {
    case received, sent, dropped
  }
}

/// An answer that is asked for again and again: what it counts goes on, and all else stays or changes.
protocol CountingAnswer: Sendable {
  /// All that it shows of counters.
  var counters: [Counter: UInt64] { get }
  /// This answer with what a later one has counted, as far as that counts the same: what still tells the two apart is no
  /// counter.
  func counting(as later: Self) -> Self
}

extension Trace: CountingAnswer {
  var counters: [Counter: UInt64] { Self.counters(of: frontends) }

  func counting(as later: Trace) -> Trace {
    var trace = self
    let counters = later.counters
    for index in frontends.indices {
      trace.frontends[index].count(counters)
      if let same = later.frontends.first(where: { $0.place == frontends[index].place }) {
        trace.frontends[index].count(connectionsOf: same)
      }
    }
    return trace
  }

  fileprivate static func counters(of frontends: [FrontendReport]) -> [Counter: UInt64] {
    var counters: [Counter: UInt64] = [:]
    for frontend in frontends {
      counters[frontend.counter] = frontend.packets
      for endpoint in frontend.endpoints { counters[endpoint.counter] = endpoint.packets }
      for step in frontend.path ?? [] {
        counters[step.counter(frontend.family, isBytes: false)] = step.packets
        counters[step.counter(frontend.family, isBytes: true)] = step.bytes
      }
    }
    return counters
  }
}

extension ServiceList: CountingAnswer {
  var counters: [Counter: UInt64] {
    var counters: [Counter: UInt64] = [:]
    // A list shows no more of them.
    for frontend in items.flatMap(\.frontends) { counters[frontend.counter] = frontend.packets }
    return counters
  }

  // It shows rates alone, and those are the same for both.
  func counting(as later: ServiceList) -> ServiceList { self }
}

extension PodInterfaces: CountingAnswer {
  var counters: [Counter: UInt64] {
    var counters: [Counter: UInt64] = [:]
    forEachInterface { place, interface in
      guard let numbers = interface.link.statistics else { return }
      counters[.link(place, .received)] = numbers.rxPackets
      counters[.link(place, .sent)] = numbers.txPackets
      counters[.link(place, .dropped)] = numbers.rxDropped &+ numbers.txDropped
    }
    return counters
  }

  func counting(as later: PodInterfaces) -> PodInterfaces {
    var statistics: [Counter.InterfacePlace: LinkStatistics] = [:]
    later.forEachInterface { statistics[$0] = $1.link.statistics }
    var answer = self
    for (pod, network) in pods.enumerated() {
      for (index, interface) in network.interfaces.enumerated() {
        guard let numbers = statistics[network.sandbox.place(of: interface)] else { continue }
        answer.pods[pod].interfaces[index].link.statistics = numbers
      }
    }
    return answer
  }

  private func forEachInterface(_ body: (Counter.InterfacePlace, PodInterface) -> Void) {
    for pod in pods {
      for interface in pod.interfaces { body(pod.sandbox.place(of: interface), interface) }
    }
  }
}

extension ConnectionList: CountingAnswer {
  var counters: [Counter: UInt64] {
    var counters: [Counter: UInt64] = [:]
    for item in items ?? [] {
      counters[.connection(item.key, isSent: true)] = item.sent?.bytes
      counters[.connection(item.key, isSent: false)] = item.received?.bytes
    }
    for group in groups ?? [] {
      counters[.connections(group.key, isSent: true)] = group.sent?.bytes
      counters[.connections(group.key, isSent: false)] = group.received?.bytes
    }
    return counters
  }

  /// What only goes on: bytes, ages, and how long entries are kept.
  func counting(as later: ConnectionList) -> ConnectionList {
    var list = self
    let items = Dictionary((later.items ?? []).map { ($0.key, $0) }) { first, _ in first }
    for index in list.items?.indices ?? 0..<0 {
      guard let item = list.items?[index], let now = items[item.key] else { continue }
      list.items?[index].sent = now.sent
      list.items?[index].received = now.received
      list.items?[index].ageSeconds = now.ageSeconds
      list.items?[index].expiresSeconds = now.expiresSeconds
    }
    let groups = Dictionary((later.groups ?? []).map { ($0.key, $0) }) { first, _ in first }
    for index in list.groups?.indices ?? 0..<0 {
      guard let group = list.groups?[index], let now = groups[group.key] else { continue }
      list.groups?[index].sent = now.sent
      list.groups?[index].received = now.received
    }
    return list
  }
}

extension ConnectionReport {
  var key: Counter.ConnectionPlace {
    Counter.ConnectionPlace(transport: transport, client: client, destination: destination)
  }
}

extension ConnectionGroup {
  var key: Counter.ConnectionGroupPlace {
    Counter.ConnectionGroupPlace(
      client: client, endpoint: endpoint, service: service, destination: destination, transport: transport)
  }
}

extension FrontendReport {
  var counter: Counter { .frontend(place) }

  fileprivate mutating func count(_ counters: [Counter: UInt64]) {
    if packets != nil { packets = counters[counter] ?? packets }
    for index in endpoints.indices where endpoints[index].packets != nil {
      endpoints[index].packets = counters[endpoints[index].counter] ?? endpoints[index].packets
    }
    for index in (path ?? []).indices {
      guard let step = path?[index], step.packets != nil else { continue }
      path?[index].packets = counters[step.counter(family, isBytes: false)] ?? step.packets
      path?[index].bytes = counters[step.counter(family, isBytes: true)] ?? step.bytes
    }
  }
}

extension FrontendReport {
  /// Connections come and go.
  fileprivate mutating func count(connectionsOf later: FrontendReport) {
    let counts = Dictionary((later.endpoints + (later.unused ?? [])).map { ($0.place, $0.connections) }) { first, _ in
      first
    }
    func counted(_ endpoint: EndpointReport) -> EndpointReport {
      var endpoint = endpoint
      endpoint.connections = counts[endpoint.place] ?? nil
      return endpoint
    }
    endpoints = endpoints.map(counted)
    unused = unused?.map(counted)
  }
}

extension EndpointReport {
  var counter: Counter { .endpoint(place, chain: chain, virtualService: virtualService) }
}

extension StepReport {
  fileprivate func counter(_ family: IPFamily, isBytes: Bool) -> Counter {
    let place = Counter.StepPlace(
      family: family, table: table, chain: chain ?? virtualService, rule: rule, handle: handle)
    return .step(place, isBytes: isBytes)
  }
}

extension PodSandbox {
  /// Which interface it is, for counters.
  func place(of interface: PodInterface) -> Counter.InterfacePlace {
    Counter.InterfacePlace(namespace: namespace?.value.path, sandbox: id?.value, index: interface.link.index)
  }
}
