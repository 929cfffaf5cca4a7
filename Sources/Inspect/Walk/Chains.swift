/// Chains and their rules.
extension Walker {
  /// What left a base chain before its end.
  struct ChainFrame {
    var accepted: [State] = []
  }

  /// Runs states through a chain. Gives back those that come to its end or RETURN.
  func run(_ chain: ChainReference, _ states: [State], depth: Int, _ frame: inout ChainFrame) throws -> [State] {
    // A walk comes to a base chain once with the same ways.
    if !notesEveryRule, depth > 0, unchanged.contains(states, by: chain) { return states }
    let before = (finished.count, frame.accepted.count)
    guard depth < WalkBudget.depth else {
      finish(
        states, .uncertain("chains are nested deeper than \(WalkBudget.depth), at \(chain.table.name) \(chain.name)"))
      return []
    }
    var live = states
    var returned: [State] = []
    var bound: String?
    var sources = SourceRun()
    var choice = DestinationRun()
    func meetSources() throws {
      guard let (rule, number) = sources.first else { return }
      let place = RuleReference(chain: chain, number: number)
      live = try meet(sources, rule, place, live, depth: depth, &frame, &returned)
      sources = SourceRun()
    }
    func meetChoice() throws {
      live = try meet(choice, chain, live, depth: depth, &frame, &returned)
      choice = DestinationRun()
    }
    let hint = hint(for: states)
    let exists = try filter.forEachRule(in: chain, hint: hint) { number, rule in
      bound = self.budget.spend(live.count, on: self.space)
      guard bound == nil else { return false }
      if !choice.isEmpty {
        if try self.add(rule, number, to: &choice, chain, hint, live) { return true }
        try meetChoice()
        guard !live.isEmpty else { return false }
      }
      if live.haveOpenSources, sources.add(rule, number) { return true }
      if sources.first != nil {
        try meetSources()
        if live.haveOpenSources, sources.add(rule, number) { return true }
      }
      if self.groupsDestinations, try self.add(rule, number, to: &choice, chain, hint, live) { return true }
      if let mark = rule.marksAll, live.allSatisfy({ !$0.notesSteps }) {
        // Nothing is noted of very many: then the packet changes where it is.
        for index in live.indices { live[index].packet.mark = live[index].packet.mark.setting(mark) }
        return true
      }
      let place = RuleReference(chain: chain, number: number)
      live = try self.meet(rule, place, live, depth: depth, &frame, &returned)
      return !live.isEmpty
    }
    if bound == nil {
      try meetSources()
      try meetChoice()
    }
    if let bound {
      finish(live, .uncertain("\(bound), at \(chain.table.name) \(chain.name)"))
      live = []
    }
    guard exists else {
      finish(live, .uncertain("there is no chain \(chain.name) in table \(chain.table.name)"))
      return []
    }
    let left = merge(live.followed(by: returned))
    if depth > 0, before == (finished.count, frame.accepted.count) { unchanged.note(states, by: chain, after: left) }
    return left
  }

  /// One rule: gives back the states that go on to the next.
  func meet(
    _ rule: Rule, _ place: RuleReference, _ states: [State], depth: Int, _ frame: inout ChainFrame,
    _ returned: inout [State]
  ) throws -> [State] {
    var passing: [State] = []
    var matching: [State] = []
    // Most rules match nothing: then the states stay where they are.
    var unchanged = 0
    let states = try apart(states, by: rule, place)
    for state in states {
      switch try evaluate(rule.matches, place, state) {
      case .passes where matching.isEmpty && passing.isEmpty: unchanged += 1
      case .passes: passing.append(state)
      case .matches: matching.append(state)
      case .parted(let with, let without):
        if let with { matching.append(with) }
        passing += without
      }
    }
    if unchanged == states.count { return states }
    if unchanged > 0 { passing = states[..<unchanged] + passing }
    if !matching.isEmpty {
      passing = passing.followed(by: try act(rule, place, matching, depth: depth, &frame, &returned))
    }
    // Where more ways go on than came, some may be one again.
    return passing.count > states.count ? merge(passing) : passing
  }

