/// One test of a rule.
///
/// Every case but `.unknown` carries what its extension means, not its bytes, so that a rule of a legacy table and the
/// same rule in nf_tables are the same value. Inversions (`!`) stand with what they invert.
public enum Match: Sendable, Hashable {
  case source(AddressMatch)
  case destination(AddressMatch)
  case inInterface(InterfaceMatch)
  case outInterface(InterfaceMatch)
  case transport(TransportMatch)
  /// `-f`: second and further fragments of a packet.
  case fragment(inverted: Bool)
  case tcp(TCPMatch)
  case udp(UDPMatch)
  case sctp(SCTPMatch)
  case multiport(MultiportMatch)
  case icmp(ICMPMatch)
  case comment(String)
  case mark(MarkMatch)
  case connmark(MarkMatch)
  case addressType(AddressTypeMatch)
  case conntrack(ConntrackMatch)
  case statistic(StatisticMatch)
  case recent(RecentMatch)
  case set(SetMatch)
  case mac(MACMatch)
  case physdev(PhysdevMatch)
  case owner(OwnerMatch)
  case limit(LimitMatch)
  case nfacct(String)
  case reversePath(ReversePathMatch)
  case tcpmss(TCPMSSMatch)
  case ipvs(IPVSMatch)
  /// A test that only nf_tables has.
  case native(NFTMatch)
  /// A match that kpx does not know, or knows with another size or revision.
  case unknown(UnknownExtension)
}

/// An extension that kpx could not decode, kept as the kernel gave it.
public struct UnknownExtension: Sendable, Hashable {
  /// Its name in the kernel: `bpf`, `u32`, …
  public var name: String
  /// Its revision.
  public var revision: UInt8
  /// Its payload, without the extension's header.
  public var bytes: [UInt8]
  /// Why it was not decoded.
  public var reason: String

  /// An extension of its parts.
  public init(name: String, revision: UInt8, bytes: [UInt8], reason: String) {
    self.name = name
    self.revision = revision
    self.bytes = bytes
    self.reason = reason
  }
}

/// `-s`, `-d`: an address under a mask. The mask need not be a prefix.
public struct AddressMatch: Sendable, Hashable {
  public var address: IPAddress
  public var mask: IPAddress
  public var inverted: Bool

  public init(address: IPAddress, mask: IPAddress, inverted: Bool = false) {
    self.address = address
    self.mask = mask
    self.inverted = inverted
  }

  /// The prefix, where the mask is one.
  public var prefix: IPPrefix? {
    mask.maskLength.map { IPPrefix(address, length: $0) }
  }
}

/// `-i`, `-o`: an interface by name, or by the beginning of its name (`veth+`).
public struct InterfaceMatch: Sendable, Hashable {
  /// The name, without `+`.
  public var name: String
  /// Whether names that only begin with it match, too.
  public var wildcard: Bool
  public var inverted: Bool

  public init(name: String, wildcard: Bool = false, inverted: Bool = false) {
    self.name = name
    self.wildcard = wildcard
    self.inverted = inverted
  }

  /// Whether an interface of this name is meant; `inverted` is not looked at.
  public func covers(_ interface: String) -> Bool {
    wildcard ? interface.hasPrefix(name) : interface == name
  }
}

/// `-p`.
public struct TransportMatch: Sendable, Hashable {
  public var number: TransportProtocol
  public var inverted: Bool

  public init(_ number: TransportProtocol, inverted: Bool = false) {
    self.number = number
    self.inverted = inverted
  }
}

/// A range of ports, or its inversion. 0 to 65535 is any port.
public struct PortMatch: Sendable, Hashable {
  public var range: ClosedRange<UInt16>
  public var inverted: Bool

  public init(_ range: ClosedRange<UInt16>, inverted: Bool = false) {
    self.range = range
    self.inverted = inverted
  }

  /// Any port.
  public static let any = PortMatch(0...65535)

  /// Whether `port` is meant, inversion included.
  public func matches(_ port: UInt16) -> Bool { range.contains(port) != inverted }
}

/// `-m tcp`: struct xt_tcp.
public struct TCPMatch: Sendable, Hashable {
  public var source = PortMatch.any
  public var destination = PortMatch.any
  /// `--tcp-option`, 0 for none.
  public var option: UInt8 = 0
  public var optionInverted = false
  /// `--tcp-flags MASK COMP`: flag bits as in the TCP header (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32).
  public var flagMask: UInt8 = 0
  public var flagComparison: UInt8 = 0
  public var flagsInverted = false

  public init() {}
}

/// `-m udp`: struct xt_udp.
public struct UDPMatch: Sendable, Hashable {
  public var source = PortMatch.any
  public var destination = PortMatch.any

