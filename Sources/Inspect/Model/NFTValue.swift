/// What an nf_tables register holds when it is used, as an expression over the packet.
public indirect enum NFTValue: Sendable, Hashable {
  case constant([UInt8])
  case field(NFTField)
  /// Several values, each padded with zeros to a multiple of 4 bytes: the key of a concatenation.
  case concatenation([NFTValue])
  /// (value & mask) ^ xor, byte by byte.
  case bitwise(NFTValue, mask: [UInt8], xor: [UInt8])
  /// Bits of two values and, or or xor each other.
  case combination(NFTBitOperator, NFTValue, NFTValue)
  case shift(NFTValue, left: Bool, bits: UInt32)
  /// The bytes of every group of `size` in reverse.
  case byteSwap(NFTValue, size: Int)
  case number(NFTNumberGenerator)
  case hash(NFTHash)
  case fib(NFTFib)
  /// What a map gives for a key. A key that it does not hold ends the rule.
  case mapped(NFTLookup)
  /// Part of a value.
  case slice(NFTValue, offset: Int, length: Int)
  /// Something that kpx does not know.
  case unknown(UnknownExtension)

  /// The value's bytes for a packet, of which `field` tells what is known; nil where something unknown, a random
  /// number or a map decides.
  public func bytes(_ field: (NFTField) -> [UInt8]?) -> [UInt8]? {
    switch self {
    case .constant(let bytes): return bytes
    case .field(let name): return field(name)
    case .concatenation(let parts): return Self.concatenate(parts, field)
    case .bitwise(let value, let mask, let xor): return Self.masked(value.bytes(field), mask, xor)
    case .combination(let operation, let left, let right):
      guard let left = left.bytes(field), let right = right.bytes(field), left.count == right.count else { return nil }
      return zip(left, right).map(operation.apply)
    case .byteSwap(let value, let size):
      guard size > 0, let bytes = value.bytes(field), bytes.count % size == 0 else { return nil }
      return stride(from: 0, to: bytes.count, by: size).flatMap { bytes[$0..<$0 + size].reversed() }
    case .slice(let value, let offset, let length):
      guard let bytes = value.bytes(field), offset >= 0, length >= 0, bytes.count - length >= offset else { return nil }
      return Array(bytes[offset..<offset + length])
    case .shift(let value, let left, let bits): return Self.shifted(value.bytes(field), left: left, by: bits)
    case .number, .hash, .fib, .mapped, .unknown: return nil
    }
  }

  /// Whether one of the fields that it is made of is as wanted.
  public func contains(_ isWanted: (NFTField) -> Bool) -> Bool {
    switch self {
    case .field(let field): isWanted(field)
    case .concatenation(let parts): parts.contains { $0.contains(isWanted) }
    case .bitwise(let value, _, _), .shift(let value, _, _), .byteSwap(let value, _), .slice(let value, _, _):
      value.contains(isWanted)
    case .combination(_, let left, let right): left.contains(isWanted) || right.contains(isWanted)
    case .hash(let hash): hash.key?.contains(isWanted) ?? false
    case .mapped(let lookup): lookup.key.contains(isWanted)
    case .constant, .number, .fib, .unknown: false
    }
  }

  /// The fields of a key, in order; nil if it is made of anything else.
  public var fields: [NFTField]? {
    switch self {
    case .field(let field): return [field]
    case .concatenation(let parts):
      let fields = parts.compactMap { if case .field(let field) = $0 { field } else { nil } }
      return fields.count == parts.count ? fields : nil
    default: return nil
    }
  }

  /// The generator of the key's numbers, if it is one.
  public var generator: NFTNumberGenerator? {
    switch self {
    case .number(let generator), .byteSwap(.number(let generator), 4): generator
    default: nil
    }
  }

  /// How many of a generator's numbers a test holds for, as a share of 1; nil where the value is no such number.
  func share(of test: ([UInt8]) -> Bool) -> Double? {
    // More numbers than this are not tried one by one.
    guard let generator, (1...65536).contains(generator.modulus),
      !generator.offset.addingReportingOverflow(generator.modulus - 1).overflow
    else { return nil }
    let isNetworkOrder = if case .byteSwap = self { true } else { false }
    let holding = (0..<generator.modulus).count { number in
      let bytes = (generator.offset + number).hostBytes
      return test(isNetworkOrder ? bytes.reversed() : bytes)
    }
    return Double(holding) / Double(generator.modulus)
  }

  /// The lookup whose result this is, or is part of.
  public var lookup: NFTLookup? {
    switch self {
    case .mapped(let lookup): lookup
    case .slice(let value, _, _): value.lookup
    default: nil
    }
  }

  /// Why the value cannot be known, if an expression behind it was not understood.
  public var unknown: UnknownExtension? {
    switch self {
    case .unknown(let unknown): unknown
    case .concatenation(let parts): parts.lazy.compactMap(\.unknown).first
    case .bitwise(let value, _, _), .shift(let value, _, _), .byteSwap(let value, _), .slice(let value, _, _):
      value.unknown
    case .combination(_, let left, let right): left.unknown ?? right.unknown
    case .hash(let hash): hash.key?.unknown
    case .mapped(let lookup): lookup.key.unknown
    case .constant, .field, .number, .fib: nil
    }
  }

  private static func concatenate(_ parts: [NFTValue], _ field: (NFTField) -> [UInt8]?) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(16)
    for part in parts {
      guard let bytes = part.bytes(field) else { return nil }
      result += bytes
      while result.count & 3 != 0 { result.append(0) }
    }
    return result
  }

  private static func masked(_ bytes: [UInt8]?, _ mask: [UInt8], _ xor: [UInt8]) -> [UInt8]? {
    guard let bytes, bytes.count == mask.count, bytes.count == xor.count else { return nil }
    return bytes.indices.map { bytes[$0] & mask[$0] ^ xor[$0] }
  }

  /// The kernel shifts 32-bit words in host order, carrying from word to word (nft_bitwise_eval_lshift).
  private static func shifted(_ bytes: [UInt8]?, left: Bool, by bits: UInt32) -> [UInt8]? {
    guard let bytes, bytes.count == 4, bits < 32 else { return nil }
    let word = UInt32(hostBytes: bytes)
    return (left ? word << bits : word >> bits).hostBytes
  }
}

