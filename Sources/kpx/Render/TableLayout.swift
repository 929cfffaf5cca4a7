/// Which columns of a table are shown where, for rows that may not all be there yet.
struct TableLayout {
  static let gap = 2
  /// Names in less room than this tell nothing.
  private static let floor = 12
  private let columns: [TextTable.Column]
  private let indent: Int
  private let ellipsis: String?
  private(set) var shown: [Int]
  private var widths: [Int]
  /// Whether some texts have less room than they need.
  private(set) var isCut = false

  /// - Parameters:
  ///   - widths: of the widest text in each column; nil for columns that are not wanted.
  ///   - width: of the terminal; nil where nothing is folded.
  ///   - ellipsis: nil where no text is cut.
  init(_ columns: [TextTable.Column], widths: [Int?], indent: Int, width: Int?, ellipsis: String?) {
    self.columns = columns
    self.indent = indent
    self.ellipsis = ellipsis
    shown = columns.indices.filter { widths[$0] != nil }
    self.widths = zip(columns, widths).map { max(Self.width(of: $0.title), $1 ?? 0) }
    guard let width else { return }
    shrink(to: width) { columns[$0].least }
    drop(to: width)
    shrink(to: width) { columns[$0].least == nil ? nil : Self.floor }
    widen(to: width, widths)
    isCut = shown.contains { self.widths[$0] < widths[$0] ?? 0 }
  }

  /// Where the last column ends.
  var end: Int { indent + shown.reduce(0) { $0 + widths[$1] } + Self.gap * max(0, shown.count - 1) }

  /// Where the last column begins.
  var startOfLast: Int { end - (shown.last.map { widths[$0] } ?? 0) }

  /// The titles in one line.
  var heading: String { line(columns.map(\.title)) { $1 } }

  /// Where texts stay whole, those that are too long make their own rows longer, and no others.
  private mutating func shrink(to width: Int, least: (Int) -> Int?) {
    for column in shown {
      guard let least = least(column), end > width else { continue }
      let floor = max(least, Self.width(of: columns[column].title))
      widths[column] = min(widths[column], max(floor, widths[column] - end + width))
    }
  }

  private mutating func drop(to width: Int) {
    while end > width,
      let least = shown.filter({ columns[$0].expendable > 0 }).max(by: {
        columns[$0].expendable < columns[$1].expendable
      })
    {
      shown.removeAll { $0 == least }
    }
  }

  /// Where columns had to go there may be room again for texts.
  private mutating func widen(to width: Int, _ wanted: [Int?]) {
    for column in shown where columns[column].least != nil {
      widths[column] = min(max(wanted[column] ?? 0, widths[column]), widths[column] + max(0, width - end))
    }
  }

  /// A row in one line.
  func line(_ cells: [String], style: (_ column: Int, _ text: String) -> String) -> String {
    var line = String(repeating: " ", count: indent)
    for (place, column) in shown.enumerated() {
      let text = fitted(cells[column], column)
      let padding = String(repeating: " ", count: max(0, widths[column] - Self.width(of: text)))
      let isLast = place == shown.count - 1
      let styled = style(column, text)
      line += columns[column].isRight ? padding + styled : styled + (isLast ? "" : padding)
      if !isLast { line += String(repeating: " ", count: Self.gap) }
    }
    return line
  }

  /// A text without its middle, if it is too long: beginnings and ends of names tell them apart.
  private func fitted(_ text: String, _ column: Int) -> String {
    guard let ellipsis, columns[column].least != nil, Self.width(of: text) > widths[column] else { return text }
    let kept = max(0, widths[column] - Self.width(of: ellipsis))
    return text.prefix(kept - kept / 2) + ellipsis + text.suffix(kept / 2)
  }

  /// How many columns of a terminal a printable text takes: of ASCII, nearly always, one for each byte, and telling
  /// characters apart costs more.
  static func width(of text: String) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.count
  }
}

extension String {
  /// A row whose last cells are empty ends where its text does.
  var withoutTrailingBlanks: String {
    String(prefix(upTo: lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex))
  }
}
