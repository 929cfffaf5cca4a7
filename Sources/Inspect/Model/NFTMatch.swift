/// A test that only nf_tables has.
public enum NFTMatch: Sendable, Hashable {
  case comparison(NFTComparison)
  case range(NFTRangeMatch)
  /// Whether a set holds a key.
  case lookup(NFTLookup)
  case limit(NFTLimit)
  case quota(NFTQuota)
  /// `ct count`: at most so many connections; over it if inverted.
  case connectionLimit(count: UInt32, inverted: Bool)
  /// A limit, quota or connection limit that has a name.
  case object(NFTObjectReference)
}

/// `cmp`: a value's bytes against constant ones, as memcmp does.
public struct NFTComparison: Sendable, Hashable {
  /// NFT_CMP_*.
  public enum Operator: UInt32, Sendable, Hashable {
    case equal = 0
    case notEqual = 1
    case less = 2
    case lessOrEqual = 3
    case greater = 4
    case greaterOrEqual = 5
  }
  /// What is compared.
  public var value: NFTValue
  /// How it is compared.
  public var operation: Operator
  /// What it is compared with; as many bytes of the value count.
  public var data: [UInt8]

  /// Whether it holds for a value of these bytes.
  public func holds(_ bytes: [UInt8]) -> Bool {
    let bytes = bytes.prefix(data.count)
    return switch operation {
    case .equal: bytes.elementsEqual(data)
    case .notEqual: !bytes.elementsEqual(data)
    case .less: bytes.lexicographicallyPrecedes(data)
    case .lessOrEqual: !data.lexicographicallyPrecedes(bytes)
    case .greater: data.lexicographicallyPrecedes(bytes)
    case .greaterOrEqual: !bytes.lexicographicallyPrecedes(data)
    }
  }
}

/// `range`: a value's bytes between two constants, both included.
public struct NFTRangeMatch: Sendable, Hashable {
  /// What is compared.
  public var value: NFTValue
  /// The first of the range, in network order.
  public var lower: [UInt8]
  /// The last of the range, in network order.
  public var upper: [UInt8]
  /// `!=`: true outside the range.
  public var inverted: Bool

  /// Whether it holds for a value of these bytes.
  public func holds(_ bytes: [UInt8]) -> Bool {
    let bytes = bytes.prefix(lower.count)
    let within = !bytes.lexicographicallyPrecedes(lower) && !upper.lexicographicallyPrecedes(bytes)
    return within != inverted
  }
}

/// A key looked up in a set or map.
public struct NFTLookup: Sendable, Hashable {
  /// The set or map that is asked.
  public var set: NFTSet
  /// What is looked up.
  public var key: NFTValue
  /// Whether the rule goes on where the set does not hold the key.
  public var inverted = false

  /// Each element of an anonymous map whose key is a generated number, with the share of packets that gets it; what
  /// is missing from 1 finds no element. nil if the key is anything else.
  public var shares: [(element: NFTSetElement, share: Double)]? {
    guard let elements = set.elements, let generator = key.generator, generator.modulus > 0 else { return nil }
    var shares: [(element: NFTSetElement, share: Double)] = []
    for element in elements where !element.isCatchAll {
      guard let numbers = element.numbers(inHostOrder: key == .number(generator)) else { return nil }
      let count = generator.count(in: numbers)
      if count > 0 { shares.append((element, Double(count) / Double(generator.modulus))) }
    }
    if let rest = elements.first(where: \.isCatchAll) {
      let covered = shares.reduce(0) { $0 + $1.share }
      if covered < 1 { shares.append((rest, 1 - covered)) }
    }
    return shares
  }
}

/// `limit`: at most so many packets or bytes in a unit of time; more than that if it is `over`.
public struct NFTLimit: Sendable, Hashable {
  /// Packets or bytes in each `unit`.
  public var rate: UInt64
  /// Seconds.
  public var unit: UInt64
  /// How many packets or bytes may come at once before the rate counts.
  public var burst: UInt32
  /// Whether bytes are counted, and not packets.
  public var countsBytes: Bool
  /// `over`: true for what exceeds the rate.
  public var isOver: Bool
}

/// `quota`: until so many bytes have passed; after that if it is `over`.
public struct NFTQuota: Sendable, Hashable {
  /// How many bytes may pass.
  public var bytes: UInt64
  /// How many have passed (NFTA_QUOTA_CONSUMED).
  public var used: UInt64
  /// `over`: true once the bytes have passed.
  public var isOver: Bool
}

/// `counter name …`, `quota name …`, …: a stateful object of the table, by name or by a map.
public struct NFTObjectReference: Sendable, Hashable {
  /// NFT_OBJECT_*; nil where a map names the object.
  public var type: UInt32?
  /// The object's name; nil where a map gives it.
  public var name: String?
  /// The map that gives the object, with its key; nil where the rule names it.
  public var lookup: NFTLookup?

  /// Whether it decides if the rule goes on: quotas, limits and connection limits do.
  public var decides: Bool {
    switch type ?? lookup?.set.dataTypes.first?.rawValue ?? 0 {
    case 1, 3, 7, 8, 9, 10: false
    default: true
    }
  }
}
