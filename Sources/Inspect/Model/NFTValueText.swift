/// Writes values of registers in nft's language.
enum NFTValueText {
  static func text(_ value: NFTValue) -> String {
    switch value {
    case .constant(let bytes): NFTDataText.raw(bytes)
    case .field(let field): name(field)
    case .concatenation(let parts): parts.map(text).joined(separator: " . ")
    case .bitwise(let value, let mask, let xor): bitwise(value, mask, xor)
    case .combination(let operation, let left, let right):
      "\(text(left)) \(operation == .and ? "&" : operation == .or ? "|" : "^") \(text(right))"
    case .shift(let value, let left, let bits): "\(text(value)) \(left ? "<<" : ">>") \(bits)"
    case .byteSwap(let value, _): text(value)
    case .number(let generator):
      "numgen \(generator.isRandom ? "random" : "inc") mod \(generator.modulus)\(offset(generator.offset))"
    case .hash(let hash): self.hash(hash)
    case .fib(let fib): self.fib(fib)
    case .mapped(let lookup): "\(text(lookup.key)) map \(NFTSetText.text(lookup))"
    case .slice(let value, _, _): text(value)
    case .unknown(let unknown): "<\(unknown.name): \(unknown.reason)>"
    }
  }

  private static func name(_ field: NFTField) -> String {
    switch field {
    case .sourceAddress(let family): family == .v4 ? "ip saddr" : "ip6 saddr"
    case .destinationAddress(let family): family == .v4 ? "ip daddr" : "ip6 daddr"
    case .sourcePort: "th sport"
    case .destinationPort: "th dport"
    case .transportProtocol: "meta l4proto"
    case .networkProtocol: "meta nfproto"
    case .inInterface: "iifname"
    case .outInterface: "oifname"
    case .mark: "meta mark"
    case .connectionState: "ct state"
    case .connectionStatus: "ct status"
    case .connectionMark: "ct mark"
    case .connectionDirection: "ct direction"
    case .payload(let base, let offset, let length):
      "@\(["ll", "nh", "th", "ih", "tunnel"][Int(base.rawValue)]),\(UInt64(offset) * 8),\(UInt64(length) * 8)"
    case .meta(let key): (NFTMetaKey.isUnqualified(key) ? "" : "meta ") + NFTMetaKey.name(key)
    case .connection(let key, let direction):
      "ct \(direction.map { $0 == 0 ? "original " : "reply " } ?? "")\(NFTConnectionKey.name(key))"
    }
  }

  private static func bitwise(_ value: NFTValue, _ mask: [UInt8], _ xor: [UInt8]) -> String {
    let data = { (bytes: [UInt8]) in NFTDataText.text(bytes, like: value) }
    // nft says `|` of what is set whatever it was, and `^` of what is turned over.
    let set = zip(mask, xor).map { ~$0 & $1 }
    let turned = zip(mask, xor).map { $0 & $1 }
    let kept = zip(mask, set).map { $0 | $1 }
    return text(value) + (kept.allSatisfy { $0 == 0xff } ? "" : " & \(data(kept))")
      + (turned.allSatisfy { $0 == 0 } ? "" : " ^ \(data(turned))")
      + (set.allSatisfy { $0 == 0 } ? "" : " | \(data(set))")
  }

  private static func hash(_ hash: NFTHash) -> String {
    let seed = hash.seed.map { " seed \($0.hex)" } ?? ""
    let source = hash.key.map { "jhash \(text($0))" } ?? "symhash"
    return "\(source) mod \(hash.modulus)\(seed)\(offset(hash.offset))"
  }

  private static func offset(_ offset: UInt32) -> String { offset == 0 ? "" : " offset \(offset)" }

  private static func fib(_ fib: NFTFib) -> String {
    let names: [(NFTFib.Flags, String)] = [
      (.source, "saddr"), (.destination, "daddr"), (.mark, "mark"), (.inInterface, "iif"), (.outInterface, "oif"),
    ]
    let key = names.filter { fib.flags.contains($0.0) }.map(\.1).joined(separator: " . ")
    let result = [NFTFib.Result.interfaceIndex: "oif", .interfaceName: "oifname", .addressType: "type"][fib.result]
    return "fib \(key) \(result ?? "")"
  }

