/// What the last walks found: whose a place is shows only behind it, and then the same packets are looked at once more.
private final class WalkCache {
  typealias Found = (cases: Cases, clients: Clients)
  private struct Asked: Hashable {
    let packet: Packet
    let isOtherOrder: Bool
  }
  private static let limit = 8
  private var known: [Asked: Found] = [:]

  func of(_ packet: Packet, isOtherOrder: Bool, _ walk: () throws -> Found) rethrows -> Found {
    let asked = Asked(packet: packet, isOtherOrder: isOtherOrder)
    if let found = known[asked] { return found }
    let found = try walk()
    if known.count >= Self.limit { known = [:] }
    known[asked] = found
    return found
  }
}

/// The sets of packets of each family, which walks of different frontends share: the same rules stand in front of all.
private final class Spaces {
  private var spaces: [IPFamily: PacketSpace] = [:]

  func of(_ family: IPFamily, _ node: any Node) -> PacketSpace {
    // One that has grown large is left to what still needs it.
    if let known = spaces[family], !known.isLarge { return known }
    let made = PacketSpace(family: family, localAddresses: node.localAddresses ?? [])
    spaces[family] = made
    return made
  }
}

/// Walks one frontend's packets and says what becomes of them.
struct FrontendTracer {
  let node: any Node
  let budget: WalkBudget
  /// Whether all ways of packets are kept.
  let hasGraph: Bool
  /// Whether it is told what becomes of each class of sources (`SourceFates`).
  let tellsFates: Bool
  /// Address ranges of this node's pods, then of all pods, if the API told them.
  let nodePodRanges: [IPPrefix]
  let podRanges: [IPPrefix]
  /// The node's own addresses that the API has for it.
  let nodeAddresses: [IPAddress]
  /// Addresses of this node's pods, and of all nodes, as far as the API told them.
  let localPods: Set<IPAddress>
  let clusterNodes: [IPAddress]
  private let walks = WalkCache()
  private let spaces = Spaces()
  private let replies: ReplyWalks
  private let alike: AlikeFrontends

  /// - Parameter sharesAfter: after how many frontends those whose rules are alike are walked as one.
  init(
    node: any Node, budget: WalkBudget, hasGraph: Bool = false, tellsFates: Bool = true, nodePodRanges: [IPPrefix],
    podRanges: [IPPrefix], nodeAddresses: [IPAddress] = [], localPods: Set<IPAddress> = [],
    clusterNodes: [IPAddress] = [], sharesAfter: Int = 16
  ) {
    self.node = node
    self.budget = budget
    self.hasGraph = hasGraph
    self.tellsFates = tellsFates
    self.nodePodRanges = nodePodRanges
    self.podRanges = podRanges
    self.nodeAddresses = nodeAddresses
    self.localPods = localPods
    self.clusterNodes = clusterNodes
    replies = ReplyWalks(node, budget: budget)
    alike = AlikeFrontends(
      node, podRanges: [nodePodRanges, podRanges + nodePodRanges], localPods: localPods, after: sharesAfter)
  }

  /// Where two kinds of tables translate at the same priority, and the kernel does not tell which of them comes first,
  /// both orders are walked: what they agree on is certain.
  func trace(_ frontend: Frontend) throws -> FrontendTrace {
    try alike.trace(frontend) { frontend in
      // What a picture shows, and of whom it is told, is each frontend's own.
      try !hasGraph && !tellsFates && !replies.mayLoseAny(frontend)
    } walk: {
      try inBothOrders(frontend) { try traceInOrder(frontend, isOther: $0) }
    }
  }

  /// What becomes of one packet from `origin`, which a node port is asked for at one address; nil if it cannot come from
  /// there.
  func trace(
    _ frontend: Frontend, from origin: TraceOrigin
  ) throws -> (trace: FrontendTrace, origin: PacketOrigin)? {
    var frontend = frontend
    frontend.address = try frontend.address ?? nodeAddress(frontend.family, for: origin)
    guard let address = frontend.address, let start = try PacketOrigin(origin, to: address, node) else { return nil }
    return (try inBothOrders(frontend) { _ in try trace(frontend, at: address, from: start) }, start)
  }

