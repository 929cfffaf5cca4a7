/// Walks a connection's first packet through netfilter, as the kernel would, and says where it may go.
///
/// Where something that is not known decides, the walk goes both ways, each with its part of the packets. Ways that come
/// back to the same place with the same packet are one again, and so are ways that end alike.
public final class Walker {
  private let filter: any PacketFilter
  private let budget: WalkBudget
  private let space: PacketSpace
  private var finished: Endings
  private var unchanged = UnchangedWays()
  /// The rules that asked where packets come from, as far as walks met them.
  private(set) var sourceRules = SourceRules()

  /// A walker over the rules that `filter` holds. Walks of one `space` can be compared with each other.
  init(_ filter: any PacketFilter, space: PacketSpace, budget: WalkBudget = WalkBudget()) {
    self.filter = filter
    self.space = space
    self.budget = budget
    finished = Endings(of: .all(space))
  }

  /// A walker of one family's packets, with a space of its own.
  public convenience init(_ filter: any PacketFilter, family: IPFamily, budget: WalkBudget = WalkBudget()) {
    self.init(filter, space: PacketSpace(family: family, localAddresses: filter.localAddresses), budget: budget)
  }

  /// All ways of a packet that arrives by an interface: from a pod, or from another machine.
  ///
  /// - Parameter assuming: facts that hold of all packets that are meant.
  public func walkArriving(_ packet: Packet, assuming: [Fact] = []) throws -> [Branch] {
    try walk(packet, Packet.arrivingFacts + assuming) { state in
      let routed = try self.traverse(.prerouting, [state.setting(\.outInterface, .none)])
      try self.arrive(routed.map { $0.setting(\.outInterface, packet.outInterface) })
    }
  }

  /// All ways of a packet that a socket of this node sends.
  public func walkLocalOutput(_ packet: Packet, assuming: [Fact] = []) throws -> [Branch] {
    var packet = packet
    packet.inInterface = .none
    return try walk(packet, Packet.localOutputFacts + assuming) { state in
      // A packet of which more is not known may leave by any interface.
      let routed = state.packet.isRoutable ? try self.route([state]) : (local: [], remote: [try self.leaving(state)])
      let sent = try self.traverse(.output, routed.local.map(\.throughLoopback) + routed.remote)
      try self.leave(sent)
    }
  }

  private func walk(_ packet: Packet, _ facts: [Fact], _ body: (State) throws -> Void) throws -> [Branch] {
    let own = packet.source == .local ? [Fact(.sourceType(.local))] : []
    let start = State(packet: packet, set: PacketSet(space, facts + own))
    // That a destination is one of the node's own is kept out of sets: it stands above sources in them.
    let among = packet.destination == .local ? start.set.assuming(Fact(.destinationType(.local))) : start.set
    finished = Endings(of: among)
    try body(start)
    if let bound = budget.spend(0, on: space), space.isFull {
      finished = Endings(of: among)
      finish([start], .uncertain(bound))
    }
    return finished.branches
  }

  // MARK: - The way through the hooks

  /// From the routing decision after PREROUTING on: this node's addresses go up, all others out.
  private func arrive(_ states: [State]) throws {
    let (local, remote) = try route(states)
    finish(try traverse(.input, local.map { $0.setting(\.outInterface, .none) }), .delivered)
    let forwarded = try traverse(.forward, remote)
    // Since Linux 5.7 POSTROUTING is told by which interface a forwarded packet came (28f8bfd1ac94).
    let leaving = filter.tellsWhereForwardedCameFrom ? forwarded : forwarded.map { $0.setting(\.inInterface, .none) }
    finish(try traverse(.postrouting, leaving), .forwarded)
  }

  /// From OUTPUT on: what goes to this node itself comes back by lo, where nat is not asked again, neither for the
  /// destination nor for the source (nf_nat_initialized).
  private func leave(_ states: [State]) throws {
    let (local, remote) = try route(states.map { $0.routedAnew() })
    finish(try traverse(.postrouting, remote), .forwarded)
    let sent = try traverse(.postrouting, local.map(\.throughLoopback))
    let looped = sent.map {
      $0.setting(\.inInterface, .known("lo")).setting(\.outInterface, .none)
        .setting(\.isDestinationMapped, true).setting(\.isSourceMapped, true)
    }
    let arrived = try traverse(.prerouting, looped)
    finish(try traverse(.input, arrived.map { $0.setting(\.outInterface, .none) }), .delivered)
  }

