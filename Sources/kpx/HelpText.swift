/// What `--help` shows: swift-argument-parser's text, with examples and a command's own options first. Options that are many and
/// the same for all commands are for `kpx help TOPIC`.
struct HelpText {
  private struct Section {
    var title: String
    var lines: [Substring]
  }

  /// Options that have a help of their own.
  enum Topic: String, CaseIterable {
    case nodes, api

    /// The title of `FleetOptions` or `ClusterOptions` in commands.
    var title: String {
      switch self {
      case .nodes: "MANY NODES"
      case .api: "THE KUBERNETES API"
      }
    }

    /// What stands for them.
    fileprivate var line: String {
      switch self {
      case .nodes: "  --nodes, --selector, --parallel, --ssh-config, ...: see 'kpx help nodes'"
      case .api: "  --no-api, --api-dump, --node, --kubeconfig, --context, ...: see 'kpx help api'"
      }
    }
  }

  /// What begins every help.
  private static let overview = "OVERVIEW: "

  private static let order = ["OVERVIEW", "USAGE", "EXAMPLES", "ARGUMENTS", "OPTIONS"]

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

  /// The help of a command, without the options of topics.
  var text: String {
    let first = Self.order.compactMap { title in sections.first { $0.title == title } }
    let rest = sections.filter { section in
      !Self.order.contains(section.title) && !Topic.allCases.contains { $0.title == section.title }
    }
    var parts = (first + rest).map { $0.lines.joined(separator: "\n") }
    let topics = Topic.allCases.filter { topic in sections.contains { $0.title == topic.title } }
    if !topics.isEmpty { parts.append((["MORE OPTIONS:"] + topics.map(\.line)).joined(separator: "\n")) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// The options of a topic alone; nil where a command has none.
  func text(of topic: Topic) -> String? {
    sections.first { $0.title == topic.title }.map { $0.lines.joined(separator: "\n") + "\n" }
  }
}

extension BidirectionalCollection {
  fileprivate func trimmingSuffix(while isSurplus: (Element) -> Bool) -> SubSequence {
    self[..<(lastIndex { !isSurplus($0) }.map { index(after: $0) } ?? startIndex)]
  }
}
