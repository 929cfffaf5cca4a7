/// Legacy tables and nf_tables as a packet meets them: together, by priority.
final class BothBackends {
  /// nil where there is no legacy table.
  private let legacy: (any PacketFilter)?
  /// nil where there is no nf_tables.
  private let nft: (any PacketFilter)?
  /// Which of the two comes first where their priorities are the same: the kernel takes what was registered last, and
  /// does not tell.
  private var legacyComesFirst = false

  init(legacy: (any PacketFilter)?, nft: (any PacketFilter)?) {
    self.legacy = legacy
    self.nft = nft
  }
}

extension BothBackends: PacketFilter {
  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    let native = try nft?.baseChains(at: hook, family: family) ?? []
    let old = try legacy?.baseChains(at: hook, family: family) ?? []
    let all = legacyComesFirst ? old + native : native + old
    return all.enumerated().sorted {
      ($0.element.place, $0.element.priority, $0.offset) < ($1.element.place, $1.element.priority, $1.offset)
    }.map(\.element)
  }

  func forEachRule(
    in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    guard chain.table.backend == .nft else { return try legacy?.forEachRule(in: chain, hint: hint, body) ?? false }
    return try nft?.forEachRule(in: chain, hint: hint, body) ?? false
  }

  var unreadTables: [String] { nft?.unreadTables ?? [] }

  var unfollowedTables: [String] { nft?.unfollowedTables ?? [] }

  func hasAmbiguousNATOrder(family: IPFamily) throws -> Bool {
    try [Hook.prerouting, .output, .postrouting].contains { hook in
      let chains = try baseChains(at: hook, family: family).filter(\.isNAT)
      return chains.contains { chain in
        chains.contains {
          $0.priority == chain.priority && $0.chain.table.backend != chain.chain.table.backend
        }
      }
    }
  }

  func withSwappedNATOrder<T>(_ body: () throws -> T) rethrows -> T {
    legacyComesFirst.toggle()
    defer { legacyComesFirst.toggle() }
    return try body()
  }

  func consistently<T>(_ body: () throws -> T) throws -> T { try nft?.consistently(body) ?? body() }

  func hasChanged() throws -> Bool { try nft?.hasChanged() ?? false }
}