  private func trace(_ frontend: Frontend, at address: IPAddress, from start: PacketOrigin) throws -> FrontendSummary {
    var packet = Packet(
      transport: frontend.transport, family: frontend.family,
      source: start.source.map(AddressKnowledge.known) ?? (start.isLocalOutput ? .local : .any),
      destination: .known(address), destinationPort: frontend.port)
    packet.inInterface = start.isLocalOutput ? .none : start.interface.map(InterfaceKnowledge.known) ?? .unknown
    let space = spaces.of(frontend.family, node)
    let walker = Walker(node, space: space, budget: budget, notesEveryRule: true)
    walker.localPods = localPods
    var facts =
      start.isLocalOutput ? Packet.localOutputFacts : Packet.arrivingFacts + [Fact(.sourceType(.local), false)]
    func walk() throws -> [Branch] {
      start.isLocalOutput
        ? try walker.walkLocalOutput(packet, assuming: facts) : try walker.walkArriving(packet, assuming: facts)
    }
    var branches = try walk()
    if start.source == nil && !start.isLocalOutput {
      // Who is no pod shows in the rules that ask for pods.
      facts = clients(of: packet, rules: walker.sourceRules.steps).external.facts
      branches = try walk()
    }
    branches = try answered(
      branches, from: packet.source, by: start.isLocalOutput ? .none : packet.inInterface)
    var client = PacketSet(space, facts)
    if start.interface != nil {
      // It was taken to come by the interface that leads to its source.
      client = PacketSet(space, space.passingReversePath(client.root))
    } else if !start.isLocalOutput, space.asksArrivals, let arrivals = try node.routing.arrivals(frontend.family) {
      client = client.from(arrivals.uplinks)
    }
    return FrontendSummary(
      node: node, frontend: frontend, packet: packet,
      cases: Cases(branches, packet: packet, localAddresses: space.localAddresses),
      clients: Clients(pod: client, external: client, anybody: client), routing: try node.routing)
  }

  private func inBothOrders(_ frontend: Frontend, _ body: (Bool) throws -> FrontendSummary) throws -> FrontendTrace {
    let summary = try body(false)
    var trace = summary.frontendTrace
    if hasGraph { trace.graph = GraphReport(summary.cases.branches) }
    guard try node.filter.hasAmbiguousNATOrder(family: frontend.family) else { return trace }
    let other = try node.filter.withSwappedNATOrder { try body(true) }
    guard !summary.agrees(with: other) else { return trace }
    trace.reason = Reason(
      .order,
      "legacy tables and nf_tables translate it differently, and which comes first cannot be read: "
        + "\(trace.summary), or \(other.frontendTrace.summary)")
    trace.verdict = .uncertain
    return trace
  }

  private func traceInOrder(_ frontend: Frontend, isOther: Bool) throws -> FrontendSummary {
    let packet = Packet(
      transport: frontend.transport, family: frontend.family,
      destination: frontend.address.map(AddressKnowledge.known) ?? .local, destinationPort: frontend.port)
    let (cases, clients) = try walks.of(packet, isOtherOrder: isOther) {
      let space = spaces.of(frontend.family, node)
      // A picture shows every way by itself.
      let walker = Walker(node, space: space, budget: budget, groupsDestinations: !hasGraph)
      walker.localPods = localPods
      // A packet from outside that bears one of the node's own addresses is dropped before any rule
      // (fib_validate_source).
      // A node port of a loopback address is answered for apart, and kube-proxy has rules for it alone.
      let apart = packet.destination == .local ? Packet.factsOfNoLoopback : []
      let arriving = try answered(
        walker.walkArriving(packet, assuming: [Fact(.sourceType(.local), false)] + apart), from: .any, by: .unknown)
      var sent = packet
      sent.source = .local
      // What becomes of the answers to this node itself is for --from node to say: verdicts are for pods and clients outside.
      let localOutput = try walker.walkLocalOutput(sent, assuming: apart)
      let clients = self.clients(of: packet, rules: walker.sourceRules.steps)
      if space.isFull { return Self.tooLarge(arriving + localOutput, packet, space) }
      return (
        Cases(arriving + localOutput, packet: packet, localAddresses: space.localAddresses),
        Clients(pod: clients.pod, external: clients.external, anybody: PacketSet.anybody(to: packet, space))
          .arriving(try space.asksArrivals ? node.routing.arrivals(frontend.family) : nil, nodePodRanges)
      )
    }
    return FrontendSummary(
      node: node, frontend: frontend, packet: packet, cases: cases, clients: clients, tellsFates: tellsFates,
      ownAddress: nodeAddresses.first { $0.family == frontend.family }, clusterNodes: clusterNodes)
  }

  /// The same ways, but those to a port of this node that nothing listens at are refused, and of those to endpoints whose
  /// answers never get back it is told what ends the answers.
  private func answered(
    _ branches: [Branch], from client: AddressKnowledge, by interface: InterfaceKnowledge
  ) throws -> [Branch] {
    try branches.flatMap { branch -> [Branch] in
      if branch.isTakenHere, let port = branch.packet.destinationPort,
        let listeners = node.listeners(of: branch.packet)
      {
        var branch = branch
        branch.end = listeners.isEmpty ? .portClosed(port) : .taken
        return [branch]
      }
      guard branch.end == .forwarded else { return [branch] }
      guard try replies.mayLose(branch.packet, from: client) else { return [branch] }
      // Packets to endpoints may fare alike, and the answers not.
      let parts = try branch.group?.parts { address in
        var packet = branch.packet
        packet.destination = .known(address)
        return try replies.loss(of: packet, from: client, by: interface)
      }
      return try (parts?.map(branch.leading) ?? [branch]).map { branch in
        guard let step = try replies.loss(of: branch.packet, from: client, by: interface) else { return branch }
        var branch = branch
        branch.end = .unanswered(step)
        return branch
      }
    }
  }

