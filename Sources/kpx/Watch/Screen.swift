import CSys
import Glibc

/// Where what is watched is shown: a terminal, in place; or anything else, where a block with the time says what has changed.
struct Screen {
  private let terminal: Terminal
  /// Whether lines stay whole, however long they are.
  private let isWide: Bool
  /// nil where nothing can be shown in place.
  private let height: Int?

  /// Columns that marks take.
  private static let margin = 2
  private static let clear = "\u{1b}[J"
  private static let clearLine = "\u{1b}[K"
  private static let home = "\u{1b}[H"

  /// Standard output as it is now.
  init(_ output: OutputOptions) {
    terminal = Terminal(color: output.color)
    isWide = output.output == .wide
    let knowsEscapes = getenv("TERM").map { String(cString: $0) } ?? "dumb" != "dumb"
    height = knowsEscapes ? Terminal.size(of: STDOUT_FILENO)?.height : nil
  }

  /// What is left for the text, whose sentences are broken here.
  var textTerminal: Terminal { terminal.unbroken(width: isWide ? nil : width, hasColor: terminal.hasColor) }

  /// Columns beside the marks.
  private var width: Int? { terminal.width.map { max(1, $0 - Self.margin) } }

  /// - Parameters:
  ///   - every: how often there is something to see, in words.
  ///   - isFirst: whether it is all new.
  func draw(_ lines: [MarkedLine], title: String, every: String, isFirst: Bool) throws(Failure) {
    guard let height else {
      let isChanged = lines.contains { $0.mark != .same }
      if isFirst { try write("\(Self.time("%FT%T%z"))  \(title)  \(every)\n" + lines.map(text).joined()) }
      if isChanged { try write("\n\(Self.time("%FT%T%z"))\n" + Self.changes(lines).map(text).joined()) }
      return
    }
    let heading = terminal.wrapped("\(Self.time("%T"))  \(title)  \(every)").map { terminal.bold($0) + "\n" }
    // The cursor stands below.
    let rest = fitted(lines.flatMap(wrapped), rows: height - heading.count - 2)
    let all = (heading + ["\n"] + rest).joined()
    try write(Self.home + all.replacing("\n", with: Self.clearLine + "\n") + Self.clear)
  }

  /// What a signal leaves on the terminal from now on: no colour of a half-written line.
  func keepClean() {
    if terminal.hasColor, isatty(STDERR_FILENO) == 1 { csys_restore_at_end("\u{1b}[0m") }
  }

  private func wrapped(_ line: MarkedLine) -> [MarkedLine] {
    var narrow = textTerminal
    narrow.wraps = true
    return narrow.wrapped(line.text).map { MarkedLine(mark: line.mark, text: $0) }
  }

  private func text(_ line: MarkedLine) -> String {
    let mark =
      switch line.mark {
      case .same: line.mark.rawValue
      case .new: terminal.green(line.mark.rawValue)
      case .changed: terminal.yellow(line.mark.rawValue)
      case .gone: terminal.red(line.mark.rawValue)
      }
    return line.text.isEmpty && line.mark == .same ? "\n" : "\(mark) \(line.text)\n"
  }

  /// As many lines as there is room for; the last one says how many there is none for.
  private func fitted(_ lines: [MarkedLine], rows: Int) -> [String] {
    let width = terminal.width ?? 80
    var left = rows
    let fitting = lines.prefix { line in
      left -= max(1, (Terminal.shownCount(line.text) + Self.margin + width - 1) / width)
      return left >= 0
    }
    guard fitting.count < lines.count else { return lines.map(text) }
    let shown = max(0, fitting.count - 1)
    let hidden = lines.dropFirst(shown)
    let changed = hidden.count { $0.mark != .same }
    return lines.prefix(shown).map(text) + ["  ... \(hidden.count) more lines, \(changed) of them changed\n"]
  }

  /// What has changed, each below the line that it belongs to: the nearest one above that is indented less.
  static func changes(_ lines: [MarkedLine]) -> [MarkedLine] {
    var changes: [MarkedLine] = []
    var headings: [(indent: Int, line: MarkedLine)] = []
    for line in lines where !line.text.isEmpty {
      let indent = line.text.prefix { $0 == " " }.count
      headings.removeAll { $0.indent >= indent }
      if line.mark != .same {
        changes += headings.map(\.line)
        headings = []
        changes.append(line)
      } else {
        headings.append((indent, line))
      }
    }
    return changes
  }

  private static func time(_ format: String) -> String {
    var now = Glibc.time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// A reader that is gone ends the watch: nobody else would.
  private func write(_ text: String) throws(Failure) {
    if try !show(text) { exit(0) }
  }
}