  /// Many rules that do the same to one source each, as one.
  func meet(
    _ sources: SourceRun, _ rule: Rule, _ place: RuleReference, _ states: [State], depth: Int,
    _ frame: inout ChainFrame,
    _ returned: inout [State]
  ) throws -> [State] {
    guard sources.prefixes.count > 1 else { return try meet(rule, place, states, depth: depth, &frame, &returned) }
    let meant = PacketSet(space, space.union(of: sources.prefixes, at: place))
    var matching: [State] = []
    var passing: [State] = []
    for state in apart(states, { meant.contains(source: $1) }) {
      var with = state.with(state.set.intersection(meant))
      with.rulesAlike = sources.prefixes.count
      if !with.set.isEmpty { matching.append(with) }
      let without = state.with(state.set.subtracting(meant))
      if !without.set.isEmpty { passing.append(without) }
    }
    if !matching.isEmpty { _ = try act(rule, place, matching, depth: depth, &frame, &returned) }
    return passing
  }

  enum Evaluation {
    case passes
    case matches
    case parted(with: State?, without: [State])
  }

  /// Whether all of `matches` hold for a state; where that is not known, its parts.
  func evaluate(_ matches: [Match], _ place: RuleReference, _ state: State) throws -> Evaluation {
    if matches.isEmpty { return .matches }
    let evaluation = evaluation(of: state, at: place)
    var open: [Fact] = []
    var chance = 1.0
    for match in matches {
      switch try evaluation.requirement(of: match) {
      case .always: continue
      case .never: return .passes
      case .facts(let facts): open += facts
      case .chance(let probability): chance *= probability
      }
    }
    if open.isEmpty, chance == 1 { return .matches }
    let (with, without) = open.isEmpty ? (state, nil) : parted(state, by: open)
    guard chance < 1, let with else { return .parted(with: with, without: without.map { [$0] } ?? []) }
    return .parted(with: with.sharing(chance), without: (without.map { [$0] } ?? []) + [with.sharing(1 - chance)])
  }

  /// The parts of a way for which all of some facts hold, and for which they do not.
  func parted(_ state: State, by facts: [Fact]) -> (with: State?, without: State?) {
    let meant = PacketSet(space, facts)
    let with = state.with(state.set.intersection(meant), recalling: facts)
    let without = state.with(state.set.subtracting(meant))
    return (with.isPossible ? with : nil, without.isPossible ? without : nil)
  }

  /// What all states agree on.
  func hint(for states: [State]) -> RuleHint {
    // No packet is copied for it.
    guard let destination = states.first?.packet.destination else { return .none }
    var hint = RuleHint(transport: states[0].packet.transport)
    hint.destinationPorts = ports(of: states)
    if states.allSatisfy({ $0.group == nil && $0.packet.destination == destination }) {
      switch destination {
      case .known(let address): hint.destination = address
      case .local: hint.destinations = space.localAddresses
      case .any, .translated: break
      }
      return hint
    }
    var prefixes: [IPPrefix] = []
    var last: DestinationGroup?
    for state in states {
      if let group = state.group {
        // Ways mostly have one group in common.
        if group === last { continue }
        last = group
        prefixes += (0..<group.count).map { IPPrefix(group[$0].address) }
        // To ask whether a rule is for one of very many takes longer than to meet it.
        if prefixes.count > 64 { return hint }
      } else {
        switch state.packet.destination {
        case .known(let address): if prefixes.last != IPPrefix(address) { prefixes.append(IPPrefix(address)) }
        case .local: prefixes += space.localAddresses
        case .any, .translated: return hint
        }
      }
    }
    if prefixes.count == 1, prefixes[0].isSingle {
      hint.destination = prefixes[0].address
    } else {
      hint.destinations = prefixes
    }
    return hint
  }

  /// The ports that states' packets are sent to; nil where one is not known. No rule changes it of a packet that goes on in a
  /// chain.
  private func ports(of states: [State]) -> [UInt16]? {
    var ports: [UInt16] = []
    for place in states.indices {
      guard let port = states[place].packet.destinationPort else { return nil }
      if ports.last != port, !ports.contains(port) { ports.append(port) }
    }
    return ports
  }
}

extension Array {
  /// The same and then others, copied only where there are any of both: ways are costly to copy.
  func followed(by others: [Element]) -> [Element] { isEmpty ? others : others.isEmpty ? self : self + others }
}

extension Rule {
  /// The mark that it sets on whatever packet, if it does nothing else.
  fileprivate var marksAll: MarkAction? {
    guard matches.isEmpty, actions.count == 1, case .mark(let mark) = actions[0] else { return nil }
    return mark
  }
}
