extension VirtualServiceList {
  /// The services of a node, with names beside.
  public init(node: AnsweringNode, _ services: [VirtualService], names: AddressNames) {
    self.init(node: node, items: services.map { VirtualServiceReport($0, names: names) })
  }
}

extension VirtualServiceReport {
  init(_ service: VirtualService, names: AddressNames = AddressNames(nil)) {
    let statistics = service.statistics
    self.init(
      family: service.key.family, scheduler: service.scheduler, persistentSeconds: service.affinitySeconds,
      connections: statistics.connections, inPackets: statistics.inPackets, outPackets: statistics.outPackets,
      inBytes: statistics.inBytes, outBytes: statistics.outBytes)
    switch service.key {
    case .address(let place, let transport):
      self.transport = transport
      address = place.address
      port = place.port
    case .mark(let mark, _): fwmark = mark
    }
    schedulesBy = service.schedulingBasis
    schedulerFlags = service.schedulerFlags.isEmpty ? nil : service.schedulerFlags
    onePacket = service.flags.contains(.onePacket) ? true : nil
    persistenceLength = service.affinitySeconds.map { _ in service.persistenceLength }
    persistenceEngine = service.persistenceEngine
    let owner = OwnerNames(names.owner(of: service.key))
    (self.service, services, healthCheckOf) = (owner.service, owner.services, owner.healthCheckOf)
    (pod, node) = (owner.pod, owner.node)
    realServers = service.realServers.map { servers in
      servers.map { RealServerReport($0, names: names, transport: service.key.transport) }
    }
  }
}

extension RealServerReport {
  init(_ server: RealServer, names: AddressNames = AddressNames(nil), transport: TransportProtocol? = nil) {
    let statistics = server.statistics
    self.init(
      address: server.address.address, port: server.address.port, forward: server.method.name, weight: server.weight,
      activeConnections: server.activeConnections, inactiveConnections: server.inactiveConnections,
      persistentConnections: server.persistentConnections, connections: statistics.connections,
      inPackets: statistics.inPackets, outPackets: statistics.outPackets, inBytes: statistics.inBytes,
      outBytes: statistics.outBytes)
    tunnel = server.method == .tunneling ? server.tunnel.name : nil
    upperThreshold = server.upperThreshold == 0 ? nil : server.upperThreshold
    lowerThreshold = server.lowerThreshold == 0 ? nil : server.lowerThreshold
    let owner = OwnerNames(transport.flatMap { names.owner(of: server.address, transport: $0) })
    (service, services, healthCheckOf) = (owner.service, owner.services, owner.healthCheckOf)
    (pod, node) = (owner.pod, owner.node)
  }
}

extension AddressNames {
  /// Who a virtual service is for.
  public func owner(of key: VirtualServiceKey) -> Owner? {
    guard case .address(let address, let transport) = key else { return nil }
    return owner(of: address, transport: transport)
  }
}
