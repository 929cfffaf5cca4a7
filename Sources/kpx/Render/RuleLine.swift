import Inspect

/// A rule that a packet met, for a person: where it is, and what it says.
struct RuleLine {
  let place: String
  private let text: String

  /// - Parameter isWide: as the tools print it, with its counters; else without what its place or the packet say.
  init(_ step: StepReport, isWide: Bool) {
    let number = step.syntax == .nft ? step.handle.map { " handle \($0)" } : step.rule.map { " \($0)" }
    place = "\(step.table ?? "ipvs") " + printable((step.chain ?? step.virtualService ?? "") + (number ?? ""))
    let counters = isWide ? step.packets.map { "[\($0):\(step.bytes ?? 0)] " } ?? "" : ""
    let text = step.text ?? "policy"
    self.text = counters + printable(isWide ? text : step.shortText ?? text, hasEscapes: step.syntax != .nft)
  }

  /// In one line where it fits; else what it says stands below.
  func lines(indent: Int, placeWidth: Int, terminal: Terminal) -> [String] {
    let margin = String(repeating: " ", count: indent)
    let padding = String(repeating: " ", count: max(0, placeWidth - place.count))
    let line = margin + place + padding + "  " + text
    guard terminal.wraps, let width = terminal.width, line.count > width else { return [terminal.faint(line)] }
    return ([margin + place] + terminal.wrapped(margin + "  " + text)).map { terminal.faint($0) }
  }
}

extension StepReport {
  /// A rule of iptables without its chain, its comment and the match that a protocol brings.
  fileprivate var shortText: String? {
    guard syntax == .iptables, let text else { return nil }
    var rest = words(of: text)[...]
    var kept: [Substring] = []
    while let word = rest.popFirst() {
      switch (word, rest.first) {
      case ("-A", _): rest = rest.dropFirst()
      case ("-m", "comment"): rest = rest.dropFirst(3)
      case ("-m", "tcp"), ("-m", "udp"), ("-m", "sctp"): rest = rest.dropFirst()
      default: kept.append(word)
      }
    }
    return kept.joined(separator: " ")
  }
}

/// The words of a rule in iptables-save's language, where one in quotes may have blanks.
private func words(of text: String) -> [Substring] {
  var isQuoted = false
  var isEscaped = false
  return text.split { character in
    defer { isEscaped = character == "\\" && !isEscaped }
    if character == "\"", !isEscaped { isQuoted.toggle() }
    return character == " " && !isQuoted
  }
}
