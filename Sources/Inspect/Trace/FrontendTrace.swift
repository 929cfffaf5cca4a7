/// An address and port of a service, as a client sees it.
public struct Frontend: Sendable, Hashable {
  /// nil where neither the API nor a rule's comment says.
  public var kind: FrontendKind?
  public var family: IPFamily
  /// nil for a node port: any address of the node.
  public var address: IPAddress?
  public var port: UInt16
  public var transport: TransportProtocol
  /// nil where the port has no name or it is not known.
  public var portName: String?
  /// Whether it is there for clients outside the cluster; known even where the kind is not.
  public var isExternal: Bool

  /// A frontend of its parts.
  public init(
    kind: FrontendKind?, family: IPFamily, address: IPAddress?, port: UInt16, transport: TransportProtocol,
    portName: String? = nil
  ) {
    self.kind = kind
    self.family = family
    self.address = address
    self.port = port
    self.transport = transport
    self.portName = portName
    isExternal = kind?.isExternal ?? false
  }

  /// `10.96.0.1:443/TCP`, `:30180/TCP`.
  public var text: String {
    (address.map { "\(SocketAddress($0, port: port))" } ?? ":\(port)") + "/\(transport)"
  }
}

/// What the node does with a client's packet.
public enum Verdict: String, Sendable, Hashable {
  case forward
  case reject
  case drop
  case unhandled
  case uncertain
}

/// Whether clients' addresses are replaced by the node's.
public enum Masquerade: Sendable, Hashable {
  case always
  case never
  /// For some packets; which, in words.
  case conditional(String)
  case uncertain
}

/// An endpoint that packets are sent to.
public struct EndpointTrace: Sendable {
  public var address: SocketAddress
  /// Of the packets that `when` speaks of, 0 to 1. For clients that no affinity binds. nil where a scheduler of IPVS goes
  /// by what is not known beforehand.
  public var share: Double?
  /// For which packets; nil: for all.
  public var when: String?
  /// Whether a reference client may meet it: one outside the cluster, or for a ClusterIP a pod of this node.
  public var isForReference: Bool
  /// Whether a pod of this node may meet it.
  public var isForPods: Bool
  /// The rule that sends packets there, and its chain.
  public var translation: Step?
  /// Whether a packet from the endpoint to itself is masqueraded; nil where no rule asks.
  public var isHairpinMasqueraded: Bool?
  /// The address that it sees a packet come from, for one packet of a known source; nil where that is not known.
  public var seenSource: IPAddress?
  /// The packet's mark at the end, likewise.
  public var mark: UInt32?
  /// What IPVS knows of it; nil where rules send packets there. With weight 0 it drains: no new connection goes there.
  public var realServer: RealServer?

  /// What was counted of packets that went there.
  public var counters: Counters? {
    if let statistics = realServer?.statistics {
      return Counters(packets: statistics.inPackets, bytes: statistics.inBytes)
    }
    return translation?.rule?.counters
  }

  /// Whether it only keeps the connections that it has.
  public var isDraining: Bool { realServer?.weight == 0 }
}

/// What becomes of those of a reference client's packets that are not forwarded although others are.
public struct Exception: Sendable, Hashable {
  public var verdict: Verdict
  /// Why, where it is not `forward`.
  public var reason: String?
  /// For which packets; nil: for any.
  public var when: String?
  /// Of the packets that `when` speaks of, 0 to 1.
  public var share: Double
  /// Whether it depends on who sends.
  public var dependsOnSource: Bool
}

/// How the node forwards one frontend.
public struct FrontendTrace: Sendable {
  public var frontend: Frontend
  /// For a client outside the cluster; for a ClusterIP, a pod of this node.
  public var verdict: Verdict
  /// Why, where it is not `forward`.
  public var reason: String?
  /// For which of these clients' packets the verdict is, where it is not for all.
  public var when: String?
  /// What becomes of the other packets, where the verdict is not for all.
  public var exceptions: [Exception]
  public var masquerade: Masquerade
  /// How long a client keeps its endpoint, in seconds; nil without affinity.
  public var affinitySeconds: UInt32?
  /// The rules met on the way to the choice of an endpoint, detours that marked the packet among them.
  public var path: [Step]
  /// Those of them that lead from one chain to the next.
  public var leading: [Step]
  public var endpoints: [EndpointTrace]
  /// The hooks that lead there.
  public var hooks: [Hook]
  /// The addresses that a node port listens on; empty if it is all of the node's.
  public var listening: [IPAddress]
  /// The virtual services of IPVS that take packets to it.
  public var virtualServices: [VirtualService]
}

extension FrontendTrace {
  /// One trace for each address that a node port listens on, where it is not all of the node's.
  var byAddress: [FrontendTrace] {
    guard frontend.address == nil, !listening.isEmpty else { return [self] }
    return listening.map { address in
      var trace = self
      trace.frontend.address = address
      return trace
    }
  }