  /// The routing decision: the kernel's own where a packet's ends are known, else by the node's addresses alone.
  private func route(_ states: [State]) throws -> (local: [State], remote: [State]) {
    var local: [State] = []
    var remote: [State] = []
    for state in states {
      switch state.packet.isRoutable ? try filter.routing.route(state.packet) : nil {
      case .local?:
        local.append(state)
        continue
      case .out(let interface)?:
        remote.append(state.setting(\.outInterface, .known(interface)))
        continue
      case .refused(let why)?:
        finish([state], .unroutable(why))
        continue
      case nil: break
      }
      switch knowledge(of: state).decide(.destinationType(.local)) {
      case true?: local.append(state)
      case false?: remote.append(try leaving(state))
      case nil:
        if case .known = state.packet.destination {
          remote.append(try leaving(state))
        } else {
          local.append(state.assuming(Fact(.destinationType(.local))))
          remote.append(state.assuming(Fact(.destinationType(.local), false)))
        }
      }
    }
    return (local, remote)
  }

  /// A packet that leaves, with the interface by which it does, where its destination decides that.
  private func leaving(_ state: State) throws -> State {
    guard state.packet.outInterface == .unknown, let name = try filter.routing.leavingInterface(of: state.packet)
    else { return state }
    return state.setting(\.outInterface, .known(name))
  }

  /// All base chains of a hook, in order.
  private func traverse(_ hook: Hook, _ states: [State]) throws -> [State] {
    guard let family = states.first?.packet.family else { return [] }
    var states = states
    var ipvs = VirtualServerHook.priority(at: hook)
    for base in try filter.baseChains(at: hook, family: family) where !states.isEmpty {
      if let priority = ipvs, base.priority > priority {
        states = try serve(states)
        ipvs = nil
      }
      let side: KeyPath<Packet, Bool> =
        hook == .prerouting || hook == .output ? \.isDestinationMapped : \.isSourceMapped
      // nat decides once for a connection and side (nf_nat_inet_fn), and not at all for untracked packets.
      let passes = { (state: State) in
        base.isNAT && (state.packet[keyPath: side] || state.packet.state.contains(.untracked))
      }
      let traversing = states.filter { !passes($0) }
      let isEarly = base.priority < Self.trackingPriority && (hook == .prerouting || hook == .output)
      let left = try isEarly ? traverseEarly(base, traversing) : traverse(base, traversing)
      let past = states.filter(passes)
      states = hook == .output && base.isNAT ? try rerouted(left) : left
      if !past.isEmpty { states = merge(past + states) }
    }
    return ipvs == nil ? states : merge(try serve(states))
  }

  /// What nat redirects in OUTPUT is routed anew at once (nf_nat_ipv4_local_fn); where that fails it goes no further.
  private func rerouted(_ states: [State]) throws -> [State] {
    try states.filter { state in
      guard state.packet.isRedirected, state.packet.isRoutable,
        case .refused(let why) = try filter.routing.route(state.packet)
      else { return true }
      finish([state], .unroutable(why))
      return false
    }
  }

  /// NF_IP_PRI_CONNTRACK
  private static let trackingPriority: Int32 = -200

  /// A base chain before connection tracking, to which a packet is invalid (conntrack_mt) unless it comes back by lo.
  private func traverseEarly(_ base: BaseChain, _ states: [State]) throws -> [State] {
    guard let first = states.first?.packet, !first.isDestinationMapped else { return try traverse(base, states) }
    let left = try traverse(base, states.map { $0.setting(\.state, .invalid) })
    return left.map { $0.packet.state == .invalid ? $0.setting(\.state, first.state) : $0 }
  }

