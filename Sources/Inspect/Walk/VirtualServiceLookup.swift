extension VirtualServer {
  /// The virtual services that may take a packet, as ip_vs_service_find looks for them: by mark, by address and port,
  /// by address alone. Several where the packet's address is not known. With their real servers.
  func services(for packet: Packet) throws -> [VirtualService] {
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
}

extension VirtualServiceKey {
  /// Whether a packet to some address of the node, at this port, may be for it.
  fileprivate func serves(_ port: UInt16, _ packet: Packet) -> Bool {
    guard case .address(let address, let transport) = self else { return false }
    return transport == packet.transport && address.address.family == packet.family
      && (address.port == port || address.port == 0)
  }
}
