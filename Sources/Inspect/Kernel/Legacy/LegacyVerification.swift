extension LegacyTable {
  /// Reads the table again through libip4tc or libip6tc, on the thread that is in its network namespace, and compares
  /// it with this reading: chains and policies, and every rule.
  ///
  /// - Parameter includingCounters: packets and bytes, too, which on a node with traffic differ from one reading to the
  ///   next.
  public func verify(includingCounters: Bool = false) throws -> Verification {
    var result = Verification(
      table: Table(backend: .legacy, family: family, name: name), peer: family == .v4 ? "libip4tc" : "libip6tc")
    var missing = Set(try chains().map(\.name))
    try LegacyLibrary.forEachChain(family: family, table: name, setNames: blob.setNames) { library in
      missing.remove(library.name)
      try compare(library, includingCounters, &result)
    }
    for name in missing.sorted() { result.add(.init(chain: name, direct: "a chain", other: nil)) }
    return result
  }

  private func compare(
    _ library: LegacyLibrary.Chain, _ includingCounters: Bool, _ result: inout Verification
  ) throws {
    result.chainCount += 1
    guard let chain = try chain(named: library.name) else {
      result.add(.init(chain: library.name, direct: nil, other: "a chain"))
      return
    }
    compareHeads(chain, library, includingCounters, &result)
    var number = 0
    try forEachEntry(of: chain) { index, entry in
      number = index
      let direct = try rule(entry)
      let other = index <= library.rules.count ? library.rules[index - 1] : nil
      result.ruleCount += 1
      if !Self.agree(direct, other, includingCounters) {
        result.add(Self.difference(library.name, index, direct, other))
      }
      return true
    }
    for index in library.rules.indices.dropFirst(number) {
      result.add(Self.difference(library.name, index + 1, nil, library.rules[index]))
    }
  }

  private func compareHeads(
    _ chain: LegacyChain, _ library: LegacyLibrary.Chain, _ includingCounters: Bool, _ result: inout Verification
  ) {
    let agreesOnCounters = !includingCounters || (chain.counters ?? library.counters) == library.counters
    guard chain.policy?.rawValue != library.policy || !agreesOnCounters else { return }
    result.add(
      .init(
        chain: chain.name, direct: "policy \(chain.policy?.rawValue ?? "-") \(chain.counters?.text ?? "")",
        other: "policy \(library.policy ?? "-") \(library.counters.text)"))
  }

  private static func agree(_ direct: Rule, _ library: Rule?, _ includingCounters: Bool) -> Bool {
    guard let library else { return false }
    return direct.matches == library.matches && direct.actions == library.actions
      && (!includingCounters || direct.counters == library.counters)
  }

  private static func difference(
    _ chain: String, _ number: Int, _ direct: Rule?, _ library: Rule?
  ) -> Verification.Difference {
    func text(_ rule: Rule) -> String { "\(rule.counters?.text ?? "") \(rule.text(chain: chain))" }
    return .init(chain: chain, rule: number, direct: direct.map(text), other: library.map(text))
  }
}

extension LegacyPacketFilter {
  /// Compares every table that has been read so far with what libip4tc or libip6tc reads of it.
  public func verify(includingCounters: Bool = false) throws -> [Verification] {
    try tablesRead.map { try $0.verify(includingCounters: includingCounters) }
  }
}
