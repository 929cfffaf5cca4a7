/// Virtual services of IPVS: the answer of `kpx ipvs`.
public struct VirtualServiceList: Codable, Sendable {
  public private(set) var apiVersion = answerVersion
  public private(set) var kind = "VirtualServiceList"
  public var node: AnsweringNode
  public var items: [VirtualServiceReport]

  /// The services of a node, with names beside.
  public init(node: AnsweringNode, _ services: [VirtualService], names: AddressNames) {
    self.node = node
    items = services.map { VirtualServiceReport($0, names: names) }
  }
}

/// A virtual service, with names beside where the API gives them.
public struct VirtualServiceReport: Codable, Sendable, Hashable {
  /// nil, as are address and port, for packets of a mark.
  public var transport: TransportProtocol?
  public var fwmark: UInt32?
  public var family: IPFamily
  public var address: IPAddress?
  public var port: UInt16?
  public var scheduler: String
  /// What the scheduler goes by, where it is not chance or turn.
  public var schedulesBy: SchedulingBasis?
  public var schedulerFlags: [String]?
  public var onePacket: Bool?
  /// nil without persistence.
  @Nullable public var persistentSeconds: UInt32?
  public var persistenceLength: Int?
  public var persistenceEngine: String?
  public var connections: UInt64
  public var inPackets: UInt64
  public var outPackets: UInt64
  public var inBytes: UInt64
  public var outBytes: UInt64
  public var service: OwnerName?
  public var services: [OwnerName]?
  public var healthCheckOf: OwnerName?
  public var pod: OwnerName?
  public var node: String?
  public var realServers: [RealServerReport]?

  private enum CodingKeys: String, CodingKey {
    case transport = "protocol"
    case fwmark, family, address, port, scheduler, schedulesBy, schedulerFlags, onePacket, persistentSeconds
    case persistenceLength, persistenceEngine, connections, inPackets, outPackets, inBytes, outBytes
    case service, services, healthCheckOf, pod, node, realServers
  }

  init(_ service: VirtualService, names: AddressNames = AddressNames(nil)) {
    family = service.key.family
    switch service.key {
    case .address(let place, let transport):
      self.transport = transport
      address = place.address
      port = place.port
    case .mark(let mark, _): fwmark = mark
    }
    scheduler = service.scheduler
    schedulesBy = service.schedulingBasis
    schedulerFlags = service.schedulerFlags.isEmpty ? nil : service.schedulerFlags
    onePacket = service.flags.contains(.onePacket) ? true : nil
    persistentSeconds = service.affinitySeconds
    persistenceLength = service.affinitySeconds.map { _ in service.persistenceLength }
    persistenceEngine = service.persistenceEngine
    connections = service.statistics.connections
    inPackets = service.statistics.inPackets
    outPackets = service.statistics.outPackets
    inBytes = service.statistics.inBytes
    outBytes = service.statistics.outBytes
    let owner = OwnerNames(names.owner(of: service.key))
    (self.service, services, healthCheckOf) = (owner.service, owner.services, owner.healthCheckOf)
    (pod, node) = (owner.pod, owner.node)
    realServers = service.realServers.map { servers in
      servers.map { RealServerReport($0, names: names, transport: service.key.transport) }
    }
  }
}

/// A real server of a virtual service.
public struct RealServerReport: Codable, Sendable, Hashable {
  public var address: IPAddress
  public var port: UInt16
  public var forward: String
  public var weight: UInt32
  public var tunnel: String?
  public var upperThreshold: UInt32?
  public var lowerThreshold: UInt32?
  public var activeConnections: UInt32
  public var inactiveConnections: UInt32
  public var persistentConnections: UInt32
  public var connections: UInt64
  public var inPackets: UInt64
  public var outPackets: UInt64
  public var inBytes: UInt64
  public var outBytes: UInt64
  public var service: OwnerName?
  public var services: [OwnerName]?
  public var healthCheckOf: OwnerName?
  public var pod: OwnerName?
  public var node: String?

  init(_ server: RealServer, names: AddressNames = AddressNames(nil), transport: TransportProtocol? = nil) {
    address = server.address.address
    port = server.address.port
    forward = server.method.name
    weight = server.weight
    tunnel = server.method == .tunneling ? server.tunnel.name : nil
    upperThreshold = server.upperThreshold == 0 ? nil : server.upperThreshold
    lowerThreshold = server.lowerThreshold == 0 ? nil : server.lowerThreshold
    activeConnections = server.activeConnections
    inactiveConnections = server.inactiveConnections
    persistentConnections = server.persistentConnections
    connections = server.statistics.connections
    inPackets = server.statistics.inPackets
    outPackets = server.statistics.outPackets
    inBytes = server.statistics.inBytes
    outBytes = server.statistics.outBytes
    let owner = OwnerNames(transport.flatMap { names.owner(of: server.address, transport: $0) })
    (service, services, healthCheckOf) = (owner.service, owner.services, owner.healthCheckOf)
    (pod, node) = (owner.pod, owner.node)
  }
}

extension VirtualServiceKey {
  /// nil for a mark.
  public var transport: TransportProtocol? {
    if case .address(_, let transport) = self { transport } else { nil }
  }
}

extension AddressNames {
  /// Who a virtual service is for.
  public func owner(of key: VirtualServiceKey) -> Owner? {
    guard case .address(let address, let transport) = key else { return nil }
    return owner(of: address, transport: transport)
  }
}
