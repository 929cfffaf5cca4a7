/// The way of a packet through the hooks of netfilter.
extension Walker {
  /// A packet that comes by an interface, up to the routing decision.
  func enter(_ states: [State]) throws -> [State] { try traverse(.prerouting, try traverse(.ingress, states)) }

  /// From the routing decision after PREROUTING on: this node's addresses go up, all others out.
  func arrive(_ states: [State]) throws {
    let (local, remote) = try route(states)
    finish(try traverse(.input, local.map { $0.setting(\.outInterface, .none) }), .delivered)
    let forwarded = try traverse(.forward, try remote.filter(mayForward))
    // Since Linux 5.7 POSTROUTING is told by which interface a forwarded packet came (28f8bfd1ac94).
    let keepsInput = node.kernel?.postroutingSeesInputInterface ?? true
    let leaving = keepsInput ? forwarded : forwarded.map { $0.setting(\.inInterface, .none) }
    finish(try traverse(.egress, try traverse(.postrouting, leaving)), .forwarded)
  }

  /// From OUTPUT on: what goes to this node itself comes back by lo, where nat is not asked again, neither for the
  /// destination nor for the source (nf_nat_initialized).
  func leave(_ states: [State]) throws {
    let (local, remote) = try route(states.map { $0.routedAnew() })
    finish(try traverse(.egress, try traverse(.postrouting, remote)), .forwarded)
    let sent = try traverse(.postrouting, local.map(\.throughLoopback))
    let looped = sent.map {
      $0.setting(\.inInterface, .known("lo")).setting(\.outInterface, .none)
        .setting(\.isDestinationMapped, true).setting(\.isSourceMapped, true)
    }
    let arrived = try enter(looped)
    finish(try traverse(.input, arrived.map { $0.setting(\.outInterface, .none) }), .delivered)
  }

  /// The routing decision: the kernel's own where a packet's ends are known, else by the node's addresses alone.
  func route(_ states: [State]) throws -> (local: [State], remote: [State]) {
    var local: [State] = []
    var remote: [State] = []
    for state in try apart(states, departure) {
      switch state.packet.isRoutable ? try node.routing.route(state.packet) : nil {
      case .local?:
        local.append(state)
        continue
      case .out(let interface)?:
        remote += try leaving(state, by: interface)
        continue
      case .refused(let why)?:
        finish([state], .unroutable(why))
        continue
      case nil: break
      }
      switch knowledge(of: state).decide(.destinationType(.local)) {
      case true?: local.append(state)
      case false?: remote += try leaving(state)
      case nil:
        if case .known = state.packet.destination {
          remote += try leaving(state)
        } else {
          local.append(state.assuming(Fact(.destinationType(.local))))
          remote.append(state.assuming(Fact(.destinationType(.local), false)))
        }
      }
    }
    return (local, remote)
  }

  private struct Departure: Hashable {
    let isLocal: Bool
    var routing: Routing?
    var obstacle: Refusal?
  }

  /// What becomes of a way's packets if they go to an address.
  private func departure(_ state: State, to address: IPAddress) throws -> Departure {
    if space.localAddresses.contains(where: { $0.contains(address) }) { return Departure(isLocal: true) }
    var departure = Departure(isLocal: false)
    var packet = state.packet
    packet.destination = .known(address)
    guard packet.outInterface == .unknown else { return departure }
    departure.routing = try node.routing.departure(of: packet)
    if case .out(let name) = departure.routing { departure.obstacle = try obstacle(to: packet.destination, by: name) }
    return departure
  }

  /// A packet that leaves, with the interface by which it does, where its destination decides that; none where routes let
  /// nothing get there.
  func leaving(_ state: State) throws -> [State] {
    guard state.packet.outInterface == .unknown else { return [state] }
    switch try node.routing.departure(of: state.packet) {
    case .out(let name)?: return try leaving(state, by: name)
    case .refused(let why)?:
      finish([state], .unroutable(why))
      return []
    case .local?, nil: return [state]
    }
  }

  /// A packet that leaves by an interface; none where it does not get to the pod that it is for.
  private func leaving(_ state: State, by interface: String) throws -> [State] {
    if let why = try obstacle(to: state.packet.destination, by: interface)
      ?? obstacle(onBridge: interface, state.packet)
    {
      finish([state], .unroutable(why))
      return []
    }
    return [state.setting(\.outInterface, .known(interface))]
  }

  private func obstacle(to destination: AddressKnowledge, by interface: String) throws -> Refusal? {
    guard case .known(let address) = destination, localPods.contains(address) else { return nil }
    return try node.routing.obstacle(toPod: address, leavingBy: interface)
  }

  /// What a bridge carries from port to port does not go out by the port that it came by (should_deliver): a pod does not
  /// reach itself through a service.
  private func obstacle(onBridge name: String, _ packet: Packet) throws -> Refusal? {
    guard case .known(let pod) = packet.destination, packet.source == packet.destination,
      let bridge = try bridge(carrying: packet, to: name), let port = try node.routing.port(leadingTo: pod),
      bridge.ports.contains(port), !bridge.reflectingPorts.contains(port)
    else { return nil }
    return Refusal(
      .link,
      "\(port), the port of \(name) that leads to the pod, sends nothing back by which it came: it has no hairpin mode")
  }