  public init() {}
}

/// `-m sctp`: struct xt_sctp_info. A range that is not tested is `.any`.
public struct SCTPMatch: Sendable, Hashable {
  public var source = PortMatch.any
  public var destination = PortMatch.any
  /// `--chunk-types`, which look into the packet's chunks; nil if not tested.
  public var chunks: Chunks?

  /// Which chunks of a packet are tested.
  public struct Chunks: Sendable, Hashable {
    /// SCTP_CHUNK_MATCH_ANY 1, _ALL 2, _ONLY 4.
    public var scope: UInt32
    /// The chunk types, ascending.
    public var types: [UInt8]
    /// Flags of a type: struct xt_sctp_flag_info.
    public var flags: [Flags]
    public var inverted: Bool

    /// The flags wanted of one chunk type.
    public struct Flags: Sendable, Hashable {
      public var type: UInt8
      public var mask: UInt8
      public var value: UInt8
    }
  }

  public init() {}
}

/// `-m multiport`: struct xt_multiport, xt_multiport_v1.
public struct MultiportMatch: Sendable, Hashable {
  /// Which of a packet's ports is compared.
  public enum Side: UInt8, Sendable, Hashable {
    case source = 0
    case destination = 1
    case either = 2
  }
  public var side: Side
  /// Single ports are ranges of one.
  public var ranges: [ClosedRange<UInt16>]
  public var inverted: Bool

  public init(side: Side, ranges: [ClosedRange<UInt16>], inverted: Bool) {
    self.side = side
    self.ranges = ranges
    self.inverted = inverted
  }
}

/// `-m icmp`, `-m icmp6`: struct ipt_icmp, ip6t_icmp. Type 255 of IPv4 means any.
public struct ICMPMatch: Sendable, Hashable {
  public var family: IPFamily
  public var type: UInt8
  public var codes: ClosedRange<UInt8>
  public var inverted: Bool

  public init(family: IPFamily, type: UInt8, codes: ClosedRange<UInt8>, inverted: Bool) {
    self.family = family
    self.type = type
    self.codes = codes
    self.inverted = inverted
  }
}

/// `-m mark`, `-m connmark`: (mark & mask) == value.
public struct MarkMatch: Sendable, Hashable {
  public var value: UInt32
  public var mask: UInt32
  public var inverted: Bool

  public init(value: UInt32, mask: UInt32, inverted: Bool = false) {
    self.value = value
    self.mask = mask
    self.inverted = inverted
  }
}

/// Kinds of an address in the routing tables: XT_ADDRTYPE_* (revision 1), the bits of RTN_* (revision 0).
public struct AddressType: OptionSet, Sendable, Hashable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let unspecified = AddressType(rawValue: 1 << 0)
  public static let unicast = AddressType(rawValue: 1 << 1)
  public static let local = AddressType(rawValue: 1 << 2)
  public static let broadcast = AddressType(rawValue: 1 << 3)
  public static let anycast = AddressType(rawValue: 1 << 4)
  public static let multicast = AddressType(rawValue: 1 << 5)
  public static let blackhole = AddressType(rawValue: 1 << 6)
  public static let unreachable = AddressType(rawValue: 1 << 7)
  public static let prohibit = AddressType(rawValue: 1 << 8)
  public static let `throw` = AddressType(rawValue: 1 << 9)
  public static let nat = AddressType(rawValue: 1 << 10)
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
  public var sourceInverted = false
  /// nil if the destination is not tested.
  public var destination: AddressType?
  public var destinationInverted = false
  /// `--limit-iface-in`, `--limit-iface-out`: only addresses of the interface that the packet comes by or leaves by.
  public var limitToInInterface = false
  public var limitToOutInterface = false

  public init() {}
}

/// States of a connection as `--ctstate` names them: XT_CONNTRACK_STATE_*.
public struct ConntrackState: OptionSet, Sendable, Hashable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let invalid = ConntrackState(rawValue: 1 << 0)
  public static let established = ConntrackState(rawValue: 1 << 1)
  public static let related = ConntrackState(rawValue: 1 << 2)
  public static let new = ConntrackState(rawValue: 1 << 3)
  public static let snat = ConntrackState(rawValue: 1 << 6)
  public static let dnat = ConntrackState(rawValue: 1 << 7)
  public static let untracked = ConntrackState(rawValue: 1 << 8)
}