  private func traverse(_ base: BaseChain, _ states: [State]) throws -> [State] {
    guard !states.isEmpty else { return [] }
    var frame = Frame()
    let returned = try run(base.chain, states, depth: 0, &frame)
    if base.policy == .drop {
      finish(returned.map { $0.adding(Step(chain: base.chain, number: nil, rule: nil)) }, .dropped)
      return merge(frame.accepted)
    }
    // What comes back of a chain is merged.
    return frame.accepted.isEmpty ? returned : merge(frame.accepted + returned)
  }

  // MARK: - IPVS

  /// Gives packets to IPVS. Gives back those that it leaves, and those whose real server is this node itself: they go
  /// on through the hook.
  private func serve(_ states: [State]) throws -> [State] {
    try states.flatMap { state in
      guard state.packet.ipvs == nil else { return [state] }
      var rest: State? = state
      var staying: [State] = []
      for service in try filter.ipvs.services(for: state.packet) {
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

  private func schedule(_ state: State, to service: VirtualService) throws -> [State] {
    let state = state.adding(Step(service))
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
      let chosen = state.assuming(Fact(.scheduled(scheduler: service.scheduler, basis: basis)))
      return try servers.flatMap { try send(chosen, to: $0, of: service) }
    }
  }

  /// What ip_vs_nat_xmit and ip_vs_dr_xmit do: a packet for another node is sent at once, through OUTPUT and POSTROUTING.
  private func send(_ state: State, to server: RealServer, of service: VirtualService) throws -> [State] {
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
    if try !filter.ipvs.tracksConnections { state.packet.state = .untracked }
    // nat decided on the destination when the packet came, or when it was sent.
    state.packet.isDestinationMapped = true
    if space.localAddresses.contains(where: { $0.contains(server.address.address) }) { return [state] }
    state.packet.inInterface = .none
    state.packet.outInterface = .unknown
    finish(try traverse(.postrouting, try traverse(.output, [state])), .forwarded)
    return []
  }

  // MARK: - Chains and rules

  /// What left a base chain before its end.
  private struct Frame {
    var accepted: [State] = []
  }

  /// Runs states through a chain. Gives back those that come to its end or RETURN.
  private func run(_ chain: ChainReference, _ states: [State], depth: Int, _ frame: inout Frame) throws -> [State] {
    if unchanged.contains(states, by: chain) { return states }
    let before = (finished.count, frame.accepted.count)
    guard depth < WalkBudget.depth else {
      finish(
        states, .uncertain("chains are nested deeper than \(WalkBudget.depth), at \(chain.table.name) \(chain.name)"))
      return []
    }
    var live = states
    var returned: [State] = []
    var bound: String?
    var sources = SourceRun()
    func meetSources() throws {
      guard let (rule, number) = sources.first else { return }
      let place = RuleReference(chain: chain, number: number)
      live = try meet(sources, rule, place, live, depth: depth, &frame, &returned)
      sources = SourceRun()
    }
    let exists = try filter.forEachRule(in: chain, hint: hint(for: states)) { number, rule in
      bound = self.budget.spend(live.count, on: self.space)
      guard bound == nil else { return false }
      if live.haveOpenSources, sources.add(rule, number) { return true }
      if sources.first != nil {
        try meetSources()
        if live.haveOpenSources, sources.add(rule, number) { return true }
      }
      if let mark = rule.marksAll, live.allSatisfy({ !$0.notesSteps }) {
        // Nothing is noted of very many: then the packet changes where it is.
        for index in live.indices { live[index].packet.mark = live[index].packet.mark.setting(mark) }
        return true
      }
      let place = RuleReference(chain: chain, number: number)
      live = try self.meet(rule, place, live, depth: depth, &frame, &returned)
      return !live.isEmpty
    }
    if bound == nil { try meetSources() }
    if let bound {
      finish(live, .uncertain("\(bound), at \(chain.table.name) \(chain.name)"))
      live = []
    }
    guard exists else {
      finish(live, .uncertain("there is no chain \(chain.name) in table \(chain.table.name)"))
      return []
    }
    let left = merge(live + returned)
    if before == (finished.count, frame.accepted.count) { unchanged.note(states, by: chain, after: left) }
    return left
  }

  /// One rule: gives back the states that go on to the next.
  private func meet(
    _ rule: Rule, _ place: RuleReference, _ states: [State], depth: Int, _ frame: inout Frame,
    _ returned: inout [State]
  ) throws -> [State] {
    var passing: [State] = []
    var matching: [State] = []
    // Most rules match nothing: then the states stay where they are.
    var unchanged = 0
    for state in states {
      switch try evaluate(rule.matches, place, state) {
      case .passes where matching.isEmpty && passing.isEmpty: unchanged += 1
      case .passes: passing.append(state)
      case .matches: matching.append(state)
      case .parted(let with, let without):
        if let with { matching.append(with) }
        passing += without
      }
    }
    if unchanged == states.count { return states }
    passing = states[..<unchanged] + passing
    if !matching.isEmpty { passing += try act(rule, place, matching, depth: depth, &frame, &returned) }
    // Where more ways go on than came, some may be one again.
    return passing.count > states.count ? merge(passing) : passing
  }

  /// Many rules that do the same to one source each, as one.
  private func meet(
    _ sources: SourceRun, _ rule: Rule, _ place: RuleReference, _ states: [State], depth: Int, _ frame: inout Frame,
    _ returned: inout [State]
  ) throws -> [State] {
    guard sources.prefixes.count > 1 else { return try meet(rule, place, states, depth: depth, &frame, &returned) }
    let meant = PacketSet(space, space.union(of: sources.prefixes, at: place))
    var matching: [State] = []
    var passing: [State] = []
    for state in states {
      var with = state.with(state.set.intersection(meant))
      with.rulesAlike = sources.prefixes.count
      if !with.set.isEmpty { matching.append(with) }
      let without = state.with(state.set.subtracting(meant))
      if !without.set.isEmpty { passing.append(without) }
    }
    if !matching.isEmpty { _ = try act(rule, place, matching, depth: depth, &frame, &returned) }
    return passing
  }

  private enum Evaluation {
    case passes
    case matches
    case parted(with: State?, without: [State])
  }

  /// Whether all of `matches` hold for a state; where that is not known, its parts.
  private func evaluate(_ matches: [Match], _ place: RuleReference, _ state: State) throws -> Evaluation {
    if matches.isEmpty { return .matches }
    let evaluation = evaluation(of: state, at: place)
    var open: [Fact] = []
    var chance = 1.0
    for match in matches {
      switch try evaluation.requirement(of: match) {
      case .always: continue
      case .never: return .passes
      case .facts(let facts): open += facts
      case .chance(let probability): chance *= probability
      }
    }
    if open.isEmpty, chance == 1 { return .matches }
    let (with, without) = open.isEmpty ? (state, nil) : parted(state, by: open)
    guard chance < 1, let with else { return .parted(with: with, without: without.map { [$0] } ?? []) }
    return .parted(with: with.sharing(chance), without: (without.map { [$0] } ?? []) + [with.sharing(1 - chance)])
  }

  /// The parts of a way for which all of some facts hold, and for which they do not.
  private func parted(_ state: State, by facts: [Fact]) -> (with: State?, without: State?) {
    let meant = PacketSet(space, facts)
    let with = state.with(state.set.intersection(meant), recalling: facts)
    let without = state.with(state.set.subtracting(meant))
    return (with.isPossible ? with : nil, without.isPossible ? without : nil)
  }

  /// Where a rule stands while its actions are carried out, and what leaves it on the way.
  private struct Act {
    let rule: Rule
    let place: RuleReference
    let depth: Int
    var frame: Frame
    var returned: [State]
    /// States that a test or map in the middle of the rule sent on to the next rule.
    var leaving: [State] = []

    var step: Step { Step(chain: place.chain, number: place.number, rule: rule) }
  }

  /// A matching rule's actions. Gives back the states that go on to the next rule.
  private func act(
    _ rule: Rule, _ place: RuleReference, _ states: [State], depth: Int, _ frame: inout Frame,
    _ returned: inout [State]
  ) throws -> [State] {
    var act = Act(rule: rule, place: place, depth: depth, frame: frame, returned: returned)
    // They are handed over: to share them would copy them with each way that is added.
    frame = Frame()
    returned = []
    sourceRules.note(rule, place)
    var states = states
    for action in rule.actions where !states.isEmpty {
      states = try perform(action, states, act.step, &act)
    }
    frame = act.frame
    returned = act.returned
    return act.leaving + states
  }

  /// One action. Gives back the states that go on within the rule.
  private func perform(_ action: Action, _ states: [State], _ step: Step, _ act: inout Act) throws -> [State] {
    switch action {
    case .accept:
      act.frame.accepted += states.map { $0.adding(step) }
      return []
    case .drop:
      finish(states.map { $0.adding(step) }, .dropped)
      return []
    case .reject(let reject):
      finish(states.map { $0.adding(step) }, .rejected(with: reject.with))
      return []
    case .return:
      act.returned += states
      return []
    case .jump(let name):
      let back = try enter(name, states, step, &act)
      return back.map { $0.forgettingDetour(into: act.place) }
    case .goto(let name):
      act.returned += try enter(name, states, step, &act)
      return []
    case .dnat(let translation), .redirect(let translation):
      act.frame.accepted += try states.flatMap { try redirect($0.adding(step), translation, to: action) }
      return []
    case .snat(let translation):
      act.frame.accepted += states.map { translate($0.adding(step), translation) }
      return []
    case .masquerade:
      act.frame.accepted += try states.map { try masquerade($0.adding(step)) }
      return []
    case .mark(let mark):
      return states.map { state in
        state.noting(step).setting(\.mark, state.packet.mark.setting(mark))
      }
    case .connmark(let mark): return states.map { $0.packet.isTracked ? $0.noting(step).applying(mark) : $0 }
    case .conntrack(let conntrack):
      return conntrack.isNotrack ? states.map { $0.noting(step).setting(\.state, .untracked) } : states
    case .queue(let queue):
      let number = queue.number.map { " \($0)" } ?? ""
      finish(states.map { $0.adding(step) }, .uncertain("handed to a program by queue\(number)"))
      return []
    case .tproxy(let proxy):
      finish(states.map { $0.adding(step) }, .uncertain("taken by a local proxy, port \(proxy.port) (TPROXY)"))
      return []
    case .log, .nflog, .tcpmss, .trace, .checksum: return states
    case .native(let statement): return try perform(statement, states, step, &act)
    case .unknown(let target): return meetUnknown(target, step, act.place, states)
    }
  }

  private func enter(_ chain: String, _ states: [State], _ step: Step, _ act: inout Act) throws -> [State] {
    var step = step
    step.target = chain
    let target = ChainReference(table: act.place.chain.table, name: chain)
    return try run(target, states.map { $0.adding(step) }, depth: act.depth + 1, &act.frame)
  }

  /// A target that kpx does not know may end the packet's way or let it go on.
  private func meetUnknown(
    _ target: UnknownExtension, _ step: Step, _ place: RuleReference, _ states: [State]
  ) -> [State] {
    let what = "target \(target.name) revision \(target.revision), \(target.reason)"
    let goesOn = Fact(.undecided(rule: place, what: "\(what) lets it go on"))
    // A way that comes here again has one of the two only.
    let parts = states.map { parted($0, by: [goesOn]) }
    finish(parts.compactMap { $0.without?.adding(step) }, .uncertain("\(what) (\(place))"))
    return parts.compactMap(\.with)
  }

  /// DNAT and REDIRECT. Of a range of addresses the kernel chooses by a hash of the client's address
  /// (find_best_ips_proto).
  private func redirect(_ state: State, _ translation: Translation, to action: Action) throws -> [State] {
    func redirected(_ state: State, to destination: AddressKnowledge) -> State {
      let before = state.packet.endpoint
      var state = state
      state.packet.destination = destination
      if let ports = translation.ports {
        let isOne = ports.lowerBound == ports.upperBound
        state.packet.destinationPort = isOne ? ports.lowerBound : nil
      }
      // To where it goes anyway is no translation (nf_nat_setup_info compares the tuples).
      if state.packet.endpoint == nil || state.packet.endpoint != before { state.packet.state.insert(.dnat) }
      state.packet.isDestinationMapped = true
      return state
    }
    if case .redirect = action {
      // To an address of the interface that it comes by; without one the kernel drops it (nf_nat_redirect).
      if case .known(let name) = state.packet.inInterface, name != "lo",
        try filter.routing.addresses(of: name, family: state.packet.family)?.isEmpty == true
      {
        finish([state], .unroutable("REDIRECT finds no address on \(name)"))
        return []
      }
      return [redirected(state, to: .local)]
    }
    guard let range = translation.addresses else { return [redirected(state, to: state.packet.destination)] }
    guard let all = range.addresses(atMost: 256) else { return [redirected(state, to: .translated)] }
    guard all.count > 1 else { return all.map { redirected(state, to: .known($0)) } }
    let chosen = state.assuming(Fact(.scheduled(scheduler: "DNAT", basis: .source)))
    return all.map { redirected(chosen, to: .known($0)) }
  }

  private func masquerade(_ state: State) throws -> State {
    guard case .known = state.packet.outInterface, case .known = state.packet.source else {
      return state.translatingSource(.masquerade, to: nil)
    }
    return state.translatingSource(.masquerade, to: try filter.routing.masqueradeAddress(of: state.packet))
  }

  /// SNAT. Of a range of addresses the kernel chooses.
  private func translate(_ state: State, _ translation: Translation) -> State {
    let range = translation.addresses.flatMap { $0.lowerBound == $0.upperBound ? $0.lowerBound : nil }
    return state.translatingSource(.snat(translation), to: range)
  }

  // MARK: - What only nf_tables does

  private func perform(
    _ statement: NFTStatement, _ states: [State], _ step: Step, _ act: inout Act
  ) throws -> [State] {
    switch statement {
    case .require(let match):
      var holding: [State] = []
      for state in states {
        switch try evaluate([match], act.place, state) {
        case .passes: act.leaving.append(state)
        case .matches: holding.append(state)
        case .parted(let with, let without):
          if let with { holding.append(with) }
          act.leaving += without
        }
      }
      return holding
    case .verdictMap(let lookup):
      return try states.flatMap { state in
        try resolve(lookup, state, act.place, &act) { state, element, act in
          guard case .verdict(let verdict) = element.value else { return [state] }
          return try verdict.action.map { try perform($0, [state], step, &act) } ?? [state]
        }
      }
    case .translation(let translation):
      for state in states { try translate(state.adding(step), translation, &act) }
      return []
    case .set(.mark, let value):
      return states.map { state in
        state.noting(step).setting(\.mark, mark(value, state))
      }
    case .set(.connectionMark, let value):
      return states.map { state in
        state.noting(step).setting(\.connectionMark, mark(value, state))
      }
    case .dynamicSet(let update):
      guard update.inverted || !update.expressions.isEmpty else { return states }
      return meetUnknown(
        UnknownExtension(
          name: "update @\(update.set.name)", revision: 0, bytes: [], reason: "it depends on what was there before"),
        step, act.place, states)
    case .set, .object, .passive: return states
    }
  }

  /// Carries `body` out for each element that a lookup may find; states for which there is none leave the rule.
  private func resolve(
    _ lookup: NFTLookup, _ state: State, _ place: RuleReference, _ act: inout Act,
    _ body: (State, NFTSetElement, inout Act) throws -> [State]
  ) throws -> [State] {
    let evaluation = evaluation(of: state, at: place)
    if let unknown = lookup.key.unknown {
      finish([state], .uncertain("\(unknown.reason) (\(place))"))
      return []
    }
    switch try evaluation.answer(to: lookup) {
    case .element(let element?): return try body(state, element, &act)
    case .element(nil):
      act.leaving.append(state)
      return []
    case .chances(let chances):
      let rest = 1 - chances.reduce(0) { $0 + $1.share }
      if rest > 1e-12 { act.leaving.append(state.sharing(rest)) }
      return try chances.flatMap { try body(state.sharing($0.share), $0.element, &act) }
    case .depends(let alternatives):
      var rest: State? = state
      var going: [State] = []
      for (facts, element) in alternatives {
        guard let open = rest else { break }
        let (with, without) = parted(open, by: facts)
        if let with { going += try body(with, element, &act) }
        rest = without
      }
      if let rest { act.leaving.append(rest) }
      return going
    case .unknown:
      finish([state], .uncertain("what @\(lookup.set.name) has for the packet is not known (\(place))"))
      return []
    }
  }

  /// A translation whose address or port comes from a map or another value.
  private func translate(_ state: State, _ translation: NFTTranslation, _ act: inout Act) throws {
    switch translation.kind {
    case .masquerade:
      act.frame.accepted.append(try masquerade(state))
    case .source:
      act.frame.accepted.append(translate(state, Translation()))
    case .redirect where translation.lookup == nil:
      act.frame.accepted += try redirect(state, Translation(), to: .redirect(Translation()))
    case .destination, .redirect:
      guard let lookup = translation.lookup else {
        var unknown = state
        unknown.packet.destination = .translated
        unknown.packet.destinationPort = nil
        unknown.packet.state.insert(.dnat)
        unknown.packet.isDestinationMapped = true
        act.frame.accepted.append(unknown)
        return
      }
      let done = try resolve(lookup, state, act.place, &act) { state, element, _ in
        guard let target = translation.target(element) else { return [state] }
        let isRedirect = translation.kind == .redirect
        return try redirect(state, target, to: isRedirect ? .redirect(target) : .dnat(target))
      }
      act.frame.accepted += done
    }
  }

  private func mark(_ value: NFTValue, _ state: State) -> Mark {
    guard let bytes = value.bytes(knowledge(of: state).bytes), bytes.count == 4 else { return Mark(value: 0, known: 0) }
    return Mark(UInt32(hostBytes: bytes))
  }

  // MARK: - Helpers

  private func evaluation(of state: State, at place: RuleReference) -> MatchEvaluation {
    MatchEvaluation(knowledge: knowledge(of: state), filter: filter, rule: place)
  }

  private func finish(_ states: [State], _ end: End) {
    for state in states { finished.add(state, end) }
  }

  private func knowledge(of state: State) -> Knowledge {
    Knowledge(shared: state.shared, set: state.set, localAddresses: space.localAddresses)
  }

  /// What all states agree on.
  private func hint(for states: [State]) -> RuleHint {
    guard let first = states.first?.packet else { return .none }
    var hint = RuleHint(transport: first.transport)
    let destinations = Set(states.lazy.map(\.packet.destination))
    if destinations.count == 1, case .known(let address) = first.destination {
      hint.destination = address
      return hint
    }
    var prefixes: [IPPrefix] = []
    for destination in destinations {
      switch destination {
      case .known(let address): prefixes.append(IPPrefix(address))
      case .local: prefixes += space.localAddresses
      case .any, .translated: return hint
      }
    }
    hint.destinations = prefixes
    return hint
  }
}

extension Rule {
  /// The mark that it sets on whatever packet, if it does nothing else.
  fileprivate var marksAll: MarkAction? {
    guard matches.isEmpty, actions.count == 1, case .mark(let mark) = actions[0] else { return nil }
    return mark
  }
}

extension Mark {
  fileprivate func setting(_ action: MarkAction) -> Mark { setting(value: action.value, mask: action.mask) }
}

/// Where IPVS looks at packets.
private enum VirtualServerHook {
  /// ip_vs_ops: NF_IP_PRI_NAT_SRC - 1 for what comes for this node, NF_IP_PRI_NAT_DST + 2 for what it sends.
  static func priority(at hook: Hook) -> Int32? {
    switch hook {
    case .input: 99
    case .output: -98
    case .prerouting, .forward, .postrouting: nil
    }
  }
}

extension ClosedRange<IPAddress> {
  /// The addresses of a small range, or nil if there are more than `limit`.
  func addresses(atMost limit: UInt32) -> [IPAddress]? {
    switch (lowerBound, upperBound) {
    case (.v4(let from), .v4(let to)):
      to - from < limit ? (from...to).map(IPAddress.v4) : nil
    case (.v6(let high, let from), .v6(let otherHigh, let to)):
      high == otherHigh && to - from < UInt64(limit) ? (from...to).map { .v6(high: high, low: $0) } : nil
    default: nil
    }
  }
}
