import Inspect

extension Document {
  /// A virtual service, with names beside where the API gives them.
  init(_ service: VirtualService, names: AddressNames = AddressNames(nil)) {
    let basis = service.schedulingBasis.map { Document.string($0.rawValue) }
    let options: [(String, Document?)] = [
      ("scheduler", .string(service.scheduler)), ("schedulesBy", basis),
      ("schedulerFlags", service.schedulerFlags.isEmpty ? nil : .array(service.schedulerFlags.map(Document.string))),
      ("onePacket", service.flags.contains(.onePacket) ? true : nil),
      ("persistentSeconds", service.affinitySeconds.map { .integer(Int64($0)) } ?? .null),
      ("persistenceLength", service.affinitySeconds.map { _ in .integer(Int64(service.persistenceLength)) }),
      ("persistenceEngine", .optional(service.persistenceEngine)),
    ]
    let servers = service.realServers.map { servers in
      Document.array(servers.map { Document($0, names: names, transport: service.key.transport) })
    }
    self = .object(
      service.key.fields + options + service.statistics.fields + names.owner(of: service.key).fields
        + [("realServers", servers)])
  }

  /// A real server.
  init(_ server: RealServer, names: AddressNames = AddressNames(nil), transport: TransportProtocol? = nil) {
    let state: [(String, Document?)] = [
      ("address", .string(server.address.address.description)), ("port", .integer(Int64(server.address.port))),
      ("forward", .string(server.method.name)), ("weight", .integer(Int64(server.weight))),
      ("tunnel", server.method == .tunneling ? .string(server.tunnel.name) : nil),
      ("upperThreshold", server.upperThreshold == 0 ? nil : .integer(Int64(server.upperThreshold))),
      ("lowerThreshold", server.lowerThreshold == 0 ? nil : .integer(Int64(server.lowerThreshold))),
      ("activeConnections", .integer(Int64(server.activeConnections))),
      ("inactiveConnections", .integer(Int64(server.inactiveConnections))),
      ("persistentConnections", .integer(Int64(server.persistentConnections))),
    ]
    let owner = transport.flatMap { names.owner(of: server.address, transport: $0) }
    self = .object(state + server.statistics.fields + owner.fields)
  }
}

extension VirtualServiceKey {
  /// nil for a mark.
  var transport: TransportProtocol? {
    if case .address(_, let transport) = self { transport } else { nil }
  }

  fileprivate var fields: [(String, Document?)] {
    switch self {
    case .address(let address, let transport):
      [
        ("protocol", .string(transport.description)), ("family", .string(family.rawValue)),
        ("address", .string(address.address.description)), ("port", .integer(Int64(address.port))),
      ]
    case .mark(let mark, let family): [("fwmark", .integer(Int64(mark))), ("family", .string(family.rawValue))]
    }
  }
}

extension AddressNames {
  /// Who a virtual service is for.
  func owner(of key: VirtualServiceKey) -> Owner? {
    guard case .address(let address, let transport) = key else { return nil }
    return owner(of: address, transport: transport)
  }
}

extension IPVSStatistics {
  fileprivate var fields: [(String, Document?)] {
    [
      ("connections", .count(connections)), ("inPackets", .count(inPackets)), ("outPackets", .count(outPackets)),
      ("inBytes", .count(inBytes)), ("outBytes", .count(outBytes)),
    ]
  }
}
