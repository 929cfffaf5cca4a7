/// Which of the node's interfaces is the other end of a pod's.
extension NodeLinks {
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
