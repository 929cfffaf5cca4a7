/// Virtual services of IPVS: the answer of `kpx ipvs`.
public struct VirtualServiceList: Codable, Sendable {
  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `VirtualServiceList`, which tells this answer from others.
  public private(set) var kind = "VirtualServiceList"
  /// The node that was asked.
  public var node: AnsweringNode
  /// By protocol, address and port; those of marks first.
  public var items: [VirtualServiceReport]
}

/// A virtual service, with names beside where the API gives them.
public struct VirtualServiceReport: Codable, Sendable, Hashable {
  /// nil, as are address and port, for packets of a mark.
  public var transport: TransportProtocol?
  /// The mark of the packets that it takes; nil where it takes them by address.
  public var fwmark: UInt32?
  /// Of the packets that it takes.
  public var family: IPFamily
  /// The virtual address; nil for packets of a mark.
  public var address: IPAddress?
  /// The virtual port, 0 for any; nil for packets of a mark.
  public var port: UInt16?
  /// `rr`, `wrr`, …; empty for none.
  public var scheduler: String
  /// What the scheduler goes by, where it is not chance or turn.
  public var schedulesBy: SchedulingBasis?
  /// `flag-1` and the like by the names that the scheduler gives them; nil for none.
  public var schedulerFlags: [String]?
  /// true where each packet is scheduled by itself.
  public var onePacket: Bool?
  /// nil without persistence.
  @Nullable public var persistentSeconds: UInt32?
  /// How many bits of a client's address make it one client; nil without persistence.
  public var persistenceLength: Int?
  /// What tells connections of one client apart besides its address: `sip`; nil for nothing.
  public var persistenceEngine: String?
  /// Connections that were counted.
  public var connections: UInt64
  /// Packets from clients.
  public var inPackets: UInt64
  /// Packets to clients; 0 where answers do not pass this node.
  public var outPackets: UInt64
  /// Bytes from clients.
  public var inBytes: UInt64
  /// Bytes to clients; 0 where answers do not pass this node.
  public var outBytes: UInt64
  /// The service's port that it is for, by the API.
  public var service: OwnerName?
  /// The services that share its address, where no port tells which of them it is for.
  public var services: [OwnerName]?
  /// The service whose health check is at this port.
  public var healthCheckOf: OwnerName?
  /// The pod that has its address.
  public var pod: OwnerName?
  /// The node that has its address.
  public var node: String?
  /// Where it sends packets; nil where that was not asked.
  public var realServers: [RealServerReport]?

  private enum CodingKeys: String, CodingKey {
    case transport = "protocol"
    case fwmark, family, address, port, scheduler, schedulesBy, schedulerFlags, onePacket, persistentSeconds
    case persistenceLength, persistenceEngine, connections, inPackets, outPackets, inBytes, outBytes
    case service, services, healthCheckOf, pod, node, realServers
  }
}

/// A real server of a virtual service.
public struct RealServerReport: Codable, Sendable, Hashable {
  /// The real server's address.
  public var address: IPAddress
  /// Its port; 0 for the packet's own.
  public var port: UInt16
  /// As `ipvsadm -Ln` names it: `Masq`, `Local`, `Tunnel`, `Route`.
  public var forward: String
  /// 0: it drains, and gets no new connection.
  public var weight: UInt32
  /// `ipip`, `gue` or `gre`; nil where packets are not wrapped.
  public var tunnel: String?
  /// The most connections that it is given; nil for no limit.
  public var upperThreshold: UInt32?
  /// Below how many it is given connections again; nil where none was set.
  public var lowerThreshold: UInt32?
  /// Connections that are established.
  public var activeConnections: UInt32
  /// Connections that are not established yet, or no more.
  public var inactiveConnections: UInt32
  /// Templates of clients that stay with this server.
  public var persistentConnections: UInt32
  /// Connections that were counted.
  public var connections: UInt64
  /// Packets from clients.
  public var inPackets: UInt64
  /// Packets to clients; 0 where answers do not pass this node.
  public var outPackets: UInt64
  /// Bytes from clients.
  public var inBytes: UInt64
  /// Bytes to clients; 0 where answers do not pass this node.
  public var outBytes: UInt64
  /// The service's port that it is for, by the API.
  public var service: OwnerName?
  /// The services that share its address, where no port tells which of them it is for.
  public var services: [OwnerName]?
  /// The service whose health check is at this port.
  public var healthCheckOf: OwnerName?
  /// The pod that has its address.
  public var pod: OwnerName?
  /// The node that has its address.
  public var node: String?
}
