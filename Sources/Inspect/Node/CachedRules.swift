/// A node's rules of both kinds, those that are asked for again kept.
final class CachedRules: PacketFilter {
  private let backends: BothBackends
  private let cache = ChainCache()
  /// The chains of nf_tables that were read.
  private(set) var met = MetChains()

  init(_ backends: BothBackends) { self.backends = backends }

  private struct Place: Hashable {
    let hook: Hook
    let family: IPFamily
  }
  private var baseChains: [Place: [BaseChain]] = [:]
  private var areAmbiguous: [IPFamily: Bool] = [:]

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    let place = Place(hook: hook, family: family)
    if let known = baseChains[place] { return known }
    let read = try backends.baseChains(at: hook, family: family)
    baseChains[place] = read
    return read
  }

  func forEachRule(
    in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    // Without a hint somebody looks for one rule or reads all once: nothing to keep.
    guard hint.transport != nil else { return try read(chain, hint, body) }
    switch try cache.rules(of: chain, hint: hint, read) {
    case .missing: return false
    case .unread: return try read(chain, hint, body)
    case let kept:
      try kept.forEachRule(hint: hint, body)
      return true
    }
  }

  private func read(_ chain: ChainReference, _ hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    if chain.table.backend == .nft { met.add(chain) }
    return try backends.forEachRule(in: chain, hint: hint, body)
  }

  var unreadTables: [String] { backends.unreadTables }

  var unfollowedTables: [String] { backends.unfollowedTables }

  func hasAmbiguousNATOrder(family: IPFamily) throws -> Bool {
    if let known = areAmbiguous[family] { return known }
    let found = try backends.hasAmbiguousNATOrder(family: family)
    areAmbiguous[family] = found
    return found
  }

  func withSwappedNATOrder<T>(_ body: () throws -> T) rethrows -> T {
    baseChains = [:]
    defer { baseChains = [:] }
    return try backends.withSwappedNATOrder(body)
  }

  func consistently<T>(_ body: () throws -> T) throws -> T {
    try backends.consistently {
      cache.forget()
      baseChains = [:]
      areAmbiguous = [:]
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
