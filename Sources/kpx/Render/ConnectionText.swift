import Inspect

/// Connections for a person at a terminal: the answer, and remarks on it that are for standard error.
struct ConnectionText {
  /// Of one node, or of each of several.
  private let lists: [ConnectionList]
  private let terminal: Terminal
  private let isWide: Bool
  private let hasHeading: Bool
  private let rates: CounterRates

  /// - Parameter rates: shown beside what they are the rates of.
  init(_ lists: [ConnectionList], terminal: Terminal, isWide: Bool, hasHeading: Bool, rates: CounterRates = .none) {
    self.lists = lists
    self.terminal = terminal
    self.isWide = isWide
    self.hasHeading = hasHeading
    self.rates = rates
  }

  /// What a watch shows.
  var all: String { table + remarks }

  /// The rows, and what is wrong with some.
  var table: String {
    let rows = rows
    var findings: [String] = []
    for finding in lists.flatMap(\.findings) {
      findings.append(terminal.heading(of: finding))
      findings += finding.evidence.map { "  " + printable($0.text) }
      findings += finding.advice.map { "  " + printable($0.text) }
    }
    if !findings.isEmpty, !rows.isEmpty { findings.insert("", at: 0) }
    return (rows + findings.flatMap(terminal.wrapped)).map { $0 + "\n" }.joined()
  }

  /// The table alone.
  var rows: [String] {
    let items = lists.flatMap { list in (list.items ?? []).map { (node: name(list), item: $0) } }
    guard items.isEmpty else { return lines(items) }
    let groups = lists.flatMap { list in (list.groups ?? []).map { (node: name(list), group: $0) } }
    return lines(lists.count == 1 ? groups : groups.sorted { $0.group.connections.total > $1.group.connections.total })
  }

  /// Where there is one node alone, it has no column.
  private func name(_ list: ConnectionList) -> String { lists.count == 1 ? "" : list.node.name ?? "<unknown>" }

  /// What the answer rests on, and how many there are.
  var remarks: String { remarkLines.map { $0 + "\n" }.joined() }

  var remarkLines: [String] {
    var lines: [String] = []
    let omitted = lists.compactMap(\.omitted).reduce(0, +)
    if omitted > 0 { lines.append("\(omitted) more are not shown: --top 0 shows all") }
    lines += notes(lists.map { (name($0), $0.notes) })
    if isWide, lists.count == 1, let api = lists[0].api { lines.append(api.text) }
    lines.append(summary)
    return lines.flatMap { terminal.wrapped(printable($0)) }
  }

  /// `12 connections on node1: 10 established, 2 unanswered; 1 goes where no new one would`
  private var summary: String {
    let counts = lists.reduce(into: ConnectionCounts()) { $0.add($1.connections) }
    let node = lists.count == 1 ? lists[0].node.name.map { " on \($0)" } ?? "" : " on \(lists.count) nodes"
    guard counts.total > 0 else { return "no such connection\(node)" + tracked }
    let parts = [
      (counts.established, "established"), (counts.opening, "opening"), (counts.unanswered, "unanswered"),
      (counts.closing, "closing"),
    ].filter { $0.0 > 0 }.map { "\($0) \($1)" }
    let strayCount = lists.compactMap(\.strays).reduce(0, +)
    let go = strayCount == 1 ? "goes" : "go"
    let strays = strayCount == 0 ? "" : "; \(strayCount) \(go) where no new one would"
    let about = lists.contains { $0.changed == true } ? "about " : ""
    return "\(about)\(counts.total) connection\(counts.total == 1 ? "" : "s")\(node): \(parts.joined(separator: ", "))"
      + strays + tracked
  }

  private var tracked: String {
    guard lists.count == 1, let tracked = lists[0].tracked, tracked != lists[0].connections.total else { return "" }
    return "; the node tracks \(tracked)"
  }

  // MARK: - Connections

  private func lines(_ items: [(node: String, item: ConnectionReport)]) -> [String] {
    let hasOneService = Set(items.map(\.item.service)).count < 2
    var table = TextTable([
      .init("NODE"), .init("CLIENT"), .init("FROM", expendable: 2, least: 16),
      .init("TO", expendable: hasOneService ? 5 : 0),
      .init("SERVICE", expendable: 1, least: 16), .init("ENDPOINT"), .init("POD", expendable: 4, least: 16),
      .init("STATE"), .init("STRAY"), .init("AGE", expendable: 6, isRight: true),
      .init("SENT", expendable: 5, isRight: true), .init("RECEIVED", expendable: 5, isRight: true),
      .init("SEEN-AS", expendable: 7), .init("EXPIRES", expendable: 8, isRight: true),
    ])
    for (node, item) in items {
      let isTranslated = item.endpoint != item.destination
      table.add([
        node, item.client.text, item.client.whoText, "\(item.destination.text)/\(item.transport)",
        hasOneService ? "" : item.service?.text ?? "", isTranslated ? item.endpoint.text : "",
        isTranslated ? item.endpointText : "", isWide ? item.state ?? item.phase.rawValue : item.phase.rawValue,
        item.stray?.text ?? "", item.ageSeconds.map(duration) ?? "",
        traffic(item.sent, .connection(item.key, isSent: true)),
        traffic(item.received, .connection(item.key, isSent: false)),
        isWide ? item.seenSource.map { "\($0)" } ?? "" : "", isWide ? duration(Int(item.expiresSeconds)) : "",
      ])
    }
    return lines(table) { column, row in
      let item = items[row].item
      if column == 7 || column == 8, item.stray != nil || item.phase == .unanswered { return .problem }
      return column > 8 ? .faint : .plain
    }
  }