  /// Whether a client would notice no difference.
  func saysTheSame(as other: FrontendTrace) -> Bool {
    func key(_ endpoint: EndpointTrace) -> String {
      "\(endpoint.address) \(endpoint.share ?? -1) \(endpoint.when ?? "")"
    }
    return verdict == other.verdict && when == other.when && affinitySeconds == other.affinitySeconds
      && Set(endpoints.map(key)) == Set(other.endpoints.map(key))
  }

  fileprivate var summary: String {
    guard verdict == .forward else { return verdict.rawValue }
    return "to " + endpoints.filter(\.isForReference).map { "\($0.address)" }.joined(separator: ", ")
  }
}

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
  ) throws -> (trace: FrontendTrace, origin: OriginAnswer)? {
    var frontend = frontend
    frontend.address = try frontend.address ?? nodeAddress(frontend.family, for: origin)
    guard let address = frontend.address, let start = try PacketOrigin(origin, to: address, filter) else { return nil }
    let trace = try inBothOrders(frontend) { _ in try self.trace(frontend, at: address, from: start) }
    let answer = OriginAnswer(
      origin: origin, isLocalOutput: start.isLocalOutput, source: start.source, interface: start.interface)
    return (trace, answer)
  }

  /// The node's address that a client would use for a node port: the one on the way to it.
  private func nodeAddress(_ family: IPFamily, for origin: TraceOrigin) throws -> IPAddress? {
    let own = filter.localAddresses.filter { $0.family == family && $0.isSingle && !$0.address.isLoopback }
    guard case .addresses(let addresses, _) = origin, let address = addresses.first(where: { $0.family == family }),
      let source = try filter.routing.way(to: address)?.source
    else {
      // The way to nowhere in particular: the default route's.
      let elsewhere = try IPAddress(family == .v4 ? "192.0.2.1" : "2001:db8::1").map { try filter.routing.way(to: $0) }
      return elsewhere??.source ?? own.first?.address
    }
    return source
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
    return Summary(
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
    return Summary(
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

/// Draws the answer for one frontend from its cases.
private struct Summary {
  let frontend: Frontend
  let packet: Packet
  let localAddresses: [IPPrefix]
  let cases: Cases
  let clients: Clients
  /// For one packet alone: what it becomes on its way out.
  var routing: (any NodeRouting)?

  private var client: Client { clients.reference(for: frontend) }

  var frontendTrace: FrontendTrace {
    let outcomes = cases.outcomes
    let reference = outcomes.filter(isForClient)
    let (verdict, deciding) = verdict(of: reference)
    let (path, leading) = path(deciding)
    return FrontendTrace(
      frontend: frontend, verdict: verdict, reason: reason(verdict, deciding),
      when: deciding.count == reference.count ? nil : when(deciding.map(remaining)),
      exceptions: exceptions(reference, deciding),
      masquerade: masquerade,
      affinitySeconds: cases.affinitySeconds ?? virtualServices.lazy.compactMap(\.affinitySeconds).first, path: path,
      leading: leading,
      endpoints: endpoints(outcomes) + draining, hooks: hooks(outcomes),
      listening: cases.listening, virtualServices: virtualServices)
  }

  private var virtualServices: [VirtualService] { cases.virtualServices }

  /// Real servers that get no new connection: nobody meets them, and they are there.
  private var draining: [EndpointTrace] {
    virtualServices.flatMap { service in
      (service.realServers ?? []).filter { $0.weight == 0 }.map { server in
        EndpointTrace(
          address: server.address, share: 0, when: nil, isForReference: false, isForPods: false,
          translation: Step(service), isHairpinMasqueraded: nil, seenSource: nil, mark: nil, realServer: server)
      }
    }
  }

  private func isForClient(_ item: Case) -> Bool { mayMeet(client, item) }

  private func mayMeet(_ client: Client, _ item: Case) -> Bool {
    client.mayMeet(item.facts, packet: packet, localAddresses: localAddresses)
  }

  private func remaining(_ item: Case) -> [Fact] {
    client.remaining(item.facts, packet: packet, localAddresses: localAddresses)
  }

  private func when(_ alternatives: [[Fact]]) -> String? {
    describe(alternatives, packet: packet, localAddresses: localAddresses)
  }

  // MARK: - Verdict

  /// The verdict, and the cases that it is drawn from. One uncertain case makes it uncertain; else what forwards some
  /// packets is said to forward, with the condition.
  private func verdict(of reference: [Case]) -> (Verdict, [Case]) {
    let uncertain = reference.filter(\.isUncertain)
    if !uncertain.isEmpty { return (.uncertain, uncertain) }
    let order: [(Verdict, (Outcome) -> Bool)] = [
      (.forward, { $0.isForwarding }),
      (.reject, { if case .rejected = $0 { true } else { false } }),
      (.drop, { $0 == .dropped }),
      (.drop, { if case .unroutable = $0 { true } else { false } }),
    ]
    for (verdict, belongs) in order {
      let deciding = reference.filter { belongs($0.outcome) }
      if !deciding.isEmpty { return (verdict, deciding) }
    }
    return (.unhandled, reference)
  }

  private func exceptions(_ reference: [Case], _ deciding: [Case]) -> [Exception] {
    reference.filter { item in !deciding.contains { $0.outcome == item.outcome && $0.facts == item.facts } }.map {
      item in
      Exception(
        verdict: item.outcome.verdict, reason: reason(item.outcome.verdict, [item]), when: when([remaining(item)]),
        share: item.share,
        dependsOnSource: remaining(item).contains(where: \.isAboutSource))
    }
  }

  private func reason(_ verdict: Verdict, _ deciding: [Case]) -> String? {
    guard let item = deciding.first else { return verdict == .unhandled ? "no packet comes this way" : nil }
    let last = item.branch.steps.last
    switch verdict {
    case .forward: return nil
    case .unhandled: return "no rule translates it"
    case .uncertain:
      if case .uncertain(let why) = item.outcome { return why }
      guard let (rule, what) = item.facts.lazy.compactMap(\.undecidedRule).first else { return nil }
      return "\(what) (\(rule))"
    case .reject, .drop:
      if case .unroutable(let why) = item.outcome { return why }
      guard let last else { return nil }
      if let service = last.virtualService {
        let isEmpty = service.realServers?.isEmpty ?? true
        return "virtual service \(service.key) has " + (isEmpty ? "no real server" : "only real servers that drain")
      }
      let comment = last.rule?.comments.first
      let place = last.number.map { "\(last.chain.table.name) \(last.chain.name) rule \($0)" }
      return comment.map { "\($0) (\(place ?? ""))" } ?? place
        ?? "policy of \(last.chain.table.name) \(last.chain.name)"
    }
  }

  // MARK: - Masquerade

  private var masquerade: Masquerade {
    let found = cases.masquerade
    if found.contains(where: \.isUncertain) { return .uncertain }
    let yes = found.filter(\.isMasqueraded)
    if yes.isEmpty { return .never }
    if !found.contains(where: { !$0.isMasqueraded }) { return .always }
    if routing == nil { return when(yes.map(\.facts)).map(Masquerade.conditional) ?? .always }
    // One packet may be masqueraded by where it goes, as a pod's to itself.
    let endpoints = Set(yes.compactMap(\.outcome.endpoint)).sorted().map { "\($0)" }.joined(separator: ", ")
    return .conditional(when(yes.map(remaining)) ?? "sent to \(endpoints)")
  }

  // MARK: - Path and endpoints

  /// The path of a case that is neither masqueraded nor special, if there is one; up to the choice of an endpoint. And
  /// what of it leads from chain to chain.
  private func path(_ deciding: [Case]) -> (all: [Step], leading: [Step]) {
    let candidates = cases.all.filter { item in
      isForClient(item) && deciding.contains { $0.outcome == item.outcome }
    }
    let chosen = candidates.first { !$0.isMasqueraded } ?? candidates.first ?? deciding.first
    guard let steps = chosen?.branch.steps else { return ([], []) }
    // The service's own chain ends the path: what follows is a choice among endpoints, and the way out. One packet's path
    // is told to its end, to one of its endpoints.
    if let choice = steps.firstIndex(where: { $0.leadsToEndpoint }) {
      let shown = routing == nil ? Array(steps[..<choice]) : steps
      return (shown, steps[...choice].withoutDetours.dropLast())
    }
    let end = steps.firstIndex(where: \.isTranslation).map { $0 + 1 } ?? steps.count
    return (routing == nil ? Array(steps[..<end]) : steps, steps[..<end].withoutDetours)
  }

  private func hooks(_ outcomes: [Case]) -> [Hook] {
    let relevant = outcomes.filter { $0.outcome != .unhandled }
    let arrives = relevant.contains { !$0.facts.contains(Fact(.localOutput, true)) }
    let leaves = relevant.contains { !$0.facts.contains(Fact(.localOutput, false)) }
    return (arrives ? [.prerouting] : []) + (leaves ? [.output] : [])
  }

  /// The one address that all of these packets bear in the end.
  private func seenSource(_ items: [Case]) -> IPAddress? {
    guard let routing else { return nil }
    let sources = items.map { item -> IPAddress? in
      switch item.branch.packet.sourceTranslation {
      case .none: if case .known(let address) = packet.source { address } else { nil }
      case .masquerade: item.branch.packet.translatedSource ?? masqueradeAddress(of: item.branch.packet, routing)
      case .snat: item.branch.packet.translatedSource
      }
    }
    return Set(sources).count == 1 ? sources[0] : nil
  }

  private func masqueradeAddress(of packet: Packet, _ routing: any NodeRouting) -> IPAddress? {
    var packet = packet
    // Of a packet of anybody the way out is not known for sure, but it is the one to its destination.
    if packet.outInterface == .unknown, case .known(let address) = packet.destination,
      let way = try? routing.way(to: address)
    {
      packet.outInterface = .known(way.interface)
    }
    return try? routing.masqueradeAddress(of: packet)
  }

  private func mark(_ items: [Case]) -> UInt32? {
    guard routing != nil else { return nil }
    let marks = Set(items.map(\.branch.packet.mark))
    return marks.count == 1 && marks.first?.known == .max ? marks.first?.value : nil
  }

  private func endpoints(_ outcomes: [Case]) -> [EndpointTrace] {
    struct Key: Hashable {
      var address: SocketAddress
      var share: Int
    }
    var order: [Key] = []
    var groups: [Key: [Case]] = [:]
    for item in outcomes {
      guard let address = item.outcome.endpoint else { continue }
      // The kernel's fractions are multiples of 2^-31: shares that differ by less are the same.
      let key = Key(address: address, share: Int((item.share * 1e8).rounded()))
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(item)
    }
    let entries = order.compactMap { key -> EndpointTrace? in
      guard let items = groups[key], let first = items.first else { return nil }
      return EndpointTrace(
        address: key.address, share: first.isShareOpen ? nil : first.share,
        when: when(items.map { routing == nil ? $0.facts : remaining($0) }),
        isForReference: items.contains(where: isForClient),
        isForPods: items.contains { mayMeet(clients.pod, $0) },
        translation: first.branch.steps.last(where: \.isTranslation),
        isHairpinMasqueraded: cases.hairpin[key.address], seenSource: seenSource(items), mark: mark(items),
        realServer: first.branch.realServer)
    }
    // By address: which rule or element comes first means nothing, and differs from one backend to the next.
    let sorted = entries.sorted { $0.address < $1.address }
    return sorted.filter(\.isForReference) + sorted.filter { !$0.isForReference }
  }
}

extension Case {
  /// Whether how often it happens is up to something that is not known beforehand.
  fileprivate var isShareOpen: Bool {
    facts.contains { if case .scheduled = $0.condition { true } else { false } }
  }

  /// Whether it rests on something that kpx could not decide.
  var isUncertain: Bool {
    if case .uncertain = outcome { return true }
    return facts.contains(where: \.isUndecided)
  }
}

extension Branch {
  /// The real server that IPVS chose.
  fileprivate var realServer: RealServer? {
    guard let route = packet.ipvs, let service = steps.last(where: { $0.virtualService != nil })?.virtualService else {
      return nil
    }
    return service.realServers?.first { server in
      server.address.address == route.server.address && [0, route.server.port].contains(server.address.port)
    }
  }
}

extension Fact {
  fileprivate var isAboutSource: Bool {
    switch condition {
    case .source, .maskedSource, .sourceType: true
    case .all(let facts): facts.contains(where: \.isAboutSource)
    default: false
    }
  }
}

extension Outcome {
  fileprivate var verdict: Verdict {
    switch self {
    case .endpoint, .redirected: .forward
    case .rejected: .reject
    case .dropped, .unroutable: .drop
    case .unhandled: .unhandled
    case .uncertain: .uncertain
    }
  }

  var isForwarding: Bool {
    switch self {
    case .endpoint, .redirected: true
    default: false
    }
  }
}

extension ArraySlice<Step> {
  /// Without the chains that were entered and left again: a later rule of the same chain follows the earlier one.
  fileprivate var withoutDetours: [Step] {
    var leading: [Step] = []
    for step in self {
      if let start = leading.firstIndex(where: { $0.chain == step.chain }) { leading.removeSubrange(start...) }
      leading.append(step)
    }
    return leading
  }
}

extension Step {
  /// Whether the packet is sent on to a chain of one endpoint.
  var leadsToEndpoint: Bool {
    guard let target else { return false }
    return target.hasPrefix(ChainName.Kind.endpoint.rawValue) || target.hasPrefix(NftablesName.Kind.endpoint.rawValue)
  }

  /// Whether the rule sends the packet elsewhere.
  var isTranslation: Bool {
    if virtualService != nil { return true }
    return rule?.actions.contains {
      switch $0 {
      case .dnat, .redirect: true
      case .native(.translation(let translation)): translation.kind == .destination || translation.kind == .redirect
      default: false
      }
    } ?? false
  }
}