  /// Whether nft names the protocol's ports by it.
  static func namesPorts(of transport: TransportProtocol) -> Bool {
    [.tcp, .udp, .sctp].contains(transport)
  }
}

extension NFTValue {
  /// Whether a comparison with it needs `==` written.
  var isArithmetic: Bool {
    switch self {
    case .bitwise, .combination, .shift: true
    default: false
    }
  }

  /// The type of the value, by which constants compared with it are written.
  var dataType: NFTDataType? {
    switch self {
    case .field(let field): field.dataType
    case .bitwise(let value, _, _), .slice(let value, _, _), .byteSwap(let value, _): value.dataType
    case .number, .hash: .hostInteger
    case .fib(let fib) where fib.flags.contains(.present): .presence
    case .fib(let fib):
      switch fib.result {
      case .interfaceIndex: .interfaceIndex
      case .interfaceName: .interfaceName
      case .addressType: .addressType
      }
    default: nil
    }
  }
}

extension NFTField {
  fileprivate var dataType: NFTDataType? {
    switch self {
    case .sourceAddress(let family), .destinationAddress(let family):
      family == .v4 ? .ipv4Address : .ipv6Address
    case .sourcePort, .destinationPort: .service
    case .transportProtocol: .transportProtocol
    case .networkProtocol: .networkProtocol
    case .inInterface, .outInterface: .interfaceName
    case .mark, .connectionMark: .mark
    case .connectionState: .connectionState
    case .connectionStatus: .connectionStatus
    case .meta(key: 19): .packetType
    // NFT_CT_SRC_IP, DST_IP, SRC_IP6, DST_IP6.
    case .connection(key: 19...20, _): .ipv4Address
    case .connection(key: 21...22, _): .ipv6Address
    default: isHostOrder ? .hostInteger : nil
    }
  }
}

extension NFTDataType {
  static let networkProtocol = NFTDataType(rawValue: 2)
  static let addressType = NFTDataType(rawValue: 38)
  static let packetType = NFTDataType(rawValue: 31)
  /// Whether there is something: none of nft's own types.
  static let presence = NFTDataType(rawValue: .max - 1)
  /// A number in host order: none of nft's own types.
  static let hostInteger = NFTDataType(rawValue: .max)
}

/// Writes constants in nft's language.
enum NFTDataText {
  /// `0x00004000`, as nft writes marks.
  static func hex(_ number: UInt32) -> String {
    "0x" + number.hexDigits(8)
  }

  /// Bytes without a type: a number in network order.
  static func raw(_ bytes: [UInt8]) -> String {
    "0x" + bytes.map { $0.hexDigits(2) }.joined()
  }

  /// A constant that is compared with a value.
  static func text(_ bytes: [UInt8], like value: NFTValue) -> String {
    if case .concatenation(let parts) = value {
      return text(bytes, types: parts.map { $0.dataType ?? .integer }, lengths: parts.map(\.length))
    }
    return text(bytes, type: value.dataType ?? .integer)
  }

  /// A concatenation of values, each padded to 4 bytes, or a single one.
  static func text(_ bytes: [UInt8], types: [NFTDataType], lengths: [Int?]) -> String {
    guard types.count > 1 else { return text(bytes, type: types.first ?? .integer) }
    var offset = 0
    var words: [String] = []
    for (index, type) in types.enumerated() {
      let rest = max(bytes.count - offset, 0)
      let known = (index < lengths.count ? lengths[index] : nil) ?? type.length
      let length = min(known ?? (index == types.count - 1 ? rest : 4), rest)
      words.append(text(Array(bytes[min(offset, bytes.count)...].prefix(length)), type: type))
      offset += (length + 3) & ~3
    }
    return words.joined(separator: " . ")
  }

  /// Bits that are compared as a number; with commas they would be asked for one by one.
  private static func alternatives(_ names: String) -> String { names.replacing(",", with: " | ") }

