/// What a rule does with a packet.
public enum Action: Sendable, Hashable {
  case accept
  case drop
  /// Hands the packet to a program.
  case queue(QueueAction)
  /// Back to the chain that jumped here; in a base chain, its policy.
  case `return`
  /// Into a chain of the same table, and back.
  case jump(String)
  /// Into a chain of the same table, and from its end to where this chain was called.
  case goto(String)
  case dnat(Translation)
  case snat(Translation)
  case masquerade(Translation)
  case redirect(Translation)
  case mark(MarkAction)
  case connmark(ConnmarkAction)
  case reject(RejectAction)
  case log(LogAction)
  case nflog(NFLogAction)
  case conntrack(ConntrackAction)
  case tcpmss(TCPMSSAction)
  case tproxy(TProxyAction)
  case trace
  /// CHECKSUM --checksum-fill; the operation's bits.
  case checksum(UInt8)
  /// What only a rule of nf_tables can do.
  case native(NFTStatement)
  /// A target that kpx does not know, or knows with another size or revision.
  case unknown(UnknownExtension)
}

/// NFQUEUE, and the standard verdict QUEUE (which has no number).
public struct QueueAction: Sendable, Hashable {
  /// The first queue; nil for the standard verdict.
  public var number: UInt16?
  public var count: UInt16 = 1
  /// NFQ_FLAG_*: bypass 1, cpu-fanout 2.
  public var flags: UInt16 = 0

  public init(number: UInt16?) { self.number = number }
}

/// Where DNAT, SNAT, MASQUERADE and REDIRECT translate to: struct nf_nat_range2.
public struct Translation: Sendable, Hashable {
  /// nil: the address stays (DNAT to a port), or the kernel chooses (MASQUERADE, REDIRECT).
  public var addresses: ClosedRange<IPAddress>?
  /// nil: the port stays if it is free.
  public var ports: ClosedRange<UInt16>?
  /// The port that ranges of ports are counted from (`--to-destination a:1-9/5`, revision 2).
  public var basePort: UInt16?
  /// `--random`
  public var random: Bool
  /// `--random-fully`
  public var randomFully: Bool
  /// `--persistent`
  public var persistent: Bool

  public init(
    addresses: ClosedRange<IPAddress>? = nil, ports: ClosedRange<UInt16>? = nil, basePort: UInt16? = nil,
    random: Bool = false, randomFully: Bool = false, persistent: Bool = false
  ) {
    self.addresses = addresses
    self.ports = ports
    self.basePort = basePort
    self.random = random
    self.randomFully = randomFully
    self.persistent = persistent
  }
}

/// MARK: mark = (mark & ~mask) ^ value. struct xt_mark_tginfo2.
public struct MarkAction: Sendable, Hashable {
  public var value: UInt32
  public var mask: UInt32

  public init(value: UInt32, mask: UInt32) {
    self.value = value
    self.mask = mask
  }
}

/// CONNMARK: struct xt_connmark_tginfo1, xt_connmark_tginfo2.
public struct ConnmarkAction: Sendable, Hashable {
  /// Which way marks go.
  public enum Mode: UInt8, Sendable, Hashable {
    /// ctmark = (ctmark & ~ctmask) ^ value
    case set = 0
    /// ctmark = (ctmark & ~ctmask) ^ (nfmark & nfmask)
    case save = 1
    /// nfmark = (nfmark & ~nfmask) ^ (ctmark & ctmask)
    case restore = 2
  }
  public var mode: Mode
  public var value: UInt32
  public var connectionMask: UInt32
  public var packetMask: UInt32
  /// Bits to the left (or right) before masking, revision 2.
  public var shift: UInt8 = 0
  public var shiftsRight = false

  public init(mode: Mode, value: UInt32, connectionMask: UInt32, packetMask: UInt32) {
    self.mode = mode
    self.value = value
    self.connectionMask = connectionMask
    self.packetMask = packetMask
  }
}

/// REJECT: what the sender is told.
public struct RejectAction: Sendable, Hashable {
  /// As `--reject-with` names it: `icmp-port-unreachable`, `tcp-reset`, …
  public var with: String

  public init(with: String) { self.with = with }
}

/// LOG: struct xt_log_info.
public struct LogAction: Sendable, Hashable {
  public var level: UInt8
  public var flags: UInt8
  public var prefix: String

  public init(level: UInt8, flags: UInt8, prefix: String) {
    self.level = level
    self.flags = flags
    self.prefix = prefix
  }
}

/// NFLOG: struct xt_nflog_info.
public struct NFLogAction: Sendable, Hashable {
  public var group: UInt16
  public var length: UInt32
  public var threshold: UInt16
  public var flags: UInt16
  public var prefix: String

  public init(group: UInt16, length: UInt32, threshold: UInt16, flags: UInt16, prefix: String) {
    self.group = group
    self.length = length
    self.threshold = threshold
    self.flags = flags
    self.prefix = prefix
  }
}

/// CT: struct xt_ct_target_info, xt_ct_target_info_v1.
public struct ConntrackAction: Sendable, Hashable {
  /// XT_CT_*: NOTRACK 1, NOTRACK_ALIAS 2, ZONE_DIR_ORIG 4, ZONE_DIR_REPL 8, ZONE_MARK 16.
  public var flags: UInt16
  public var zone: UInt16
  public var connectionEvents: UInt32
  public var expectationEvents: UInt32
  public var helper: String
  public var timeout: String

  public init(
    flags: UInt16, zone: UInt16, connectionEvents: UInt32, expectationEvents: UInt32, helper: String, timeout: String
  ) {
    self.flags = flags
    self.zone = zone
    self.connectionEvents = connectionEvents
    self.expectationEvents = expectationEvents
    self.helper = helper
    self.timeout = timeout
  }

  /// Whether the packet is taken out of connection tracking, and with it out of nat.
  public var isNotrack: Bool { flags & 3 != 0 }
}

/// TCPMSS: struct xt_tcpmss_info. nil clamps to the path's MTU.
public struct TCPMSSAction: Sendable, Hashable {
  public var mss: UInt16?

  public init(mss: UInt16?) { self.mss = mss }
}

/// TPROXY: struct xt_tproxy_target_info, xt_tproxy_target_info_v1.
public struct TProxyAction: Sendable, Hashable {
  public var address: IPAddress
  /// 0: the packet's own.
  public var port: UInt16
  public var markValue: UInt32
  public var markMask: UInt32

  public init(address: IPAddress, port: UInt16, markValue: UInt32, markMask: UInt32) {
    self.address = address
    self.port = port
    self.markValue = markValue
    self.markMask = markMask
  }
}