  // MARK: - Groups

  private func lines(_ groups: [(node: String, group: ConnectionGroup)]) -> [String] {
    var table = TextTable([
      .init("NODE"), .init(lists.first?.groupedBy?.rawValue.uppercased() ?? ""), .init("NAME", least: 16),
      .init("CONNECTIONS", isRight: true), .init("ESTABLISHED", expendable: 2, isRight: true),
      .init("OPENING", expendable: 4, isRight: true), .init("UNANSWERED", isRight: true),
      .init("CLOSING", expendable: 4, isRight: true), .init("STRAY", isRight: true),
      .init("SENT", expendable: 3, isRight: true), .init("RECEIVED", expendable: 3, isRight: true),
    ])
    func number(_ count: Int?) -> String { count.flatMap { $0 == 0 ? nil : "\($0)" } ?? "" }
    for (node, group) in groups {
      let counts = group.connections
      table.add([
        node, group.text, (group.client ?? group.endpoint)?.whoText ?? "", "\(counts.total)",
        number(counts.established),
        number(counts.opening), number(counts.unanswered), number(counts.closing), number(group.strays),
        traffic(group.sent, .connections(group.key, isSent: true)),
        traffic(group.received, .connections(group.key, isSent: false)),
      ])
    }
    return lines(table) { column, _ in column == 6 || column == 8 ? .problem : column > 8 ? .faint : .plain }
  }

  // MARK: - Cells

  private enum Style { case plain, problem, faint }

  private func lines(_ table: TextTable, _ style: (_ column: Int, _ row: Int) -> Style) -> [String] {
    guard !table.rows.isEmpty else { return [] }
    let lines = table.lines(
      indent: 0, width: terminal.width, ellipsis: terminal.isTerminal ? terminal.ellipsis : nil
    ) { column, row, text in
      guard let row else { return terminal.faint(text) }
      return switch style(column, row) {
      case .plain: text
      case .problem: terminal.yellow(text)
      case .faint: terminal.faint(text)
      }
    }
    return lines.dropFirst(hasHeading ? 0 : 1).map(\.withoutTrailingBlanks)
  }

  /// `12.3K`, with how fast it goes.
  private func traffic(_ traffic: ConnectionTraffic?, _ counter: Counter) -> String {
    guard let traffic else { return "" }
    let rate = rates[counter].flatMap { $0 > 0 ? " +\(short(UInt64($0.rounded())))/s" : nil } ?? ""
    return short(traffic.bytes) + rate
  }

  /// Bytes; K, M, G are powers of 1000.
  private func short(_ bytes: UInt64) -> String {
    let units: [(UInt64, String)] = [(1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1000, "K")]
    guard bytes >= 10_000, let (size, name) = units.first(where: { bytes >= $0.0 }) else { return "\(bytes)" }
    let (whole, tenths) = (bytes / size, bytes % size / (size / 10))
    return whole >= 100 ? "\(whole)\(name)" : "\(whole).\(tenths)\(name)"
  }

  /// `45s`, `12m`, `5h`, `3d`, as kubectl has ages.
  private func duration(_ seconds: Int) -> String {
    switch seconds {
    case ..<120: "\(seconds)s"
    case ..<7200: "\(seconds / 60)m"
    case ..<172_800: "\(seconds / 3600)h"
    default: "\(seconds / 86_400)d"
    }
  }
}

extension ConnectionParty {
  /// Who it is, in words; empty where that is not known.
  fileprivate var whoText: String {
    switch role {
    case .pod: pod?.description ?? "a pod"
    case .thisNode: "this node"
    case .node: "node \(node ?? "")"
    case .outside: "outside"
    case nil: ""
    }
  }
}

extension ConnectionReport {
  /// Who has the endpoint's address, in words. Of what is no endpoint any more nobody expects who is outside.
  fileprivate var endpointText: String {
    stray == .notAnEndpoint && endpoint.role == .outside ? "no pod" : endpoint.whoText
  }
}

extension ConnectionGroup {
  fileprivate var text: String {
    if let service { return service.text }
    if let destination { return "\(destination.text), of no service" }
    if let endpoint { return endpoint.text + (transport.map { "/\($0)" } ?? "") }
    return client?.text ?? "no service"
  }
}

extension OwnerName {
  fileprivate var text: String { "\(namespace)/\(name)" + (port.map { $0.isEmpty ? "" : ":\($0)" } ?? "") }
}

extension StrayConnections.Kind {
  fileprivate var text: String {
    switch self {
    case .notAnEndpoint: "no endpoint"
    case .notTranslated: "not translated"
    }
  }
}
