/// Gives each address another one, by a key: two addresses whose first bits are the same get two whose first bits are the
/// same, as many of them and no more (Crypto-PAn: Xu, Fan, Ammar, Moon, 2002). So networks stay networks.
///
/// What an address is for by its range stays: private ranges stay private, and loopback, link-local, multicast and the like
/// stay what they are; nothing else comes into them. Then the first bits of these ranges never change.
final class AddressMap {
  /// A range whose addresses get addresses of the same range.
  private struct Range {
    let bits: UInt128
    let length: Int
    /// Each address gets itself.
    let isKept: Bool

    init(_ text: String, isKept: Bool = false) {
      let prefix = IPPrefix(text) ?? IPPrefix(.any(.v4), length: 0)
      (bits, length) = (prefix.address.leftAligned, prefix.length)
      self.isKept = isKept
    }
  }

  /// Pods may have addresses of 240.0.0.0/4, and programs multicast addresses of their own; 255.0.0.0/8 has masks.
  private static let ranges4 = [
    Range("0.0.0.0/8", isKept: true), Range("127.0.0.0/8", isKept: true), Range("169.254.0.0/16", isKept: true),
    Range("224.0.0.0/4"), Range("224.0.0.0/8", isKept: true), Range("240.0.0.0/4"),
    Range("255.0.0.0/8", isKept: true), Range("10.0.0.0/8"),
    Range("100.64.0.0/10"), Range("172.16.0.0/12"), Range("192.168.0.0/16"),
  ]
  /// Link-local and some multicast addresses have bits of hardware addresses: these do change. ffff::/16 has no addresses, but
  /// masks.
  private static let ranges6 = [
    Range("::/127", isKept: true), Range("ffff::/16", isKept: true), Range("fe80::/64"), Range("ff00::/8"),
    Range("fc00::/8"), Range("fd00::/8"),
    Range("::ffff:0:0/96"),
  ]

  private struct Place: Hashable {
    let family: IPFamily
    let bits: UInt128
    let length: Int
  }

  private let key: RedactionKey
  /// Of each byte that was met behind the bytes before it: whether bits change, one for each node of the tree of its bits.
  private var trees: [Place: [UInt8]] = [:]

  init(_ key: RedactionKey) { self.key = key }

  /// The address that stands for another.
  func pseudonym(_ address: IPAddress) -> IPAddress { translate(address, backwards: false) }

  /// The address that another stands for.
  func original(_ address: IPAddress) -> IPAddress { translate(address, backwards: true) }

  /// The network that stands for another, of the same length.
  func pseudonym(_ prefix: IPPrefix) -> IPPrefix { IPPrefix(pseudonym(prefix.address), length: prefix.length) }

  /// The range that stands for another; nil where it is no network, and its addresses come to lie apart.
  func pseudonym(_ range: ClosedRange<IPAddress>) -> ClosedRange<IPAddress>? {
    let parts = IPPrefix.covering(range)
    guard parts.count == 1, let whole = parts.first else { return nil }
    let image = pseudonym(whole)
    return image.address...image.last
  }

  private func translate(_ address: IPAddress, backwards: Bool) -> IPAddress {
    // An IPv4 address within (::ffff:a.b.c.d) stays the same one.
    if case .v6(0, let low) = address, low >> 32 == 0xffff {
      guard case .v4(let inner) = translate(.v4(UInt32(truncatingIfNeeded: low)), backwards: backwards) else {
        return address
      }
      return .v6(high: 0, low: 0xffff << 32 | UInt64(inner))
    }
    let family = address.family
    let given = address.leftAligned
    var original: UInt128 = 0
    var result: UInt128 = 0
    for byte in 0..<family.bits / 8 {
      let tree = tree(Place(family: family, bits: original, length: byte * 8))
      var node = 1
      for position in byte * 8..<byte * 8 + 8 {
        let bit = given >> UInt128(127 - position) & 1
        let flip = changes(family, original, position) ? UInt128(tree[node / 8] >> UInt8(node % 8) & 1) : 0
        result |= (bit ^ flip) << UInt128(127 - position)
        let own = backwards ? bit ^ flip : bit
        original |= own << UInt128(127 - position)
        node = node << 1 | Int(own)
      }
    }
    return IPAddress(leftAligned: result, family)
  }

  /// Whether the bit behind these may change: it does not lead into a range or by it, and is not in one that is kept.
  private func changes(_ family: IPFamily, _ bits: UInt128, _ length: Int) -> Bool {
    (family == .v4 ? Self.ranges4 : Self.ranges6).allSatisfy { range in
      let common = (bits ^ range.bits).leadingZeroBitCount
      return range.length > length ? common < length : !range.isKept || common < range.length
    }
  }

  /// 256 bits, of which 255 are nodes.
  private func tree(_ place: Place) -> [UInt8] {
    if let known = trees[place] { return known }
    let tree = key.digest(
      "\(place.family.rawValue)/\(place.length)", withUnsafeBytes(of: place.bits.bigEndian) { Array($0) })
    trees[place] = tree
    return tree
  }
}

extension IPAddress {
  /// Its bits, the first one highest.
  fileprivate var leftAligned: UInt128 {
    switch self {
    case .v4(let bits): UInt128(bits) << 96
    case .v6(let high, let low): UInt128(high) << 64 | UInt128(low)
    }
  }

  fileprivate init(leftAligned bits: UInt128, _ family: IPFamily) {
    switch family {
    case .v4: self = .v4(UInt32(truncatingIfNeeded: bits >> 96))
    case .v6: self = .v6(high: UInt64(truncatingIfNeeded: bits >> 64), low: UInt64(truncatingIfNeeded: bits))
    }
  }
}
