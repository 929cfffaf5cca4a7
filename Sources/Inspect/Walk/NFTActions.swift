/// What only nf_tables does.
extension Walker {
  func perform(
    _ statement: NFTStatement, _ states: [State], _ step: RuleStep, _ execution: inout RuleExecution
  ) throws -> [State] {
    switch statement {
    case .require(let match):
      var holding: [State] = []
      for state in states {
        switch try evaluate([match], execution.place, state) {
        case .passes: execution.leaving.append(state)
        case .matches: holding.append(state)
        case .parted(let with, let without):
          if let with { holding.append(with) }
          execution.leaving += without
        }
      }
      return holding
    case .verdictMap(let lookup):
      if let left = try choose(lookup, states, step, &execution) { return left }
      return try states.flatMap { state in
        try resolve(lookup, state, execution.place, &execution) { state, element, execution in
          try perform(element, [state], step, &execution)
        }
      }
    case .translation(let translation):
      let states = states.map { $0.adding(step) }
      if try choose(translation, states, &execution) { return [] }
      for state in states { try translate(state, translation, &execution) }
      return []
    case .set(.mark, let value):
      let lacking = states.filter { knowledge(of: $0).lacks(value) }
      execution.leaving += lacking
      return states.filter { !knowledge(of: $0).lacks(value) }.map { state in
        state.noting(step).setting(\.mark, mark(value, state))
      }
    case .set(.connectionMark, let value):
      return states.map { state in
        state.noting(step).setting(\.connectionMark, mark(value, state))
      }
    case .dynamicSet(let update):
      guard update.inverted || !update.expressions.isEmpty else { return states }
      // A rate for each element, say: the packets seen before decide whether the rule goes on.
      let goesOn = Fact(.undecoded(rule: execution.place, what: "update @\(update.set.name)"))
      return states.compactMap { state in
        let (with, without) = parted(state, by: [goesOn])
        if let without { execution.leaving.append(without) }
        return with
      }
    case .set, .object, .continue, .passive: return states
    }
  }

  /// What a map has for packets.
  func perform(
    _ element: NFTSetElement, _ states: [State], _ step: RuleStep, _ execution: inout RuleExecution
  ) throws -> [State] {
    guard case .verdict(let verdict) = element.value else { return states }
    guard let action = verdict.action else { return notesEveryRule ? states.map { $0.passing(step) } : states }
    return try perform(action, states, step, &execution)
  }

  /// Carries `body` out for each element that a lookup may find; states for which there is none leave the rule.
  func resolve(
    _ lookup: NFTLookup, _ state: State, _ place: RuleReference, _ execution: inout RuleExecution,
    _ body: (State, NFTSetElement, inout RuleExecution) throws -> [State]
  ) throws -> [State] {
    let evaluation = evaluation(of: state, at: place)
    if let unknown = lookup.key.unknown {
      finish([state], .uncertain("\(unknown.reason) (\(place))"))
      return []
    }
    switch try evaluation.answer(to: lookup) {
    case .element(let element?): return try body(state, element, &execution)
    case .element(nil):
      execution.leaving.append(state)
      return []
    case .chances(let chances):
      let rest = 1 - chances.reduce(0) { $0 + $1.share }
      if rest > 1e-12 { execution.leaving.append(state.sharing(rest)) }
      return try chances.flatMap { try body(state.sharing($0.share), $0.element, &execution) }
    case .depends(let alternatives):
      var rest: State? = state
      var going: [State] = []
      for (facts, element) in alternatives {
        guard let open = rest else { break }
        let (with, without) = parted(open, by: facts)
        if let with { going += try body(with, element, &execution) }
        rest = without
      }
      if let rest { execution.leaving.append(rest) }
      return going
    case .unknown:
      finish([state], .uncertain("what @\(lookup.set.name) has for the packet is not known (\(place))"))
      return []
    }
  }

  /// A translation whose address or port comes from a map or another value.
  func translate(_ state: State, _ translation: NFTTranslation, _ execution: inout RuleExecution) throws {
    switch translation.kind {
    case .masquerade:
      execution.frame.accepted.append(try masquerade(state))
    case .source:
      execution.frame.accepted.append(translate(state, Translation()))
    case .redirect where translation.lookup == nil:
      execution.frame.accepted += try redirect(state, Translation(), to: .redirect(Translation()))
    case .destination, .redirect:
      guard let lookup = translation.lookup else {
        var unknown = state
        unknown.packet.destination = .translated
        unknown.packet.destinationPort = nil
        unknown.packet.state.insert(.dnat)
        unknown.packet.isDestinationMapped = true
        execution.frame.accepted.append(unknown)
        return
      }
      let done = try resolve(lookup, state, execution.place, &execution) { state, element, _ in
        guard let target = translation.target(element) else { return [state] }
        let isRedirect = translation.kind == .redirect
        return try redirect(state, target, to: isRedirect ? .redirect(target) : .dnat(target))
      }
      execution.frame.accepted += done
    }
  }

  func mark(_ value: NFTValue, _ state: State) -> Mark {
    guard let bytes = value.bytes(knowledge(of: state).bytes), bytes.count == 4 else { return Mark(value: 0, known: 0) }
    return Mark(UInt32(hostBytes: bytes))
  }
}
