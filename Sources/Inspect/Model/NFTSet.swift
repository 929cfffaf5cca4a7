/// A set or map of nf_tables, as its declaration says.
public struct NFTSet: Sendable, Hashable {
  /// NFT_SET_*.
  public struct Flags: OptionSet, Sendable, Hashable {
    /// NFT_SET_* bits.
    public let rawValue: UInt32
    /// From the number that the kernel has.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// A rule made it for itself, and it goes with the rule.
    public static let anonymous = Flags(rawValue: 0x1)
    /// It cannot change while a rule uses it.
    public static let constant = Flags(rawValue: 0x2)
    /// Its elements are ranges of keys.
    public static let interval = Flags(rawValue: 0x4)
    /// It gives something for each key: data or a verdict.
    public static let map = Flags(rawValue: 0x8)
    /// Its elements may expire.
    public static let timeout = Flags(rawValue: 0x10)
    /// Rules add to it.
    public static let dynamic = Flags(rawValue: 0x20)
    /// It gives a stateful object for each key.
    public static let object = Flags(rawValue: 0x40)
    /// Its keys have several fields, of which each may be a range.
    public static let concatenation = Flags(rawValue: 0x80)
  }
  /// The table that it belongs to.
  public var table: Table
  /// `service-ips`; `__map12` if it is anonymous.
  public var name: String
  /// What kind of set it is.
  public var flags: Flags = []
  /// The types of a key's fields, as nft numbers them; empty where it did not say.
  public var keyTypes: [NFTDataType] = []
  /// Bytes of a key, each field of a concatenation padded to 4.
  public var keyLength: Int
  /// The types of a map's data.
  public var dataTypes: [NFTDataType] = []
  /// Bytes of a map's data; 0 for a set, and for verdicts.
  public var dataLength = 0
  /// Whether a map's data are verdicts.
  public var isVerdictMap = false
  /// Bytes of each field of a concatenation of intervals; empty where the kernel was not told.
  public var fieldLengths: [Int] = []
  /// How many elements it may have at most, as its maker said (NFTA_SET_DESC_SIZE); nil where that is not said.
  public var size: UInt32?
  /// Milliseconds that elements live by default; 0: for ever.
  public var timeout: UInt64 = 0
  /// The elements of an anonymous set, which cannot change; nil for a named set, which is asked by key.
  public var elements: [NFTSetElement]?

  /// Whether a rule made it for itself.
  public var isAnonymous: Bool { flags.contains(.anonymous) }

  /// Where each field of a key begins and how long it is; a concatenation's fields begin at multiples of 4.
  var keyFields: [Range<Int>] {
    guard !fieldLengths.isEmpty else { return [0..<keyLength] }
    var offset = 0
    return fieldLengths.map { length in
      defer { offset += (length + 3) & ~3 }
      return offset..<offset + length
    }
  }

  /// The element that holds `key`, of those given: the first one that does, else the one for all others.
  public func element(for key: [UInt8], in elements: [NFTSetElement]) -> NFTSetElement? {
    elements.first { !$0.isCatchAll && $0.contains(key, fields: keyFields) } ?? elements.first(where: \.isCatchAll)
  }
}

/// An element of a set: one key or a range of them, and what a map gives for it.
public struct NFTSetElement: Sendable, Hashable {
  /// The key; of a range its first.
  public var key: [UInt8]
  /// The last key of a range, field by field; nil for a single key.
  public var upperKey: [UInt8]?
  /// What a map gives for the key; nil in a set.
  public var value: NFTElementValue?
  /// `*`: the element for all keys that no other has.
  public var isCatchAll = false
  /// What the user wrote beside it; nil for nothing.
  public var comment: String?
  /// Milliseconds that it still lives; nil if it does not expire.
  public var expiration: UInt64?
  /// What its `counter` has counted; nil without one.
  public var counters: Counters?

  /// Whether a key is the element's or in its range; `fields` says where the key's fields are.
  func contains(_ other: [UInt8], fields: [Range<Int>]) -> Bool {
    guard let upperKey else { return other == key }
    guard other.count == key.count, upperKey.count == key.count else { return false }
    return fields.allSatisfy { field in
      guard field.upperBound <= key.count else { return false }
      return !other[field].lexicographicallyPrecedes(key[field])
        && !upperKey[field].lexicographicallyPrecedes(other[field])
    }
  }

