/// A chain that sends all packets of a protocol to one destination, as kube-proxy writes one for each endpoint: it may mark
/// those that come from there.
struct DestinationChain {
  /// More rules than this no such chain has.
  static let most = 8

  let rules: [Rule]
  let destination: IPAddress

  /// nil for any other chain.
  /// - Parameter onlyMarks: whether a chain does nothing else.
  init?(_ rules: [Rule], _ transport: TransportProtocol, onlyMarks: (String) throws -> Bool) rethrows {
    guard rules.count <= Self.most, let last = rules.last, last.actions.count == 1,
      case .dnat(let translation) = last.actions[0], let addresses = translation.addresses,
      addresses.lowerBound == addresses.upperBound
    else { return nil }
    let destination = addresses.lowerBound
    let holds = last.matches.allSatisfy { $0.isTrivial || $0.isAlwaysTrue(transport) }
    guard holds, case let marking = rules.dropLast(),
      marking.allSatisfy({ $0.matches.allSatisfy { $0.isTrivial || $0.asks(forSource: destination) } }),
      try marking.allSatisfy({ rule in
        guard rule.actions.count == 1, case .jump(let chain) = rule.actions[0] else { return false }
        return try onlyMarks(chain)
      })
    else { return nil }
    self.rules = rules
    self.destination = destination
  }

  /// Whether nothing but the destination makes a difference.
  func isLike(_ other: DestinationChain) -> Bool {
    rules.count == other.rules.count
      && zip(rules, other.rules).allSatisfy { own, others in
        own.matches.count == others.matches.count && zip(own.matches, others.matches).allSatisfy(isSame)
          && zip(own.actions, others.actions).allSatisfy(isSame)
      }
  }

  private func isSame(_ own: Match, _ other: Match) -> Bool {
    switch (own, other) {
    case (.source, .source): return true  // each its own destination
    case (.recent(var own), .recent(let other)):
      own.name = other.name
      return own == other
    default: return own == other
    }
  }

  private func isSame(_ own: Action, _ other: Action) -> Bool {
    guard case .dnat(var own) = own, case .dnat(let other) = other else { return own == other }
    own.addresses = other.addresses
    return own == other
  }
}

extension Match {
  fileprivate var isTrivial: Bool { if case .comment = self { true } else { false } }

  /// Whether it holds for all packets of a protocol.
  fileprivate func isAlwaysTrue(_ transport: TransportProtocol) -> Bool {
    switch self {
    case .transport(let match): match.number == transport && !match.inverted
    case .tcp(let match): match == TCPMatch() && transport == .tcp
    case .udp(let match): match == UDPMatch() && transport == .udp
    case .recent(let match): match.operation == .set && !match.inverted
    default: false
    }
  }

  fileprivate func asks(forSource address: IPAddress) -> Bool {
    guard case .source(let match) = self, let prefix = match.prefix else { return false }
    return !match.inverted && prefix == IPPrefix(address)
  }
}

extension Rule {
  /// The chain that it sends packets to by chance or always, and how many of them; nil for what asks for anything else.
  var choice: (chain: String, chance: Double)? {
    guard actions.count == 1, case .jump(let chain) = actions[0] else { return nil }
    var chance = 1.0
    for match in matches {
      switch match {
      case .comment: continue
      case .statistic(let statistic): chance *= statistic.probability
      default: return nil
      }
    }
    return chance > 0 ? (chain, min(chance, 1)) : nil
  }

  /// Whether it marks packets, whichever they are, and does nothing else.
  var onlyMarks: Bool {
    matches.allSatisfy(\.isTrivial)
      && actions.allSatisfy {
        switch $0 {
        case .mark, .return: true
        default: false
        }
      }
  }
}

/// What is known of chains by name: a walk of packets that arrive and one of those that are sent meet the same.
struct DestinationChains {
  /// A chain of a single destination: how it is like others, and what is its own.
  struct Known {
    let kind: Int
    let member: DestinationGroup.Member
  }

  /// The first chain of each kind, which differ in more than the destination.
  fileprivate var kinds: [DestinationChain] = []
  /// nil for what is no such chain.
  fileprivate var chains: [ChainReference: Known?] = [:]
  fileprivate var onlyMarks: [ChainReference: Bool] = [:]
}

