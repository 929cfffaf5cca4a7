/// A Linux bridge of the node whose ports are pods' interfaces.
struct PodBridge {
  let link: Link
  /// Ends of pairs.
  let ports: [Link]

  /// Those of the node; nil where its interfaces are not known. A bridge is the pods' where their network is on it: docker's
  /// own, and those of virtual machines, are others.
  static func all(_ examination: Examination) throws -> [PodBridge]? {
    guard let links = try examination.node.links(), let addresses = try examination.node.interfaceAddresses() else {
      return nil
    }
    let pods = podAddresses(examination)
    return links.filter { $0.kind == "bridge" }.compactMap { bridge in
      let networks = addresses.filter { $0.index == bridge.index && !$0.isLinkLocal }
        .map { IPPrefix($0.address, length: $0.prefixLength) }
      guard networks.contains(where: { network in pods.contains { network.contains($0) } }) else { return nil }
      return PodBridge(link: bridge, ports: links.filter { $0.master == bridge.index && $0.isPair })
    }
  }

  /// Addresses of endpoints, and what pods of this node have addresses from.
  private static func podAddresses(_ examination: Examination) -> Set<IPAddress> {
    var found = Set(examination.frontends.flatMap { $0.frontend.endpoints.map(\.address) })
    guard let name = examination.context.node, let cluster = examination.cluster else { return found }
    found.formUnion(cluster.podAddresses(on: name))
    found.formUnion((cluster.node(name)?.podCIDRs ?? []).compactMap { IPPrefix($0)?.address })
    return found
  }
}
