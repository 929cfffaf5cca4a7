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
    lines += wrapped(entry.meaning) + ["", terminal.bold("What to do")] + wrapped(entry.advice)
    if let reference = entry.reference { lines += ["", reference] }
    return lines.map { $0 + "\n" }.joined()
  }

  /// As wide as is good to read, where nothing says how wide the terminal is.
  private func wrapped(_ text: String) -> [String] {
    let width = min(terminal.width ?? Self.width, Self.width)
    return Terminal(width: width, hasColor: false).wrapped("  " + text).map { "  " + $0.drop { $0 == " " } }
  }

  private static let width = 80
}
