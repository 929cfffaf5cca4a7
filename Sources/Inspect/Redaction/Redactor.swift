/// Puts pseudonyms in the place of names and addresses. What kpx does not understand is left out, and counted.
final class Redactor {
  let key: RedactionKey
  let addresses: AddressMap
  let names: NameMap
  let interfaces: InterfaceNames
  let chains: ChainNames
  /// How many there were of what was left out, by what it is.
  private(set) var leftOut: [String: Int] = [:]

  /// - Parameter originals: what an earlier redaction with the key has named.
  init(_ key: RedactionKey, originals: [String: String] = [:]) {
    self.key = key
    addresses = AddressMap(key)
    names = NameMap(key, originals: originals)
    interfaces = InterfaceNames(key, names)
    chains = ChainNames(names, addresses)
  }

  /// Counts something that was left out.
  func leaveOut(_ what: String) { leftOut[what, default: 0] += 1 }

  // MARK: - Texts

  /// The comment that stands for another: kube-proxy's by what it names, another's behind what tells whose it is.
  func comment(_ text: String) -> String {
    if text.isEmpty || WellKnownNames.comments.contains(text) { return text }
    if RuleComment(text) != nil { return ofKubeProxy(text) }
    return self.text(text, after: RuleOwner.commentBeginnings.map(\.prefix).first { text.hasPrefix($0) } ?? "")
  }

  /// The text that stands for another, which iptables-save quotes and escapes where it does the other.
  func text(_ text: String, after beginning: String = "") -> String {
    let isPlain = text.utf8.allSatisfy {
      switch $0 {
      case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x2d, 0x5f: true
      default: false
      }
    }
    let hasQuotes = text.utf8.contains { "\"\\'".utf8.contains($0) }
    let mark = isPlain ? "text-" : hasQuotes ? "\"text " : "text "
    return text.isEmpty ? text : names.pseudonym(text, .text, after: beginning + mark)
  }

  /// Word by word: those of the known forms tell nothing.
  private func ofKubeProxy(_ comment: String) -> String {
    let words = comment.split(separator: " ", omittingEmptySubsequences: false).map { word in
      if let port = ServicePortName(word) { return "\(names.port(port))" + (word.hasSuffix(":") ? ":" : "") }
      if ChainName(word) != nil { return chains.pseudonym(String(word)) }
      return address(in: String(word)) ?? String(word)
    }
    return words.joined(separator: " ")
  }

  /// The address, network, or address and port that stands for another; nil for other text.
  func address(in text: String) -> String? {
    if let place = SocketAddress(text) {
      return "\(SocketAddress(addresses.pseudonym(place.address), port: place.port))"
    }
    if let address = IPAddress(text) { return "\(addresses.pseudonym(address))" }
    guard text.contains("/"), let prefix = IPPrefix(text) else { return nil }
    return "\(addresses.pseudonym(prefix).address)/\(prefix.length)"
  }

  // MARK: - Bytes

  /// The address that stands for the one in these bytes, in network order, where so many bits count; nil where these are no
  /// address.
  func address(_ bytes: [UInt8], length: Int? = nil) -> [UInt8]? {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    let family: IPFamily = bytes.count == 4 ? .v4 : .v6
    guard let address = bytes.withUnsafeBytes({ IPAddress(bytes: $0, family: family) }) else { return nil }
    return addresses.pseudonym(IPPrefix(address, length: length ?? family.bits)).address.bytes
  }

  /// The name of an interface that stands for another, with zeros behind it up to so many bytes.
  func interface(_ bytes: [UInt8]) -> [UInt8] {
    let name = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return Self.padded(interfaces.pseudonym(name), to: bytes.count)
  }

  /// A text with zeros behind it up to so many bytes, the last of which is one.
  static func padded(_ text: String, to count: Int) -> [UInt8] {
    let bytes = Array(text.utf8.prefix(max(count - 1, 0)))
    return bytes + [UInt8](repeating: 0, count: count - bytes.count)
  }

  /// The name of a part of the kernel, such as a match: these are no one's own.
  static func isKernelName(_ text: String) -> Bool {
    text.utf8.count <= 28
      && text.utf8.allSatisfy {
        switch $0 {
        case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x2d, 0x5f, 0x2e, 0x3a, 0x2c: true
        default: false
        }
      }
  }
}
