/// Columns that line up. Each column knows how much it matters, so that a narrow terminal loses the least.
struct TextTable {
  /// One column.
  struct Column {
    let title: String
    /// Columns of the highest rank go first where the terminal is too narrow; 0 always stays.
    let expendable: Int
    let isRight: Bool
    /// How narrow it may become before it makes others go, with the middles of longer texts cut; narrower where no other can
    /// go. nil where it stays as wide as its texts.
    let least: Int?

    init(_ title: String, expendable: Int = 0, isRight: Bool = false, least: Int? = nil) {
      self.title = title
      self.expendable = expendable
      self.isRight = isRight
      self.least = least
    }
  }

  let columns: [Column]
  /// Texts are made printable here; what a cell's text looks like is up to `style`.
  private(set) var rows: [[String]] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ cells: [String]) { rows.append(cells.map { printable($0) }) }

  /// Without columns that are empty or do not fit into `width`.
  /// - Parameter ellipsis: stands for what is cut off; nil where texts stay whole.
  func layout(indent: Int, width: Int?, ellipsis: String? = nil) -> TableLayout {
    let widths = columns.indices.map { column -> Int? in
      let widest = rows.reduce(0) { max($0, TableLayout.width(of: $1[column])) }
      return widest == 0 ? nil : widest
    }
    return TableLayout(columns, widths: widths, indent: indent, width: width, ellipsis: ellipsis)
  }

  /// The lines, indented, as they fit into `width`.
  func lines(
    indent: Int, width: Int?, ellipsis: String? = nil,
    style: (_ column: Int, _ row: Int?, _ text: String) -> String
  ) -> [String] {
    let layout = layout(indent: indent, width: width, ellipsis: ellipsis)
    return [layout.line(columns.map(\.title)) { style($0, nil, $1) }]
      + rows.indices.map { row in layout.line(rows[row]) { style($0, row, $1) } }
  }
}
