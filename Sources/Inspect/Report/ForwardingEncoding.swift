/// The bytes that a digest is of: docs/forwarding.md has them one by one. Whatever changes here is another version.
extension Forwarding {
  /// The first line: what the bytes are, and the version of their form.
  static let header = "kpx forwarding 1"

  /// Lines of words, each ended by a line feed; words are printable ASCII, and one blank stands between two.
  public var encoded: [UInt8] {
    Array("\(Self.header)\n".utf8) + frontends.flatMap(\.encoded)
  }
}

extension ForwardedFrontend {
  /// The frontend's own lines.
  var encoded: [UInt8] {
    let address = place.address.map { "\($0)" } ?? "node"
    let ranges = sourceRanges.map { $0.isEmpty ? "none" : $0.map(\.description).joined(separator: ",") } ?? "any"
    let own =
      "frontend \(place.family.encodedName) \(address) \(place.port) \(place.transport) affinity "
      + "\(affinitySeconds.map(String.init) ?? "none") sources \(ranges)\n"
    let fates = SourceClass.allCases.flatMap { source in
      self[source].map { "\(source.rawValue) \($0.encodedWords)" }
    }
    return Array((own + fates.joined()).utf8)
  }
}

extension PacketFate {
  /// What stands behind the class of sources.
  var encodedWords: String {
    let own =
      "\(verdict.rawValue) masquerade \(masquerade.map { word($0.text) } ?? "none") when \(when.map(word) ?? "always")\n"
    return own + endpoints.map { "to \($0.address) \($0.share.map(String.init) ?? "scheduled")\n" }.joined()
  }

  /// As one word: bytes that are no printable ASCII, blanks and % are written as % and two digits.
  private func word(_ text: String) -> String {
    var bytes: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
      if byte > 0x20, byte < 0x7f, byte != UInt8(ascii: "%") {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension IPFamily {
  fileprivate var encodedName: String { self == .v4 ? "ipv4" : "ipv6" }
}
