/// A chain's rules, found by the destination that they ask for.
///
/// Who lists all services asks for kube-proxy's chains with thousands of destinations, and each rule is for one of them:
/// to pass through all rules each time would take the square of their number.
struct IndexedChain {
  typealias Numbered = (number: Int, rule: Rule)

  private let rules: [Numbered]
  /// Places in `rules` of those that ask for one address.
  private var byDestination: [IPAddress: [Int]] = [:]
  /// Places of all others.
  private var others: [Int] = []

  init(_ rules: [Numbered]) {
    self.rules = rules
    for (place, item) in rules.enumerated() {
      if let address = item.rule.onlyDestination {
        byDestination[address, default: []].append(place)
      } else {
        others.append(place)
      }
    }
  }

  /// Gives `body` the rules that may match, in order, until it answers false.
  func forEachRule(hint: RuleHint, _ body: (Int, Rule) throws -> Bool) rethrows {
    for place in places(hint) {
      guard try body(rules[place].number, rules[place].rule) else { return }
    }
  }

  private func places(_ hint: RuleHint) -> [Int] {
    if let destination = hint.destination { return merged(byDestination[destination] ?? []) }
    guard let destinations = hint.destinations else { return Array(rules.indices) }
    let ranges = destinations.filter { !$0.isSingle }
    let inRanges = ranges.isEmpty ? [] : byDestination.keys.filter { key in ranges.contains { $0.contains(key) } }
    let addresses = Set(inRanges + destinations.filter(\.isSingle).map(\.address))
    return merged(addresses.flatMap { byDestination[$0] ?? [] })
  }

  private func merged(_ own: [Int]) -> [Int] {
    own.isEmpty ? others : others.isEmpty ? own : (own + others).sorted()
  }
}

extension Rule {
  /// The one address that the destination must be; nil where it may be several.
  fileprivate var onlyDestination: IPAddress? {
    for case .destination(let match) in matches where !match.inverted {
      if let prefix = match.prefix, prefix.isSingle { return prefix.address }
    }
    return nil
  }
}
