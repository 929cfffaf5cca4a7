/// The rules of one frontend that choose among endpoints, apart from what is its own: addresses, ports, names of chains,
/// comments, and what was counted.
///
/// Packets to two frontends of the same shape go the same ways, each to its own endpoints.
struct ServiceShape {
  /// What frontends of one shape have in common.
  struct Key: Hashable {
    fileprivate let kind: FrontendKind?
    fileprivate let isExternal: Bool
    fileprivate let transport: TransportProtocol
    /// Each with numbers in place of what is the frontend's own.
    fileprivate let rules: [Rule]
    /// The chain of the first of them, and how many rules that are for all stand before it there.
    fileprivate let chain: ChainReference
    fileprivate let behind: Int
    /// How many rules of each of the chains there are.
    fileprivate let lengths: [Int]
    fileprivate let tables: [Table]
    /// Of the frontend, of its endpoints, and of the addresses beside these.
    fileprivate let addresses: [AddressTraits]
    fileprivate let ports: [[Int]]
    /// The endpoints in ascending order, and which of them are beside each other.
    fileprivate let order: [Int]
    fileprivate let neighbours: [Int?]
  }

  /// All that tells an address from others, for the rules and the node.
  fileprivate struct AddressTraits: Hashable {
    let tests: [Int]
    let ownTests: [Bool]
    let route: IPPrefix
  }

  let key: Key
  let address: IPAddress
  /// As they are, in the order of the key's.
  let rules: [CommonRules.Placed]
  /// In the order in which rules choose among them.
  let endpoints: [SocketAddress]
}

/// Reads shapes.
struct ServiceShapes {
  private typealias Placed = CommonRules.Placed

  private let node: any Node
  private let common: CommonRules
  private let localPods: Set<IPAddress>
  /// Chains that do nothing but mark packets.
  private var marking: Set<ChainReference> = []
  private static let mostEndpoints = 1024

  init(_ node: any Node, _ common: CommonRules, localPods: Set<IPAddress>) {
    self.node = node
    self.common = common
    self.localPods = localPods
  }

  /// nil for a frontend whose rules are of another form than those that choose among endpoints by chance, or that the node's
  /// other rules may tell from all others.
  mutating func shape(of frontend: Frontend) throws -> ServiceShape? {
    guard let address = frontend.address, let own = try rules(of: frontend, at: address) else { return nil }
    let endpoints = own.endpoints.map(\.address)
    guard Set(endpoints + [address]).count == endpoints.count + 1,
      endpoints.allSatisfy({ common.rules(for: $0).isEmpty }),
      !(endpoints + [address]).contains(where: localPods.contains)
    else { return nil }
    var words = OwnWords(addresses: [address] + endpoints, ports: [frontend.port], chains: own.chains)
    for endpoint in own.endpoints where !words.ports.contains(endpoint.port) { words.ports.append(endpoint.port) }
    var rules: [Rule] = []
    for placed in own.all {
      guard let rule = words.common(placed.rule) else { return nil }
      rules.append(rule)
    }
    let beside = endpoints.compactMap { $0.neighbour { !common.isLocal($0) } }
    let traits = try (words.addresses + beside).compactMap { try self.traits(of: $0, words.prefixes) }
    let ports = words.ports.compactMap { common.tests(of: $0) }
    guard beside.count == endpoints.count, traits.count == words.addresses.count + beside.count,
      ports.count == words.ports.count
    else { return nil }
    let key = ServiceShape.Key(
      kind: frontend.kind, isExternal: frontend.isExternal, transport: frontend.transport, rules: rules,
      chain: own.all[0].place.chain, behind: common.count(before: own.all[0].place),
      lengths: own.lengths,
      tables: own.all.map(\.place.chain.table), addresses: traits, ports: ports,
      order: own.endpoints.indices.sorted { own.endpoints[$0] < own.endpoints[$1] },
      neighbours: beside.map { words.numbers[$0] })
    return ServiceShape(key: key, address: address, rules: own.all, endpoints: own.endpoints)
  }

  private func traits(of address: IPAddress, _ prefixes: [IPPrefix]) throws -> ServiceShape.AddressTraits? {
    guard let tests = common.tests(of: address), let route = try node.routing.routePrefix(of: address) else {
      return nil
    }
    return ServiceShape.AddressTraits(tests: tests, ownTests: prefixes.map { $0.contains(address) }, route: route)
  }

  // MARK: - Its rules

  private struct OwnRules {
    /// The one that leads to the frontend's chain, that chain's, and those of the endpoints' chains.
    var all: [Placed]
    var endpoints: [SocketAddress] = []
    /// Of the chains, in the order of their rules.
    var lengths: [Int]
    /// The frontend's and the endpoints'.
    var chains: [String]
  }

  private mutating func rules(of frontend: Frontend, at address: IPAddress) throws -> OwnRules? {
    let asked = DemandedPort(transport: frontend.transport, port: frontend.port)
    let leading = common.rules(for: address).filter { $0.rule.onlyPort.map { $0 == asked } ?? true }
    guard leading.count == 1, leading[0].rule.onlyPort == asked, let name = leading[0].rule.onlyJump,
      name.isServiceChain
    else { return nil }
    let table = leading[0].place.chain.table
    let chosen = try rules(in: ChainReference(table: table, name: name), atMost: Self.mostEndpoints)
    guard !chosen.isEmpty else { return nil }
    var own = OwnRules(all: leading + chosen, lengths: [chosen.count], chains: [name])
    var first: [Placed]?
    for rule in chosen.map(\.rule) {
      guard let target = rule.onlyJump else { return nil }
      let chain = ChainReference(table: table, name: target)
      if marking.contains(chain) { continue }
      let rules = try rules(in: chain, atMost: DestinationChain.most)
      if !rules.isEmpty, rules.allSatisfy(\.rule.onlyMarks) {
        marking.insert(chain)
        continue
      }
      guard rule.choice != nil, target.isOfEndpoint, let endpoint = try endpoint(rules, table, frontend.transport)
      else { return nil }
      // Those that differ in what they say are walked apart.
      if let first, first.map(\.rule.comments) != rules.map(\.rule.comments) { return nil }
      first = first ?? rules
      own.all += rules
      own.lengths.append(rules.count)
      own.endpoints.append(endpoint)
      own.chains.append(target)
    }
    return own.endpoints.isEmpty ? nil : own
  }

