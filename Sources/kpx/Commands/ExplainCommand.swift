import ArgumentParser
import Inspect

/// `kpx explain`
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what a finding means and what to do about it.",
    discussion: """
      Prints what kpx-findings(7) has of a finding; without one, what there are. Asks nobody.

      EXAMPLES:
        # What endpoint-drift is
        kpx explain endpoint-drift
        # All that kpx may find
        kpx explain
        # What kube-proxy's modes do differently, as 'kpx diff' tells it
        kpx explain mode-differences
      """
  )

  @Argument(
    help: ArgumentHelp("The finding's id, as kpx prints it in brackets", valueName: "id"),
    completion: .list(
      FindingID.allCases.map(\.rawValue) + [ModeDifferenceText.id] + ModeDifference.allCases.map(\.rawValue)))
  var id: String?

  @Option(help: "When to use colours")
  var color = ColorMode.auto

  func run() throws {
    let terminal = Terminal(color: color)
    guard let id else {
      let all = FindingID.allCases.sorted { $0.rawValue < $1.rawValue }
      let width = all.map(\.rawValue.count).max() ?? 0
      try show(
        all.map { id in
          id.rawValue + String(repeating: " ", count: width - id.rawValue.count + 2)
            + id.entry.severities.map(\.rawValue).joined(separator: ", ") + "\n"
        }.joined())
      return
    }
    if id == ModeDifferenceText.id {
      try show(ModeDifference.allCases.map { ModeDifferenceText($0, terminal: terminal).text }.joined(separator: "\n"))
    } else if let difference = ModeDifference(rawValue: id) {
      try show(ModeDifferenceText(difference, terminal: terminal).text)
    } else {
      try show(ExplanationText(try FindingID(named: id).entry, terminal: terminal).text)
    }
  }
}

extension FindingID {
  /// The finding that a user named.
  /// - Throws: `Failure` with the nearest names.
  init(named text: String) throws {
    guard let id = FindingID(rawValue: text) else {
      let near = nearest(to: text, in: FindingID.allCases.map(\.rawValue))
      throw Failure("no finding \(printable(text)); \(didYouMean(near) ?? "see 'kpx explain'")", .usage)
    }
    self = id
  }
}
