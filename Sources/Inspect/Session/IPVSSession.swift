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
    let services = try askNode { try Self.read($0.ipvs, filter, Set(families), names) }
    if let filter, services.isEmpty {
      let isUnnamed = filter.needsNames && !names.hasAPI
      throw .noVirtualService(filter.text + (isUnnamed ? ": only the API has names, and it told nothing" : ""))
    }
    return NamedVirtualServices(services: services, addresses: addresses)
  }

  private static func read(
    _ ipvs: any VirtualServer, _ filter: VirtualServiceFilter?, _ families: Set<IPFamily>, _ names: AddressNames
  ) throws -> [VirtualService] {
    guard try ipvs.isPresent == true else { throw KernelError.noIPVS }
    let keys = try filter?.keys ?? ipvs.services().map(\.key).filter { filter?.contains($0, names) ?? true }
    return try keys.filter { families.contains($0.family) }.sorted().compactMap { key in
      var service = try ipvs.service(key)
      service?.realServers?.sort { $0.address < $1.address }
      return service
    }
  }
}
