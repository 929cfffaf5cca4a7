/// Names of many nodes in one text, as clusters of machines have always been written: `cp[1-3],worker[1-450,452]`.
public enum NodeNames {
  /// No list names more.
  private static let most = 100_000

  /// The names in short: numbers at their ends are told as ranges, in the order of names.
  public static func folded(_ names: [String]) -> String {
    var order: [String] = []
    var numbers: [String: [Numbered]] = [:]
    for name in Set(names).sorted() {
      let numbered = Numbered(name)
      let key = numbered.map { "\($0.head)\u{0}\($0.tail)" } ?? name
      if numbers[key] == nil { order.append(key) }
      numbers[key, default: []] += numbered.map { [$0] } ?? []
    }
    return order.map { key in
      guard let parts = numbers[key], let first = parts.first else { return key }
      guard parts.count > 1 else { return first.text }
      return "\(first.head)[\(ranges(parts))]\(first.tail)"
    }.joined(separator: ",")
  }

  /// `worker007.example` in its parts. Numbers with a zero before them are of one width.
  private struct Numbered {
    let head: String
    let number: Int
    /// Of a number that begins with zero; else 0.
    let width: Int
    let tail: String

    /// nil for a name without a number that can be counted.
    init?(_ name: String) {
      let host = name.prefix { $0 != "." }
      let digits = host.reversed().prefix { $0.isASCII && $0.isNumber }.count
      guard digits > 0, digits <= 9, let number = Int(host.suffix(digits)) else { return nil }
      let text = host.suffix(digits)
      (self.number, width) = (number, text.hasPrefix("0") ? digits : 0)
      head = String(host.dropLast(digits))
      tail = String(name.dropFirst(host.count))
    }

    var digits: String {
      let text = "\(number)"
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    var text: String { head + digits + tail }
  }

  private static func ranges(_ parts: [Numbered]) -> String {
    let sorted = parts.sorted { ($0.width, $0.number) < ($1.width, $1.number) }
    var runs: [(first: Numbered, last: Numbered)] = []
    for part in sorted {
      if let run = runs.last, run.last.width == part.width, run.last.number + 1 == part.number {
        runs[runs.count - 1].last = part
      } else {
        runs.append((part, part))
      }
    }
    return runs.map { $0.first.number == $0.last.number ? $0.first.digits : "\($0.first.digits)-\($0.last.digits)" }
      .joined(separator: ",")
  }

  /// The names that a text means: `folded` read back.
  /// - Throws: `TargetError`, with what is wrong.
  public static func expanded(_ text: String) throws(TargetError) -> [String] {
    var names: [String] = []
    for item in text.items(groupedBy: ("[", "]")) {
      names += try expandedItem(item, most - names.count)
    }
    guard !names.isEmpty, !names.contains("") else { throw TargetError("\(text): a node's name is missing") }
    return names
  }

  private static func expandedItem(_ item: String, _ most: Int) throws(TargetError) -> [String] {
    guard let open = item.firstIndex(of: "[") else {
      if item.contains("]") { throw TargetError("\(item): a ] without its [") }
      return [item]
    }
    guard let close = item[open...].firstIndex(of: "]") else { throw TargetError("\(item): a [ without its ]") }
    let (head, tail) = (item[..<open], try expandedItem(String(item[item.index(after: close)...]), most))
    var names: [String] = []
    for range in item[item.index(after: open)..<close].split(separator: ",", omittingEmptySubsequences: false) {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false)
      guard ends.count <= 2, let first = Int(ends[0]), let last = Int(ends[ends.count - 1]), 0 <= first, first <= last
      else { throw TargetError("\(item): \(range) is no number and no range such as 1-20") }
      guard last - first < most, (names.count + last - first) * tail.count < most else {
        throw TargetError("\(item): more nodes than anybody has")
      }
      for number in first...last {
        let digits = "\(number)"
        let padding = String(repeating: "0", count: max(0, ends[0].count - digits.count))
        names += tail.map { head + padding + digits + $0 }
      }
    }
    return names
  }
}
