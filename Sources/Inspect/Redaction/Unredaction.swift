/// Translates answers from a redacted snapshot back: pseudonyms of names by their list, and addresses by the key.
public struct Unredaction {
  private let addresses: AddressMap
  private let names: NameMap
  /// The originals by their pseudonyms.
  private let noted: [String: String]
  private let originals: [ArraySlice<UInt8>: [UInt8]]
  /// Lengths of pseudonyms by their first bytes, the longest first: a chain's name may have others in it.
  private let lengths: [[Int]]

  /// - Parameters:
  ///   - path: of the file that `kpx snapshot --redact` wrote beside the snapshot.
  ///   - isJSON: whether what is translated is JSON.
  public init(key path: String, isJSON: Bool) throws(SnapshotError) {
    let file = try RedactionKeyFile(path: path)
    guard let key = RedactionKey(hexDigits: file.key) else { throw .notAKey(path: path) }
    self.init(key, file.names, isJSON: isJSON)
  }

  init(_ key: RedactionKey, _ names: [String: String], isJSON: Bool) {
    addresses = AddressMap(key)
    self.names = NameMap(key, originals: names)
    noted = names
    var originals: [ArraySlice<UInt8>: [UInt8]] = [:]
    func note(_ pseudonym: String, _ original: String) {
      let (from, to) = isJSON ? (Self.escaped(pseudonym), Self.escaped(original)) : (pseudonym, original)
      originals[Array(from.utf8)[...]] = Array(to.utf8)
    }
    for (pseudonym, original) in names {
      note(pseudonym, original)
      // A comment as it is, and in the text of its rule. Where the one has quotes, the other has.
      let quoted = Self.quotedForIPTables(pseudonym)
      if quoted != pseudonym { note(quoted, Self.quotedForIPTables(original)) }
    }
    self.originals = originals
    var lengths = [Set<Int>](repeating: [], count: 256)
    for pseudonym in originals.keys {
      if let first = pseudonym.first { lengths[Int(first)].insert(pseudonym.count) }
    }
    self.lengths = lengths.map { $0.sorted(by: >) }
  }

  /// Whether a text begins as JSON does.
  public static func isJSON(_ bytes: [UInt8]) -> Bool {
    bytes.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }.map { [0x7b, 0x5b].contains($0) } ?? false
  }

  /// iptables-save has a backslash in front of quotes.
  private static func quotedForIPTables(_ text: String) -> String {
    text.map { "\"\\'".contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case "\n": "\\n"
      case "\t": "\\t"
      case _ where scalar.value < 0x20: "\\u00" + UInt8(scalar.value).hexDigits(2)
      default: String(scalar)
      }
    }.joined()
  }

  /// The text with the originals in their places.
  public func translate(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var place = 0
    while place < bytes.count {
      let isWordStart = place == 0 || !Self.isAlphanumeric(bytes[place - 1])
      if isWordStart, let (count, original) = name(in: bytes, at: place) ?? address(in: bytes, at: place) {
        result += original
        place += count
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return result
  }

  /// What stands for a name of the cluster: `NAMESPACE/NAME` of a service, else of a pod, a name of a node or namespace, or an
  /// address; nil for a name that was not in the snapshot.
  public func pseudonym(of text: String) -> String? {
    if let address = IPAddress(text) { return "\(addresses.pseudonym(address))" }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    func known(_ name: String, _ kinds: [NameMap.Kind]) -> String? {
      kinds.lazy.compactMap { kind in
        let image = names.pseudonym(name, kind)
        return image == name || noted[image] == name ? image : nil
      }.first
    }
    if parts.count == 1 { return known(text, [.node, .namespace]) }
    guard let namespace = known(parts[0], [.namespace]), let name = known(parts[1], [.service, .pod]) else {
      return nil
    }
    return "\(namespace)/\(name)"
  }

  private func name(in bytes: [UInt8], at place: Int) -> (Int, [UInt8])? {
    for length in lengths[Int(bytes[place])] where place + length <= bytes.count {
      let end = place + length
      if end < bytes.count, Self.isAlphanumeric(bytes[end]) { continue }
      if let original = originals[bytes[place..<end]] { return (length, original) }
    }
    return nil
  }

  /// An address, a network by its length, or a range that is one.
  private func address(in bytes: [UInt8], at place: Int) -> (Int, [UInt8])? {
    if place > 0, [0x2e, 0x3a, 0x2f].contains(bytes[place - 1]) { return nil }
    guard let (count, image) = Self.address(bytes[place...]) else { return nil }
    let end = place + count
    if end < bytes.count, bytes[end] == 0x2d, let (more, last) = Self.address(bytes[(end + 1)...]),
      last.family == image.family, image < last
    {
      let parts = IPPrefix.covering(image...last)
      if parts.count == 1 {
        let network = IPPrefix(addresses.original(image), length: parts[0].length)
        return (count + 1 + more, Array("\(network.address)-\(network.last)".utf8))
      }
    }
    let digits =
      end < bytes.count && bytes[end] == 0x2f
      ? bytes[(end + 1)...].prefix(3).prefix { (0x30...0x39).contains($0) } : []
    var original = addresses.original(image)
    // A network stays one: its own bits behind the length are zeros.
    if let length = Int(String(decoding: digits, as: UTF8.self)), length <= image.family.bits,
      IPPrefix(image, length: length).address == image
    {
      original = IPPrefix(original, length: length).address
    }
    return (count, Array("\(original)".utf8))
  }

  /// The address that bytes begin with, and how many it has.
  private static func address(_ bytes: ArraySlice<UInt8>) -> (Int, IPAddress)? {
    guard let first = bytes.first, isHexDigit(first) || first == 0x3a else { return nil }
    var run = bytes.prefix(45).prefix { isHexDigit($0) || $0 == 0x2e || $0 == 0x3a }
    // `10.0.0.1:80`, `10.0.0.1:80:`, and not `::ffff:10.0.0.1`
    if run.prefix(while: { $0 != 0x3a }).contains(0x2e) { run = run.prefix { $0 != 0x3a } }
    // A sentence's end, or a colon behind an address; two of them are an IPv6 address's own.
    while let last = run.last, last == 0x2e || last == 0x3a && !run.suffix(2).elementsEqual("::".utf8) {
      run = run.dropLast()
    }
    guard run.count >= 2, run.contains(0x2e) || run.contains(0x3a),
      !(run.endIndex < bytes.endIndex && isAlphanumeric(bytes[run.endIndex])),
      let address = IPAddress(String(decoding: run, as: UTF8.self))
    else { return nil }
    return (run.count, address)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte)
  }
}
