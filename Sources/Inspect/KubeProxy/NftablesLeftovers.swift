/// Whether something of a service is left in kube-proxy's nftables maps that the API does not have: an address that it had
/// once, a node port that moved.
///
/// A map is asked by key, and a key that nobody expects is never asked for. But the kernel counts what leads to a chain, and
/// kube-proxy names chains after the service port: where more elements lead to them than are expected, the maps are worth
/// being read whole.
struct NftablesLeftovers {
  private let node: any Node
  private let expected: [ExpectedFrontend]

  /// - Parameter expected: the frontends that the API gives the service.
  init(_ node: any Node, expected: [ExpectedFrontend]) {
    self.node = node
    self.expected = expected
  }

  /// Of the ports that the API has, in the families that are asked for.
  func areThere(_ service: Service, _ families: [IPFamily]) throws -> Bool {
    try families.contains { family in
      try service.ports.contains { port in
        guard let transport = port.transport else { return false }
        let name = ServicePortName(service.metadata.namespace, service.metadata.name, port: port.name)
        return try elements(to: name, transport, family) > found(name, transport, family)
      }
    }
  }

  private func table(_ family: IPFamily) -> Table { Table(backend: .nft, family: family, name: "kube-proxy") }

  /// How many elements of maps lead to the chains of a service port: what uses them, but for their rules and what these do.
  private func elements(to port: ServicePortName, _ transport: TransportProtocol, _ family: IPFamily) throws -> Int {
    let kinds: [NftablesName.Kind] = [.service, .local, .external]
    let names = Set(kinds.map { "\(NftablesName($0, of: port, transport: transport))" })
    var elements = 0
    for name in names {
      let chain = ChainReference(table: table(family), name: name)
      guard let uses = try node.maps.uses(of: chain) else { continue }
      elements += Int(uses)
      _ = try node.filter.forEachRule(in: chain, hint: .none) { _, rule in
        elements -= 1
        if let target = rule.chain, names.contains(target) { elements -= 1 }
        return true
      }
    }
    return elements
  }

  /// How many of the expected frontends of a service port the maps have.
  private func found(_ port: ServicePortName, _ transport: TransportProtocol, _ family: IPFamily) throws -> Int {
    try expected.filter { $0.name == port && $0.transport == transport && $0.family == family }.count { frontend in
      let name = frontend.address == nil ? "service-nodeports" : "service-ips"
      guard let map = try node.maps.namedSet(name, in: table(family)) else { return false }
      let key = ServiceMapKey(address: frontend.address, transport: transport, port: frontend.port)
      return try node.maps.element(for: key.bytes, in: map) != nil
    }
  }
}
