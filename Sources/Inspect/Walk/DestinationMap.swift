/// Maps of nf_tables that choose among destinations by a generated number, as kube-proxy writes one for each service.
extension Walker {
  private typealias Chance = (element: NFTSetElement, share: Double)

  /// `numgen … vmap`: chains that send packets to single destinations and differ in nothing else are walked once for all.
  /// Gives back the states that go on within the rule; nil where each element is to be met by itself.
  func choose(
    _ lookup: NFTLookup, _ states: [State], _ step: RuleStep, _ execution: inout RuleExecution
  ) throws -> [State]? {
    guard let first = states.first, groupsDestinations, lookup.key.generator != nil else { return nil }
    let (table, hint) = (execution.place.chain.table, hint(for: states))
    return try choose(lookup, states, &execution) { element in
      let chain: String
      switch element.value {
      case .verdict(.goto(let name)), .verdict(.jump(let name)): chain = name
      default: return nil
      }
      return try destinationChain(ChainReference(table: table, name: chain), hint, first.packet.transport)
    } by: { states, element, execution in
      try perform(element, states, step, &execution)
    }
  }

  /// `dnat to numgen … map`: likewise. Gives back whether it was done.
  func choose(_ translation: NFTTranslation, _ states: [State], _ execution: inout RuleExecution) throws -> Bool {
    guard groupsDestinations, translation.kind == .destination, let lookup = translation.lookup,
      lookup.key.generator != nil
    else { return false }
    let chain = execution.place.chain.name
    var kinds: [Translation: Int] = [:]
    let left = try choose(lookup, states, &execution) { element in
      guard var target = translation.target(element), let addresses = target.addresses,
        addresses.lowerBound == addresses.upperBound
      else { return nil }
      target.addresses = nil
      let kind = kinds[target] ?? kinds.count
      kinds[target] = kind
      // They have no chains of their own: the rule is the same for all.
      return DestinationChains.Known(
        kind: kind,
        member: DestinationGroup.Member(
          address: addresses.lowerBound, chain: chain, counters: nil, handle: nil, share: 0))
    } by: { states, element, execution in
      execution.frame.accepted += try states.flatMap { state in
        guard let target = translation.target(element) else { return [state] }
        return try redirect(state, target, to: .dnat(target))
      }
      return []
    }
    return left != nil
  }

  /// - Parameters:
  ///   - destination: where an element leads to; nil where that is no single destination.
  ///   - body: what an element does with states. It accepts all that it sends to a destination.
  private func choose(
    _ lookup: NFTLookup, _ states: [State], _ execution: inout RuleExecution,
    destination: (NFTSetElement) throws -> DestinationChains.Known?,
    by body: ([State], NFTSetElement, inout RuleExecution) throws -> [State]
  ) throws -> [State]? {
    guard let first = states.first, states.mayBeGrouped, lookup.key.unknown == nil, let chances = lookup.shares,
      chances.count > 1
    else { return nil }
    var destinations = GroupedDestinations<Chance>(of: states)
    for chance in chances {
      if let known = try destination(chance.element), destinations.mayTake(known.member.address) {
        destinations.add(known.member.chosen(first.share * chance.share), kind: known.kind, lead: chance)
      } else {
        destinations.add(alone: chance)
      }
    }
    guard destinations.groups.contains(where: { $0.members.count > 1 }) else { return nil }
    let rest = 1 - chances.reduce(0) { $0 + $1.share }
    if rest > 1e-12 { execution.leaving += states.map { $0.sharing(rest) } }
    var going: [State] = []
    for group in destinations.groups {
      let before = execution.frame.accepted.count
      going += try body(states.map { $0.sharing(group.lead.share) }, group.lead.element, &execution)
      guard group.members.count > 1 else { continue }
      let all = DestinationGroup(group.members)
      for index in before..<execution.frame.accepted.count { execution.frame.accepted[index].group = all }
    }
    return going
  }
}
