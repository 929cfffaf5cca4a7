import CSys

/// The secret that a redaction is made with: 32 random bytes. With the same key the same names and addresses become the same.
struct RedactionKey: Sendable, Hashable {
  /// Bytes of a key.
  static let size = 32
  private static let blockSize = 64

  let bytes: [UInt8]

  /// A new key, of the kernel's random numbers.
  init() {
    var generator = SystemRandomNumberGenerator()
    bytes = (0..<Self.size).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// A key that was kept, as hexadecimal digits; nil where it is none.
  init?(hexDigits text: String) {
    let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count == text.utf8.count, digits.count == 2 * Self.size else { return nil }
    bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// The key as hexadecimal digits.
  var hexDigits: String { bytes.map { $0.hexDigits(2) }.joined() }

  /// 32 bytes that nobody can tell from random ones without the key: HMAC-SHA256 (RFC 2104).
  /// - Parameter purpose: what they are for; the same data gives other bytes for another.
  func digest(_ purpose: String, _ data: [UInt8]) -> [UInt8] {
    let padded = bytes + [UInt8](repeating: 0, count: Self.blockSize - bytes.count)
    let inner = Self.sha256(padded.map { $0 ^ 0x36 } + Array(purpose.utf8) + [0] + data)
    return Self.sha256(padded.map { $0 ^ 0x5c } + inner)
  }

  /// Small letters and the digits 2 to 7, of the digest of a text: up to 51.
  func letters(_ purpose: String, _ text: String, count: Int) -> String {
    NameHash.base32(digest(purpose, Array(text.utf8)), length: count).lowercased()
  }

  private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    csys_sha256(bytes, bytes.count, &digest)
    return digest
  }
}
