/// Answers a walk's questions about IPVS from the kernel. For whichever reader holds the rules.
///
/// To be used on threads of one network namespace.
public final class LiveIPVS: VirtualServer {
  private var reader: IPVSReader??
  private var found: [VirtualServiceKey: VirtualService?] = [:]
  private var listed: [VirtualService]?
  private var tracks: Bool?

  /// Nothing is read until it is asked for.
  public init() {}

  /// Whether IPVS is in the kernel.
  public var isPresent: Bool? {
    get throws { try open() != nil }
  }

  /// Whether connections through IPVS are tracked.
  public var tracksConnections: Bool {
    get throws {
      if let tracks { return tracks }
      let answer = try IPVSReader.tracksConnections
      tracks = answer
      return answer
    }
  }

  /// All virtual services, without their real servers.
  public func services() throws -> [VirtualService] {
    if let listed { return listed }
    let services = try open()?.services() ?? []
    listed = services
    return services
  }

  /// The virtual services that may take a packet, as ip_vs_service_find looks for them: by mark, by address and port,
  /// by address alone. Several where the packet's address is not known. With their real servers.
  public func services(for packet: Packet) throws -> [VirtualService] {
    guard try isPresent == true else { return [] }
    if packet.mark.value != 0, let service = try service(.mark(packet.mark.value, family: packet.family)) {
      return [service]
    }
    guard let port = packet.destinationPort else { return [] }
    guard case .known(let address) = packet.destination else {
      return try services().map(\.key).filter { $0.serves(port, packet) }.compactMap(service)
    }
    for port in [port, 0] {
      let key = VirtualServiceKey.address(SocketAddress(address, port: port), transport: packet.transport)
      if let service = try service(key) { return [service] }
    }
    return []
  }

  private func service(_ key: VirtualServiceKey) throws -> VirtualService? {
    if let known = found[key] { return known }
    var service = try open()?.service(key)
    if service != nil { service?.realServers = try open()?.realServers(of: key) }
    found[key] = .some(service)
    return service
  }

  private func open() throws -> IPVSReader? {
    if let reader { return reader }
    let made = IPVSReader.isPresent ? try IPVSReader() : nil
    reader = .some(made)
    return made
  }
}

extension VirtualServiceKey {
  /// Whether a packet to some address of the node, at this port, may be for it.
  fileprivate func serves(_ port: UInt16, _ packet: Packet) -> Bool {
    guard case .address(let address, let transport) = self else { return false }
    return transport == packet.transport && address.address.family == packet.family
      && (address.port == port || address.port == 0)
  }
}
