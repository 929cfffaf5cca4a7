/// What a node does with all services alike and no form of one service tells; nil where it cannot be told.
struct NodeTraits: Sendable, Hashable {
  /// Where node ports of IPv4 are served.
  enum Reach: Sendable, Hashable {
    /// At all addresses but loopback ones.
    case all
    case only([IPAddress])
  }

  var nodePorts: Reach?
  /// Whether a node port answers at 127.0.0.1.
  var loopback: Bool?
  /// What becomes of packets to a cluster IP at a port that no service has.
  var otherPorts: Verdict?
  /// Whether cluster IPs are addresses of the node's own.
  var areClusterIPsLocal: Bool?
}

extension ServiceTracer {
  /// As one service shows it whose packets are forwarded.
  func traits(of list: ServiceList) throws -> NodeTraits {
    var traits = NodeTraits()
    let frontends = list.items.flatMap(\.frontends).filter {
      $0.family == .v4 && $0.transport == .tcp && $0.verdict == .forward
    }
    if let nodePort = frontends.first(where: { $0.kind == .nodePort }) {
      let same = frontends.filter { $0.kind == .nodePort && $0.port == nodePort.port }
      let own = Set((node.localAddresses ?? []).map(\.address).filter { $0.family == .v4 && !$0.isLoopback })
      let services = Set(list.items.flatMap(\.frontends).filter { $0.kind != .nodePort }.compactMap(\.address))
      let served = Set(same.compactMap(\.address))
      let isWhole = served.isEmpty || own.subtracting(services).isSubset(of: served)
      traits.nodePorts = isWhole ? .all : .only(served.sorted())
      traits.loopback = try verdict(.nodePort, IPAddress("127.0.0.1"), nodePort.port, from: .node).map {
        $0 == .forward
      }
    }
    if let cluster = frontends.first(where: { $0.kind == .clusterIP }), let address = cluster.address {
      let ports = Set(list.items.flatMap(\.frontends).filter { $0.address == address }.map(\.port))
      let free = (1...UInt16.max).first { !ports.contains($0) } ?? 1
      traits.otherPorts = try verdict(.clusterIP, address, free, from: nil)
      traits.areClusterIPsLocal = node.localAddresses.map { $0.contains { $0.contains(address) } }
    }
    return traits
  }

  /// nil where it is uncertain.
  private func verdict(
    _ kind: FrontendKind, _ address: IPAddress?, _ port: UInt16, from origin: TraceOrigin?
  ) throws -> Verdict? {
    guard let address else { return nil }
    let frontend = Frontend(kind: kind, family: address.family, address: address, port: port, transport: .tcp)
    let trace = try origin.map { try frontendTracer.trace(frontend, from: $0)?.trace } ?? frontendTracer.trace(frontend)
    let verdict = trace?.doubted(by: proxy).verdict
    return verdict == .uncertain ? nil : verdict
  }
}
