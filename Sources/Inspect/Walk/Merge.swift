/// Something that happens if facts hold, with a share.
protocol Conditional {
  var facts: [Fact] { get set }
  var share: Double { get set }

  /// Whether what holds with and without a condition may be taken together.
  func mayForget(_ condition: Condition) -> Bool
}

/// Joins what ends alike.
///
/// Of alternatives with the same `key`, those under the same facts add their shares, and two that differ only in one
/// fact, which holds in one and not in the other, need that fact no longer. So a detour that changes nothing leaves no
/// trace, and a hundred chains in front of the one that matters do not multiply.
func merge<Element: Conditional, Key: Hashable>(_ elements: [Element], by key: (Element) -> Key) -> [Element] {
  guard elements.count > 1 else { return elements }
  var known: [Key: Int] = [:]
  known.reserveCapacity(elements.count)
  let places = elements.map { element in
    let key = key(element)
    if let place = known[key] { return place }
    known[key] = known.count
    return known.count - 1
  }
  if known.count == elements.count { return elements }
  var groups = [[Element]](repeating: [], count: known.count)
  for (element, place) in zip(elements, places) { groups[place].append(element) }
  return groups.flatMap(joined)
}

private func joined<Element: Conditional>(_ elements: [Element]) -> [Element] {
  guard elements.count > 1 else { return elements }
  var joining = Joining<Element>()
  for element in elements { joining.add(element) }
  return joining.elements.compactMap(\.self)
}

/// Elements of one key, none of which can be joined with another. They are found by their facts, so that thousands take
/// no longer than they must.
private struct Joining<Element: Conditional> {
  /// In the order in which they came; nil for those that are part of a later one.
  private(set) var elements: [Element?] = []
  /// Where they are, by the sum of their facts' hashes, which does not depend on the facts' order.
  private var places: [Int: [Int]] = [:]

  mutating func add(_ element: Element) {
    var element = element
    var hash = Self.hash(element)
    while let union = takePartner(of: element, hash) {
      element = union
      hash = Self.hash(element)
    }
    places[hash, default: []].append(elements.count)
    elements.append(element)
  }

  private static func hash(_ element: Element) -> Int { element.facts.reduce(0) { $0 &+ $1.digest } }

  /// Takes one that can be joined with `element` out, and gives back both as one.
  private mutating func takePartner(of element: Element, _ hash: Int) -> Element? {
    if elements.isEmpty { return nil }
    if let other = take(hash, where: { difference($0.facts, element.facts) == .same }) {
      var union = other
      union.share += element.share
      return union
    }
    for fact in element.facts where element.mayForget(fact.condition) {
      let flipped = hash &- fact.digest &+ fact.negated.digest
      let other = take(flipped) { other in
        abs(other.share - element.share) < 1e-12 && difference(other.facts, element.facts) == .one(fact.negated)
      }
      guard let other else { continue }
      // The branch where the fact does not hold is the ordinary one: its path stands for both.
      var union = fact.holds ? other : element
      union.facts.removeAll { $0.condition == fact.condition }
      return union
    }
    return nil
  }

  private mutating func take(_ hash: Int, where belongs: (Element) -> Bool) -> Element? {
    guard let candidates = places[hash] else { return nil }
    for (position, index) in candidates.enumerated() {
      guard let element = elements[index], belongs(element) else { continue }
      places[hash]?.remove(at: position)
      elements[index] = nil
      return element
    }
    return nil
  }
}

extension Fact {
  /// A hash that costs little for what walks assume most.
  fileprivate var digest: Int {
    let value =
      switch condition {
      case .localOutput: 0x51ed_270b
      case .source(let prefix): prefix.digest
      case .destination(let prefix): prefix.digest ^ 0x2545_f491
      case .all(let facts): facts.reduce(0x1656_67b1) { $0 &+ $1.digest }
      default: condition.hashValue
      }
    return holds ? value : ~value
  }
}

extension IPPrefix {
  fileprivate var digest: Int {
    let bits =
      switch address {
      case .v4(let value): UInt64(value)
      case .v6(let high, let low): (high &* 31) ^ low
      }
    // The end of MurmurHash3: sums of neighbours must not be alike.
    var mixed = (bits &* 131 &+ UInt64(length)) &* 0xff51_afd7_ed55_8ccd
    mixed = (mixed ^ mixed >> 33) &* 0xc4ce_b9fe_1a85_ec53
    return Int(truncatingIfNeeded: mixed ^ mixed >> 33)
  }
}

private enum Difference: Equatable {
  case same
  /// They differ in whether this one holds; as the left has it.
  case one(Fact)
  case more
}

/// How two lists of facts about one packet differ, in any order.
private func difference(_ left: [Fact], _ right: [Fact]) -> Difference {
  if left == right { return .same }
  guard left.count == right.count else { return .more }
  var found: Fact?
  for fact in left where !right.contains(fact) {
    guard found == nil, right.contains(fact.negated) else { return .more }
    found = fact
  }
  return found.map(Difference.one) ?? .same
}
