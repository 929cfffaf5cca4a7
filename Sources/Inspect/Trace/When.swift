/// For which packets something holds, in words.
///
/// Alternatives are joined by "or". What another part of the same alternative implies is not said.
func describe(_ alternatives: [[Fact]], packet: Packet, localAddresses: [IPPrefix]) -> String? {
  let brief = { (facts: [Fact]) in
    // What this node sends has one of its addresses, and comes by no interface.
    var known = packet
    if facts.contains(Fact(.localOutput)) {
      known.source = .local
      known.inInterface = .none
    }
    return withoutImplied(facts, packet: known, localAddresses: localAddresses)
  }
  let simple = apart(alternatives).map(brief)
  let whole = widened(joined(simple).map(brief), packet: packet, localAddresses: localAddresses)
  let said = withoutCovered(whole, packet: packet, localAddresses: localAddresses)
  if said.isEmpty || said.contains(where: \.isEmpty) { return nil }
  var texts: [String] = []
  for text in said.map({ $0.map(\.description).joined(separator: ", ") }) where !texts.contains(text) {
    texts.append(text)
  }
  // In one order, whichever rule asks first.
  return texts.sorted().joined(separator: "; or ")
}

/// Alternatives of simple facts: what holds together is said one by one, and where not all of several facts hold, each
/// of them that does not makes an alternative. So it does not matter whether one rule asks or several do.
private func apart(_ alternatives: [[Fact]]) -> [[Fact]] {
  let most = 64
  var result: [[Fact]] = []
  for alternative in alternatives {
    var ways: [[Fact]] = [[]]
    for fact in alternative {
      guard case .all(let parts) = fact.condition else {
        ways = ways.map { $0 + [fact] }
        continue
      }
      ways = fact.holds ? ways.map { $0 + parts } : parts.flatMap { part in ways.map { $0 + [part.negated] } }
      if ways.count > most { return alternatives }
    }
    result += ways
  }
  return result
}

/// Alternatives without those that another one covers; two that differ only in one fact, which holds in one and not in
/// the other, become one.
private func joined(_ alternatives: [[Fact]]) -> [[Fact]] {
  var result: [[Fact]] = []
  for alternative in alternatives {
    var facts = alternative
    while let (index, union) = firstUnion(of: facts, in: result) {
      result.remove(at: index)
      facts = union
    }
    if !result.contains(where: { $0.allSatisfy(facts.contains) }) {
      result.removeAll { facts.allSatisfy($0.contains) }
      result.append(facts)
    }
  }
  return result
}

/// Alternatives without facts whose opposite another alternative speaks of: "A; or not A, B" is "A; or B".
private func widened(_ alternatives: [[Fact]], packet: Packet, localAddresses: [IPPrefix]) -> [[Fact]] {
  alternatives.map { alternative in
    alternative.reduce(alternative) { kept, fact in
      let rest = kept.filter { $0 != fact }
      let knowledge = Knowledge(packet: packet, facts: rest + [fact.negated], localAddresses: localAddresses)
      let isCovered = alternatives.contains { other in
        other != alternative && other.allSatisfy { knowledge.decide($0) == true }
      }
      return isCovered ? rest : kept
    }
  }
}

/// Alternatives without those that are a part of another one, as "from this node" is of "not arriving by cni0".
private func withoutCovered(_ alternatives: [[Fact]], packet: Packet, localAddresses: [IPPrefix]) -> [[Fact]] {
  var kept = alternatives
  for alternative in alternatives where kept.count > 1 {
    let knowledge = Knowledge(packet: packet, facts: alternative, localAddresses: localAddresses)
    let others = kept.filter { $0 != alternative }
    if others.contains(where: { $0.allSatisfy { knowledge.decide($0) == true } }) { kept = others }
  }
  return kept
}

private func firstUnion(of facts: [Fact], in others: [[Fact]]) -> (Int, [Fact])? {
  for (index, other) in others.enumerated() where other.count == facts.count {
    let only = facts.filter { !other.contains($0) }
    if only.count == 1, other.contains(only[0].negated) { return (index, facts.filter { $0 != only[0] }) }
  }
  return nil
}

/// A list of facts without those that follow from the others.
func withoutImplied(_ facts: [Fact], packet: Packet, localAddresses: [IPPrefix]) -> [Fact] {
  var kept = facts
  // Negations first: "in A" says "outside B" by itself, where A and B are apart.
  for fact in facts.filter({ !$0.holds }) + facts.filter(\.holds) {
    let others = kept.filter { $0 != fact }
    guard others.count < kept.count else { continue }
    let knowledge = Knowledge(packet: packet, facts: others, localAddresses: localAddresses)
    if knowledge.decide(fact) == true { kept = others }
  }
  return kept
}
