/// A chain's rules, found by the destination that they ask for, or by the port.
///
/// Who lists all services asks for kube-proxy's chains with thousands of destinations and node ports, and each rule is for one
/// of them: to pass through all rules each time would take the square of their number.
struct IndexedChain {
  typealias Numbered = (number: Int, rule: Rule)

  private let rules: [Numbered]
  /// Places in `rules` of those that ask for one address.
  private var byDestination: [IPAddress: [Int]] = [:]
  /// Those addresses in order.
  private let destinations: [IPAddress]
  /// Places of those of the others that ask for one port.
  private var byPort: [DemandedPort: [Int]] = [:]
  /// The same, all of them.
  private var ofPorts: [Int] = []
  /// Places of all others.
  private var others: [Int] = []

  init(_ rules: [Numbered]) {
    self.rules = rules
    for (place, item) in rules.enumerated() {
      if let address = item.rule.onlyDestination {
        byDestination[address, default: []].append(place)
      } else if let port = item.rule.onlyPort {
        byPort[port, default: []].append(place)
        ofPorts.append(place)
      } else {
        others.append(place)
      }
    }
    destinations = byDestination.keys.sorted()
  }

  /// Gives `body` the rules that may match, in order, until it answers false.
  func forEachRule(hint: RuleHint, _ body: (Int, Rule) throws -> Bool) rethrows {
    for place in places(hint) {
      guard try body(rules[place].number, rules[place].rule) else { return }
    }
  }

  private func places(_ hint: RuleHint) -> [Int] {
    var lists: [[Int]] = []
    if let destination = hint.destination {
      lists = byDestination[destination].map { [$0] } ?? []
    } else if let asked = hint.destinations {
      lists = addresses(in: asked).compactMap { byDestination[$0] }
    } else if !destinations.isEmpty {
      lists = Array(byDestination.values)
    }
    if let transport = hint.transport, let ports = hint.destinationPorts {
      if !byPort.isEmpty { lists += ports.compactMap { byPort[DemandedPort(transport: transport, port: $0)] } }
    } else if !ofPorts.isEmpty {
      lists.append(ofPorts)
    }
    if !others.isEmpty { lists.append(others) }
    return lists.count < 2 ? lists.first ?? [] : lists.flatMap(\.self).sorted()
  }

  /// The addresses that rules ask for, of some.
  private func addresses(in prefixes: [IPPrefix]) -> Set<IPAddress> {
    prefixes.reduce(into: []) { found, prefix in
      if prefix.isSingle {
        found.insert(prefix.address)
      } else {
        found.formUnion(destinations[firstPlace(from: prefix.address)...].prefix { prefix.contains($0) })
      }
    }
  }

  /// The place in `destinations` of the first address that is not before another.
  private func firstPlace(from address: IPAddress) -> Int {
    var (low, high) = (0, destinations.count)
    while low < high {
      let middle = low + (high - low) / 2
      if destinations[middle] < address { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A port of a protocol, which a packet must be sent to.
struct DemandedPort: Hashable {
  let transport: TransportProtocol
  let port: UInt16
}

extension Rule {
  /// The one address that the destination must be; nil where it may be several.
  var onlyDestination: IPAddress? {
    for case .destination(let match) in matches where !match.inverted {
      if let prefix = match.prefix, prefix.isSingle { return prefix.address }
    }
    return nil
  }

  /// The one port that the packet must be sent to; nil where it may be several.
  var onlyPort: DemandedPort? {
    for match in matches {
      let (transport, port): (TransportProtocol, PortMatch)
      switch match {
      case .tcp(let match): (transport, port) = (.tcp, match.destination)
      case .udp(let match): (transport, port) = (.udp, match.destination)
      case .sctp(let match) where match.chunks == nil: (transport, port) = (.sctp, match.destination)
      default: continue
      }
      if !port.inverted, port.range.lowerBound == port.range.upperBound {
        return DemandedPort(transport: transport, port: port.range.lowerBound)
      }
    }
    return nil
  }
}
