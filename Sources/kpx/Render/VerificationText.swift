import Inspect

extension VerificationReport {
  /// What `--verify` found of a table, in lines. The first says how both readings compare, the others are indented.
  var lines: [String] {
    let name = [family?.rawValue, printable(table)].compactMap(\.self).joined(separator: " ")
    var lines = [
      "verify: \(name): \(rules) rules in \(chains) chains read twice, \(differences) differences (\(with))"
    ]
    if changing > 0 {
      lines.append(
        "  \(changing) chains changed each time that they were compared: whether they agree is not known")
    }
    if let note { lines.append("  " + printable(note)) }
    return lines + first.map { "  " + printable($0) }
  }
}
