/// What IPVS does with a packet.
extension Walker {
  /// Gives packets to IPVS. Gives back those that it leaves, and those whose real server is this node itself: they go
  /// on through the hook.
  func serve(_ states: [State]) throws -> [State] {
    let served = try apart(states) { state, address in
      var packet = state.packet
      packet.destination = .known(address)
      return try node.ipvs.services(for: packet).isEmpty ? nil : address
    }
    return try served.flatMap { state in
      guard state.packet.ipvs == nil else { return [state] }
      var rest: State? = state
      var staying: [State] = []
      for service in try node.ipvs.services(for: state.packet) {
        guard let state = rest else { break }
        guard case .address(let address, _) = service.key, case .local = state.packet.destination else {
          rest = nil
          staying += try schedule(state, to: service)
          continue
        }
        let (meant, others) = parted(state, by: [Fact(.destination(IPPrefix(address.address)))])
        rest = others
        guard var meant else { continue }
        meant.packet.originalDestination = .known(address.address)
        staying += try schedule(meant, to: service)
      }
      return staying + (rest.map { [$0] } ?? [])
    }
  }

  func schedule(_ state: State, to service: VirtualService) throws -> [State] {
    var state = state.adding(.virtualService(service))
    state.group = nil
    switch Scheduling(service) {
    case .shares(let shares) where shares.isEmpty:
      // ip_vs_leave
      finish([state], .rejected(with: state.packet.family == .v4 ? "icmp-port-unreachable" : "icmp6-port-unreachable"))
      return []
    case .shares(let shares):
      return try (service.realServers ?? []).flatMap { server in
        try shares[server].map { try send(state.sharing($0), to: server, of: service) } ?? []
      }
    case .open(let servers, let basis):
      let chosen = state.assuming(Fact(.chosen(.scheduler(service.scheduler, basis: basis))))
      return try servers.flatMap { try send(chosen, to: $0, of: service) }
    }
  }

  /// What ip_vs_nat_xmit and ip_vs_dr_xmit do: a packet for another node is sent at once, through OUTPUT and POSTROUTING.
  func send(_ state: State, to server: RealServer, of service: VirtualService) throws -> [State] {
    var state = state
    let port = server.address.port == 0 ? state.packet.destinationPort ?? 0 : server.address.port
    state.packet.ipvs = VirtualRoute(
      service: service.key, server: SocketAddress(server.address.address, port: port), method: server.method)
    switch server.method {
    case .masquerading:
      state.packet.destination = .known(server.address.address)
      state.packet.destinationPort = port
    case .local: return [state]
    case .directRouting: break
    case .tunneling, .bypass, .unknown:
      finish([state], .uncertain("IPVS forwards by method \(server.method.name), which kpx does not follow"))
      return []
    }
    if try node.ipvs.tracksConnections == false { state.packet.state = .untracked }
    // nat decided on the destination when the packet came, or when it was sent.
    state.packet.isDestinationMapped = true
    if space.localAddresses.contains(where: { $0.contains(server.address.address) }) { return [state] }
    state.packet.inInterface = .none
    state.packet.outInterface = .unknown
    finish(try traverse(.postrouting, try traverse(.output, [state])), .forwarded)
    return []
  }
}

/// Where IPVS looks at packets.
enum VirtualServerHook {
  /// ip_vs_ops: NF_IP_PRI_NAT_SRC - 1 for what comes for this node, NF_IP_PRI_NAT_DST + 2 for what it sends.
  static func priority(at hook: Hook) -> Int32? {
    switch hook {
    case .input: 99
    case .output: -98
    case .prerouting, .forward, .postrouting, .ingress, .egress: nil
    }
  }
}
