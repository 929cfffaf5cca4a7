#if canImport(Glibc)
  import Glibc
#endif

extension LegacyTable {
  /// Reads the table again through libip4tc or libip6tc, on the thread that is in its network namespace, and compares
  /// it with this reading: chains and policies, and every rule.
  ///
  /// A table has no number of its state. Where the two differ both are read again: only what differs each time, while
  /// this reading stays the same, is a difference.
  ///
  /// - Parameter includingCounters: packets and bytes, too, which on a node with traffic differ from one reading to the
  ///   next.
  public func verify(includingCounters: Bool = false) throws -> Verification {
    try Self.verify(self, compare: { try $0.comparison(includingCounters) }) {
      try LegacyTable.read(family: family, name: name, setNames: blob.setNames)
    }
  }

  static func verify(
    _ first: LegacyTable, compare: (LegacyTable) throws -> Verification, readAgain: () throws -> LegacyTable?
  ) throws -> Verification {
    var table = first
    var result = try compare(table)
    var isSame = true
    for attempt in 1..<Verification.attempts {
      guard result.differenceCount > 0 else { return result }
      // Whoever writes in turns is not to be met in the same turn each time.
      usleep(UInt32(attempt) * 7000)
      guard let again = try readAgain() else { break }
      let next = try compare(again)
      isSame = isSame && again.hasSameRules(as: table) && next.differences == result.differences
      (table, result) = (again, next)
    }
    if result.differenceCount > 0 && !isSame {
      result.changingCount = Set(result.differences.map(\.chain)).count
      result.differences = []
      result.differenceCount = 0
    }
    return result
  }

  /// Whether all entries are the same but for their counters.
  func hasSameRules(as other: LegacyTable) -> Bool {
    guard info == other.info else { return false }
    var offset = 0
    while offset < blob.bytes.count {
      guard let entry = try? blob.entry(at: offset), let theirs = try? other.blob.entry(at: offset),
        entry.next == theirs.next
      else { return false }
      let counters = offset + blob.layout.counters
      for part in [offset..<counters, counters + 16..<entry.next]
      where !blob.bytes[part].elementsEqual(other.blob.bytes[part]) {
        return false
      }
      offset = entry.next
    }
    return true
  }

  private func comparison(_ includingCounters: Bool) throws -> Verification {
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
