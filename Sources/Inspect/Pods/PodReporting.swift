extension PodInterfaceList {
  /// What was found on a node.
  public init(node: AnsweringNode, _ answer: PodInterfaces) {
    self.init(
      node: node, items: answer.pods.map(PodNetworkReport.init), orphans: answer.orphans.map(OrphanReport.init),
      incomplete: answer.isIncomplete, notes: answer.notes)
  }
}

extension PodNetworkReport {
  init(_ pod: PodNetwork) {
    self.init(
      namespace: pod.sandbox.name?.value.namespace, name: pod.sandbox.name?.value.name, uid: pod.sandbox.uid?.value,
      hostNetwork: pod.sandbox.isHostNetwork?.value, sandbox: SandboxReport(pod.sandbox),
      interfaces: pod.shownInterfaces.map(PodInterfaceReport.init), interfacesOmitted: pod.omittedCount,
      problem: pod.problem)
  }
}

extension SandboxReport {
  /// Whoever runs in a pod may make as many as they like.
  private static let mostNamespaces = 32

  init(_ sandbox: PodSandbox) {
    self.init(
      id: sandbox.id?.value, runtime: sandbox.runtime, state: sandbox.state, pid: sandbox.pid?.value,
      netns: sandbox.namespace?.value.path, netnsInode: sandbox.namespace?.value.id.inode,
      otherNetns: sandbox.otherNamespaces.prefix(Self.mostNamespaces).map(\.path),
      otherNetnsCount: sandbox.otherNamespaces.count, runtimeAddresses: sandbox.runtimeAddresses,
      sources: Sources(
        name: sandbox.name?.source, uid: sandbox.uid?.source, id: sandbox.id?.source, pid: sandbox.pid?.source,
        netns: sandbox.namespace?.source, hostNetwork: sandbox.isHostNetwork?.source))
  }
}

extension PodInterfaceReport {
  init(_ interface: PodInterface) {
    let link = LinkReport(interface.link)
    self.init(
      name: link.name, ifindex: link.ifindex, kind: link.kind, mac: link.mac, mtu: link.mtu, state: link.state,
      statistics: link.statistics, addresses: interface.shownAddresses.map(\.description),
      addressesOmitted: interface.omittedCount, problems: interface.problems)
    switch interface.side {
    case .pair(let end): host = .some(.some(HostInterfaceReport(end)))
    case .parent(let link):
      host = .some(.none)
      parent = LinkReport(link)
    case .none, .inside: host = .some(.none)
    case .elsewhere: host = nil
    }
  }
}

extension HostInterfaceReport {
  init(_ host: HostInterface) {
    let link = LinkReport(host.link)
    self.init(
      name: link.name, ifindex: link.ifindex, kind: link.kind, mac: link.mac, mtu: link.mtu, state: link.state,
      statistics: link.statistics, netnsid: host.netnsid, master: host.master, routes: host.routes,
      confirmations: host.confirmations)
  }
}

extension OrphanReport {
  init(_ orphan: OrphanInterface) {
    let link = LinkReport(orphan.link)
    self.init(
      name: link.name, ifindex: link.ifindex, kind: link.kind, mac: link.mac, mtu: link.mtu, state: link.state,
      statistics: link.statistics, netnsid: orphan.link.peer?.netnsid, peerIfindex: orphan.link.peer?.index,
      master: orphan.master, reason: orphan.reason)
  }
}
