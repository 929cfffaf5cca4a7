/// A node's rules of both kinds, those that are asked for again kept.
final class CachedRules: PacketFilter {
  private let backends: BothBackends
  private var cache = ChainCache()
  /// The chains of nf_tables that were read.
  private(set) var met = MetChains()

  init(_ backends: BothBackends) { self.backends = backends }

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    try backends.baseChains(at: hook, family: family)
  }

  func forEachRule(
    in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    // Without a hint somebody looks for one rule or reads all once: nothing to keep.
    guard hint.transport != nil else { return try read(chain, hint, body) }
    if let index = try cache.index(of: chain, read) {
      try index.forEachRule(hint: hint, body)
      return true
    }
    guard chain.table.backend == .nft else { return try read(chain, hint, body) }
    guard let rules = try cache.rules(of: chain, hint, read) else { return false }
    for (number, rule) in rules {
      guard try body(number, rule) else { break }
    }
    return true
  }

  private func read(_ chain: ChainReference, _ hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    if chain.table.backend == .nft { met.add(chain) }
    return try backends.forEachRule(in: chain, hint: hint, body)
  }

  var unreadTables: [String] { backends.unreadTables }

  var unfollowedTables: [String] { backends.unfollowedTables }

  func hasAmbiguousNATOrder(family: IPFamily) throws -> Bool { try backends.hasAmbiguousNATOrder(family: family) }

  func withSwappedNATOrder<T>(_ body: () throws -> T) rethrows -> T { try backends.withSwappedNATOrder(body) }

  func consistently<T>(_ body: () throws -> T) throws -> T {
    try backends.consistently {
      cache = ChainCache()
      met = MetChains()
      return try body()
    }
  }

  func hasChanged() throws -> Bool { try backends.hasChanged() }
}

/// Chains in the order in which they were first met.
struct MetChains {
  private(set) var chains: [ChainReference] = []
  private var known: Set<ChainReference> = []

  mutating func add(_ chain: ChainReference) {
    if known.insert(chain).inserted { chains.append(chain) }
  }
}
