/// A network interface as the kernel describes it to the namespace that asked.
public struct Link: Codable, Sendable, Hashable {
  /// Its name in its own namespace.
  public var name: String
  /// Its number in its own namespace; other namespaces have interfaces of the same number.
  public var index: Int32
  /// What made it: `veth`, `bridge`, `ipvlan`, …; nil for hardware and lo.
  public var kind: String?
  /// The MAC address; nil where it has none.
  public var mac: MACAddress?
  /// In bytes.
  public var mtu: UInt32
  /// IFF_UP and the others.
  public var flags: UInt32
  /// RFC 2863's operational state: `UP`, `DOWN`, `LOWERLAYERDOWN`, …
  public var state: String
  /// Whether there is something at its other end that is up; nil where the kernel does not say.
  public var hasCarrier: Bool?
  /// The bridge or bond that it is a port of.
  public var master: Int32?
  /// What it is tied to: a veth's or netkit's other end, an ipvlan's, macvlan's or VLAN's parent.
  public var lower: LinkKey?
  /// nil where it was not asked for.
  public var statistics: LinkStatistics?
  /// The families of which a bridge's own setting shows iptables the packets that it bridges (nf_call_iptables).
  public var filteredFamilies: Set<IPFamily> = []

  /// The UDP port of a VXLAN interface; nil for others.
  public var tunnelPort: UInt16?

  /// Whether it is a port of a bridge that sends back what came by it (hairpin mode).
  public var isReflecting = false

  /// Whether IFF_UP is set.
  public var isSetUp: Bool { flags & 1 != 0 }

  /// Whether nothing gets through: it was set down, or what is behind it was. The state follows the carrier up to a second
  /// later (linkwatch).
  public var isDown: Bool {
    !isSetUp || !(hasCarrier ?? (state != "DOWN" && state != "LOWERLAYERDOWN"))
  }

  /// Whether IFF_LOOPBACK is set.
  public var isLoopback: Bool { flags & 0x8 != 0 }

  /// Whether it is one of a pair: what goes in at one end comes out at the other.
  public var isPair: Bool { kind == "veth" || kind == "netkit" }

  /// The other end of a pair.
  public var peer: LinkKey? { isPair ? lower : nil }

  /// What an interface that is no pair stands upon.
  public var parent: LinkKey? { isPair ? nil : lower }
}

/// Which interface: an index alone names one in each namespace.
public struct LinkKey: Codable, Sendable, Hashable {
  /// The namespace, by the id that the asking namespace knows it by; nil is the asking namespace itself.
  public var netnsid: Int32?
  /// The interface's number in that namespace.
  public var index: Int32

  /// An interface by namespace and number.
  public init(netnsid: Int32?, index: Int32) {
    self.netnsid = netnsid
    self.index = index
  }
}

/// What an interface has counted, seen from itself.
public struct LinkStatistics: Codable, Sendable, Hashable {
  /// Packets that were received.
  public var rxPackets: UInt64
  /// Packets that were sent.
  public var txPackets: UInt64
  /// Bytes that were received.
  public var rxBytes: UInt64
  /// Bytes that were sent.
  public var txBytes: UInt64
  /// Packets that were received damaged.
  public var rxErrors: UInt64
  /// Packets that could not be sent.
  public var txErrors: UInt64
  /// Received packets that were dropped, as for want of memory.
  public var rxDropped: UInt64
  /// Packets that were dropped before they were sent.
  public var txDropped: UInt64
}

/// A hardware address of an interface.
public struct MACAddress: Codable, Sendable, Hashable, CustomStringConvertible {
  /// As they are sent; six for Ethernet.
  public let bytes: [UInt8]

  /// The bytes in the order in which they are sent.
  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// Reads `02:42:ac:11:00:11`; nil if it is no such text.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { $0.utf8.count == 2 && $0.utf8.allSatisfy(\.isHexDigit) ? UInt8($0, radix: 16) : nil }
    guard bytes.count == parts.count, bytes.count == 6 else { return nil }
    self.bytes = bytes
  }

  /// `02:42:ac:11:00:11`.
  public var description: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      if !text.isEmpty { text.append(UInt8(ascii: ":")) }
      text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// An interface's own address.
