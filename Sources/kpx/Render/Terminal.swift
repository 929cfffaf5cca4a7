import Glibc

/// When to colour.
enum ColorMode: String, CaseIterable {
  case auto, always, never
}

/// Where the answer is written to: its width and whether it wants colour.
struct Terminal {
  /// Columns; nil where the output is no terminal, and nothing is cut.
  let width: Int?
  let hasColor: Bool

  /// Standard output as it is. --color decides over NO_COLOR, that over CLICOLOR_FORCE, that over being a terminal.
  init(color: ColorMode) {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    var size = winsize()
    let known = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    width = known ? Int(size.ws_col) : isTerminal ? 80 : nil
    let variable = { (name: String) in getenv(name).map { String(cString: $0) } ?? "" }
    hasColor =
      switch color {
      case .always: true
      case .never: false
      case .auto where !variable("NO_COLOR").isEmpty: false
      case .auto where !["", "0"].contains(variable("CLICOLOR_FORCE")): true
      case .auto: isTerminal && variable("TERM") != "dumb"
      }
  }

  init(width: Int?, hasColor: Bool) {
    self.width = width
    self.hasColor = hasColor
  }

  func bold(_ text: String) -> String { styled(text, "1") }
  func faint(_ text: String) -> String { styled(text, "2") }
  func red(_ text: String) -> String { styled(text, "31") }
  func green(_ text: String) -> String { styled(text, "32") }
  func yellow(_ text: String) -> String { styled(text, "33") }

  /// A line in as many lines as it takes here, broken at blanks; those behind the first are indented further. A word
  /// that is wider than the terminal stays whole.
  func wrapped(_ line: String) -> [String] {
    guard let width, Self.shownCount(line) > width else { return [line] }
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
  private static func shownCount(_ text: some StringProtocol) -> Int {
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