  static func text(_ bytes: [UInt8], type: NFTDataType) -> String {
    switch type {
    case .ipv4Address where bytes.count == 4, .ipv6Address where bytes.count == 16:
      let family: IPFamily = bytes.count == 4 ? .v4 : .v6
      return bytes.withUnsafeBytes { IPAddress(bytes: $0, family: family) }.map { "\($0)" } ?? raw(bytes)
    case .transportProtocol where bytes.count == 1: return TransportProtocol(rawValue: bytes[0]).name
    case .networkProtocol where bytes.count == 1:
      return bytes[0] == 2 ? "ipv4" : bytes[0] == 10 ? "ipv6" : "\(bytes[0])"
    case .packetType where bytes.count == 1 && bytes[0] < 4:
      return ["host", "broadcast", "multicast", "other"][Int(bytes[0])]
    case .presence: return bytes.allSatisfy { $0 == 0 } ? "missing" : "exists"
    case .service where bytes.count == 2: return "\(UInt32(networkBytes: bytes))"
    case .mark where bytes.count == 4: return hex(UInt32(hostBytes: bytes))
    case .interfaceName: return "\"\(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))\""
    case .etherAddress: return bytes.map { String(raw([$0]).dropFirst(2)) }.joined(separator: ":")
    case .connectionState where bytes.count == 4:
      return ConntrackState(nft: UInt32(hostBytes: bytes)).map { alternatives(NFTNames.list($0)) } ?? raw(bytes)
    case .connectionStatus where bytes.count == 4: return alternatives(NFTNames.status(UInt32(hostBytes: bytes)))
    case .addressType where bytes.count == 4:
      let number = Int(UInt32(hostBytes: bytes))
      return number < AddressType.names.count ? AddressType.names[number].lowercased() : "\(number)"
    case .hostInteger where bytes.count <= 4: return "\(UInt32(hostBytes: bytes))"
    case .integer where bytes.count <= 4: return "\(UInt32(networkBytes: bytes))"
    default: return type.isHostOrder && bytes.count <= 4 ? "\(UInt32(hostBytes: bytes))" : raw(bytes)
    }
  }
}

extension NFTValue {
  /// Bytes of the value, where its kind says it.
  fileprivate var length: Int? {
    switch self {
    case .constant(let bytes): bytes.count
    case .field(let field): field.length
    case .bitwise(_, let mask, _): mask.count
    case .slice(_, _, let length): length
    case .number, .hash: 4
    default: nil
    }
  }
}

/// Writes sets in nft's language: an anonymous one by its elements, another by its name.
enum NFTSetText {
  static func text(_ lookup: NFTLookup) -> String {
    guard let elements = lookup.set.elements else { return "@\(lookup.set.name)" }
    let isHostOrder = lookup.key.dataType == .hostInteger
    let sorted = elements.sorted { left, right in
      if left.isCatchAll != right.isCatchAll { return right.isCatchAll }
      if isHostOrder, let left = left.numbers(inHostOrder: true), let right = right.numbers(inHostOrder: true) {
        return left.lowerBound < right.lowerBound
      }
      return left.key.lexicographicallyPrecedes(right.key)
    }
    return "{ \(sorted.map { text($0, of: lookup) }.joined(separator: ", ")) }"
  }

  static func text(_ element: NFTSetElement, of lookup: NFTLookup) -> String {
    var text = element.isCatchAll ? "*" : key(element, of: lookup)
    if let comment = element.comment { text += " comment \"\(comment)\"" }
    switch element.value {
    case nil: break
    case .object(let name): text += " : \"\(name)\""
    case .data(let data): text += " : \(NFTDataText.text(data, types: lookup.set.dataTypes, lengths: []))"
    case .verdict(let verdict): text += " : \(name(verdict))"
    }
    return text
  }

  private static func key(_ element: NFTSetElement, of lookup: NFTLookup) -> String {
    let types = types(of: lookup)
    guard let upper = element.upperKey else {
      return NFTDataText.text(element.key, types: types, lengths: lengths(of: lookup))
    }
    guard types.count > 1 else { return range(element.key, upper, type: types.first ?? .integer) }
    let fields = lookup.set.keyFields
    return fields.enumerated().map { index, field in
      guard field.upperBound <= element.key.count, field.upperBound <= upper.count else { return "?" }
      return range(
        Array(element.key[field]), Array(upper[field]), type: index < types.count ? types[index] : .integer)
    }.joined(separator: " . ")
  }

