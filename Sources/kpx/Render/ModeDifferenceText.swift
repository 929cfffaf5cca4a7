import Inspect

/// What a difference of kube-proxy's modes is, for a person.
struct ModeDifferenceText {
  /// What asks for all of them.
  static let id = "mode-differences"

  private let difference: ModeDifference
  private let terminal: Terminal

  init(_ difference: ModeDifference, terminal: Terminal) {
    self.difference = difference
    self.terminal = terminal
  }

  var text: String {
    ([terminal.bold(difference.rawValue), ""] + terminal.paragraph(difference.meaning)).map { $0 + "\n" }.joined()
  }
}
