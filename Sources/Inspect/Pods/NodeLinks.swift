/// The node's ends of what leads into other network namespaces.
struct NodeLinks: Sendable {
  let byIndex: [Int32: Link]
  /// A pair's ends on the node, by their other ends.
  let byPeer: [LinkKey: Link]
  let routes: [Int32: [IPPrefix]]
  /// Interfaces that a default route leaves by: they lead to the node's network, be it a pair that leads to the machine that
  /// the node is a container of.
  let uplinks: Set<Int32>
  /// Which addresses the node has seen at which MAC addresses, and MAC addresses behind which of its interfaces.
  let macs: [IPAddress: MACAddress]
  let ports: [MACAddress: Set<Int32>]

  var links: Dictionary<Int32, Link>.Values { byIndex.values }

  init(links: [Link], routes: [Route] = [], neighbours: [Neighbour] = [], ports: [Neighbour] = []) {
    byIndex = Dictionary(links.map { ($0.index, $0) }, uniquingKeysWith: { $1 })
    byPeer = Dictionary(links.compactMap { link in link.peer.map { ($0, link) } }, uniquingKeysWith: { $1 })
    var found: [Int32: [IPPrefix]] = [:]
    for route in routes where route.isUnicast && !route.destination.address.isIPv6Special {
      if let interface = route.interface { found[interface, default: []].append(route.destination) }
    }
    uplinks = Set(routes.filter { $0.isUnicast && $0.destination.length == 0 }.compactMap(\.interface))
    self.routes = found.mapValues { Array(Set($0)).sorted() }
    macs = Dictionary(
      neighbours.compactMap { entry in entry.address.flatMap { address in entry.mac.map { (address, $0) } } },
      uniquingKeysWith: { $1 })
    self.ports = Dictionary(
      ports.compactMap { entry in entry.mac.map { ($0, [entry.index]) } }, uniquingKeysWith: { $0.union($1) })
  }

  /// All of the node's links, with routes where some pair has no bridge.
  static func all(_ reader: inout NamespaceReader, withDetails: Bool) throws(KernelError) -> NodeLinks {
    try reader.ask { node throws(KernelError) in
      let links = try node.links(withStatistics: withDetails)
      let needsRoutes = links.contains { $0.peer?.netnsid != nil && $0.master == nil }
      return NodeLinks(
        links: links, routes: needsRoutes ? try node.routes(.v4) + node.routes(.v6) : [],
        neighbours: withDetails ? try node.neighbours(.v4) + node.neighbours(.v6) : [],
        ports: withDetails ? try node.bridgePorts() : [])
    }
  }

  /// Those alone that one namespace's links are tied to.
  static func needed(
    by view: NamespaceView, _ reader: inout NamespaceReader, withDetails: Bool
  ) throws(KernelError) -> NodeLinks {
    try reader.ask { node throws(KernelError) in
      var links: [Link] = []
      var routes: [Route] = []
      for link in view.links {
        guard let lower = link.lower, lower.netnsid != nil,
          let host = try node.link(index: lower.index, withStatistics: withDetails)
        else { continue }
        links.append(host)
        if let master = host.master, let bridge = try node.link(index: master, withStatistics: false) {
          links.append(bridge)
        } else {
          for address in view.addresses where address.index == link.index && !address.isLinkLocal {
            if case .route(let route) = try node.route(to: address.address, mark: 0) { routes.append(route) }
          }
        }
      }
      return NodeLinks(links: links, routes: routes)
    }
  }

  func link(index: Int32) -> Link? { byIndex[index] }

  func link(named name: String) -> Link? { byIndex.values.first { $0.name == name } }

  /// The pairs whose other ends are in other namespaces.
  var outward: [Link] { byPeer.filter { $0.key.netnsid != nil }.map(\.value) }
}
