import Inspect

/// The endpoints of a frontend as a table.
struct EndpointTable {
  /// What is in it but for counters, which tables of one service share.
  typealias Rows = [[String]]

  private let endpoints: [EndpointReport]
  private let states: [State]
  private let packets: [String]
  private let countsConnections: Bool
  private let isWide: Bool
  let rows: Rows

  /// - Parameters:
  ///   - differences: how endpoints differ between kernel and API.
  ///   - counted: what was counted and is shown already.
  ///   - rates: shown beside what they are the rates of.
  init(
    _ endpoints: [EndpointReport], _ differences: [SocketAddress: Finding.Evidence.Difference], countsConnections: Bool,
    isWide: Bool, counted: Set<Counter>, rates: CounterRates
  ) {
    self.endpoints = endpoints
    self.countsConnections = countsConnections
    self.isWide = isWide
    let states = endpoints.map { State($0, differences[$0.place]) }
    self.states = states
    packets = endpoints.map { endpoint in
      guard let packets = endpoint.packets, !counted.contains(endpoint.counter) else { return "" }
      let rate = rates.text(of: endpoint.counter)
      return "\(packets)" + (rate.isEmpty ? "" : " " + rate)
    }
    rows = zip(endpoints, states).map { endpoint, state in
      [
        endpoint.share.map(percent) ?? (state.getsNothing ? "-" : "?"), "\(endpoint.place)", endpoint.podText,
        endpoint.nodeText, state.text,
      ] + endpoint.connectionTexts + [
        endpoint.chain ?? "", isWide ? endpoint.interface ?? "" : "", endpoint.source.map { "\($0)" } ?? "",
      ]
    }
  }

  private var columns: [TextTable.Column] {
    // A state that matters stays on the narrowest terminal.
    let isBad = states.contains { $0.style != .plain }
    return [
      .init("SHARE", isRight: true), .init("ENDPOINT"), .init("POD", expendable: 1), .init("NODE", expendable: 3),
      .init("STATE", expendable: isBad ? 0 : 2), .init("NOW", expendable: 4, isRight: true),
      .init("OPENING", expendable: 4, isRight: true), .init("UNANSWERED", isRight: true),
      .init(countsConnections ? "CONNS" : "PACKETS", expendable: 4, isRight: true),
      .init("CHAIN", expendable: 5), .init("INTERFACE", expendable: 6), .init("SEES"),
    ]
  }

  func lines(indent: Int, terminal: Terminal) -> [String] {
    let (shown, folded) = isWide || !terminal.folds ? (Array(rows.indices), []) : fold()
    var table = TextTable(columns)
    for row in shown { table.add(rows[row].prefix(8) + [packets[row]] + rows[row].dropFirst(8)) }
    let lines = table.lines(indent: indent, width: terminal.width) { column, row, text in
      guard let row else { return terminal.faint(text) }
      switch states[shown[row]].style {
      case .bad: return terminal.red(text)
      case .idle where column == 4: return terminal.yellow(text)
      case _ where column == Self.unansweredColumn: return terminal.yellow(text)
      default: return (8...10).contains(column) ? terminal.faint(text) : text
      }
    }
    let margin = String(repeating: " ", count: indent)
    return lines + folded.map { margin + terminal.faint("... \($0); -o wide shows all") }
  }

  // MARK: - Folding

  private static let mostEqual = 10
  private static let unansweredColumn = 7

  /// Of those that only differ in who they are the first, and how many more there are.
  private func fold() -> (shown: [Int], folded: [String]) {
    var groups: [[String]: [Int]] = [:]
    var order: [[String]] = []
    for (row, cells) in rows.enumerated() where states[row].style != .bad {
      let key = [cells[0], cells[4], cells[Self.unansweredColumn].isEmpty ? "" : "unanswered connections"]
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(row)
    }
    var hidden: Set<Int> = []
    var folded: [String] = []
    for key in order {
      let rest = groups[key, default: []].dropFirst(Self.mostEqual)
      // A line that says how many there are is no shorter than one more.
      guard rest.count > 1 else { continue }
      hidden.formUnion(rest)
      folded.append(
        "\(rest.count) more" + key.reversed().filter { !$0.isEmpty && $0 != "-" }.map { ", \($0)" }.joined())
    }
    return (rows.indices.filter { !hidden.contains($0) }, folded)
  }
}

/// What the API says of an endpoint, or that it says nothing.
private struct State {
  enum Style { case plain, idle, bad }

  let text: String
  let style: Style
  /// Whether it is one that no packet is sent to.
  let getsNothing: Bool

  init(_ endpoint: EndpointReport, _ difference: Finding.Evidence.Difference?) {
    let isUsed = endpoint.chain != nil || endpoint.virtualService != nil || endpoint.realServer != nil
    getsNothing = !isUsed && (endpoint.ready == false || difference == .missing)
    switch difference {
    case .unexpected: (text, style) = ("not in the API", .bad)
    case .missing: (text, style) = ("not in the kernel", .bad)
    case nil:
      (text, style) = (endpoint.stateText, endpoint.ready == false || endpoint.draining == true ? .idle : .plain)
    }
  }
}

extension EndpointReport {
  /// Those established, opening, and without an answer; empty where there are none.
  fileprivate var connectionTexts: [String] {
    [connections?.established, connections?.opening, connections?.unanswered].map { count in
      count.flatMap { $0 == 0 ? nil : "\($0)" } ?? ""
    }
  }

  fileprivate var podText: String {
    switch pod {
    case .some(.some(let name)): "\(name)"
    case .some(.none): "<none>"
    case nil: ""
    }
  }

  fileprivate var nodeText: String { (node ?? "") + (local == true ? " (this)" : "") }

  fileprivate var stateText: String {
    if draining == true { return "draining" }
    guard let ready else { return "" }
    if terminating == true { return serving == false ? "terminating" : "terminating, serving" }
    return ready ? "ready" : "not ready"
  }
}