  /// The bridge that a packet came by and leaves by, if it stays on it since its destination was changed to one there
  /// (br_nf_pre_routing_finish).
  private func bridge(carrying packet: Packet, to interface: String) throws -> Bridge? {
    guard packet.isRedirected, packet.inInterface == .known(interface) else { return nil }
    return try node.routing.filteredBridges(packet.family)?.first { $0.name == interface }
  }

  /// Whether a packet that arrived may leave again. A bridge asks for no forwarding of IPv6 (br_nf_pre_routing_finish_ipv6).
  private func mayForward(_ state: State) throws -> Bool {
    if state.packet.family == .v6, case .known(let interface) = state.packet.outInterface,
      try bridge(carrying: state.packet, to: interface) != nil
    {
      return true
    }
    guard let why = try node.routing.refusalToForward(state.packet) else { return true }
    finish([state], .unroutable(why))
    return false
  }

  /// All base chains of a hook, in order.
  func traverse(_ hook: Hook, _ states: [State]) throws -> [State] {
    guard let family = states.first?.packet.family else { return [] }
    var states = states
    var ipvs = VirtualServerHook.priority(at: hook)
    for base in try filter.baseChains(at: hook, family: family) where !states.isEmpty {
      if let priority = ipvs, base.place > priority {
        states = try serve(states)
        ipvs = nil
      }
      let side: KeyPath<Packet, Bool> =
        hook == .prerouting || hook == .output ? \.isDestinationMapped : \.isSourceMapped
      // nat decides once for a connection and side (nf_nat_inet_fn), and not at all for untracked packets.
      let passes = { (state: State) in
        base.isNAT && (state.packet[keyPath: side] || state.packet.state.contains(.untracked))
      }
      var past = base.isNAT ? states.filter(passes) : []
      var traversing = past.isEmpty ? states : states.filter { !passes($0) }
      var elsewhere: [State] = []
      if hook.isAtInterface { (traversing, elsewhere) = try atInterfaces(of: base, traversing) }
      let isEarly =
        hook == .ingress || base.place < Self.trackingPriority && (hook == .prerouting || hook == .output)
      let left = try isEarly ? traverseEarly(base, traversing) : traverse(base, traversing)
      past += elsewhere
      states = hook == .output && base.isNAT ? try rerouted(left) : left
      if !past.isEmpty { states = merge(past + states) }
    }
    return ipvs == nil ? states : merge(try serve(states))
  }

  /// The packets that come by, or leave by, one of a chain's interfaces, and the others. What comes by a bridge may have
  /// come by any of its ports.
  private func atInterfaces(of base: BaseChain, _ states: [State]) throws -> (meeting: [State], others: [State]) {
    let place = RuleReference(chain: base.chain, number: 1)
    var meeting: [State] = []
    var others: [State] = []
    for state in states {
      let evaluation = evaluation(of: state, at: place)
      var outside: [Fact] = []
      for device in base.devices {
        let condition =
          base.hook == .ingress
          ? Condition.inInterface(name: device, wildcard: false) : evaluation.outInterface(device, wildcard: false)
        outside.append(Fact(condition, false))
        guard base.hook == .ingress, let bridge = try node.routing.bridge(ofPort: device),
          knowledge(of: state).decide(.inInterface(name: bridge, wildcard: false)) != false
        else { continue }
        outside.append(Fact(.undecoded(rule: place, what: "arriving by the port \(device)"), false))
      }
      switch evaluation.all([Fact.together(outside).negated]) {
      case .always: meeting.append(state)
      case .never, .chance: others.append(state)
      case .facts(let facts):
        let (with, without) = parted(state, by: facts)
        if let with { meeting.append(with) }
        if let without { others.append(without) }
      }
    }
    return (meeting, others)
  }

  /// What nat redirects in OUTPUT is routed anew at once (nf_nat_ipv4_local_fn); where that fails it goes no further.
  func rerouted(_ states: [State]) throws -> [State] {
    try states.filter { state in
      guard state.packet.isRedirected, state.packet.isRoutable,
        case .refused(let why) = try node.routing.route(state.packet)
      else { return true }
      finish([state], .unroutable(why))
      return false
    }
  }

  /// NF_IP_PRI_CONNTRACK
  private static let trackingPriority: Int32 = -200

  /// A base chain before connection tracking, to which a packet is invalid (conntrack_mt) unless it comes back by lo.
  func traverseEarly(_ base: BaseChain, _ states: [State]) throws -> [State] {
    guard let first = states.first?.packet, !first.isDestinationMapped || first.isReply else {
      return try traverse(base, states)
    }
    let left = try traverse(base, states.map { $0.setting(\.state, .invalid) })
    return left.map { $0.packet.state == .invalid ? $0.setting(\.state, first.state) : $0 }
  }

  func traverse(_ base: BaseChain, _ states: [State]) throws -> [State] {
    guard !states.isEmpty else { return [] }
    var frame = ChainFrame()
    let returned = try run(base.chain, states, depth: 0, &frame)
    if base.policy == .drop {
      finish(returned.map { $0.adding(.policy(base.chain)) }, .dropped)
      return merge(frame.accepted)
    }
    // What comes back of a chain is merged.
    return frame.accepted.isEmpty ? returned : merge(frame.accepted.followed(by: returned))
  }
}

extension Packet {
  /// Both ends and, for a packet that arrives, the interface it came by: what routing goes by.
  var isRoutable: Bool {
    guard case .known = source, case .known = destination else { return false }
    return inInterface != .unknown
  }
}