public struct InterfaceAddress: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The address itself (IFA_LOCAL, or IFA_ADDRESS without one).
  public var address: IPAddress
  /// How many bits of it are the network's.
  public var prefixLength: Int
  /// The interface.
  public var index: Int32
  /// RT_SCOPE_LINK: of no use beyond the link.
  public var isLinkLocal: Bool
  /// RT_SCOPE_UNIVERSE.
  public var isGlobal = true
  /// IFA_F_SECONDARY: another address of the same network came first; for IPv6 a temporary one.
  public var isSecondary = false

  /// `10.0.0.1/24`.
  public var description: String { "\(address)/\(prefixLength)" }
}

/// A way to a destination.
public struct Route: Sendable, Hashable {
  /// Where it leads; `0.0.0.0/0` for a default route.
  public var destination: IPPrefix
  /// Its table (RTA_TABLE): 254 is main, 255 local.
  public var table: UInt32
  /// RTN_UNICAST, RTN_LOCAL, …
  public var type: UInt8
  /// The interface that packets leave by; nil for several, or none.
  public var interface: Int32?
  /// The router that packets are sent to; nil where the destination is on the link.
  public var gateway: IPAddress?
  /// The node's address that packets of its own bear on this way, where the kernel says.
  public var source: IPAddress?
  /// Of routes to one prefix that with the least is taken (RTA_PRIORITY).
  var metric: UInt32 = 0
  /// The type of service that it is for; 0: any.
  var tos: UInt8 = 0
  /// RTPROT_KERNEL: it came with an address.
  var isOfKernel = false
  /// RTNH_F_DEAD: its interface is gone or set down.
  var isDead = false
  /// RTNH_F_LINKDOWN: its interface has no carrier.
  var isLinkDown = false

  /// RTN_UNICAST: packets leave by an interface.
  public var isUnicast: Bool { type == 1 }

  /// RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT. RTN_THROW has the next rule decide.
  public var isRefusal: Bool { 6...8 ~= type }
}

/// A rule that sends packets to a routing table (`ip rule`).
struct RoutingRule: Sendable, Hashable {
  /// FR_ACT_*.
  enum Action: UInt8 {
    case toTable = 1
    case goTo = 2
    case nothing = 3
    case blackhole = 6
    case unreachable = 7
    case prohibit = 8
  }

  /// Its place in the order of all.
  var priority: UInt32 = 0
  /// nil: one that kpx does not know.
  var action: Action?
  var table: UInt32
  /// nil: any source.
  var source: IPPrefix?
  /// nil: any destination.
  var destination: IPPrefix?
  /// With `markMask`: the mark that it asks for.
  var mark: UInt32 = 0
  /// 0: any mark.
  var markMask: UInt32 = 0
  /// The name of the interface that packets must arrive by, `lo` for the node's own; nil: any.
  var inInterface: String?
  /// The name of the interface that a socket must be bound to; nil: any.
  var outInterface: String?
  /// Whether it is for packets that do not meet what it asks for (FIB_RULE_INVERT).
  var isInverted = false
  /// What it leads to is passed over where its prefix is no longer than this (FRA_SUPPRESS_PREFIXLEN); nil: never.
  var suppressedLength: UInt32?
  /// The priority that `goTo` leads to.
  var target: UInt32?
  /// Whether it asks for what is not among these.
  var asksOther = false

  /// Whether it asks for more than destination and mark, or does anything but to name a table.
  var asksMore: Bool {
    source != nil || inInterface != nil || outInterface != nil || isInverted || action != .toTable || asksOther
  }

  init(table: UInt32) { self.table = table }
}

/// Who has an address on a link; or, for a bridge, behind which port a MAC address is.
public struct Neighbour: Sendable, Hashable {
  /// The interface, or the bridge's port.
  public var index: Int32
  /// nil in a bridge's table.
  public var address: IPAddress?
  /// nil where it has not been found out.
  public var mac: MACAddress?
  /// The bridge, in its table.
  public var master: Int32?
}