  /// The one destination of a chain's rules, with its port; nil where they are of another form.
  private mutating func endpoint(
    _ placed: [Placed], _ table: Table, _ transport: TransportProtocol
  ) throws -> SocketAddress? {
    let rules = placed.map(\.rule)
    guard
      let chain = try DestinationChain(
        rules, transport,
        onlyMarks: { name in
          try onlyMarks(ChainReference(table: table, name: name))
        }), case .dnat(let translation)? = rules.last?.actions.first, let ports = translation.ports, ports.count == 1
    else { return nil }
    return SocketAddress(chain.destination, port: ports.lowerBound)
  }

  /// Empty for a chain that has more, or is not there.
  private func rules(in chain: ChainReference, atMost most: Int) throws -> [Placed] {
    var rules: [Placed] = []
    _ = try node.filter.forEachRule(in: chain, hint: .none) { number, rule in
      rules.append(Placed(place: RuleReference(chain: chain, number: number), rule: rule))
      return rules.count <= most
    }
    return rules.count <= most ? rules : []
  }

  private mutating func onlyMarks(_ chain: ChainReference) throws -> Bool {
    if marking.contains(chain) { return true }
    let rules = try rules(in: chain, atMost: DestinationChain.most)
    guard !rules.isEmpty, rules.allSatisfy(\.rule.onlyMarks) else { return false }
    marking.insert(chain)
    return true
  }
}

/// What is a frontend's own, and the numbers that stand for it.
private struct OwnWords {
  let addresses: [IPAddress]
  let numbers: [IPAddress: Int]
  let chains: [String: Int]
  var ports: [UInt16]
  /// The prefixes that its rules ask for beside.
  private(set) var prefixes: [IPPrefix] = []

  init(addresses: [IPAddress], ports: [UInt16], chains: [String]) {
    self.addresses = addresses
    self.ports = ports
    numbers = Dictionary(addresses.enumerated().map { ($1, $0) }) { first, _ in first }
    self.chains = Dictionary(chains.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  /// A rule with numbers in place of what is the frontend's own; nil for one that asks for anything else.
  mutating func common(_ rule: Rule) -> Rule? {
    var common = Rule(matches: [], actions: [])
    for match in rule.matches {
      if case .comment = match { continue }
      guard let match = self.common(match) else { return nil }
      common.matches.append(match)
    }
    for action in rule.actions {
      guard let action = self.common(action) else { return nil }
      common.actions.append(action)
    }
    return common
  }

  private mutating func common(_ match: Match) -> Match? {
    switch match {
    case .transport, .statistic: return match
    case .source(let match): return self.common(match).map(Match.source)
    case .destination(let match): return self.common(match).map(Match.destination)
    case .tcp(var match):
      guard let port = common(match.destination) else { return nil }
      match.destination = port
      return .tcp(match)
    case .udp(var match):
      guard let port = common(match.destination) else { return nil }
      match.destination = port
      return .udp(match)
    default: return nil
    }
  }

  private mutating func common(_ match: AddressMatch) -> AddressMatch? {
    guard let prefix = match.prefix else { return nil }
    guard prefix.isSingle else {
      if !prefixes.contains(prefix) { prefixes.append(prefix) }
      return match
    }
    var match = match
    guard let address = address(match.address) else { return nil }
    match.address = address
    return match
  }

  private func common(_ action: Action) -> Action? {
    switch action {
    case .jump(let chain): return .jump(chains[chain].map { "\($0)" } ?? "-\(chain)")
    case .dnat(var translation):
      guard let range = translation.addresses, let ports = translation.ports,
        range.lowerBound == range.upperBound, ports.count == 1, let address = address(range.lowerBound),
        let port = port(ports.lowerBound)
      else { return nil }
      translation.addresses = address...address
      translation.ports = port...port
      return .dnat(translation)
    default: return nil
    }
  }

  private func common(_ match: PortMatch) -> PortMatch? {
    if match == .any { return match }
    guard match.range.count == 1, let port = port(match.range.lowerBound) else { return nil }
    return PortMatch(port...port, inverted: match.inverted)
  }

  private func address(_ address: IPAddress) -> IPAddress? {
    numbers[address].map { address.family == .v4 ? .v4(UInt32($0)) : .v6(high: 0, low: UInt64($0)) }
  }

  private func port(_ port: UInt16) -> UInt16? { ports.firstIndex(of: port).map { UInt16($0) } }
}

extension Rule {
  /// The chain that it jumps to, if it does nothing else.
  fileprivate var onlyJump: String? {
    guard actions.count == 1, case .jump(let chain) = actions[0] else { return nil }
    return chain
  }
}

extension String {
  /// Whether a chain is named as one of an endpoint: where such a one follows, a path has come to its end.
  fileprivate var isOfEndpoint: Bool {
    hasPrefix(ChainName.Kind.endpoint.rawValue) || hasPrefix(NftablesName.Kind.endpoint.rawValue)
  }
}
