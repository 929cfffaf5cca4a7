/// What a rule does with the packets that it matches.
extension Walker {
  /// Where a rule stands while its actions are carried out, and what leaves it on the way.
  struct RuleExecution {
    let rule: Rule
    let place: RuleReference
    let depth: Int
    var frame: ChainFrame
    var returned: [State]
    /// States that a test or map in the middle of the rule sent on to the next rule.
    var leaving: [State] = []

    var step: RuleStep { RuleStep(rule, at: place) }
  }

  /// A matching rule's actions. Gives back the states that go on to the next rule.
  func act(
    _ rule: Rule, _ place: RuleReference, _ states: [State], depth: Int, _ frame: inout ChainFrame,
    _ returned: inout [State]
  ) throws -> [State] {
    var execution = RuleExecution(rule: rule, place: place, depth: depth, frame: frame, returned: returned)
    // They are handed over: to share them would copy them with each way that is added.
    frame = ChainFrame()
    returned = []
    sourceRules.note(rule, place)
    var states = states
    for action in rule.actions where !states.isEmpty {
      states = try perform(action, states, execution.step, &execution)
    }
    frame = execution.frame
    returned = execution.returned
    // What was sent through a chain has noted the rule before that.
    if notesEveryRule, !rule.entersChain { states = states.map { $0.passing(execution.step) } }
    return execution.leaving.followed(by: states)
  }

  /// One action. Gives back the states that go on within the rule.
  func perform(_ action: Action, _ states: [State], _ step: RuleStep, _ execution: inout RuleExecution) throws
    -> [State]
  {
    switch action {
    case .accept:
      execution.frame.accepted += states.map { $0.adding(step) }
      return []
    case .drop:
      finish(states.map { $0.adding(step) }, .dropped)
      return []
    case .reject(let reject):
      finish(states.map { $0.adding(step) }, .rejected(with: reject.with))
      return []
    case .return:
      execution.returned += notesEveryRule ? states.map { $0.adding(step) } : states
      return []
    case .jump(let name):
      let back = try enter(name, states, step, &execution)
      return notesEveryRule ? back : back.map { $0.forgettingDetour(into: execution.place) }
    case .goto(let name):
      execution.returned += try enter(name, states, step, &execution)
      return []
    case .dnat(let translation), .redirect(let translation):
      execution.frame.accepted += try states.flatMap { try redirect($0.adding(step), translation, to: action) }
      return []
    case .snat(let translation):
      execution.frame.accepted += states.map { translate($0.adding(step), translation) }
      return []
    case .masquerade:
      execution.frame.accepted += try states.map { try masquerade($0.adding(step)) }
      return []
    case .mark(let mark):
      return states.map { state in
        state.noting(step).setting(\.mark, state.packet.mark.setting(mark))
      }
    case .connmark(let mark): return states.map { $0.packet.isTracked ? $0.noting(step).applying(mark) : $0 }
    case .conntrack(let conntrack):
      return conntrack.isNotrack ? states.map { $0.noting(step).setting(\.state, .untracked) } : states
    case .queue(let queue):
      let number = queue.number.map { " \($0)" } ?? ""
      finish(states.map { $0.adding(step) }, .uncertain("handed to a program by queue\(number)"))
      return []
    case .tproxy(let proxy):
      finish(states.map { $0.adding(step) }, .uncertain("taken by a local proxy, port \(proxy.port) (TPROXY)"))
      return []
    case .log, .nflog, .tcpmss, .trace, .checksum: return states
    case .native(let statement): return try perform(statement, states, step, &execution)
    case .unknown(let target) where UnknownExtension.passing.contains(target.name): return states
    case .unknown(let target): return meetUnknown(target, step, execution.place, states)
    }
  }

  func enter(_ chain: String, _ states: [State], _ step: RuleStep, _ execution: inout RuleExecution) throws -> [State] {
    let target = ChainReference(table: execution.place.chain.table, name: chain)
    let step = step.sending(to: chain)
    return try run(
      target, states.map { $0.adding(step) }, depth: execution.depth + 1, &execution.frame)
  }

  /// A target that kpx does not know may end the packet's way or let it go on.
  func meetUnknown(
    _ target: UnknownExtension, _ step: RuleStep, _ place: RuleReference, _ states: [State]
  ) -> [State] {
    let what = "target \(target.name) revision \(target.revision), \(target.reason)"
    let goesOn = Fact(.undecided(rule: place, what: "\(what) lets it go on"))
    // A way that comes here again has one of the two only.
    let parts = states.map { parted($0, by: [goesOn]) }
    finish(parts.compactMap { $0.without?.adding(step) }, .uncertain("\(what) (\(place))"))
    return parts.compactMap(\.with)
  }
}

extension Rule {
  /// Whether packets that it matches go through another chain.
  fileprivate var entersChain: Bool {
    actions.contains { action in
      switch action {
      case .jump, .goto, .native(.verdictMap): true
      default: false
      }
    }
  }
}

extension Mark {
  func setting(_ action: MarkAction) -> Mark { setting(value: action.value, mask: action.mask) }
}
