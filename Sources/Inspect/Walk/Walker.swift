/// Walks a connection's first packet through netfilter, as the kernel would, and says where it may go.
///
/// Where something that is not known decides, the walk goes both ways, each with its part of the packets. Ways that come
/// back to the same place with the same packet are one again, and so are ways that end alike.
public final class Walker {
  let node: any Node
  /// The node's rules.
  let filter: any PacketFilter
  let budget: WalkBudget
  let space: PacketSpace
  /// Whether ways name every rule whose tests all held, and not only those that led to where they end.
  let notesEveryRule: Bool
  /// Whether one way stands for several that differ in their destination alone.
  let groupsDestinations: Bool
  /// The chains of single destinations that were met.
  var destinationChains = DestinationChains()
  /// Addresses of pods that are on this node.
  var localPods: Set<IPAddress> = []
  var finished: Endings
  var unchanged = UnchangedWays()
  /// The rules that asked where packets come from, as far as walks met them.
  var sourceRules = SourceRules()

  /// A walker over a node's rules. Walks of one `space` can be compared with each other.
  init(
    _ node: any Node, space: PacketSpace, budget: WalkBudget = WalkBudget(), notesEveryRule: Bool = false,
    groupsDestinations: Bool = false
  ) {
    self.node = node
    filter = node.filter
    self.notesEveryRule = notesEveryRule
    self.groupsDestinations = groupsDestinations
    self.space = space
    self.budget = budget
    finished = Endings(of: .all(space))
  }

  /// A walker of one family's packets, with a space of its own.
  public convenience init(
    _ node: any Node, family: IPFamily, budget: WalkBudget = WalkBudget(), notesEveryRule: Bool = false
  ) {
    self.init(
      node, space: PacketSpace(family: family, localAddresses: node.localAddresses ?? []), budget: budget,
      notesEveryRule: notesEveryRule)
  }

  /// All ways of a packet that arrives by an interface: from a pod, or from another machine.
  ///
  /// - Parameter assuming: facts that hold of all packets that are meant.
  public func walkArriving(_ packet: Packet, assuming: [Fact] = []) throws -> [Branch] {
    try walk(packet, Packet.arrivingFacts + assuming) { state in
      let routed = try self.enter([state.setting(\.outInterface, .none)])
      try self.arrive(routed.map { $0.setting(\.outInterface, packet.outInterface) })
    }
  }

  /// All ways of a packet that a socket of this node sends.
  public func walkLocalOutput(_ packet: Packet, assuming: [Fact] = []) throws -> [Branch] {
    var packet = packet
    packet.inInterface = .none
    return try walk(packet, Packet.localOutputFacts + assuming) { state in
      // A packet of which more is not known may leave by any interface.
      let routed = state.packet.isRoutable ? try self.route([state]) : (local: [], remote: try self.leaving(state))
      let sent = try self.traverse(.output, routed.local.map(\.throughLoopback) + routed.remote)
      try self.leave(sent)
    }
  }

  func walk(_ packet: Packet, _ facts: [Fact], _ body: (State) throws -> Void) throws -> [Branch] {
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

  func evaluation(of state: State, at place: RuleReference) -> MatchEvaluation {
    MatchEvaluation(knowledge: knowledge(of: state), node: node, rule: place)
  }

  func finish(_ states: [State], _ end: End) {
    for state in states { finished.add(state, end) }
  }

  func knowledge(of state: State) -> Knowledge {
    Knowledge(shared: state.shared, set: state.set, localAddresses: space.localAddresses)
  }
}
