/// Where the documents of a text of JSON begin and end, and where it stops being JSON.
///
/// A decoder takes one document and tells no offset. kubectl's output is often several documents in one file.
struct JSONDocuments {
  /// Where and why a text is not JSON.
  struct Problem: Error, Equatable {
    var offset: Int
    var text: String
  }

  /// The API's own objects are far from this deep.
  private static let deepest = 256

  private let bytes: UnsafeRawBufferPointer
  private var at = 0

  private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The ranges of all documents, in order.
  static func ranges(in bytes: UnsafeRawBufferPointer) throws(Problem) -> [Range<Int>] {
    var scanner = JSONDocuments(bytes)
    var ranges: [Range<Int>] = []
    scanner.skipByteOrderMark()
    scanner.skipBlanks()
    while scanner.at < bytes.count {
      let start = scanner.at
      try scanner.skipDocument()
      ranges.append(start..<scanner.at)
      scanner.skipBlanks()
    }
    return ranges
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

  private func problem(_ text: String) -> Problem { Problem(offset: at, text: text) }

  private func unexpected(wanted: String) -> Problem {
    guard let byte = current else { return problem("it ends where \(wanted) should follow") }
    let shown = (0x21...0x7e).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    return problem("\(shown) where \(wanted) should be")
  }

  private mutating func skipByteOrderMark() {
    if bytes.count >= 3, bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf { at = 3 }
  }

  private mutating func skipBlanks() {
    while let byte = current, byte == 0x20 || (0x09...0x0a).contains(byte) || byte == 0x0d { at += 1 }
  }

  private mutating func expect(_ byte: UInt8, wanted: String) throws(Problem) {
    guard current == byte else { throw unexpected(wanted: wanted) }
    at += 1
  }

  /// Passes one value with all that is in it; `open` holds the closing bracket of everything that is open.
  private mutating func skipDocument() throws(Problem) {
    var open: [UInt8] = []
    repeat {
      skipBlanks()
      if try skipValue(opening: &open) { try skipClosings(&open) }
    } while !open.isEmpty
  }

  /// Passes a value, or the beginning of one with something in it. Answers whether a value is complete.
  private mutating func skipValue(opening open: inout [UInt8]) throws(Problem) -> Bool {
    switch current {
    case UInt8(ascii: "{"): return try skipOpening(closing: UInt8(ascii: "}"), &open)
    case UInt8(ascii: "["): return try skipOpening(closing: UInt8(ascii: "]"), &open)
    case UInt8(ascii: "\""): try skipString()
    case UInt8(ascii: "t"): try skipWord("true")
    case UInt8(ascii: "f"): try skipWord("false")
    case UInt8(ascii: "n"): try skipWord("null")
    case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): try skipNumber()
    default: throw unexpected(wanted: "a value")
    }
    return true
  }

  private mutating func skipOpening(closing: UInt8, _ open: inout [UInt8]) throws(Problem) -> Bool {
    guard open.count < Self.deepest else { throw problem("it is nested too deeply") }
    at += 1
    skipBlanks()
    if current == closing {
      at += 1
      return true
    }
    open.append(closing)
    if closing == UInt8(ascii: "}") { try skipKey() }
    return false
  }

  private mutating func skipKey() throws(Problem) {
    guard current == UInt8(ascii: "\"") else { throw unexpected(wanted: "a field's name") }
    try skipString()
    skipBlanks()
    try expect(UInt8(ascii: ":"), wanted: "':'")
  }

  /// After a value: passes what closes, up to the comma after which the next value begins.
  private mutating func skipClosings(_ open: inout [UInt8]) throws(Problem) {
    while let closing = open.last {
      skipBlanks()
      if current == closing {
        at += 1
        open.removeLast()
        continue
      }
      try expect(UInt8(ascii: ","), wanted: "',' or '\(Character(Unicode.Scalar(closing)))'")
      if closing == UInt8(ascii: "}") {
        skipBlanks()
        try skipKey()
      }
      return
    }
  }

  private mutating func skipWord(_ word: StaticString) throws(Problem) {
    for index in 0..<word.utf8CodeUnitCount {
      guard current == word.utf8Start[index] else { throw unexpected(wanted: "\(word)") }
      at += 1
    }
  }

  private mutating func skipNumber() throws(Problem) {
    if current == UInt8(ascii: "-") { at += 1 }
    if current == UInt8(ascii: "0") { at += 1 } else { try skipDigits() }
    if current == UInt8(ascii: ".") {
      at += 1
      try skipDigits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      at += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { at += 1 }
      try skipDigits()
    }
  }

  private mutating func skipDigits() throws(Problem) {
    let start = at
    while let byte = current, Self.isDigit(byte) { at += 1 }
    if at == start { throw unexpected(wanted: "a digit") }
  }

  private mutating func skipEscape() throws(Problem) {
    at += 1
    guard let byte = current else { return }
    guard "\"\\/bfnrtu".utf8.contains(byte) else { throw unexpected(wanted: "an escaped character") }
    at += 1
    guard byte == UInt8(ascii: "u") else { return }
    for _ in 0..<4 {
      guard let digit = current, Character(Unicode.Scalar(digit)).isHexDigit else {
        throw unexpected(wanted: "a hexadecimal digit")
      }
      at += 1
    }
  }

  private mutating func skipString() throws(Problem) {
    at += 1
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        return
      case UInt8(ascii: "\\"): try skipEscape()
      case 0..<0x20: throw problem("a control character in a string")
      default: at += 1
      }
    }
    at = bytes.count
    throw problem("it ends within a string")
  }
}
