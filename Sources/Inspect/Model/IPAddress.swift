import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// An address family of the Internet protocol.
public enum IPFamily: String, Sendable, Hashable, CaseIterable {
  case v4 = "IPv4"
  case v6 = "IPv6"

  /// Bits in an address: 32 or 128.
  public var bits: Int { self == .v4 ? 32 : 128 }

  /// By number: an enumeration of texts is hashed by its text otherwise.
  public func hash(into hasher: inout Hasher) { hasher.combine(bits) }

  /// The address family's number on the wire (AF_INET, AF_INET6).
  public var addressFamily: Int32 { self == .v4 ? AF_INET : AF_INET6 }

  /// By AF_INET or AF_INET6, which are NFPROTO_IPV4 and NFPROTO_IPV6 too; nil for another.
  init?(number: UInt8) {
    switch Int32(number) {
    case AF_INET: self = .v4
    case AF_INET6: self = .v6
    default: return nil
    }
  }
}

/// An IPv4 or IPv6 address, kept as numbers in host order.
public enum IPAddress: Sendable, Hashable {
  case v4(UInt32)
  case v6(high: UInt64, low: UInt64)

  /// The family of the address.
  public var family: IPFamily {
    switch self {
    case .v4: .v4
    case .v6: .v6
    }
  }

  /// By the number alone: addresses of two families seldom have the same.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .v4(let value): hasher.combine(value)
    case .v6(let high, let low):
      hasher.combine(high)
      hasher.combine(low)
    }
  }

  /// Reads `10.0.0.1` or `fd00::1` as inet_pton does; nil if it is neither.
  public init?(_ text: String) {
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      self = .v4(UInt32(bigEndian: four.s_addr))
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      self = withUnsafeBytes(of: &six) { IPAddress(bytes: $0, family: .v6) } ?? .v4(0)
    } else {
      return nil
    }
  }

  /// Reads the first 4 or 16 bytes in network order; nil if there are fewer.
  public init?(bytes: UnsafeRawBufferPointer, family: IPFamily) {
    guard bytes.count >= family.bits / 8 else { return nil }
    switch family {
    case .v4:
      self = .v4(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
    case .v6:
      self = .v6(
        high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
  }

  /// The bytes in network order: 4 or 16.
  public var bytes: [UInt8] {
    switch self {
    case .v4(let value): withUnsafeBytes(of: value.bigEndian, Array.init)
    case .v6(let high, let low):
      withUnsafeBytes(of: high.bigEndian, Array.init) + withUnsafeBytes(of: low.bigEndian, Array.init)
    }
  }

  /// 0.0.0.0 or ::.
  public static func any(_ family: IPFamily) -> IPAddress {
    family == .v4 ? .v4(0) : .v6(high: 0, low: 0)
  }

  /// The address whose first `length` bits are ones: a netmask.
  public static func mask(_ length: Int, _ family: IPFamily) -> IPAddress {
    func ones(_ count: Int) -> UInt64 { count <= 0 ? 0 : count >= 64 ? .max : ~(.max >> UInt64(count)) }
    return switch family {
    case .v4: .v4(UInt32(truncatingIfNeeded: ones(length) >> 32))
    case .v6: .v6(high: ones(length), low: ones(length - 64))
    }
  }

  /// Bitwise and; addresses of two families have nothing in common and give 0.
  public static func & (left: IPAddress, right: IPAddress) -> IPAddress {
    switch (left, right) {
    case (.v4(let a), .v4(let b)): .v4(a & b)
    case (.v6(let a, let b), .v6(let c, let d)): .v6(high: a & c, low: b & d)
    default: .any(left.family)
    }
  }

  /// The length of the netmask that this address is, or nil if its ones are not all in front.
  public var maskLength: Int? {
    let (high, low): (UInt64, UInt64) =
      switch self {
      case .v4(let value): (UInt64(value) << 32, 0)
      case .v6(let high, let low): (high, low)
      }
    let length = high == .max ? 64 + (~low).leadingZeroBitCount : (~high).leadingZeroBitCount
    return IPAddress.mask(length, family) == self ? length : nil
  }

  /// Whether it is a loopback address: 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    switch self {
    case .v4(let value): value >> 24 == 127
    case .v6(let high, let low): high == 0 && low == 1
    }
  }
}

