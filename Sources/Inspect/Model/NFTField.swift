/// Something of a packet that an nf_tables expression loads.
public enum NFTField: Sendable, Hashable {
  case sourceAddress(IPFamily)
  case destinationAddress(IPFamily)
  /// The transport header's first two bytes.
  case sourcePort
  /// The transport header's third and fourth byte.
  case destinationPort
  /// `meta l4proto`, and `ip protocol` of IPv4: one byte.
  case transportProtocol
  /// `meta nfproto`: one byte, 2 (NFPROTO_IPV4) or 10 (NFPROTO_IPV6).
  case networkProtocol
  /// `iifname`: 16 bytes, padded with zeros.
  case inInterface
  /// `oifname`: 16 bytes, padded with zeros.
  case outInterface
  /// `meta mark`: 4 bytes in host order.
  case mark
  /// `ct state`: 4 bytes in host order; invalid 1, established 2, related 4, new 8, untracked 64.
  case connectionState
  /// `ct status`: 4 bytes in host order, bits IPS_*.
  case connectionStatus
  /// `ct mark`: 4 bytes in host order.
  case connectionMark
  /// `ct direction`: one byte, 0 for the original direction.
  case connectionDirection
  /// Any other bytes of a header.
  case payload(base: PayloadBase, offset: UInt32, length: UInt32)
  /// Any other NFT_META_* key.
  case meta(key: UInt32)
  /// Any other NFT_CT_* key; direction 0 original, 1 reply, nil where it has none.
  case connection(key: UInt32, direction: UInt8?)

  /// Where a payload's offset is counted from: NFT_PAYLOAD_*.
  public enum PayloadBase: UInt32, Sendable, Hashable {
    case link = 0
    case network = 1
    case transport = 2
    case inner = 3
    case tunnel = 4
  }

  /// Bytes that the field has in a register.
  public var length: Int {
    switch self {
    case .sourceAddress(let family), .destinationAddress(let family): family.bits / 8
    case .sourcePort, .destinationPort: 2
    case .transportProtocol, .networkProtocol, .connectionDirection: 1
    case .inInterface, .outInterface: 16
    case .mark, .connectionState, .connectionStatus, .connectionMark: 4
    case .payload(_, _, let length): Int(length)
    case .meta(let key): NFTMetaKey.length(key)
    case .connection(let key, _): NFTConnectionKey.length(key)
    }
  }

  /// Whether the field is a number in host order, as marks and states are.
  var isHostOrder: Bool {
    switch self {
    case .mark, .connectionState, .connectionStatus, .connectionMark: true
    case .meta(let key): NFTMetaKey.isHostOrder(key)
    case .connection(let key, _): NFTConnectionKey.isHostOrder(key)
    default: false
    }
  }
}

/// NFT_META_* keys, by number.
enum NFTMetaKey {
  /// As nft names them.
  static let names = [
    "length", "protocol", "priority", "mark", "iif", "oif", "iifname", "oifname", "iiftype", "oiftype", "skuid",
    "skgid", "nftrace", "rtclassid", "secmark", "nfproto", "l4proto", "ibrname", "obrname", "pkttype", "cpu",
    "iifgroup", "oifgroup", "cgroup", "random", "ipsec", "iifkind", "oifkind", "ibrpvid", "ibrvproto", "time", "day",
    "hour", "sdif", "sdifname", "broute",
  ]

  static func name(_ key: UInt32) -> String { key < names.count ? names[Int(key)] : "key-\(key)" }

  static func length(_ key: UInt32) -> Int {
    switch key {
    case 6, 7, 17, 18, 26, 27, 34: 16  // names of interfaces, bridges and kinds
    case 15, 16, 19, 25, 31, 35: 1
    case 1, 8, 9, 28, 29: 2
    case 30: 8
    default: 4
    }
  }

  static func isHostOrder(_ key: UInt32) -> Bool {
    switch key {
    case 1, 6, 7, 15, 16, 17, 18, 26, 27, 29, 34: false
    default: true
    }
  }

  /// Whether nft prints the key without `meta` in front.
  static func isUnqualified(_ key: UInt32) -> Bool {
    switch key {
    case 4...9, 21, 22: true
    default: false
    }
  }
}

/// NFT_CT_* keys, by number.
enum NFTConnectionKey {
  /// As nft names them.
  static let names = [
    "state", "direction", "status", "mark", "secmark", "expiration", "helper", "l3proto", "saddr", "daddr",
    "protocol", "proto-src", "proto-dst", "label", "packets", "bytes", "avgpkt", "zone", "event", "ip saddr",
    "ip daddr", "ip6 saddr", "ip6 daddr", "id",
  ]

  static func name(_ key: UInt32) -> String { key < names.count ? names[Int(key)] : "key-\(key)" }

  static func length(_ key: UInt32) -> Int {
    switch key {
    case 1, 7, 10: 1
    case 6, 8, 9, 13, 21, 22: 16
    case 11, 12, 17: 2
    case 14, 15, 16: 8
    default: 4
    }
  }

  static func isHostOrder(_ key: UInt32) -> Bool {
    switch key {
    case 6, 8, 9, 11, 12, 13, 19, 20, 21, 22: false
    default: true
    }
  }
}
