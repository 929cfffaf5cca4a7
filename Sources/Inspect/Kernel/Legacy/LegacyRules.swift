// From entries to rules.

extension LegacyTable {
  /// Gives `body` a chain's rules in order, numbered from 1, until it answers false.
  ///
  /// Rules whose header rules out what `hint` knows of the packet are passed over undecoded.
  /// - Returns: false if there is no such chain.
  public func forEachRule(
    in chain: String, hint: RuleHint = .none, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    guard let chain = try self.chain(named: chain) else { return false }
    let filter = LegacyHeaderFilter(hint, family: family)
    try forEachEntry(of: chain) { number, entry in
      if filter.rejects(blob.bytes, at: entry.offset) { return true }
      return try body(number, try rule(entry))
    }
    return true
  }

  /// All rules of a chain; nil if there is none of that name.
  public func rules(of chain: String) throws -> [Rule]? {
    var rules: [Rule] = []
    let found = try forEachRule(in: chain) { _, rule in
      rules.append(rule)
      return true
    }
    return found ? rules : nil
  }

  /// What an entry means.
  func rule(_ entry: LegacyEntry) throws(KernelError) -> Rule {
    try blob.rule(entry) { start throws(KernelError) in
      guard start < blob.bytes.count else {
        throw blob.malformed(entry.target, "a jump to byte \(start), behind the end")
      }
      return try chainName(startingAt: start)
    }
  }
}