/// `-m conntrack` (and `-m state`): struct xt_conntrack_mtinfo1 to 3.
public struct ConntrackMatch: Sendable, Hashable {
  /// What is tested; XT_CONNTRACK_* bits.
  public struct Fields: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let state = Fields(rawValue: 1 << 0)
    public static let transport = Fields(rawValue: 1 << 1)
    public static let originalSource = Fields(rawValue: 1 << 2)
    public static let originalDestination = Fields(rawValue: 1 << 3)
    public static let replySource = Fields(rawValue: 1 << 4)
    public static let replyDestination = Fields(rawValue: 1 << 5)
    public static let status = Fields(rawValue: 1 << 6)
    public static let expires = Fields(rawValue: 1 << 7)
    public static let originalSourcePort = Fields(rawValue: 1 << 8)
    public static let originalDestinationPort = Fields(rawValue: 1 << 9)
    public static let replySourcePort = Fields(rawValue: 1 << 10)
    public static let replyDestinationPort = Fields(rawValue: 1 << 11)
    public static let direction = Fields(rawValue: 1 << 12)
    /// The state is printed by its older name, `--state`.
    public static let stateAlias = Fields(rawValue: 1 << 13)
  }
  /// The tests made; all must hold.
  public var fields: Fields
  /// Those of them that are inverted.
  public var inverted: Fields
  public var states: ConntrackState = []
  /// IPS_* bits of `--ctstatus`.
  public var status: UInt16 = 0
  public var transport: UInt16 = 0
  public var originalSource: AddressMatch?
  public var originalDestination: AddressMatch?
  public var replySource: AddressMatch?
  public var replyDestination: AddressMatch?
  /// Seconds.
  public var expires: ClosedRange<UInt32> = 0...0
  public var originalSourcePort: ClosedRange<UInt16> = 0...0
  public var originalDestinationPort: ClosedRange<UInt16> = 0...0
  public var replySourcePort: ClosedRange<UInt16> = 0...0
  public var replyDestinationPort: ClosedRange<UInt16> = 0...0

  public init(fields: Fields, inverted: Fields = []) {
    self.fields = fields
    self.inverted = inverted
  }
}

/// `-m statistic`: struct xt_statistic_info.
public enum StatisticMatch: Sendable, Hashable {
  /// True with a probability of `numerator` / 2^31.
  case random(numerator: UInt32, inverted: Bool)
  /// True for one packet in `every`; `offset` is the first (`--packet`).
  case nth(every: UInt32, offset: UInt32, inverted: Bool)

  /// How often it is true, 0 to 1.
  public var probability: Double {
    switch self {
    case .random(let numerator, let inverted):
      let p = Double(numerator) / 2_147_483_648
      return inverted ? 1 - p : p
    case .nth(let every, _, let inverted):
      let p = 1 / Double(max(every, 1))
      return inverted ? 1 - p : p
    }
  }
}

/// `-m recent`: struct xt_recent_mtinfo, xt_recent_mtinfo_v1.
public struct RecentMatch: Sendable, Hashable {
  /// What is done with the list.
  public enum Operation: UInt8, Sendable, Hashable {
    /// Notes the address; always true.
    case set = 2
    /// Whether it was noted.
    case check = 1
    /// As check, and notes it anew.
    case update = 4
    /// Forgets it; true if it was there.
    case remove = 8
  }
  public var operation: Operation
  /// The list, as in /proc/net/xt_recent.
  public var name: String
  /// Noted within so many seconds; 0: at any time.
  public var seconds: UInt32
  /// Seen at least so often; 0: once.
  public var hitCount: UInt32
  public var reap: Bool
  public var sameTTL: Bool
  /// The destination is looked up instead of the source.
  public var usesDestination: Bool
  public var mask: IPAddress
  public var inverted: Bool

  public init(
    operation: Operation, name: String, seconds: UInt32 = 0, hitCount: UInt32 = 0, reap: Bool = false,
    sameTTL: Bool = false, usesDestination: Bool = false, mask: IPAddress, inverted: Bool = false
  ) {
    self.operation = operation
    self.name = name
    self.seconds = seconds
    self.hitCount = hitCount
    self.reap = reap
    self.sameTTL = sameTTL
    self.usesDestination = usesDestination
    self.mask = mask
    self.inverted = inverted
  }
}

/// `-m set`: struct xt_set_info_match_v0 to v4. The kernel gives a set's index; the reader resolves the name.
public struct SetMatch: Sendable, Hashable {
  /// A number kept with an element, compared with a value.
  public struct CounterMatch: Sendable, Hashable {
    /// IPSET_COUNTER_*: 1 equal, 2 not equal, 3 less, 4 greater.
    public var comparison: UInt8
    public var value: UInt64
  }
  /// The set's name; nil if the index could not be resolved.
  public var name: String?
  /// The set's index in the kernel (ip_set_id_t).
  public var index: UInt16
  /// `src` (true) or `dst` for each dimension.
  public var sourceDimensions: [Bool]
  public var inverted: Bool
  /// `--return-nomatch`.
  public var returnNoMatch = false
  /// `--update-counters` is the default; true for `! --update-counters`.
  public var skipCounterUpdate = false
  /// true for `! --update-subcounters`.
  public var skipSubcounterUpdate = false
  public var packets: CounterMatch?
  public var bytes: CounterMatch?

