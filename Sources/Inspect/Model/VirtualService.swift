/// What a virtual service of IPVS is for: an address, protocol and port, or packets with a mark.
public enum VirtualServiceKey: Sendable, Hashable {
  /// Port 0 is any port.
  case address(SocketAddress, transport: TransportProtocol)
  case mark(UInt32, family: IPFamily)

  /// The family of its packets.
  public var family: IPFamily {
    switch self {
    case .address(let address, _): address.address.family
    case .mark(_, let family): family
    }
  }
}

extension VirtualServiceKey: Comparable {
  /// Marks first, then by protocol and address.
  public static func < (left: VirtualServiceKey, right: VirtualServiceKey) -> Bool {
    switch (left, right) {
    case (.mark(let a, let family), .mark(let b, let other)): (a, family.bits) < (b, other.bits)
    case (.mark, .address): true
    case (.address, .mark): false
    case (.address(let a, let transport), .address(let b, let other)):
      (transport.rawValue, a) < (other.rawValue, b)
    }
  }
}

extension VirtualServiceKey: CustomStringConvertible {
  /// `TCP 10.96.0.1:443`, `FWM 1`, `FWM 1 IPv6`, as ipvsadm lists them.
  public var description: String {
    switch self {
    case .address(let address, let transport): "\(transport) \(address)"
    case .mark(let mark, let family): family == .v4 ? "FWM \(mark)" : "FWM \(mark) IPv6"
    }
  }
}

/// What IPVS has counted of a virtual service or a real server.
public struct IPVSStatistics: Sendable, Hashable {
  /// Connections since the service was made or its counters were set to 0.
  public var connections: UInt64 = 0
  /// Packets from clients.
  public var inPackets: UInt64 = 0
  /// Packets to clients; 0 where answers do not pass this node.
  public var outPackets: UInt64 = 0
  /// Bytes from clients.
  public var inBytes: UInt64 = 0
  /// Bytes to clients; 0 where answers do not pass this node.
  public var outBytes: UInt64 = 0
}

/// How a packet gets to a real server.
public enum ForwardingMethod: Sendable, Hashable {
  /// NAT: the destination is replaced.
  case masquerading
  /// The real server is this node.
  case local
  case tunneling
  /// To the real server's MAC, unchanged.
  case directRouting
  case bypass
  case unknown(UInt32)

  /// By IP_VS_CONN_F_FWD_MASK's values.
  public init(number: UInt32) {
    switch number & 7 {
    case 0: self = .masquerading
    case 1: self = .local
    case 2: self = .tunneling
    case 3: self = .directRouting
    case 4: self = .bypass
    default: self = .unknown(number & 7)
    }
  }

  /// As `ipvsadm -Ln` names it.
  public var name: String {
    switch self {
    case .masquerading: "Masq"
    case .local: "Local"
    case .tunneling: "Tunnel"
    case .directRouting: "Route"
    case .bypass: "Bypass"
    case .unknown(let number): "method \(number)"
    }
  }
}

/// How packets are wrapped on their way to a real server (IP_VS_CONN_F_TUNNEL_*).
public struct Tunnel: Sendable, Hashable {
  /// ipip 0, gue 1, gre 2.
  public var type: UInt8
  /// Of gue.
  public var port: UInt16 = 0
  /// Checksums: none 0, csum 1, remote csum 2.
  public var flags: UInt16 = 0

  /// The type's name, or its number.
  public var name: String { type < 3 ? ["ipip", "gue", "gre"][Int(type)] : "\(type)" }
}

/// Where a virtual service sends packets.
public struct RealServer: Sendable, Hashable {
  /// Port 0: the packet's own.
  public var address: SocketAddress
  /// How packets get there.
  public var method: ForwardingMethod
  /// 0: it drains, and gets no new connection.
  public var weight: UInt32
  /// 0: no limit of connections.
  public var upperThreshold: UInt32 = 0
  /// After `upperThreshold` was met, new connections come again below this many; 0: three quarters of it.
  public var lowerThreshold: UInt32 = 0
  /// Connections that are established.
  public var activeConnections: UInt32 = 0
  /// Connections that are not established yet, or no more.
  public var inactiveConnections: UInt32 = 0
  /// Templates of clients that stay with this server.
  public var persistentConnections: UInt32 = 0
  /// What was counted of it.
  public var statistics = IPVSStatistics()
  /// For `tunneling` alone.
  public var tunnel = Tunnel(type: 0)
}

/// A virtual service of IPVS.
public struct VirtualService: Sendable, Hashable {
  /// IP_VS_SVC_F_*.
  public struct Flags: OptionSet, Sendable, Hashable {
    /// IP_VS_SVC_F_* bits.
    public let rawValue: UInt32
    /// From the number that the kernel has.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// `-p`: a client stays with its real server.
    public static let persistent = Flags(rawValue: 0x01)
    /// `-o`: each packet is scheduled by itself (UDP).
    public static let onePacket = Flags(rawValue: 0x04)
    /// `flag-1`: what it means is the scheduler's own affair; of `sh`, fallback to another server.
    public static let scheduler1 = Flags(rawValue: 0x08)
    /// `flag-2`: what it means is the scheduler's own affair; of `sh`, the port is hashed, too.
    public static let scheduler2 = Flags(rawValue: 0x10)
    /// `flag-3`: what it means is the scheduler's own affair; of `sh`, nothing.
    public static let scheduler3 = Flags(rawValue: 0x20)
  }

  /// What it is for.
  public var key: VirtualServiceKey
  /// `rr`, `wrr`, …; empty where all real servers were to be left alone.
  public var scheduler: String
  /// IP_VS_SVC_F_*.
  public var flags: Flags = []
  /// For how many seconds a client stays with its real server; counts with the flag alone.
  public var timeout: UInt32 = 0
  /// How many bits of a client's address make it one client.
  public var persistenceLength: Int
  /// What tells connections of one client apart besides its address: `sip`; nil for nothing.
  public var persistenceEngine: String?
  /// What was counted of it.
  public var statistics = IPVSStatistics()
  /// Those that were asked for; nil until then.
  public var realServers: [RealServer]?

  /// A virtual service without real servers.
  public init(key: VirtualServiceKey, scheduler: String) {
    self.key = key
    self.scheduler = scheduler
    persistenceLength = key.family.bits
  }

  /// For how many seconds a client stays with its real server; nil if it does not.
  public var affinitySeconds: UInt32? { flags.contains(.persistent) ? timeout : nil }
}

/// A connection's way through IPVS.
public struct VirtualRoute: Sendable, Hashable {
  /// The service that took it.
  public var service: VirtualServiceKey
  /// Where it goes.
  public var server: SocketAddress
  /// How packets get to the real server.
  public var method: ForwardingMethod
}

/// What a scheduler goes by.
public enum SchedulingBasis: String, Codable, Sendable, Hashable {
  case source
  case destination
  case load
}

extension VirtualServiceKey {
  /// nil for a mark.
  public var transport: TransportProtocol? {
    if case .address(_, let transport) = self { transport } else { nil }
  }
}
