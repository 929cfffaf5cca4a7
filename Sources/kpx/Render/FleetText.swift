import Inspect

/// What many nodes answered, for a person: a paragraph for each group, those where all is well first, and what is not the same
/// everywhere.
struct FleetText {
  private let fleet: FleetAnswer
  private let terminal: Terminal
  private let isWide: Bool
  private let hasHeading: Bool

  init(_ fleet: FleetAnswer, terminal: Terminal, isWide: Bool, hasHeading: Bool = true) {
    self.hasHeading = hasHeading
    self.fleet = fleet
    self.terminal = terminal
    self.isWide = isWide
  }

  var text: String {
    let lines = list ?? [heading, ""] + fleet.groups.flatMap(lines) + ofServices + silence + traits + [summary]
    return lines.map { $0 + "\n" }.joined()
  }

  /// For standard error: of lists all but their rows.
  var remarks: String {
    let notes = fleet.notes.flatMap { terminal.wrapped("note: " + printable($0.text)) }
    let lines = notes + (list == nil ? [] : remarksOnList)
    return lines.map { $0 + "\n" }.joined()
  }

  // MARK: - Lists

  /// The rows of what was listed; nil where something else was asked.
  private var list: [String]? {
    if let lists = fleet.interfaces { return InterfaceTable(lists, terminal, hasHeading: hasHeading).lines }
    if fleet.connections != nil { return connections.rows }
    return fleet.snapshots?.map { printable($0.path) }
  }

  private var connections: ConnectionText {
    ConnectionText(fleet.connections ?? [], terminal: terminal, isWide: isWide, hasHeading: hasHeading)
  }

  private var remarksOnList: [String] {
    let groups = fleet.groups.filter { $0.result != .ok }.flatMap(lines)
    var lines = groups + ofServices + silence
    // Of no node there is no number.
    if let lists = fleet.interfaces, !lists.isEmpty {
      lines += InterfaceTable(lists, terminal, hasHeading: hasHeading).remarks
    }
    if fleet.connections?.isEmpty == false { lines += connections.remarkLines }
    if fleet.foundNoPod {
      let target = printable(fleet.question.target ?? "")
      return lines + ["no pod of \(Self.count(fleet.answered)) is \(target)"]
    }
    return lines + (fleet.exitStatus == 0 ? [] : [summary])
  }

  /// `yaobank/summary: 1,000 nodes, 997 answered`
  private var heading: String {
    let target = fleet.question.target.map { printable($0) }
    let subject =
      switch fleet.question.command {
      case "trace": target ?? ""
      case "services": target.map { "services of \($0)" } ?? "services of all namespaces"
      default: "kpx \(fleet.question.command)" + (target.map { " -n \($0)" } ?? "")
      }
    let missing = fleet.answered == fleet.asked ? "" : ", \(grouped(fleet.answered)) answered"
    return "\(terminal.bold(subject)): \(Self.count(fleet.asked))\(missing)"
  }

  private static func count(_ nodes: Int) -> String { "\(grouped(nodes)) node" + (nodes == 1 ? "" : "s") }

  // MARK: - Groups

  private func lines(_ group: FleetAnswer.Group) -> [String] {
    var lines = title(group.nodes, result(group))
    lines += group.message.map { detail(printable($0)) } ?? []
    lines += self.lines(group.findings)
    if group.result == .uncertain {
      let shown = isWide ? group.unknown[...] : group.unknown.prefix(Self.mostUnknown)
      lines += shown.flatMap { detail("cannot tell: " + printable($0.what + ($0.why.isEmpty ? "" : ": " + $0.why))) }
      if shown.count < group.unknown.count { lines += detail("and \(group.unknown.count - shown.count) more") }
    }
    return lines + [""]
  }

  private static let mostUnknown = 6

  /// What is wrong with services wherever they are asked.
  private var ofServices: [String] {
    guard !fleet.findings.isEmpty else { return [] }
    return ["  the Services themselves, whichever node is asked:"] + lines(fleet.findings) + [""]
  }

  private func result(_ group: FleetAnswer.Group) -> String {
    switch group.result {
    case .ok: terminal.green("ok") + (group.isAsExpected == true ? ": as the API wants" : "")
    case .wrong: terminal.red("wrong")
    case .uncertain: terminal.yellow("cannot tell")
    case .unhandled: terminal.yellow("not handled by kube-proxy")
    }
  }

  /// `    2 nodes  wrong   worker[451,993]`
  private func title(_ nodes: [String], _ what: String) -> [String] {
    let number = grouped(nodes.count)
    let pad = String(repeating: " ", count: max(0, 6 - number.count))
    let head = "\(pad)\(number) node\(nodes.count == 1 ? " " : "s")  \(what)"
    let folded = printable(NodeNames.folded(nodes))
    let line = head + "  " + folded
    if let width = terminal.width, Terminal.shownCount(line) > width {
      return [head] + detail(broken(folded))
    }
    return [line]
  }

  /// Names that may be broken behind commas.
  private func broken(_ names: String) -> String { names.split(separator: ",").joined(separator: ", ") }

  private func detail(_ text: String) -> [String] {
    terminal.wrapped(String(repeating: " ", count: 15) + text)
  }

