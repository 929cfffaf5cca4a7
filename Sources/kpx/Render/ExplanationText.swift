import Inspect

/// What the catalogue has of a finding, for a person.
struct ExplanationText {
  private let entry: FindingEntry
  private let terminal: Terminal

  init(_ entry: FindingEntry, terminal: Terminal) {
    self.entry = entry
    self.terminal = terminal
  }

  var text: String {
    var lines = [
      terminal.bold(entry.id.rawValue) + " (\(entry.severities.map(\.rawValue).joined(separator: ", ")))", "",
    ]
    lines +=
      terminal.paragraph(entry.meaning) + ["", terminal.bold("What to do")] + terminal.paragraph(entry.advice)
    if let reference = entry.reference { lines += ["", reference] }
    return lines.map { $0 + "\n" }.joined()
  }
}

extension Terminal {
  /// Indented, and as wide as is good to read, where nothing says how wide the terminal is.
  func paragraph(_ text: String) -> [String] {
    let most = 80
    return Terminal(width: min(width ?? most, most), hasColor: false).wrapped("  " + text).map {
      "  " + $0.drop { $0 == " " }
    }
  }
}