  /// Where sets grew too large, nothing can be said of who meets what.
  private static func tooLarge(_ branches: [Branch], _ packet: Packet, _ full: PacketSpace) -> WalkCache.Found {
    let all = PacketSet.all(PacketSpace(family: packet.family, localAddresses: full.localAddresses))
    let uncertain = branches.filter { if case .uncertain = $0.end { true } else { false } }.prefix(1).map {
      var branch = $0
      branch.set = all
      return branch
    }
    return (
      Cases(uncertain, packet: packet, localAddresses: full.localAddresses),
      Clients(pod: all, external: all, anybody: all)
    )
  }

  private func clients(of packet: Packet, rules: [RuleStep]) -> (pod: Client, external: Client) {
    let detectors = LocalDetectors(rules: rules)
    let own = nodePodRanges.filter { $0.family == packet.family }
    let all = podRanges.filter { $0.family == packet.family }
    return (
      .pod(detectors: detectors, podRanges: own),
      .external(detectors: detectors, podRanges: all + own, isToNode: packet.destination == .local)
    )
  }
}

extension PacketSet {
  /// The packets that there can be: those that arrive, and those that this node sends.
  fileprivate static func anybody(to packet: Packet, _ space: PacketSpace) -> PacketSet {
    let arriving = PacketSet(
      space,
      Packet.arrivingFacts + [Fact(.sourceType(.local), false)] + IPPrefix.loopback.map { Fact(.source($0), false) })
    let sent = PacketSet(space, Packet.localOutputFacts + [Fact(.sourceType(.local))])
    guard packet.destination == .local else { return arriving.union(sent) }
    return arriving.union(sent).intersection(
      PacketSet(space, [Fact(.destinationType(.local))] + Packet.factsOfNoLoopback))
  }
}

extension PacketSet {
  /// Those of a machine outside the cluster's packets that come by the default routes' interfaces; all of them where none
  /// is known. By the one uplink that there is they pass the check by the reverse path.
  fileprivate func from(_ uplinks: [String]) -> PacketSet {
    let coming = intersection(PacketSet(space, space.coming(by: uplinks)))
    if coming.isEmpty { return self }
    return uplinks.count == 1 ? PacketSet(space, space.passingReversePath(coming.root)) : coming
  }
}

/// The clients that answers are given for.
struct Clients {
  var pod: PacketSet
  var external: PacketSet
  /// All packets that there can be.
  var anybody: PacketSet
}

extension Clients {
  init(pod: Client, external: Client, anybody: PacketSet) {
    self.init(
      pod: anybody.intersection(PacketSet(anybody.space, pod.facts)),
      external: anybody.intersection(PacketSet(anybody.space, external.facts)), anybody: anybody)
  }

  /// Those of them that come by the interfaces that the node's routes would have them come by, where rules ask for that.
  /// - Parameter podRanges: of this node's pods, where they share a network.
  func arriving(_ arrivals: Arrivals?, _ podRanges: [IPPrefix]) -> Clients {
    guard let arrivals else { return self }
    let space = anybody.space
    var clients = self
    clients.external = external.from(arrivals.uplinks)
    guard !arrivals.attached.isEmpty else {
      let bridges = arrivals.networks.filter { network in podRanges.contains { $0.contains(network.key) } }.values
      let coming = pod.intersection(PacketSet(space, space.coming(by: Set(bridges).sorted())))
      if !coming.isEmpty { clients.pod = coming }
      return clients
    }
    let arriving = space.arriving(arrivals)
    let attached = PacketSet(space, arriving.attached)
    let others = PacketSet(space, arriving.others)
    let possible = attached.union(others).union(PacketSet(space, [Fact(.localOutput)]))
    let own = anybody.intersection(attached)
    if !own.isEmpty { clients.pod = own }
    clients.external = clients.external.intersection(others)
    clients.anybody = anybody.intersection(possible)
    return clients
  }

  /// Whose packets some of `context` are, where they are a kind of client's and nobody else's.
  func named(_ set: PacketSet, within context: PacketSet) -> PacketCondition.Clients? {
    guard !external.isEmpty, external.isSubset(of: context) else { return nil }
    let meant = set.intersection(context)
    return meant == external ? .outside : meant == context.subtracting(external) ? .inside : nil
  }

  /// The one whose verdict is the frontend's.
  func reference(for frontend: Frontend) -> PacketSet { frontend.isExternal ? external : pod }
}