  /// The element's keys as 32-bit numbers: `numgen` makes them in host order, maps of intervals keep them in network
  /// order, so that they sort.
  func numbers(inHostOrder: Bool) -> ClosedRange<UInt32>? {
    func number(_ bytes: [UInt8]) -> UInt32? {
      guard bytes.count == 4 else { return nil }
      return inHostOrder ? UInt32(hostBytes: bytes) : UInt32(networkBytes: bytes)
    }
    guard let lower = number(key), let upper = number(upperKey ?? key), lower <= upper else { return nil }
    return lower...upper
  }
}

/// What a map gives for a key.
public enum NFTElementValue: Sendable, Hashable {
  case verdict(NFTVerdict)
  case data([UInt8])
  /// A stateful object, by name.
  case object(String)
}

/// A verdict of nf_tables.
public enum NFTVerdict: Sendable, Hashable {
  case accept
  case drop
  case queue
  /// On with the next rule.
  case `continue`
  case `return`
  case jump(String)
  case goto(String)
  /// A code that kpx does not know.
  case unknown(Int32)

  /// What a rule with this verdict does; nil for `continue`.
  public var action: Action? {
    switch self {
    case .accept: .accept
    case .drop: .drop
    case .queue: .queue(QueueAction(number: nil))
    case .continue: nil
    case .return: .return
    case .jump(let chain): .jump(chain)
    case .goto(let chain): .goto(chain)
    case .unknown(let code):
      .unknown(UnknownExtension(name: "verdict", revision: 0, bytes: [], reason: "verdict \(code) is not known"))
    }
  }
}

/// The type of a key's or a datum's field, by the number that nft gives it; the kernel only keeps it.
public struct NFTDataType: RawRepresentable, Sendable, Hashable {
  /// enum datatypes of libnftables.
  public let rawValue: UInt32
  /// By the number that nft wrote (NFTA_SET_KEY_TYPE).
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// TYPE_INTEGER of libnftables: a number of any length.
  public static let integer = NFTDataType(rawValue: 4)
  /// TYPE_IPADDR.
  public static let ipv4Address = NFTDataType(rawValue: 7)
  /// TYPE_IP6ADDR.
  public static let ipv6Address = NFTDataType(rawValue: 8)
  /// TYPE_ETHERADDR.
  public static let etherAddress = NFTDataType(rawValue: 9)
  /// TYPE_INET_PROTOCOL.
  public static let transportProtocol = NFTDataType(rawValue: 12)
  /// TYPE_INET_SERVICE: a port.
  public static let service = NFTDataType(rawValue: 13)
  /// TYPE_MARK.
  public static let mark = NFTDataType(rawValue: 19)
  /// TYPE_IFINDEX.
  public static let interfaceIndex = NFTDataType(rawValue: 20)
  /// TYPE_CT_STATE.
  public static let connectionState = NFTDataType(rawValue: 26)
  /// TYPE_CT_STATUS.
  public static let connectionStatus = NFTDataType(rawValue: 28)
  /// TYPE_IFNAME.
  public static let interfaceName = NFTDataType(rawValue: 41)

  /// nft packs the types of a concatenation's fields in 6 bits each, the first one highest.
  static func list(packed: UInt32) -> [NFTDataType] {
    var rest = packed
    var types: [NFTDataType] = []
    while rest > 0 {
      types.append(NFTDataType(rawValue: rest & 0x3f))
      rest >>= 6
    }
    return types.reversed()
  }

  /// Bytes of a value of this type; nil where it is not fixed.
  var length: Int? {
    switch rawValue {
    case 7: 4
    case 8, 41: 16
    case 9: 6
    case 10, 13: 2
    case 2, 12, 14, 27, 29, 31...34: 1
    case 19, 20, 24...26, 28, 38: 4
    default: nil
    }
  }

  /// Whether values are numbers in host order.
  var isHostOrder: Bool {
    switch rawValue {
    case 19, 20, 22...26, 28, 35, 38: true
    default: false
    }
  }
}
