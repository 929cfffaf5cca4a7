import Inspect

extension Verification {
  /// What `--verify` found of a table, in lines. The first says how both readings compare, the others are indented.
  var lines: [String] {
    let name = [table.family?.rawValue, printable(table.name)].compactMap(\.self).joined(separator: " ")
    var lines = [
      "verify: \(name): \(ruleCount) rules in \(chainCount) chains read twice, \(differenceCount) differences (\(peer))"
    ]
    if changingCount > 0 {
      lines.append(
        "  \(changingCount) chains changed each time that they were compared: whether they agree is not known")
    }
    if let note { lines.append("  " + printable(note)) }
    return lines + differences.map { "  " + printable("\($0)") }
  }
}
