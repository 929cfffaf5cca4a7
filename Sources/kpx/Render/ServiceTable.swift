import Inspect

/// A table of services, of which each row can be written before the others are known.
struct ServiceTable {
  private let terminal: Terminal
  private let layout: TableLayout
  /// Whether there is room for reasons beside the rows; else each gets lines of its own.
  private let areReasonsBeside: Bool
  private let onlyProblems: Bool
  private let isWide: Bool

  private static let verdictColumn = 5
  /// How many columns of a terminal are kept for reasons, beside the title, if there are as many.
  private static let roomForReasons = 56
  /// Of lines below a row that say why.
  private static let indent = "    "

  /// - Parameters:
  ///   - rows: all, as far as they are known.
  ///   - onlyProblems: whether rows are left out that are as they should be.
  init(_ rows: [ServiceRow], terminal: Terminal, isWide: Bool, onlyProblems: Bool) {
    self.terminal = terminal
    self.onlyProblems = onlyProblems
    self.isWide = isWide
    func widest(_ texts: some Sequence<String>) -> Int { texts.reduce(0) { max($0, TableLayout.width(of: $1)) } }
    let columns: [TextTable.Column] = [
      .init("SERVICE", least: 28), .init("PORT", expendable: 3), .init("KIND", expendable: 2),
      .init("ADDRESS"), .init("ENDPOINTS", expendable: 1, isRight: true), .init("VERDICT"), .init("ENDPOINT-ADDRESSES"),
      .init("RATE", isRight: true), .init("WHY"),
    ]
    let widths: [Int?] = [
      widest(rows.lazy.map { printable($0.service) }), widest(rows.lazy.map { printable($0.port) }),
      widest(rows.lazy.map(\.kind)), widest(rows.lazy.map(\.address)), 0,
      widest(ServiceRow.Verdict.allCases.lazy.map(\.rawValue)), isWide ? 0 : nil,
      rows.contains { !$0.rate.isEmpty } ? widest(rows.lazy.map(\.rate)) : nil,
    ]
    let ellipsis = terminal.isTerminal ? terminal.ellipsis : nil
    func layout(room: Int, reason: Int?) -> TableLayout {
      let width = terminal.width.map { $0 - room }
      return TableLayout(columns, widths: widths + [reason], indent: 0, width: width, ellipsis: ellipsis)
    }
    // Names may be cut for reasons to have their place, and no column goes for them.
    let alone = layout(room: 0, reason: nil)
    let beside = layout(room: Self.roomForReasons, reason: 0)
    areReasonsBeside =
      terminal.wraps && beside.shown.count > alone.shown.count
      && terminal.width.map { beside.end + Self.roomForReasons <= $0 } ?? true
    self.layout = areReasonsBeside ? beside : alone
  }

  /// The first line.
  var heading: String { layout.heading + "\n" }

  /// A service's lines; empty where none of them is wanted.
  func lines(of item: ServiceList.Item, _ rates: CounterRates = .none) -> String {
    let rows = item.rows(rates).filter { !onlyProblems || $0.isProblem }
    var text = ""
    for (place, row) in rows.enumerated() {
      let isBeside = areReasonsBeside && hasRoom(for: row.why)
      // A person sees that rows without a name belong to the one above; a program needs each row whole.
      let hasName = place == 0 || !terminal.isTerminal
      text += line(row, hasName: hasName, hasReason: isBeside) + "\n"
      // What is the same for the next row is said below that.
      guard !isBeside, !row.why.isEmpty, place + 1 == rows.count || rows[place + 1].why != row.why else { continue }
      text += terminal.wrapped(Self.indent + printable(row.why)).map { $0 + "\n" }.joined()
    }
    return text
  }

  private func hasRoom(for reason: String) -> Bool {
    terminal.width.map { layout.startOfLast + reason.count <= $0 } ?? true
  }

  private func line(_ row: ServiceRow, hasName: Bool, hasReason: Bool) -> String {
    let cells = [
      hasName ? printable(row.service) : "", printable(row.port), row.kind, row.address, row.endpoints,
      row.verdict.rawValue, isWide ? row.endpointAddresses : "", row.rate, hasReason ? printable(row.why) : "",
    ]
    let line = layout.line(cells) { column, text in
      column == Self.verdictColumn ? styled(text, row.verdict) : text
    }
    return line.withoutTrailingBlanks
  }

  private func styled(_ text: String, _ verdict: ServiceRow.Verdict) -> String {
    switch verdict {
    case .ok: terminal.green(text)
    case .refused, .dropped: terminal.red(text)
    case .forwarded, .absent, .uncertain: terminal.yellow(text)
    }
  }
}