extension IPAddress: CustomStringConvertible {
  /// As inet_ntop writes it: `10.0.0.1`, `fd00::1`.
  public var description: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
      let text = bytes.withUnsafeBytes {
        inet_ntop(family.addressFamily, $0.baseAddress, buffer.baseAddress, socklen_t(buffer.count))
      }
      return text.map { String(cString: $0) } ?? ""
    }
  }
}

extension IPAddress: Comparable {
  /// IPv4 first, then by number.
  public static func < (left: IPAddress, right: IPAddress) -> Bool {
    switch (left, right) {
    case (.v4(let a), .v4(let b)): a < b
    case (.v6(let a, let b), .v6(let c, let d)): (a, b) < (c, d)
    case (.v4, .v6): true
    case (.v6, .v4): false
    }
  }
}

/// A range of addresses that share their first bits: 10.0.0.0/8, fd00::/64.
public struct IPPrefix: Sendable, Hashable {
  /// The first address of the range.
  public let address: IPAddress
  /// How many bits are fixed: 0 to 32 or 128.
  public let length: Int

  /// The loopback addresses of both families.
  static let loopback = [IPPrefix(.v4(0x7f00_0000), length: 8), IPPrefix(.v6(high: 0, low: 1), length: 128)]

  /// The range around `address`; bits behind `length` are cleared.
  public init(_ address: IPAddress, length: Int) {
    self.length = min(max(length, 0), address.family.bits)
    self.address = address & .mask(self.length, address.family)
  }

  /// A single address.
  public init(_ address: IPAddress) {
    self.init(address, length: address.family.bits)
  }

  /// Reads `10.0.0.0/8` or a single address; nil if it is neither.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(String(parts[0])) else { return nil }
    guard parts.count == 2 else {
      self.init(address)
      return
    }
    guard let length = Int(parts[1]), (0...address.family.bits).contains(length) else { return nil }
    self.init(address, length: length)
  }

  /// The family of the range.
  public var family: IPFamily { address.family }

  /// Whether `other` is in the range.
  public func contains(_ other: IPAddress) -> Bool {
    other.family == family && other & .mask(length, family) == address
  }

  /// Whether all of `other` is in the range.
  public func contains(_ other: IPPrefix) -> Bool {
    other.length >= length && contains(other.address)
  }

  /// Whether the two have an address in common. Of two prefixes one is then inside the other.
  public func overlaps(_ other: IPPrefix) -> Bool {
    contains(other) || other.contains(self)
  }

  /// Whether it is one address alone.
  public var isSingle: Bool { length == family.bits }
}

extension IPPrefix: CustomStringConvertible {
  /// `10.0.0.0/8`; a single address without its length.
  public var description: String { isSingle ? "\(address)" : "\(address)/\(length)" }
}

extension IPPrefix: Comparable {
  /// By address; of the same address the shorter prefix first.
  public static func < (left: IPPrefix, right: IPPrefix) -> Bool {
    (left.address, left.length) < (right.address, right.length)
  }
}

/// An address with a port: `10.0.0.1:80`, `[fd00::1]:80`.
public struct SocketAddress: Sendable, Hashable, Comparable {
  /// The address.
  public var address: IPAddress
  /// The port, in host order.
  public var port: UInt16

  /// An address with a port.
  public init(_ address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }

  /// Reads `10.0.0.1:80` or `[fd00::1]:80`; nil if it is neither.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    let bracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if bracketed { host = host.dropFirst().dropLast() }
    guard let address = IPAddress(String(host)), bracketed == (address.family == .v6) else { return nil }
    self.init(address, port: port)
  }

  /// By address, then by port.
  public static func < (left: SocketAddress, right: SocketAddress) -> Bool {
    (left.address, left.port) < (right.address, right.port)
  }
}

extension SocketAddress: CustomStringConvertible {
  /// `10.0.0.1:80`, `[fd00::1]:80`.
  public var description: String {
    address.family == .v6 ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}
