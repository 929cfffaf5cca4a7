import Inspect

/// A list of services for a person at a terminal: one line for each frontend.
struct ServiceListText {
  private let list: ServiceList
  private let terminal: Terminal
  private let isWide: Bool
  private let hasHeadings: Bool
  private let hasNamespaces: Bool

  init(_ list: ServiceList, terminal: Terminal, isWide: Bool, hasHeadings: Bool, hasNamespaces: Bool) {
    self.list = list
    self.terminal = terminal
    self.isWide = isWide
    self.hasHeadings = hasHeadings
    self.hasNamespaces = hasNamespaces
  }

  private static let verdictColumn = 6

  /// The table; empty where there is nothing to list.
  var table: String {
    var table = TextTable([
      .init("NAMESPACE"), .init("NAME"), .init("PORT", expendable: 2), .init("KIND", expendable: 1), .init("ADDRESS"),
      .init("ENDPOINTS", isRight: true), .init("VERDICT"), .init("WHY", expendable: 3),
    ])
    for item in list.items {
      let problems = problems(of: item)
      for frontend in item.frontends { table.add(cells(item, frontend, problems)) }
    }
    guard !table.rows.isEmpty else { return "" }
    let lines = table.lines(indent: 0, width: terminal.width) { column, row, text in
      guard let row, column == Self.verdictColumn else { return text }
      return styled(text, table.rows[row][column])
    }
    return lines.dropFirst(hasHeadings ? 0 : 1).map { $0 + "\n" }.joined()
  }

  private func cells(
    _ item: ServiceList.Item, _ frontend: FrontendReport, _ problems: [FrontendAddress: FindingID]
  ) -> [String] {
    let endpoints = Set(frontend.endpoints.map(\.place)).sorted()
    let unused = frontend.unused?.count ?? 0
    let count = "\(endpoints.count)" + (unused == 0 ? "" : "/\(endpoints.count + unused)")
    return [
      hasNamespaces ? item.service?.namespace ?? "<unknown>" : "",
      item.service?.name ?? "<unknown>", frontend.portName ?? "", frontend.kind?.rawValue ?? "",
      frontend.place.text,
      isWide ? (endpoints.isEmpty ? "<none>" : endpoints.map { "\($0)" }.joined(separator: ",")) : count,
      frontend.verdict.rawValue, why(frontend, problems),
    ]
  }

  /// The first finding that matters of each frontend that one is about.
  private func problems(of item: ServiceList.Item) -> [FrontendAddress: FindingID] {
    var problems: [FrontendAddress: FindingID] = [:]
    for finding in item.findings where finding.severity != .info {
      for place in finding.subject.frontends ?? [] where problems[place] == nil { problems[place] = finding.id }
    }
    return problems
  }

  /// What is wrong with this frontend, or why it is not forwarded.
  private func why(_ frontend: FrontendReport, _ problems: [FrontendAddress: FindingID]) -> String {
    if let problem = problems[frontend.place] { return problem.rawValue }
    return frontend.verdict == .forward ? "" : frontend.reason?.text ?? ""
  }

  private func styled(_ text: String, _ verdict: String) -> String {
    switch Verdict(rawValue: verdict) {
    case .forward?: terminal.green(text)
    case .reject?, .drop?: terminal.red(text)
    default: terminal.yellow(text)
    }
  }

  /// What is said beside the table.
  var remarks: String {
    var lines = list.findings.map { "\($0.severity.rawValue): \($0.message) [\($0.id)]" }
    if list.items.isEmpty { lines.append("no service is programmed here") }
    lines += notes
    if isWide, let api = list.api { lines.append(api.text) }
    return lines.map { printable($0) + "\n" }.joined()
  }

  /// Each note once, with the services that it is about.
  private var notes: [String] {
    var order: [String] = []
    var services: [String: [String]] = [:]
    for note in list.notes {
      if services[note.text] == nil { order.append(note.text) }
      services[note.text, default: []] += note.subject.service.map { ["\($0)"] } ?? []
    }
    return order.map { text in
      let names = services[text] ?? []
      let more = names.count > Self.mostNames ? " and \(names.count - Self.mostNames) more" : ""
      let list = names.prefix(Self.mostNames).joined(separator: ", ") + more
      return "note: " + (names.isEmpty ? "" : "\(list): ") + text
    }
  }

  private static let mostNames = 4
}
