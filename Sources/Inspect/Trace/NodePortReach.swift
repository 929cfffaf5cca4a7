/// Node ports that kube-proxy serves at some of the node's addresses and not at all of them (`--nodeport-addresses`). In
/// nftables mode these are the ones that the node had when kube-proxy started: the set nodeport-ips.
extension ServiceTracer {
  /// Where kube-proxy has a node port and does not serve it at the address that is asked for: those at which it does.
  func otherAddresses(_ question: Question, _ trace: FrontendTrace) throws -> [IPAddress]? {
    let frontend = question.frontend
    guard frontend.kind == .nodePort, trace.verdict == .unhandled, question.expected?.verdict == .forward else {
      return nil
    }
    if proxy.expectedMode == .ipvs { return try otherVirtualAddresses(frontend) }
    var anywhere = frontend
    anywhere.address = nil
    let there = frontend.address == nil ? trace : try frontendTracer.trace(anywhere)
    if there.verdict != .unhandled { return there.listening.isEmpty ? ownAddresses(frontend.family) : there.listening }
    return try isInNodePortMap(frontend) ? [] : nil
  }

  /// An address of the node that has other virtual services lacks this one.
  private func otherVirtualAddresses(_ frontend: Frontend) throws -> [IPAddress]? {
    let isServed = try node.ipvs.services().contains { service in
      if case .address(let address, _) = service.key { address.address == frontend.address } else { false }
    }
    let others = isServed ? [] : try virtualAddresses(of: frontend)
    return others.isEmpty ? nil : others
  }

  private func ownAddresses(_ family: IPFamily) -> [IPAddress] {
    let own = (node.localAddresses ?? []).filter { $0.family == family && $0.isSingle && !$0.address.isLoopback }
    return Set(own.map(\.address)).sorted()
  }

  private func isInNodePortMap(_ frontend: Frontend) throws -> Bool {
    guard proxy.expectedMode == .nftables,
      let map = try node.maps.namedSet(
        "service-nodeports", in: Table(backend: .nft, family: frontend.family, name: "kube-proxy"))
    else { return false }
    let key = ServiceMapKey(address: nil, transport: frontend.transport, port: frontend.port)
    return try node.maps.element(for: key.bytes, in: map) != nil
  }
}

extension Comparison {
  var nodePortReach: [Finding] {
    let unserved = answers.compactMap { answer in
      answer.otherAddresses.map { finding(.warning, answer, not: answer.trace.frontend.address, $0) }
    }
    let narrowed = answers.grouped(by: \.trace.frontend.anywhere).compactMap { _, answers -> Finding? in
      guard let answer = answers.first, answer.expected?.kind == .nodePort, answer.trace.verdict == .forward,
        !answer.trace.listening.isEmpty
      else { return nil }
      let own = internalAddresses.filter { $0.family == answer.trace.frontend.family }
      guard let first = own.first, Set(own).isDisjoint(with: answer.trace.listening) else { return nil }
      // Whoever set kube-proxy up may have meant it so.
      return finding(.info, answer, not: first, answer.trace.listening)
    }
    return unserved + narrowed
  }

  private func finding(
    _ severity: Finding.Severity, _ answer: FrontendAnswer, not address: IPAddress?, _ served: [IPAddress]
  ) -> Finding {
    let port = answer.trace.frontend.anywhere.text
    let isLoopback = address?.isLoopback ?? false
    let places = served.prefix(3).map(\.description).joined(separator: ", ") + (served.count > 3 ? ", …" : "")
    return finding(
      .nodePortReach, severity, answer,
      served.isEmpty
        ? "kube-proxy has the node port \(port), and serves it at no address of this node"
        : "the node port \(port) is served at \(places), and not at \(address.map { "\($0)" } ?? "this address")",
      nil,
      Finding.Advice(
        isLoopback
          ? "ask at an address of the node: at loopback ones kube-proxy serves node ports in iptables mode alone, and IPv4"
          : "kube-proxy's --nodeport-addresses says where, and the node's addresses are read when it starts: restart it if "
            + "they have changed"))
  }
}

extension Frontend {
  /// A node port at whatever address.
  fileprivate var anywhere: Frontend {
    var frontend = self
    frontend.address = nil
    return frontend
  }
}