  /// Findings of one kind together: of the first all is told, and of the others whose they are.
  private func lines(_ findings: [FleetAnswer.GroupFinding]) -> [String] {
    var order: [FindingID] = []
    var found: [FindingID: [FleetAnswer.GroupFinding]] = [:]
    for finding in findings {
      if found[finding.id] == nil { order.append(finding.id) }
      found[finding.id, default: []].append(finding)
    }
    return order.flatMap { id -> [String] in
      let alike = found[id] ?? []
      guard !isWide, alike.count > Self.mostAlike else { return alike.flatMap(lines) }
      let others = alike.dropFirst().map { $0.tellings.first?.finding.subject.service.map { "\($0)" } ?? "the node" }
      let named = others.prefix(Self.mostNames).joined(separator: ", ")
      let more = others.count > Self.mostNames ? " and \(others.count - Self.mostNames) more (-o wide shows all)" : ""
      return lines(alike[0]) + detail("\(id) also of \(printable(named))\(more)")
    }
  }

  /// So many findings of one kind are told one by one.
  private static let mostAlike = 2
  private static let mostNames = 4

  private func lines(_ finding: FleetAnswer.GroupFinding) -> [String] {
    let nodes = Set(finding.tellings.flatMap(\.nodes))
    var lines = finding.tellings.flatMap { telling in
      let isOfAll = finding.tellings.count == 1 && (!finding.id.isOfCluster || nodes.count == fleet.answered)
      let names = isOfAll ? "" : "  " + printable(NodeNames.folded(telling.nodes))
      let example = telling.finding
      return detail(terminal.heading(of: example, about: example.subject.place(in: fleet)) + names)
        + evidence(example, ofOne: telling.nodes.count == 1 ? nil : telling.nodes.first)
    }
    if finding.omitted > 0 { lines += detail("and \(finding.omitted) more that say it in other words") }
    return lines
  }

  private static let mostEvidence = 3

  /// What one node's finding rests on; of others it may differ in the details.
  private func evidence(_ finding: Finding, ofOne node: String?) -> [String] {
    let told = finding.evidence.filter { !$0.text.isEmpty }
    let shown = isWide ? told[...] : told.prefix(Self.mostEvidence)
    let more = told.count - shown.count
    let place = node.map { "on \($0): " } ?? ""
    return shown.flatMap { detail("  " + printable(place + $0.text)) }
      + (more > 0 ? detail("  and \(more) more") : [])
  }

  // MARK: - Those without an answer

  private var silence: [String] {
    guard !fleet.unanswered.isEmpty else { return [] }
    return fleet.unanswered.flatMap { silent in
      title(silent.nodes, terminal.yellow("no answer") + " (\(silent.stage)): \(printable(silent.message))")
    } + [""]
  }

  // MARK: - Traits

  /// What is the same everywhere is not worth a line, unless it was asked for.
  private var traits: [String] {
    let isAsked = fleet.question.command == "version"
    let told = fleet.traits.filter { isAsked || $0.values.count > 1 }
    guard !told.isEmpty else { return [] }
    return told.flatMap { trait -> [String] in
      let values = trait.values.enumerated().map { index, value in
        let nodes =
          index == 0 && trait.values.count > 1
          ? "\(Self.count(value.nodes.count))" : printable(NodeNames.folded(value.nodes))
        return "\(printable(value.text)) (\(nodes))"
      }
      return terminal.wrapped("\(trait.kind.title): \(values.joined(separator: "; "))")
    } + [""]
  }

  // MARK: - The end

  /// `2 of 997 nodes are wrong; 3 did not answer`
  private var summary: String {
    func count(_ result: FleetAnswer.Group.Result) -> Int {
      fleet.groups.filter { $0.result == result }.reduce(0) { $0 + $1.nodes.count }
    }
    var parts: [String] = []
    if count(.wrong) > 0 { parts.append("wrong on \(grouped(count(.wrong))) of \(Self.count(fleet.answered))") }
    if count(.uncertain) > 0 { parts.append("\(grouped(count(.uncertain))) cannot tell") }
    if count(.unhandled) > 0 { parts.append("\(grouped(count(.unhandled))) without kube-proxy") }
    let silent = fleet.asked - fleet.answered
    if silent > 0 { parts.append("\(grouped(silent)) did not answer") }
    if parts.isEmpty, !fleet.findings.isEmpty {
      return "nothing is wrong with \(Self.count(fleet.asked)); see what the API has"
    }
    return parts.isEmpty ? "all is well on \(Self.count(fleet.asked))" : parts.joined(separator: "; ")
  }
}

extension FleetAnswer.Trait.Kind {
  fileprivate var title: String {
    switch self {
    case .program: "kpx"
    case .kernel: "kernel"
    case .mode: "kube-proxy's mode"
    case .release: "kube-proxy"
    }
  }
}

extension Subject {
  /// `yaobank/summary: `; nothing for the node, and for what the whole answer is about.
  fileprivate func place(in fleet: FleetAnswer) -> String {
    guard fleet.question.command != "trace", let service else { return "" }
    return "\(service): "
  }
}
