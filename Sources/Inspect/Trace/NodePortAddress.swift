/// At which of the node's addresses a node port is asked for.
extension FrontendTracer {
  /// The node's address that a client would use for a node port: the one that the API has, else the default route's, else
  /// the one on the way to the client. In nftables mode kube-proxy serves the first alone, unless it is told otherwise.
  func nodeAddress(_ family: IPFamily, for origin: TraceOrigin) throws -> IPAddress? {
    if let known = nodeAddresses.first(where: { $0.family == family }) { return known }
    let client =
      if case .addresses(let all, _) = origin { all.first { $0.family == family } } else { nil as IPAddress? }
    let elsewhere = IPAddress(family == .v4 ? "192.0.2.1" : "2001:db8::1")
    for address in [elsewhere, client].compactMap(\.self) {
      if let source = try node.routing.way(to: address)?.source { return source }
    }
    return node.localAddresses?.first { $0.family == family && $0.isSingle && !$0.address.isLoopback }?.address
  }
}

extension ServiceTracer {
  /// In IPVS mode a node port is a virtual service for each address of the node, and none for all of them.
  func atEachAddress(_ question: Question) throws -> [Question] {
    let frontend = question.frontend
    guard proxy.expectedMode == .ipvs, frontend.kind == .nodePort, frontend.address == nil else { return [question] }
    var addresses = Set(try virtualAddresses(of: frontend))
    // Where the API says that kube-proxy forwards it, the node's own address must be among them.
    if question.expected.map({ $0.verdict == .forward }) == true {
      addresses.formUnion(context.internalAddresses(of: node).filter { $0.family == frontend.family })
    }
    return addresses.isEmpty ? [question] : addresses.sorted().map(question.at)
  }

  /// The addresses at which IPVS has a virtual service for a node port.
  func virtualAddresses(of nodePort: Frontend) throws -> [IPAddress] {
    let addresses = try node.ipvs.services().compactMap { service -> IPAddress? in
      guard case .address(let address, nodePort.transport) = service.key, address.port == nodePort.port else {
        return nil
      }
      return address.address.family == nodePort.family ? address.address : nil
    }
    return Set(addresses).sorted()
  }
}

extension Cases {
  /// A node port's cases for one of the addresses that it listens on; and which these are, where it is not all but
  /// loopback ones (which no client outside can reach).
  static func atOneAddress(_ cases: [Case], _ localAddresses: [IPPrefix]) -> ([Case], [IPAddress]) {
    guard let space = cases.first?.set.space else { return (cases, []) }
    let own = Set(localAddresses.filter { !$0.address.isLoopback }.map(\.address)).sorted()
    let handled = cases.filter { $0.outcome != .unhandled }.map(\.set).reduce(PacketSet(space, PacketSpace.none)) {
      $0.union($1)
    }
    let listening = own.filter { !handled.given(destination: $0).isEmpty }
    let isNarrowed = listening.count < own.count && !listening.isEmpty
    let kept = cases.compactMap { item -> Case? in
      var item = item
      item.set =
        if isNarrowed, let chosen = listening.first {
          item.set.given(destination: chosen)
        } else {
          item.set.intersection(PacketSet(space, Packet.factsOfNoLoopback))
        }
      return item.set.isEmpty ? nil : item
    }
    return (kept, isNarrowed ? listening : [])
  }
}
