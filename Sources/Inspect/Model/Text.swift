extension StringProtocol {
  /// Without blanks and line ends around it.
  var trimmed: String {
    let rest = drop { $0.isWhitespace }
    guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(rest[...last])
  }
}

extension String {
  /// The parts between commas that are in no brackets.
  func items(groupedBy brackets: (open: Character, close: Character)) -> [String] {
    var items = [""]
    var depth = 0
    for character in self {
      depth += character == brackets.open ? 1 : character == brackets.close ? -1 : 0
      if character == ",", depth == 0 { items.append("") } else { items[items.count - 1].append(character) }
    }
    return items
  }
}

extension UnsafeRawBufferPointer {
  /// The text of a char array that ends at its first NUL or after `capacity` bytes.
  func cString(at offset: Int, capacity: Int) -> String {
    guard offset >= 0, offset < count else { return "" }
    let field = self[offset..<Swift.min(count, offset + capacity)]
    return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}