  private static func range(_ lower: [UInt8], _ upper: [UInt8], type: NFTDataType) -> String {
    if lower == upper { return NFTDataText.text(lower, type: type) }
    if type == .ipv4Address || type == .ipv6Address, let length = prefixLength(lower, upper) {
      return "\(NFTDataText.text(lower, type: type))/\(length)"
    }
    return "\(NFTDataText.text(lower, type: type))-\(NFTDataText.text(upper, type: type))"
  }

  /// The length of the prefix that a range is, if it is one.
  private static func prefixLength(_ lower: [UInt8], _ upper: [UInt8]) -> Int? {
    let differing = zip(lower, upper).map { $0 ^ $1 }
    var length = 0
    for byte in differing {
      length += byte.leadingZeroBitCount
      if byte != 0 { break }
    }
    for bit in length..<max(lower.count * 8, length) {
      let mask = UInt8(0x80) >> UInt8(bit % 8)
      guard lower[bit / 8] & mask == 0, upper[bit / 8] & mask != 0 else { return nil }
    }
    return length
  }

  /// The types of the key's fields: as nft noted them, where the key itself does not say.
  private static func types(of lookup: NFTLookup) -> [NFTDataType] {
    let parts: [NFTValue] = if case .concatenation(let parts) = lookup.key { parts } else { [lookup.key] }
    return parts.enumerated().map { index, part in
      if case .byteSwap = part { return .integer }
      return part.dataType ?? (index < lookup.set.keyTypes.count ? lookup.set.keyTypes[index] : .integer)
    }
  }

  private static func lengths(of lookup: NFTLookup) -> [Int?] {
    let parts: [NFTValue] = if case .concatenation(let parts) = lookup.key { parts } else { [lookup.key] }
    return parts.map(\.length)
  }

  private static func name(_ verdict: NFTVerdict) -> String {
    switch verdict {
    case .accept: "accept"
    case .drop: "drop"
    case .queue: "queue"
    case .continue: "continue"
    case .return: "return"
    case .jump(let chain): "jump \(chain)"
    case .goto(let chain): "goto \(chain)"
    case .unknown(let code): "verdict \(code)"
    }
  }
}

/// Names of numbers in nft's language.
enum NFTNames {
  static func list(_ states: ConntrackState) -> String {
    let names: [(ConntrackState, String)] = [
      (.invalid, "invalid"), (.established, "established"), (.related, "related"), (.new, "new"),
      (.untracked, "untracked"),
    ]
    return names.filter { states.contains($0.0) }.map(\.1).joined(separator: ",")
  }

  /// IPS_* bits.
  static func status(_ bits: UInt32) -> String {
    let names: [(UInt32, String)] = [
      (1, "expected"), (2, "seen-reply"), (4, "assured"), (8, "confirmed"), (0x10, "snat"), (0x20, "dnat"),
      (0x200, "dying"),
    ]
    let known = names.filter { bits & $0.0 != 0 }
    let rest = known.reduce(bits) { $0 & ~$1.0 }
    return (known.map(\.1) + (rest != 0 || known.isEmpty ? [NFTDataText.hex(rest)] : [])).joined(separator: ",")
  }

  static let icmp: [UInt8: String] = [
    0: "echo-reply", 3: "destination-unreachable", 4: "source-quench", 5: "redirect", 8: "echo-request",
    9: "router-advertisement", 10: "router-solicitation", 11: "time-exceeded", 12: "parameter-problem",
    13: "timestamp-request", 14: "timestamp-reply", 15: "info-request", 16: "info-reply", 17: "address-mask-request",
    18: "address-mask-reply",
  ]
  static let icmpv6: [UInt8: String] = [
    1: "destination-unreachable", 2: "packet-too-big", 3: "time-exceeded", 4: "parameter-problem",
    128: "echo-request", 129: "echo-reply", 130: "mld-listener-query", 131: "mld-listener-report",
    132: "mld-listener-done", 133: "nd-router-solicit", 134: "nd-router-advert", 135: "nd-neighbor-solicit",
    136: "nd-neighbor-advert", 137: "nd-redirect", 143: "mld2-listener-report",
  ]
}
