import CSys

/// The short hashes that kube-proxy puts in names: the beginning of base32(SHA-256(text)).
enum NameHash {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

  /// The first `length` letters (up to 51) of the text's hash.
  static func of(_ text: String, length: Int) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    let bytes = Array(text.utf8)
    csys_sha256(bytes, bytes.count, &digest)
    return base32(digest, length: length)
  }

  /// Whether text is made of base32's letters, `length` of them.
  static func isHash(_ text: some StringProtocol, length: Int) -> Bool {
    text.utf8.count == length
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "2")...UInt8(ascii: "7"): true
        default: false
        }
      }
  }

  /// RFC 4648 in capitals without padding, cut to `length` letters.
  static func base32(_ bytes: [UInt8], length: Int) -> String {
    let letters = (0..<min(length, bytes.count * 8 / 5)).map { index in
      let bit = index * 5
      let pair = UInt16(bytes[bit / 8]) << 8 | (bit / 8 + 1 < bytes.count ? UInt16(bytes[bit / 8 + 1]) : 0)
      return alphabet[Int(pair >> UInt16(11 - bit % 8)) & 31]
    }
    return String(decoding: letters, as: UTF8.self)
  }
}
