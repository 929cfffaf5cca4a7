extension Check {
  /// Rule: a VXLAN interface is up, and a packet from another node's InternalIP to this node's, to the interface's UDP port,
  /// meets a rule or policy that ends it. As certain as the walk is that the packet ends here; likely, and a warning: the
  /// interface may be another network's, or left over. What leaves this node, and what a cloud's firewall does, is not seen.
  static let overlayBlocked = Check(.overlayBlocked) { examination in
    guard let links = try examination.node.links() else { return .skipped("the node's interfaces are not known") }
    let ports = Set(links.filter { $0.kind == "vxlan" && $0.isSetUp }.compactMap(\.tunnelPort)).sorted()
    guard !ports.isEmpty else { return .ok(because: "there is no VXLAN interface") }
    guard let nodes = examination.nodes, let name = examination.context.node else {
      return .skipped("which addresses the other nodes have is not known")
    }
    let own = examination.context.internalAddresses(of: examination.node)
    let peers = nodes.filter { $0.metadata.name != name }
    guard !peers.isEmpty else { return .ok(because: "there is no other node") }
    let ways = ports.flatMap { port in
      peers.flatMap { peer in peer.ips("InternalIP").compactMap { OverlayWay(peer, $0, to: own, port: port) } }
    }.filter { examination.context.families.contains($0.frontend.family) }
    guard !ways.isEmpty else { return .skipped("this node's InternalIP is not known") }
    let traces = try ServiceTracer.answer(examination.context, examination.node) { tracer in
      try ways.map { try tracer.frontendTracer.trace($0.frontend, from: .addresses([$0.source], pod: nil))?.trace }
    }
    var blocked: [(way: OverlayWay, reason: Reason)] = []
    var doubt: String?
    for (way, trace) in zip(ways, traces) {
      guard let trace, let reason = trace.reason else { continue }
      switch (trace.verdict, reason.kind) {
      case (.uncertain, _): doubt = "\(way.text): \(reason.text)"
      case (.drop, .rule), (.drop, .policy), (.reject, .rule), (.reject, .policy): blocked.append((way, reason))
      default: break
      }
    }
    guard let first = blocked.first else { return doubt.map { .uncertain($0) } ?? .ok() }
    let senders = Set(blocked.map(\.way.node))
    return .found([
      Finding(
        .overlayBlocked, .warning, .likely, subject: .node,
        message:
          "packets of the tunnel between nodes end here, from \(senders.count) of \(peers.count) other "
          + (peers.count == 1 ? "node" : "nodes"),
        evidence: blocked.prefix(3).map { Finding.Evidence(.netfilter, "\($0.way.text): \($0.reason.text)") },
        advice: [
          Finding.Advice(
            "let UDP port \(first.way.frontend.port) in from the nodes' addresses, in whatever wrote the rule",
            command: first.way.frontend.family == .v4 ? "iptables -S INPUT" : "ip6tables -S INPUT")
        ])
    ])
  }
}

/// From another node to this one, to the port of a tunnel.
private struct OverlayWay {
  let node: String
  let source: IPAddress
  let frontend: Frontend

  /// nil where this node has no address of the family.
  init?(_ peer: NodeObject, _ source: IPAddress, to own: [IPAddress], port: UInt16) {
    guard let address = own.first(where: { $0.family == source.family }) else { return nil }
    node = peer.metadata.name
    self.source = source
    frontend = Frontend(kind: nil, family: source.family, address: address, port: port, transport: .udp)
  }

  var text: String { "UDP from \(source) (\(node)) to port \(frontend.port)" }
}
