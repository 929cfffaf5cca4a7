/// What `--help` shows: swift-argument-parser's text, with examples and a command's own options first. The options for the
/// API, which are many and the same for all commands, are for `kpx help api`.
struct HelpText {
  private struct Section {
    var title: String
    var lines: [Substring]
  }

  /// The title of `ClusterOptions` in commands.
  static let apiTitle = "The Kubernetes API"

  /// What begins every help.
  private static let overview = "OVERVIEW: "

  private static let order = ["OVERVIEW", "USAGE", "EXAMPLES", "ARGUMENTS", "OPTIONS"]

  private static let api = apiTitle.uppercased()

  private let sections: [Section]

  /// - Parameter generated: what swift-argument-parser would print; nil comes of what is no help.
  init?(_ generated: String) {
    guard generated.hasPrefix(Self.overview) else { return nil }
    var sections: [Section] = []
    for line in generated.split(separator: "\n", omittingEmptySubsequences: false) {
      if let title = Self.title(line) {
        sections.append(Section(title: title, lines: [line]))
      } else {
        sections[sections.count - 1].lines.append(line)
      }
    }
    self.sections = sections.map { section in
      Section(title: section.title, lines: Array(section.lines.trimmingSuffix(while: \.isEmpty)))
    }
  }

  /// `LIMITS:`, `USAGE: kpx trace …`
  private static func title(_ line: Substring) -> String? {
    let title = line.prefix { $0 != ":" }
    guard title.count < line.count, title.first?.isUppercase == true, title.allSatisfy({ $0.isUppercase || $0 == " " })
    else { return nil }
    return String(title)
  }

  /// The help of a command, without the API's options.
  var text: String {
    let first = Self.order.compactMap { title in sections.first { $0.title == title } }
    let rest = sections.filter { !Self.order.contains($0.title) && $0.title != Self.api }
    var parts = (first + rest).map { $0.lines.joined(separator: "\n") }
    if sections.contains(where: { $0.title == Self.api }) {
      parts.append("\(Self.api):\n  --no-api, --api-dump, --node, --kubeconfig, --context, ...: see 'kpx help api'")
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// The API's options alone; nil where a command has none.
  var apiText: String? {
    sections.first { $0.title == Self.api }.map { $0.lines.joined(separator: "\n") + "\n" }
  }
}

extension BidirectionalCollection {
  fileprivate func trimmingSuffix(while isSurplus: (Element) -> Bool) -> SubSequence {
    self[..<(lastIndex { !isSurplus($0) }.map { index(after: $0) } ?? startIndex)]
  }
}
