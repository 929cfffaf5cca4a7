/// What the last walks found: whose a place is shows only behind it, and then the same packets are looked at once more.
private final class Walks {
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

/// Walks one frontend's packets and says what becomes of them.
struct FrontendTracer {
  let filter: any PacketFilter
  /// Address ranges of this node's pods, then of all pods, if the API told them.
  let nodePodRanges: [IPPrefix]
  let podRanges: [IPPrefix]
  private let walks = Walks()

  init(filter: any PacketFilter, nodePodRanges: [IPPrefix], podRanges: [IPPrefix]) {
    self.filter = filter
    self.nodePodRanges = nodePodRanges
    self.podRanges = podRanges
  }

  /// Where two kinds of tables translate at the same priority, and the kernel does not tell which of them comes first,
  /// both orders are walked: what they agree on is certain.
  func trace(_ frontend: Frontend) throws -> FrontendTrace {
    try inBothOrders(frontend) { try traceInOrder(frontend, isOther: $0) }
  }

  /// What becomes of one packet from `origin`, which a node port is asked for at one address; nil if it cannot come from
  /// there.
  func trace(
    _ frontend: Frontend, from origin: TraceOrigin
  ) throws -> (trace: FrontendTrace, origin: PacketOrigin)? {
    var frontend = frontend
    frontend.address = try frontend.address ?? nodeAddress(frontend.family, for: origin)
    guard let address = frontend.address, let start = try PacketOrigin(origin, to: address, filter) else { return nil }
    return (try inBothOrders(frontend) { _ in try trace(frontend, at: address, from: start) }, start)
  }

  /// The node's address that a client would use for a node port: the one on the way to it, else on the way to nowhere in
  /// particular, which is the default route's.
  private func nodeAddress(_ family: IPFamily, for origin: TraceOrigin) throws -> IPAddress? {
    let client =
      if case .addresses(let all, _) = origin { all.first { $0.family == family } } else { nil as IPAddress? }
    let elsewhere = IPAddress(family == .v4 ? "192.0.2.1" : "2001:db8::1")
    for address in [client, elsewhere].compactMap(\.self) {
      if let source = try filter.routing.way(to: address)?.source { return source }
    }
    return filter.localAddresses.first { $0.family == family && $0.isSingle && !$0.address.isLoopback }?.address
  }

  private func trace(_ frontend: Frontend, at address: IPAddress, from start: PacketOrigin) throws -> FrontendTrace {
    var packet = Packet(
      transport: frontend.transport, family: frontend.family,
      source: start.source.map(AddressKnowledge.known) ?? (start.isLocalOutput ? .local : .any),
      destination: .known(address), destinationPort: frontend.port)
    packet.inInterface = start.isLocalOutput ? .none : start.interface.map(InterfaceKnowledge.known) ?? .unknown
    let walker = Walker(filter)
    var facts = start.isLocalOutput ? [] : [Fact(.sourceType(.local), false)]
    func walk() throws -> [Branch] {
      start.isLocalOutput
        ? try walker.walkLocalOutput(packet, assuming: facts) : try walker.walkArriving(packet, assuming: facts)
    }
    var branches = try walk()
    if start.source == nil && !start.isLocalOutput {
      // Who is no pod shows in the rules that ask for pods.
      facts += clients(frontend.family, rules: branches.flatMap(\.steps)).external.facts.filter { !facts.contains($0) }
      branches = try walk()
    }
    let local = filter.localAddresses.filter { $0.family == frontend.family }
    let client = Client(facts: [Fact(.localOutput, start.isLocalOutput)] + facts)
    return FrontendSummary(
      frontend: frontend, packet: packet, localAddresses: local,
      cases: Cases(
        arriving: start.isLocalOutput ? [] : branches, localOutput: start.isLocalOutput ? branches : [],
        packet: packet, localAddresses: local),
      clients: Clients(pod: client, external: client), routing: try filter.routing
    ).frontendTrace
  }

  private func inBothOrders(_ frontend: Frontend, _ body: (Bool) throws -> FrontendTrace) throws -> FrontendTrace {
    let trace = try body(false)
    guard try filter.isOrderUnknown(family: frontend.family) else { return trace }
    let other = try filter.inOtherOrder { try body(true) }
    guard !trace.saysTheSame(as: other) else { return trace }
    var doubtful = trace
    doubtful.verdict = .uncertain
    doubtful.reason =
      "legacy tables and nf_tables translate it differently, and which comes first cannot be read: "
      + "\(trace.summary), or \(other.summary)"
    return doubtful
  }

  private func traceInOrder(_ frontend: Frontend, isOther: Bool) throws -> FrontendTrace {
    let packet = Packet(
      transport: frontend.transport, family: frontend.family,
      destination: frontend.address.map(AddressKnowledge.known) ?? .local, destinationPort: frontend.port)
    let localAddresses = filter.localAddresses.filter { $0.family == frontend.family }
    let (cases, clients) = try walks.of(packet, isOtherOrder: isOther) {
      let walker = Walker(filter)
      // A packet from outside that bears one of the node's own addresses is dropped before any rule
      // (fib_validate_source).
      let arriving = try walker.walkArriving(packet, assuming: [Fact(.sourceType(.local), false)])
      var sent = packet
      sent.source = .local
      let localOutput = try walker.walkLocalOutput(sent)
      return (
        Cases(arriving: arriving, localOutput: localOutput, packet: packet, localAddresses: localAddresses),
        self.clients(frontend.family, rules: (arriving + localOutput).flatMap(\.steps))
      )
    }
    return FrontendSummary(
      frontend: frontend, packet: packet, localAddresses: localAddresses, cases: cases, clients: clients
    ).frontendTrace
  }

  private func clients(_ family: IPFamily, rules: [Step]) -> Clients {
    let detectors = LocalDetectors(rules: rules)
    let own = nodePodRanges.filter { $0.family == family }
    let all = podRanges.filter { $0.family == family }
    return Clients(
      pod: .pod(detectors: detectors, podRanges: own),
      external: .external(detectors: detectors, podRanges: all + own))
  }
}

/// The clients that answers are given for.
struct Clients {
  var pod: Client
  var external: Client

  /// The one whose verdict is the frontend's.
  func reference(for frontend: Frontend) -> Client { frontend.isExternal ? external : pod }
}
