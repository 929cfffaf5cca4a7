import Testing

@testable import Inspect

@Suite("Damaged legacy tables")
struct LegacyDamageTests {
  /// One table with all kinds of rules, one large one, one of IPv6.
  static let captures =
    LegacyCapture.all.filter { $0.name == "yaobank-iptables-legacy-v1.34" } + [
      LegacyCapture(name: "lab-iptables-legacy-v1.34", family: .v6, table: "nat"),
      LegacyCapture(name: "lab-iptables-legacy-v1.34", family: .v4, table: "filter"),
    ]

  @Test("A table that is cut off is refused, and told where", arguments: captures)
  func truncated(capture: LegacyCapture) throws {
    let info = try capture.info()
    let entries = try capture.entries()
    for length in stride(from: 0, to: entries.count, by: max(1, entries.count / 200)) {
      #expect(throws: KernelError.self) {
        _ = try LegacyTable(info: info, entries: Array(entries[..<length]), family: capture.family)
      }
    }
    for length in 0..<info.count {
      #expect(throws: KernelError.self) {
        _ = try LegacyTable(info: Array(info[..<length]), entries: entries, family: capture.family)
      }
    }
  }

  @Test("A table that says itself that it is shorter ends in an error with an offset", arguments: captures)
  func truncatedConsistently(capture: LegacyCapture) throws {
    let entries = try capture.entries()
    for length in stride(from: 41, to: entries.count, by: max(1, entries.count / 200)) {
      var info = try capture.info()
      var cut = Array(entries[..<length])
      withUnsafeBytes(of: UInt32(length - 40)) { size in
        info.replaceSubrange(80..<84, with: size)
        cut.replaceSubrange(32..<36, with: size)
      }
      let problem = try #require(damage(info, cut, capture.family))
      #expect((0...length).contains(problem.offset))
    }
  }

  @Test("Bytes changed at random never crash a walk, and errors name an offset within", arguments: captures)
  func changedAtRandom(capture: LegacyCapture) throws {
    var random = SplitMix(state: 7)
    let info = try capture.info()
    let entries = try capture.entries()
    var refused = 0
    for round in 0..<300 {
      var changed = entries
      var changedInfo = info
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let byte = UInt8.random(in: 0...255, using: &random)
        if round % 10 == 0 {
          changedInfo[Int.random(in: 32..<info.count, using: &random)] = byte
        } else {
          changed[Int.random(in: 40..<entries.count, using: &random)] = byte
        }
      }
      if let problem = damage(changedInfo, changed, capture.family) {
        refused += 1
        #expect((0...entries.count).contains(problem.offset), "\(problem)")
      }
    }
    #expect(refused > 0 && refused < 300)
  }

  @Test("Sizes and offsets of all extremes never crash a walk", arguments: captures.prefix(2))
  func extremes(capture: LegacyCapture) throws {
    let info = try capture.info()
    let entries = try capture.entries()
    let layout = LegacyLayout.of(capture.family)
    // The fields of the first entries that the walk's arithmetic rests on.
    let fields = [layout.targetOffset, layout.nextOffset, layout.size, layout.size + 32, layout.size + 34]
    for field in fields {
      for value: UInt16 in [0, 1, 7, 8, 31, 32, 33, 111, 112, 143, 144, 0x7fff, 0x8000, 0xfff8, 0xffff] {
        var changed = entries
        withUnsafeBytes(of: value) { changed.replaceSubrange(40 + field..<42 + field, with: $0) }
        _ = damage(info, changed, capture.family)
      }
    }
    for field in stride(from: 32, to: 84, by: 4) {
      for value: UInt32 in [0, 1, 8, 0x7fff_fff8, 0x8000_0000, 0xffff_fff8, 0xffff_ffff] {
        var changed = info
        withUnsafeBytes(of: value) { changed.replaceSubrange(field..<field + 4, with: $0) }
        _ = damage(changed, entries, capture.family)
      }
    }
  }

  @Test("A jump into the middle of a chain is an error, and not a chain without a name")
  func jumpToNoChain() throws {
    let capture = LegacyCapture(name: "yaobank-iptables-legacy-v1.34", family: .v4, table: "nat")
    var entries = try capture.entries()
    // The first rule of PREROUTING jumps to KUBE-SERVICES.
    let table = try capture.read()
    let start = try #require(try table.builtInChain(at: .prerouting)?.start)
    let rule = try table.blob.entry(at: start)
    let verdict = 40 + rule.target + 32
    entries[verdict] &+= 8
    let changed = try LegacyTable(info: capture.info(), entries: entries, family: .v4)
    #expect(throws: KernelError.self) { _ = try changed.rules(of: "PREROUTING") }
  }

  struct Damage {
    let offset: Int
    let problem: String
  }

  /// Reads all that there is to read; the error, if there is one.
  private func damage(_ info: [UInt8], _ entries: [UInt8], _ family: IPFamily) -> Damage? {
    do {
      let table = try LegacyTable(info: info, entries: entries, family: family)
      for hook in Hook.allCases { _ = try table.builtInChain(at: hook) }
      var length = 0
      try table.forEachLine { length += $0.utf8.count }
      let hint = RuleHint(destination: IPAddress("10.96.0.1"), transport: .tcp)
      for chain in try table.chains() { _ = try table.forEachRule(in: chain.name, hint: hint) { _, _ in true } }
      return nil
    } catch KernelError.malformed(_, let offset, let problem) {
      return Damage(offset: offset, problem: problem)
    } catch {
      return Damage(offset: .min, problem: "\(error)")
    }
  }
}

/// The same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
