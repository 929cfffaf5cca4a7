/// IPVS's virtual services with their real servers, and what names their addresses.
public struct NamedVirtualServices: Sendable {
  /// By address, port and mark; real servers by address.
  public var services: [VirtualService]
  /// The node that has them, and who addresses belong to.
  public var addresses: NamedAddresses
}

extension Session {
  /// IPVS's virtual services, with the service and pod behind each address.
  /// - Parameter filter: which are asked for; nil for all.
  public func virtualServices(
    _ filter: VirtualServiceFilter?, families: [IPFamily]
  ) throws(SessionError) -> NamedVirtualServices {
    let addresses = try readNames()
    let names = addresses.names
    let services = try inNode { try Self.read(filter, Set(families), names) }
    if let filter, services.isEmpty {
      let isUnnamed = filter.needsNames && !names.hasAPI
      throw .noVirtualService(filter.text + (isUnnamed ? ": only the API has names, and it told nothing" : ""))
    }
    return NamedVirtualServices(services: services, addresses: addresses)
  }

  private static func read(_ filter: VirtualServiceFilter?, _ families: Set<IPFamily>, _ names: AddressNames) throws
    -> [VirtualService]
  {
    let reader = try IPVSReader()
    let services =
      if let keys = filter?.keys {
        try keys.compactMap { try reader.service($0) }
      } else {
        try reader.services().filter { filter?.contains($0.key, names) ?? true }
      }
    return try services.filter { families.contains($0.key.family) }.sorted { $0.key < $1.key }.map { service in
      var service = service
      service.realServers = try reader.realServers(of: service.key).sorted { $0.address < $1.address }
      return service
    }
  }
}
