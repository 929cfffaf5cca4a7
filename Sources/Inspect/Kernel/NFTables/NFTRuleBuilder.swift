import CSys

/// A rule being put together, with what the expressions until now have told of its packets.
struct NFTRuleBuilder {
  let table: Table
  var registers = NFTRegisters()
  private(set) var matches: [Match] = []
  private(set) var actions: [Action] = []
  var counters: Counters?
  /// The protocol that the rule's packets have, if a test before said so.
  private(set) var transport: TransportProtocol?
  /// The family that the rule's packets have.
  private(set) var family: IPFamily?

  init(table: Table) {
    self.table = table
    family = table.family
  }

  /// Whether the table is one of those that iptables-nft writes.
  var isXTables: Bool { table.isXTables }

  /// Adds a test. Behind a statement it is one itself, for what stands before it has been done already.
  mutating func add(_ match: Match) {
    if actions.isEmpty {
      matches.append(match)
    } else {
      actions.append(.native(.require(match)))
    }
  }

  mutating func add(_ action: Action) { actions.append(action) }

  /// Adds something that was not understood, in its place. It may have written any register.
  mutating func unknown(_ unknown: UnknownExtension) {
    registers.poisonAll(with: unknown)
    add(.unknown(unknown) as Match)
  }

  mutating func comment(_ text: String) { matches.append(.comment(text)) }

  /// Takes away the last test.
  mutating func removeLast() {
    if case .native(.require) = actions.last {
      actions.removeLast()
    } else if actions.isEmpty, !matches.isEmpty {
      matches.removeLast()
    }
  }

  /// The last test, if nothing was done since.
  var last: Match? {
    if case .native(.require(let match)) = actions.last { return match }
    return actions.isEmpty ? matches.last : nil
  }

  /// Merges a test of ports or flags with one of the same extension before, as iptables prints them together.
  mutating func merge(_ transform: (Match) -> Match?) -> Bool {
    guard actions.isEmpty else { return false }
    for index in matches.indices.reversed() {
      if let merged = transform(matches[index]) {
        matches[index] = merged
        return true
      }
    }
    return false
  }

  mutating func knows(transport number: TransportProtocol) { transport = number }

  mutating func knows(family known: IPFamily) { family = family ?? known }

  /// The rule. Its header's tests come first, as in legacy tables: addresses, interfaces, protocol.
  func finish() -> Rule {
    let isInOrder = zip(matches, matches.dropFirst()).allSatisfy { $0.rank <= $1.rank }
    var matches = matches
    // iptables writes most rules so already.
    if isXTables, !isInOrder {
      matches = matches.filter(\.isHeader).sorted { $0.rank < $1.rank } + matches.filter { !$0.isHeader }
    }
    return Rule(matches: matches, actions: actions, counters: counters)
  }
}

extension Match {
  /// Where in the header of a legacy rule the test stands; 6 if it is none of it.
  fileprivate var rank: Int {
    switch self {
    case .source: 0
    case .destination: 1
    case .inInterface: 2
    case .outInterface: 3
    case .transport: 4
    case .fragment: 5
    default: 6
    }
  }

  fileprivate var isHeader: Bool { rank < 6 }
}
