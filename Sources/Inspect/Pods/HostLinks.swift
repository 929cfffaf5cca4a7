/// The node's ends of what leads into other network namespaces.
struct HostLinks: Sendable {
  private let byIndex: [Int32: Link]
  /// A pair's ends on the node, by their other ends.
  private let byPeer: [LinkKey: Link]
  private let routes: [Int32: [IPPrefix]]
  /// Which addresses the node has seen at which MAC addresses, and MAC addresses behind which of its interfaces.
  private let macs: [IPAddress: MACAddress]
  private let ports: [MACAddress: Set<Int32>]

  var links: Dictionary<Int32, Link>.Values { byIndex.values }

  init(links: [Link], routes: [Route] = [], neighbours: [Neighbour] = [], ports: [Neighbour] = []) {
    byIndex = Dictionary(links.map { ($0.index, $0) }, uniquingKeysWith: { $1 })
    byPeer = Dictionary(links.compactMap { link in link.peer.map { ($0, link) } }, uniquingKeysWith: { $1 })
    var found: [Int32: [IPPrefix]] = [:]
    for route in routes where route.isUnicast && !route.destination.address.isIPv6Special {
      if let interface = route.interface { found[interface, default: []].append(route.destination) }
    }
    self.routes = found.mapValues { Array(Set($0)).sorted() }
    macs = Dictionary(
      neighbours.compactMap { entry in entry.address.flatMap { address in entry.mac.map { (address, $0) } } },
      uniquingKeysWith: { $1 })
    self.ports = Dictionary(
      ports.compactMap { entry in entry.mac.map { ($0, [entry.index]) } }, uniquingKeysWith: { $0.union($1) })
  }

  /// All of the node's links, with routes where some pair has no bridge.
  static func all(_ reader: inout NamespaceReader, withDetails: Bool) throws(KernelError) -> HostLinks {
    try reader.ask { node throws(KernelError) in
      let links = try node.links(withStatistics: withDetails)
      let needsRoutes = links.contains { $0.peer?.netnsid != nil && $0.master == nil }
      return HostLinks(
        links: links, routes: needsRoutes ? try node.routes(.v4) + node.routes(.v6) : [],
        neighbours: withDetails ? try node.neighbours(.v4) + node.neighbours(.v6) : [],
        ports: withDetails ? try node.bridgePorts() : [])
    }
  }

  /// Those alone that one namespace's links are tied to.
  static func needed(
    by view: NamespaceView, _ reader: inout NamespaceReader, withDetails: Bool
  ) throws(KernelError) -> HostLinks {
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
            if case .route(let route) = try node.route(to: address.address) { routes.append(route) }
          }
        }
      }
      return HostLinks(links: links, routes: routes)
    }
  }

  func link(index: Int32) -> Link? { byIndex[index] }

  func link(named name: String) -> Link? { byIndex.values.first { $0.name == name } }

  /// The pairs whose other ends are in other namespaces.
  var outward: [Link] { byPeer.filter { $0.key.netnsid != nil }.map(\.value) }

  /// What a link of another namespace is tied to.
  func side(of link: Link, in view: NamespaceView, sandbox: PodSandbox) -> HostSide {
    if let id = view.netnsid, let host = byPeer[LinkKey(netnsid: id, index: link.index)] {
      return .pair(interface(host, of: link, in: view, sandbox))
    }
    guard let lower = link.lower else { return .none }
    guard let id = lower.netnsid else {
      return view.links.first { $0.index == lower.index }.map { .inside($0) } ?? .none
    }
    // The pod's own view decides only where it names the node's namespace: another has the same indices.
    guard id >= 0, id == view.nodeID, let host = byIndex[lower.index] else { return .elsewhere(lower) }
    guard link.isPair else { return .parent(host) }
    // Each end must name the other. With the pod's id the node's own view, above, would have had it.
    guard view.netnsid == nil, host.peer?.index == link.index else { return .elsewhere(lower) }
    return .pair(interface(host, of: link, in: view, sandbox))
  }

  private func interface(_ host: Link, of link: Link, in view: NamespaceView, _ sandbox: PodSandbox) -> HostInterface {
    let addresses = view.addresses.filter { $0.index == link.index }.map(\.address)
    // The interface's own network has a route, too, which says nothing of who is behind.
    let leading = (routes[host.index] ?? []).filter { prefix in addresses.contains { prefix.contains($0) } }
    return HostInterface(
      link: host, netnsid: view.netnsid ?? host.peer?.netnsid, master: host.master.flatMap { byIndex[$0]?.name },
      routes: leading, confirmations: confirmations(host, of: link, in: view, sandbox))
  }

  private func confirmations(
    _ host: Link, of link: Link, in view: NamespaceView, _ sandbox: PodSandbox
  ) -> [String] {
    var found: [String] = []
    if let name = sandbox.name?.value, let cni = DerivedInterfaceName.cni(of: host.name, pod: name) {
      found.append("its name is the one that \(cni) derives from \(name)")
    }
    let addresses = view.addresses.filter { $0.index == link.index && !$0.isLinkLocal }.map(\.address)
    let routed = (routes[host.index] ?? []).filter { prefix in
      prefix.isSingle && addresses.contains(prefix.address)
    }
    if let prefix = routed.first { found.append("the route to \(prefix) leads to it") }
    if let mac = link.mac, ports[mac]?.contains(host.index) == true {
      found.append("its bridge has seen \(mac) behind it")
    } else if let mac = link.mac, let address = addresses.first(where: { macs[$0] == mac }) {
      found.append("the node has seen \(address) at \(mac)")
    }
    if sandbox.cachedHostInterfaces.contains(host.name) { found.append("the CNI cache names it") }
    return found
  }
}
