/// A member of a tar archive (POSIX.1-1988, ustar): a header of 512 bytes, the content, and zeros up to a place that 512 divides.
struct TarEntry: Equatable {
  static let blockSize = 512
  /// A name has no more than 100 bytes without a prefix.
  static let longestName = 100

  let name: String
  /// In bytes, less than 8 GiB: eleven octal digits.
  let size: Int

  /// The zeros behind the content.
  var padding: Int { (Self.blockSize - size % Self.blockSize) % Self.blockSize }

  /// What ends an archive: two blocks of zeros.
  static let end = [UInt8](repeating: 0, count: 2 * blockSize)

  init(name: String, size: Int) {
    self.name = name
    self.size = size
  }

  /// The header, of a regular file that its owner alone may read.
  /// - Parameter time: in seconds since 1970.
  func header(time: Int) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: Self.blockSize)
    func put(_ text: String, at place: Int) { header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
    put(String(decoding: name.utf8.prefix(Self.longestName), as: UTF8.self), at: 0)
    put("0000600", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(Self.octal(size, digits: 11), at: 124)
    put(Self.octal(time, digits: 11), at: 136)
    put("0", at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    put(Self.octal(Self.checksum(header), digits: 6), at: 148)
    header[155] = UInt8(ascii: " ")
    return header
  }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(max(number, 0), radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits)
  }

  /// The sum of all bytes, those of the sum itself taken for blanks.
  private static func checksum(_ header: [UInt8]) -> Int {
    header.enumerated().reduce(0) { sum, byte in sum + (148..<156 ~= byte.offset ? 32 : Int(byte.element)) }
  }

  /// Reads a header; nil for one of zeros, which ends an archive.
  /// - Throws: `Problem`.
  init?(header: [UInt8]) throws(Problem) {
    guard header.count == Self.blockSize else { throw Problem(text: "cut off in a header") }
    if header.allSatisfy({ $0 == 0 }) { return nil }
    guard Self.number(header[148..<156]) == Self.checksum(header) else { throw Problem(text: "no tar archive") }
    // A regular file; '\0' is the one of old archives.
    guard [UInt8(ascii: "0"), 0].contains(header[156]) else {
      throw Problem(text: "a member that is no regular file")
    }
    guard let size = Self.number(header[124..<136]) else { throw Problem(text: "a member without a size") }
    name = String(decoding: header.prefix(Self.longestName).prefix { $0 != 0 }, as: UTF8.self)
    self.size = size
  }

  /// Octal digits, with blanks or a NUL behind them.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    let text = String(decoding: digits.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }, as: UTF8.self)
    return Int(text, radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// Why bytes are no member, as what a sentence about the file goes on with.
  struct Problem: Error {
    let text: String
  }
}
