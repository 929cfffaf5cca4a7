import CSys

/// Kinds of an address in the routing tables: XT_ADDRTYPE_* (revision 1), the bits of RTN_* (revision 0).
public struct AddressType: OptionSet, Sendable, Hashable {
  /// The number as the kernel has it.
  public let rawValue: UInt16
  /// From the number that the kernel has.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// `UNSPEC`: an address that has no type, as 0.0.0.0.
  public static let unspecified = AddressType(rawValue: 1 << 0)
  /// `UNICAST`: an address that is routed on.
  public static let unicast = AddressType(rawValue: 1 << 1)
  /// `LOCAL`: an address of this node.
  public static let local = AddressType(rawValue: 1 << 2)
  /// `BROADCAST`: a network's broadcast address.
  public static let broadcast = AddressType(rawValue: 1 << 3)
  /// `ANYCAST`: an anycast address of this node (IPv6).
  public static let anycast = AddressType(rawValue: 1 << 4)
  /// `MULTICAST`: a group of receivers.
  public static let multicast = AddressType(rawValue: 1 << 5)
  /// `BLACKHOLE`: a route drops it silently.
  public static let blackhole = AddressType(rawValue: 1 << 6)
  /// `UNREACHABLE`: a route refuses it as unreachable.
  public static let unreachable = AddressType(rawValue: 1 << 7)
  /// `PROHIBIT`: a route refuses it as forbidden.
  public static let prohibit = AddressType(rawValue: 1 << 8)
  /// `THROW`: a route that sends the lookup on to the next table.
  public static let `throw` = AddressType(rawValue: 1 << 9)
  /// `NAT`: RTN_NAT, of which no kernel makes use any more.
  public static let nat = AddressType(rawValue: 1 << 10)
  /// `XRESOLVE`: RTN_XRESOLVE, of which no kernel makes use.
  public static let xresolve = AddressType(rawValue: 1 << 11)

  /// The names that iptables prints, by bit.
  static let names = [
    "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT", "THROW",
    "NAT", "XRESOLVE",
  ]
}

/// `-m addrtype`: struct xt_addrtype_info, xt_addrtype_info_v1.
public struct AddressTypeMatch: Sendable, Hashable {
  /// nil if the source is not tested.
  public var source: AddressType?
  /// `! --src-type`
  public var sourceInverted = false
  /// nil if the destination is not tested.
  public var destination: AddressType?
  /// `! --dst-type`
  public var destinationInverted = false
  /// `--limit-iface-in`, `--limit-iface-out`: only addresses of the interface that the packet comes by or leaves by.
  public var limitToInInterface = false
  /// `--limit-iface-out`
  public var limitToOutInterface = false
}

extension AddressTypeMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "addrtype", revision: 0, family: .v4, size: sizeof_xt_addrtype_info) { p in
      .addressType(AddressTypeMatch(p))
    },
    .init(name: "addrtype", revision: 1, size: sizeof_xt_addrtype_info_v1) { p in
      .addressType(AddressTypeMatch(v1: p))
    },
  ]

  private init(_ p: XTablesPayload) {
    setTypes(p.u16(xt_addrtype_info_source), p.u16(xt_addrtype_info_dest))
    sourceInverted = p.u32(xt_addrtype_info_invert_source) != 0
    destinationInverted = p.u32(xt_addrtype_info_invert_dest) != 0
  }

  private init(v1 p: XTablesPayload) {
    setTypes(p.u16(xt_addrtype_info_v1_source), p.u16(xt_addrtype_info_v1_dest))
    // XT_ADDRTYPE_INVERT_SOURCE 1, INVERT_DEST 2, LIMIT_IFACE_IN 4, LIMIT_IFACE_OUT 8
    let flags = p.u32(xt_addrtype_info_v1_flags)
    sourceInverted = flags & 1 != 0
    destinationInverted = flags & 2 != 0
    limitToInInterface = flags & 4 != 0
    limitToOutInterface = flags & 8 != 0
  }

  private mutating func setTypes(_ source: UInt16, _ destination: UInt16) {
    if source != 0 { self.source = AddressType(rawValue: source) }
    if destination != 0 { self.destination = AddressType(rawValue: destination) }
  }

  func append(to text: inout String) {
    text += " -m addrtype"
    if let source { text.addOption("--src-type \(source.text)", inverted: sourceInverted) }
    if let destination { text.addOption("--dst-type \(destination.text)", inverted: destinationInverted) }
    if limitToInInterface { text += " --limit-iface-in" }
    if limitToOutInterface { text += " --limit-iface-out" }
  }
}

extension AddressType {
  fileprivate var text: String { bitNames(rawValue, Self.names) }
}
