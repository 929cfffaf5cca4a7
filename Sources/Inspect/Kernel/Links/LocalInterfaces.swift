/// The node's interfaces behind which addresses of its pods are, found without a process or a runtime.
struct LocalInterfaces {
  private let links: [Link]
  /// What was read of other namespaces, by id.
  private var addresses: [Int32: Set<IPAddress>] = [:]
  /// What the node has seen of its neighbours, and its bridges behind their ports, as it was first asked for.
  private var neighbours: [IPFamily: [Neighbour]] = [:]
  private var bridgePorts: [Neighbour]?

  /// - Parameter links: of the node.
  init(_ links: [Link]) { self.links = links }

  /// The interface that leads to a pod of this node; nil where the address is no such pod's.
  mutating func link<Node: RouteSource & ~Copyable>(
    for address: IPAddress, _ node: inout Node
  ) throws(KernelError) -> Link? {
    guard case .route(let route) = try node.route(to: address, mark: 0), route.isUnicast, route.gateway == nil,
      let link = links.first(where: { $0.index == route.interface })
    else { return nil }
    // A route of its own leads to it, or a bridge that it is behind.
    if link.isPair { return link }
    guard link.kind == "bridge" else { return nil }
    return try port(of: link, for: address, &node)
  }

  private mutating func port<Node: RouteSource & ~Copyable>(
    of bridge: Link, for address: IPAddress, _ node: inout Node
  ) throws(KernelError) -> Link? {
    let ports = links.filter { $0.master == bridge.index }
    if node.isStrict {
      for port in ports {
        guard let id = port.peer?.netnsid, id >= 0 else { continue }
        if addresses[id] == nil { addresses[id] = Set(try node.addresses(target: id).map(\.address)) }
        if addresses[id]?.contains(address) == true { return port }
      }
    }
    // By what the bridge has seen, where the kernel does not tell another namespace's addresses.
    let known = try neighbours(address.family, &node).first { $0.index == bridge.index && $0.address == address }
    guard let mac = known?.mac else { return nil }
    if bridgePorts == nil { bridgePorts = try node.bridgePorts() }
    let seen = bridgePorts?.first { $0.mac == mac && $0.master == bridge.index && $0.index != bridge.index }
    return ports.first { $0.index == seen?.index }
  }

  private mutating func neighbours<Node: RouteSource & ~Copyable>(
    _ family: IPFamily, _ node: inout Node
  ) throws(KernelError) -> [Neighbour] {
    if let known = neighbours[family] { return known }
    let read = try node.neighbours(family)
    neighbours[family] = read
    return read
  }
}