  public init(name: String?, index: UInt16, sourceDimensions: [Bool], inverted: Bool) {
    self.name = name
    self.index = index
    self.sourceDimensions = sourceDimensions
    self.inverted = inverted
  }
}

/// `-m mac`: struct xt_mac_info.
public struct MACMatch: Sendable, Hashable {
  /// Six bytes.
  public var address: [UInt8]
  public var inverted: Bool

  public init(address: [UInt8], inverted: Bool) {
    self.address = address
    self.inverted = inverted
  }
}

/// `-m physdev`: struct xt_physdev_info. The bridge ports that a bridged packet passes.
public struct PhysdevMatch: Sendable, Hashable {
  /// XT_PHYSDEV_OP_*: what is tested, and what of it is inverted.
  public struct Fields: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `--physdev-in NAME`
    public static let inName = Fields(rawValue: 0x01)
    /// `--physdev-out NAME`
    public static let outName = Fields(rawValue: 0x02)
    /// `--physdev-is-bridged`
    public static let isBridged = Fields(rawValue: 0x04)
    /// `--physdev-is-in`
    public static let isIn = Fields(rawValue: 0x08)
    /// `--physdev-is-out`
    public static let isOut = Fields(rawValue: 0x10)
  }
  public var fields: Fields
  public var inverted: Fields
  public var inName: InterfaceMatch?
  public var outName: InterfaceMatch?

  public init(fields: Fields, inverted: Fields) {
    self.fields = fields
    self.inverted = inverted
  }
}

/// `-m owner`: struct xt_owner_match_info. The socket that sends a packet.
public struct OwnerMatch: Sendable, Hashable {
  public var users: ClosedRange<UInt32>?
  public var usersInverted = false
  public var groups: ClosedRange<UInt32>?
  public var groupsInverted = false
  /// `--suppl-groups`
  public var supplementaryGroups = false
  /// `--socket-exists`; nil if not tested, else whether there must be a socket.
  public var socketExists: Bool?

  public init() {}
}

/// `-m limit`: struct xt_rateinfo.
public struct LimitMatch: Sendable, Hashable {
  /// XT_LIMIT_SCALE (10000) times the mean seconds between two packets.
  public var average: UInt32
  public var burst: UInt32

  public init(average: UInt32, burst: UInt32) {
    self.average = average
    self.burst = burst
  }
}

/// `-m rpfilter`: struct xt_rpfilter_info.
public struct ReversePathMatch: Sendable, Hashable {
  /// XT_RPFILTER_LOOSE 1, VALID_MARK 2, ACCEPT_LOCAL 4, INVERT 8.
  public var flags: UInt8

  public init(flags: UInt8) { self.flags = flags }
}

/// `-m tcpmss`: struct xt_tcpmss_match_info.
public struct TCPMSSMatch: Sendable, Hashable {
  public var range: ClosedRange<UInt16>
  public var inverted: Bool

  public init(range: ClosedRange<UInt16>, inverted: Bool) {
    self.range = range
    self.inverted = inverted
  }
}

/// `-m ipvs`: struct xt_ipvs_mtinfo.
public struct IPVSMatch: Sendable, Hashable {
  /// XT_IPVS_*: what is tested, and what of it is inverted.
  public struct Fields: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `--ipvs`
    public static let property = Fields(rawValue: 1 << 0)
    /// `--vproto`
    public static let transport = Fields(rawValue: 1 << 1)
    /// `--vaddr`
    public static let address = Fields(rawValue: 1 << 2)
    /// `--vport`
    public static let port = Fields(rawValue: 1 << 3)
    /// `--vdir`
    public static let direction = Fields(rawValue: 1 << 4)
    /// `--vmethod`
    public static let method = Fields(rawValue: 1 << 5)
    /// `--vportctl`
    public static let controlPort = Fields(rawValue: 1 << 6)
  }
  public var fields: Fields
  public var inverted: Fields
  public var address: AddressMatch?
  public var transport: UInt16 = 0
  public var port: UInt16 = 0
  public var controlPort: UInt16 = 0
  /// IP_VS_CONN_F_*: MASQ 0, TUNNEL 2, DROUTE 3.
  public var forwardingMethod: UInt8 = 0

  public init(fields: Fields, inverted: Fields) {
    self.fields = fields
    self.inverted = inverted
  }
}
