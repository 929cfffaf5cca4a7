import Inspect

/// What differs in forwarding, for a person: how many frontends, those that differ, then what modes and releases make.
struct ForwardingDiffText {
  private let diff: ForwardingDiff
  private let terminal: Terminal
  private let isWide: Bool

  init(_ diff: ForwardingDiff, terminal: Terminal, isWide: Bool) {
    self.diff = diff
    self.terminal = terminal
    self.isWide = isWide
  }

  var text: String {
    (sides + [counts] + nodeDifferences(.differ) + told(.differ) + told(.settings) + told(.uncertain) + ofModes
      + ofReleases).map { $0 + "\n" }.joined()
  }

  /// For standard error.
  var remarks: String {
    diff.notes.flatMap { terminal.wrapped("note: " + printable($0.text)) }.map { $0 + "\n" }.joined()
  }

  private var sides: [String] {
    [("before", diff.before), ("now", diff.after)].flatMap { word, side in
      terminal.wrapped(
        printable(
          "\(word)\(word == "now" ? "   " : "")  \(side.source): \(side.node.name ?? "a node"), \(side.proxy.text)"))
    }
  }

  /// `90 frontends: 88 the same, 2 differ as the modes do`
  private var counts: String {
    let counts = diff.counts
    let parts: [(Int, String)] = [
      (counts.differ, counts.differ == 1 ? "differs" : "differ"),
      (counts.settings, "by how kube-proxy was started"), (counts.mode, "as the modes do"),
      (counts.release, "as the releases do"), (counts.uncertain, counts.uncertain == 1 ? "uncertain" : "uncertain"),
    ]
    let all = "\(counts.all) frontend" + (counts.all == 1 ? "" : "s")
    let told = parts.filter { $0.0 > 0 }.map { "\($0) \($1)" }
    return all + ": " + (["\(counts.same) the same"] + told).joined(separator: ", ")
  }

  private func nodeDifferences(_ kind: ForwardingDiff.Kind) -> [String] {
    diff.nodeDifferences.filter { $0.kind == kind }.flatMap { difference in
      wrapped("DIFFER     all services: \(difference.before); now \(difference.after)")
    }
  }

  private func told(_ kind: ForwardingDiff.Kind) -> [String] {
    let word =
      switch kind {
      case .differ: "DIFFER     "
      case .settings: "SETTINGS   "
      default: "UNCERTAIN  "
      }
    return diff.differences.filter { $0.kind == kind }.flatMap { difference in
      wrapped(word + printable(difference.title)) + details(difference)
    }
  }

  private func details(_ difference: ForwardingDiff.Difference) -> [String] {
    difference.text.flatMap { terminal.wrapped("  " + printable($0)) }
  }

  private var ofModes: [String] {
    let frontends = diff.differences.filter { $0.kind == .mode }
    let nodes = diff.nodeDifferences.filter { $0.kind == .mode }
    guard !frontends.isEmpty || !nodes.isEmpty else { return [] }
    var lines = ["as the modes do (kpx explain mode-differences):"]
    for mode in ModeDifference.allCases {
      let shown = frontends.filter { $0.modes.contains(mode) }
      if nodes.contains(where: { $0.id == mode }) { lines += terminal.wrapped("  \(mode.rawValue): \(mode.summary)") }
      guard !shown.isEmpty else { continue }
      let count = "\(shown.count) frontend" + (shown.count == 1 ? "" : "s")
      lines += terminal.wrapped("  \(mode.rawValue), \(count): \(mode.summary)")
      if isWide { lines += shown.flatMap { ["    " + printable($0.title)] + $0.text.map { "      " + printable($0) } } }
    }
    return lines
  }

  private var ofReleases: [String] {
    let frontends = diff.differences.filter { $0.kind == .release }
    guard !frontends.isEmpty else { return [] }
    return ["as the releases do:"]
      + frontends.flatMap {
        terminal.wrapped("  " + printable($0.title)) + (isWide ? details($0).map { "  " + $0 } : [])
      }
  }

  private func wrapped(_ line: String) -> [String] { terminal.wrapped(line) }
}

extension ForwardingDiff.Difference {
  fileprivate var title: String {
    [service?.description, frontend?.text].compactMap(\.self).joined(separator: "  ")
  }
}