/// Rules that follow each other and choose by chance among chains of single destinations.
struct DestinationRun {
  fileprivate typealias Lead = (rule: Rule, number: Int)

  /// nil until the first of the rules.
  fileprivate var destinations: GroupedDestinations<Lead>?
  /// How many of the first way's packets go on.
  fileprivate var rest = 0.0

  var isEmpty: Bool { destinations == nil }
}

extension Walker {
  /// Takes a rule into a run; false if it is none of it.
  func add(
    _ rule: Rule, _ number: Int, to run: inout DestinationRun, _ chain: ChainReference, _ hint: RuleHint,
    _ states: [State]
  ) throws -> Bool {
    guard let (target, chance) = rule.choice, run.isEmpty || run.rest > 0, let first = states.first,
      states.mayBeGrouped,
      let known = try destinationChain(ChainReference(table: chain.table, name: target), hint, first.packet.transport)
    else { return false }
    var destinations = run.destinations ?? GroupedDestinations(of: states)
    guard destinations.mayTake(known.member.address) else { return false }
    if run.isEmpty { run.rest = first.share }
    // It is handed over: to share it would copy it with each rule.
    run.destinations = nil
    destinations.add(known.member.chosen(run.rest * chance), kind: known.kind, lead: (rule, number))
    run.destinations = destinations
    run.rest = chance < 1 ? run.rest * (1 - chance) : 0
    return true
  }

  /// What a chain has of its own, if it has a single destination.
  func destinationChain(
    _ chain: ChainReference, _ hint: RuleHint, _ transport: TransportProtocol
  ) throws -> DestinationChains.Known? {
    if let known = destinationChains.chains[chain] { return known }
    var rules: [Rule] = []
    _ = try filter.forEachRule(in: chain, hint: hint) { _, rule in
      rules.append(rule)
      return rules.count <= DestinationChain.most
    }
    let read = try DestinationChain(rules, transport) { try onlyMarks(ChainReference(table: chain.table, name: $0)) }
    let known = read.map { read in
      let kind = destinationChains.kinds.firstIndex { $0.isLike(read) } ?? destinationChains.kinds.count
      if kind == destinationChains.kinds.count { destinationChains.kinds.append(read) }
      return DestinationChains.Known(
        kind: kind,
        member: DestinationGroup.Member(
          address: read.destination, chain: chain.name, counters: rules.last?.counters, handle: rules.last?.handle,
          share: 0))
    }
    destinationChains.chains[chain] = .some(known)
    return known
  }

  private func onlyMarks(_ chain: ChainReference) throws -> Bool {
    if let known = destinationChains.onlyMarks[chain] { return known }
    var onlyMarks = true
    let exists = try filter.forEachRule(in: chain, hint: .none) { _, rule in
      onlyMarks = rule.onlyMarks
      return onlyMarks
    }
    destinationChains.onlyMarks[chain] = exists && onlyMarks
    return exists && onlyMarks
  }

  /// The rules of a run as one for each group: its first chain is walked for all.
  func meet(
    _ run: DestinationRun, _ chain: ChainReference, _ states: [State], depth: Int, _ frame: inout ChainFrame,
    _ returned: inout [State]
  ) throws -> [State] {
    guard let share = states.first?.share, let groups = run.destinations?.groups else { return states }
    for group in groups {
      let place = RuleReference(chain: chain, number: group.lead.number)
      let first = group.members[0]
      let before = frame.accepted.count
      _ = try act(
        group.lead.rule, place, states.map { $0.with(share: first.share * ($0.share / share)) }, depth: depth, &frame,
        &returned)
      guard group.members.count > 1 else { continue }
      let all = DestinationGroup(group.members)
      for index in before..<frame.accepted.count { frame.accepted[index].group = all }
    }
    return run.rest > 0 ? states.map { $0.with(share: run.rest * ($0.share / share)) } : []
  }
}

extension State {
  fileprivate func with(share: Double) -> State {
    var state = self
    state.share = share
    return state
  }
}

extension DestinationGroup.Member {
  /// The same, chosen as often as this.
  func chosen(_ share: Double) -> Self {
    Self(address: address, chain: chain, counters: counters, handle: handle, share: share)
  }
}
