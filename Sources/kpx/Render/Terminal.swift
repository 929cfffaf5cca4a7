import Glibc

/// When to colour.
enum ColorMode: String, CaseIterable {
  case auto, always, never
}

/// Where the answer is written to: its width and whether it wants colour.
struct Terminal {
  /// Columns; nil where nothing is to be folded.
  let width: Int?
  let hasColor: Bool
  /// Whether a person looks at it as it is written; else a program may read it.
  let isTerminal: Bool
  /// What stands for what was cut off.
  let ellipsis: String
  /// Whether sentences are broken where they are wider; nothing else makes one line of a text two.
  var wraps = true
  /// Whether what is alike is folded, as for who reads by eye.
  var folds: Bool

  /// Standard output as it is.
  ///
  /// --color decides over NO_COLOR, that over CLICOLOR_FORCE and FORCE_COLOR, those over being a terminal. COLUMNS decides over
  /// the terminal's width, and is one where there is no terminal: watch(1) sets it.
  /// - Parameter isWide: whether lines are to be whole, however long they are.
  init(color: ColorMode, isWide: Bool = false) {
    isTerminal = isatty(STDOUT_FILENO) == 1
    width = isWide ? nil : Self.columns ?? Self.size(of: STDOUT_FILENO)?.width
    hasColor =
      switch color {
      case .always: true
      case .never: false
      case .auto where !Self.variable("NO_COLOR").isEmpty: false
      case .auto where Self.isForced: true
      case .auto: isTerminal && Self.variable("TERM") != "dumb"
      }
    ellipsis = Self.isUTF8 ? "\u{2026}" : "..."
    folds = width != nil
  }

  /// Columns and lines of the terminal that a descriptor is of; nil where it is none.
  static func size(of descriptor: Int32) -> (width: Int, height: Int)? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    return (
      isKnown && size.ws_col > 0 ? Int(size.ws_col) : 80, isKnown && size.ws_row > 0 ? Int(size.ws_row) : 24
    )
  }

  init(width: Int?, hasColor: Bool, isTerminal: Bool = true, ellipsis: String = "...") {
    self.width = width
    folds = width != nil
    self.hasColor = hasColor
    self.isTerminal = isTerminal
    self.ellipsis = ellipsis
  }

  /// The same, so wide or without an end, where no sentence is broken: lines of a text are the same ones at all widths.
  func unbroken(width: Int?, hasColor: Bool) -> Terminal {
    var terminal = Terminal(width: width, hasColor: hasColor, isTerminal: isTerminal, ellipsis: ellipsis)
    terminal.wraps = false
    terminal.folds = folds
    return terminal
  }

  private static func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

  private static var columns: Int? { Int(variable("COLUMNS")).flatMap { $0 > 0 ? $0 : nil } }

  private static var isForced: Bool {
    ["CLICOLOR_FORCE", "FORCE_COLOR"].contains { !["", "0", "false"].contains(variable($0)) }
  }

  /// As setlocale(3) takes it from the environment.
  private static var isUTF8: Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.map(variable).first { !$0.isEmpty } ?? ""
    return ["utf8", "utf-8"].contains { locale.lowercased().contains($0) }
  }

  func bold(_ text: String) -> String { styled(text, "1") }
  func faint(_ text: String) -> String { styled(text, "2") }
  func red(_ text: String) -> String { styled(text, "31") }
  func green(_ text: String) -> String { styled(text, "32") }
  func yellow(_ text: String) -> String { styled(text, "33") }

  /// A line in as many lines as it takes here, broken at blanks; those behind the first are indented further. A word
  /// that is wider than the terminal stays whole.
  func wrapped(_ line: String) -> [String] {
    guard wraps, let width, Self.shownCount(line) > width else { return [line] }
    let indent = String(line.prefix { $0 == " " })
    var lines: [String] = []
    var current = indent
    var count = current.count
    var isStart = true
    for word in line.dropFirst(indent.count).split(separator: " ", omittingEmptySubsequences: false) {
      let length = Self.shownCount(word)
      if !isStart, count + 1 + length > width {
        lines.append(current)
        current = indent + "  " + word
        count = indent.count + 2 + length
      } else {
        current += (isStart ? "" : " ") + word
        count += (isStart ? 0 : 1) + length
      }
      isStart = false
    }
    return lines + [current]
  }

  /// Characters that take a column: all but the colours of `styled`.
  static func shownCount(_ text: some StringProtocol) -> Int {
    var count = 0
    var isColor = false
    for character in text {
      if character == "\u{1b}" {
        isColor = true
      } else if !isColor {
        count += 1
      } else if character == "m" {
        isColor = false
      }
    }
    return count
  }

  private func styled(_ text: String, _ code: String) -> String {
    hasColor && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }
}
