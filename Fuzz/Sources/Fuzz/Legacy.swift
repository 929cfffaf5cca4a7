import CSys

@testable import Inspect
@testable import kpx

/// A choice (1 byte), struct ipt_getinfo, struct ipt_get_entries with its entries: what getsockopt gives of a table.
///
/// Bit 0 of the choice: IPv6. Bit 1: sizes are made to agree with the input's length, so that entries are looked at.
func fuzzLegacy(_ input: UnsafeRawBufferPointer) {
  guard let choice = input.first, input.count > 1 + sizeof_ipt_getinfo else { return }
  var info = Array(input[1..<1 + sizeof_ipt_getinfo])
  var entries = Array(input[(1 + sizeof_ipt_getinfo)...])
  if choice & 2 != 0, entries.count >= sizeof_ipt_get_entries {
    withUnsafeBytes(of: UInt32(entries.count - sizeof_ipt_get_entries)) {
      info.replaceSubrange(80..<84, with: $0)
      entries.replaceSubrange(32..<36, with: $0)
    }
  }
  attempt {
    let table = try LegacyTable(
      info: info, entries: entries, family: choice & 1 == 0 ? .v4 : .v6, setNames: { $0 % 2 == 0 ? "set\u{1b}" : nil })
    attempt { try table.forEachLine { checkPrintable(printable($0)) } }
    attempt { for chain in try table.chains() { try checkHint(table, chain.name) } }
    let filter = LegacyPacketFilter(tables: [table])
    let node = FuzzedNode(filter, tables: filter)
    trace(node)
    list(node)
  }
}

/// A hint leaves out rules, and makes no others.
private func checkHint(_ table: LegacyTable, _ chain: String) throws {
  var all: [Int: Rule] = [:]
  _ = try table.forEachRule(in: chain) { number, rule in
    all[number] = rule
    return true
  }
  let hint = RuleHint(destination: table.family == .v4 ? .v4(0x0a60_0001) : .v6(high: 0, low: 1), transport: .tcp)
  _ = try table.forEachRule(in: chain, hint: hint) { number, rule in
    if all[number] != rule { fatalError("rule \(number) of \(chain) is another with a hint") }
    return true
  }
}
