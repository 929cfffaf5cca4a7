/// Columns that line up. Each column knows how much it matters, so that a narrow terminal loses the least.
struct TextTable {
  /// One column.
  struct Column {
    let title: String
    /// Columns of the lowest rank go first where the terminal is too narrow; 0 always stays.
    let expendable: Int
    let isRight: Bool

    init(_ title: String, expendable: Int = 0, isRight: Bool = false) {
      self.title = title
      self.expendable = expendable
      self.isRight = isRight
    }
  }

  private static let gap = 2
  let columns: [Column]
  /// Texts are made printable here; what a cell's text looks like is up to `style`.
  private(set) var rows: [[String]] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ cells: [String]) { rows.append(cells.map { printable($0) }) }

  /// The lines, indented, without columns that are empty or do not fit into `width`.
  func lines(indent: Int, width: Int?, style: (_ column: Int, _ row: Int?, _ text: String) -> String) -> [String] {
    var shown = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
    let widths = columns.indices.map { column in
      rows.reduce(self.width(of: columns[column].title)) { max($0, self.width(of: $1[column])) }
    }
    func total() -> Int { indent + shown.map { widths[$0] }.reduce(0, +) + Self.gap * max(0, shown.count - 1) }
    while let width, total() > width,
      let least = shown.filter({ columns[$0].expendable > 0 }).max(by: {
        columns[$0].expendable < columns[$1].expendable
      })
    {
      shown.removeAll { $0 == least }
    }
    let margin = String(repeating: " ", count: indent)
    func line(_ row: Int?, _ cells: [String]) -> String {
      var line = margin
      for (place, column) in shown.enumerated() {
        let text = cells[column]
        let padding = String(repeating: " ", count: max(0, widths[column] - self.width(of: text)))
        let isLast = place == shown.count - 1
        let styled = style(column, row, text)
        line += columns[column].isRight ? padding + styled : styled + (isLast ? "" : padding)
        if !isLast { line += String(repeating: " ", count: Self.gap) }
      }
      return line
    }
    return [line(nil, columns.map(\.title))] + rows.indices.map { line($0, rows[$0]) }
  }

  /// How many columns of a terminal a printable text takes: of ASCII, nearly always, one for each byte, and telling
  /// characters apart costs more.
  private func width(of text: String) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.count
  }
}