/// NFT_BITWISE_AND, _OR, _XOR.
public enum NFTBitOperator: UInt32, Sendable, Hashable {
  case and = 3
  case or = 4
  case xor = 5

  func apply(_ left: UInt8, _ right: UInt8) -> UInt8 {
    switch self {
    case .and: left & right
    case .or: left | right
    case .xor: left ^ right
    }
  }
}

/// `numgen`: offset + (random or counted number) mod modulus, 4 bytes in host order.
public struct NFTNumberGenerator: Sendable, Hashable {
  /// Whether it is random; otherwise it counts packets.
  public var isRandom: Bool
  /// How many different numbers there are (NFTA_NG_MODULUS).
  public var modulus: UInt32
  /// The least of them (NFTA_NG_OFFSET).
  public var offset: UInt32 = 0

  /// How many of the generator's numbers are within a range of keys, of `modulus`.
  public func count(in range: ClosedRange<UInt32>) -> UInt32 {
    guard modulus > 0 else { return 0 }
    let last = offset.addingReportingOverflow(modulus - 1)
    let numbers = offset...(last.overflow ? .max : last.partialValue)
    guard numbers.overlaps(range) else { return 0 }
    let common = numbers.clamped(to: range)
    return common.upperBound - common.lowerBound + 1
  }
}

/// `jhash`, `symhash`: offset + hash mod modulus, 4 bytes in host order.
public struct NFTHash: Sendable, Hashable {
  /// What is hashed; nil for `symhash`, which takes the flow's own hash.
  public var key: NFTValue?
  /// How many different results there are (NFTA_HASH_MODULUS).
  public var modulus: UInt32
  /// What the hash starts from (NFTA_HASH_SEED); nil where the kernel chose one.
  public var seed: UInt32?
  /// The least of the results (NFTA_HASH_OFFSET).
  public var offset: UInt32 = 0
}

/// `fib`: what the routing tables say of an address.
public struct NFTFib: Sendable, Hashable {
  /// NFT_FIB_RESULT_*.
  public enum Result: UInt32, Sendable, Hashable {
    case interfaceIndex = 1
    case interfaceName = 2
    case addressType = 3
  }
  /// NFTA_FIB_F_*.
  public struct Flags: OptionSet, Sendable, Hashable {
    /// NFTA_FIB_F_* bits.
    public let rawValue: UInt32
    /// From the number that the kernel has.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// `saddr`: the source is looked up.
    public static let source = Flags(rawValue: 1)
    /// `daddr`: the destination is looked up.
    public static let destination = Flags(rawValue: 2)
    /// `mark`: rules of routing see the packet's mark.
    public static let mark = Flags(rawValue: 4)
    /// `iif`: only routes by the interface that the packet came by.
    public static let inInterface = Flags(rawValue: 8)
    /// `oif`: only routes by the interface that the packet leaves by.
    public static let outInterface = Flags(rawValue: 16)
    /// The result is only whether there is one.
    public static let present = Flags(rawValue: 32)
  }
  /// What is taken from the route.
  public var result: Result
  /// What is looked up.
  public var flags: Flags
}

extension UInt32 {
  /// Reads 4 bytes in host order; fewer count from the low end.
  init(hostBytes bytes: [UInt8]) {
    self = 0
    withUnsafeMutableBytes(of: &self) { target in
      for (index, byte) in bytes.prefix(4).enumerated() { target[index] = byte }
    }
  }

  /// 4 bytes in host order.
  var hostBytes: [UInt8] { withUnsafeBytes(of: self, Array.init) }

  /// Reads up to 4 bytes in network order.
  init(networkBytes bytes: some Sequence<UInt8>) {
    self = bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }
}
