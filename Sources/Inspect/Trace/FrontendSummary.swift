/// Draws the answer for one frontend from its cases.
struct FrontendSummary {
  let node: any Node
  let frontend: Frontend
  let packet: Packet
  let cases: Cases
  let clients: Clients
  /// For one packet alone: what it becomes on its way out.
  var routing: (any NodeRouting)?
  /// Whether it is told what becomes of each class of sources.
  var tellsFates = false
  /// The node's own address of the family, at which a node port is told of; nil where it is not known.
  var ownAddress: IPAddress?
  /// Addresses of the cluster's nodes, as far as the API told them.
  var clusterNodes: [IPAddress] = []

  var client: PacketSet { clients.reference(for: frontend) }

  var frontendTrace: FrontendTrace {
    let outcomes = cases.outcomes
    let reference = outcomes.filter(isForClient)
    let (verdict, deciding) = verdict(of: reference)
    let (path, leading) = path(deciding)
    let sentTo = sent(by: client)
    return FrontendTrace(
      frontend: frontend, verdict: verdict, reason: reason(verdict, deciding, of: client), dataplane: dataplane,
      when: deciding.count == reference.count ? nil : condition(deciding, within: client),
      exceptions: exceptions(reference, deciding), losses: losses, sentTo: sentTo,
      sentToFromPods: clients.pod == client ? sentTo : sent(by: clients.pod), diversion: diversion,
      masquerade: masquerade, markedInVain: markedInVain, keepingSource: keepingSource,
      affinitySeconds: affinitySeconds, path: path, leading: leading,
      endpoints: draining.isEmpty ? endpoints(outcomes) : endpoints(outcomes) + draining, hooks: hooks(outcomes),
      listening: cases.listening, virtualServices: virtualServices,
      fates: tellsFates ? sourceFates : nil)
  }

  private var virtualServices: [VirtualService] { cases.virtualServices }

  private var dataplane: Dataplane? {
    if !virtualServices.isEmpty { return .ipvs }
    return cases.all.contains { $0.outcome.isForwarding || $0.isOnTheWay } ? .netfilter : nil
  }

  /// Real servers that get no new connection: nobody meets them, and they are there.
  private var draining: [EndpointTrace] {
    virtualServices.flatMap { service in
      (service.realServers ?? []).filter { $0.weight == 0 }.map { server in
        EndpointTrace(
          address: server.address, share: 0, when: nil, isForReference: false, isForPods: false,
          translation: .virtualService(service), isHairpinMasqueraded: nil, seenSource: nil, mark: nil,
          realServer: server)
      }
    }
  }

  private func isForClient(_ item: Case) -> Bool { !item.set.isDisjoint(with: client) }

  /// What answers are for: all packets that there can be, or the one that was asked for.
  var asked: PacketSet { routing == nil ? clients.anybody : client }

  func union(_ items: [Case]) -> PacketSet {
    items.map(\.set).reduce(PacketSet(asked.space, PacketSpace.none)) { $0.union($1) }
  }

  func condition(_ items: [Case], within context: PacketSet) -> PacketCondition? {
    let set = union(items)
    var condition = set.condition(within: context)
    if routing == nil { condition?.clients = clients.named(set, within: context) }
    return condition
  }

  // MARK: - Comparing

  /// Whether a client would notice no difference.
  func agrees(with other: FrontendSummary) -> Bool {
    let (own, others) = (noticed, other.noticed)
    return own == others || own.verdict == .uncertain && others.verdict == .uncertain
  }

  private struct Noticed: Hashable {
    let verdict: Verdict
    /// nil for all of the client's packets.
    let packets: PacketSet?
    let affinitySeconds: UInt32?
    let endpoints: [EndpointKey: PacketSet]
  }

  private var noticed: Noticed {
    let outcomes = cases.outcomes
    let reference = outcomes.filter(isForClient)
    let (verdict, deciding) = verdict(of: reference)
    return Noticed(
      verdict: verdict,
      packets: deciding.count == reference.count ? nil : union(deciding).intersection(client),
      affinitySeconds: affinitySeconds,
      endpoints: outcomes.reduce(into: [:]) { found, item in
        let set = item.set.intersection(asked)
        for key in EndpointKey.all(item) { found[key] = found[key]?.union(set) ?? set }
      })
  }

  private var affinitySeconds: UInt32? {
    cases.affinitySeconds ?? virtualServices.lazy.compactMap(\.affinitySeconds).first
  }

  // MARK: - Verdict

  /// The verdict, and the cases that it is drawn from. One uncertain case makes it uncertain; else what forwards some
  /// packets is said to forward, with the condition.
  private func verdict(of reference: [Case]) -> (Verdict, [Case]) {
    let uncertain = reference.filter { $0.isUncertain(for: client) }
    if !uncertain.isEmpty { return (.uncertain, uncertain) }
    let order: [(Verdict, (Outcome) -> Bool)] = [
      (.forward, { $0.isForwarding }),
      (.reject, { if case .rejected = $0 { true } else { false } }),
      (.reject, { if case .portClosed = $0 { true } else { false } }),
      (.drop, { $0 == .dropped }),
      (.drop, { if case .unanswered = $0 { true } else { false } }),
      (.drop, { if case .unroutable = $0 { true } else { false } }),
    ]
    for (verdict, belongs) in order {
      let deciding = reference.filter { belongs($0.outcome) }
      if !deciding.isEmpty { return (verdict, deciding) }
    }
    return (.unhandled, reference)
  }

  private func exceptions(_ reference: [Case], _ deciding: [Case]) -> [OtherOutcome] {
    let decided = Set(deciding.map { OutcomeOfSet(outcome: $0.outcome, set: $0.set) })
    let others = reference.filter { !decided.contains(OutcomeOfSet(outcome: $0.outcome, set: $0.set)) }
    return others.flatMap(\.toEach).map { item in
      OtherOutcome(
        verdict: item.outcome.verdict, reason: reason(item.outcome.verdict, [item], of: client),
        when: condition([item], within: client), share: item.share,
        dependsOnSource: item.set.dependsOnSource(within: client), isOfListed: isOfListed([item]),
        isOnTheWay: item.isOnTheWay,
        owner: owner([item], of: client))
    }
  }

  private struct LossKey: Hashable {
    let endpoint: SocketAddress
    let verdict: Verdict
  }

  /// What nat or IPVS sent to an endpoint, and what comes later does not let through.
  private var losses: [EndpointLoss] {
    var order: [LossKey] = []
    var groups: [LossKey: [Case]] = [:]
    for item in cases.all where item.isOnTheWay && item.outcome.endpoint == nil {
      let verdict = item.outcome.verdict
      guard verdict == .drop || verdict == .reject, let endpoint = item.branch.packet.endpoint else { continue }
      let key = LossKey(endpoint: endpoint, verdict: verdict)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(item)
    }
    if order.isEmpty { return [] }
    var going: [SocketAddress: [Case]] = [:]
    for item in cases.all where item.isOnTheWay {
      for endpoint in item.destinations { going[endpoint, default: []].append(item) }
    }
    return order.compactMap { key in
      let items = certain(groups[key] ?? [])
      if items.isEmpty { return nil }
      let sent = client.intersection(union(going[key.endpoint] ?? []))
      // A node's own packets pass where its pods' do not.
      let arriving = sent.subtracting(PacketSet(client.space, [Fact(.localOutput)]))
      let told = arriving.isEmpty ? sent : arriving
      return EndpointLoss(
        endpoint: key.endpoint, verdict: key.verdict, reason: reason(key.verdict, items, of: told),
        owner: owner(items, of: told), when: condition(items, within: told),
        isForReference: items.contains(where: isForClient),
        isForPods: items.contains { !$0.set.isDisjoint(with: clients.pod) }, isOfListed: isOfListed(items))
    }
  }

  /// Whether those of the reference client's packets are of machines outside the cluster that a blocklist names.
  private func isOfListed(_ items: [Case]) -> Bool {
    let meant = union(items).intersection(client)
    return meant.isSubset(of: clients.external)
      && meant.isOfListedSources(within: clients.external, sparing: clusterNodes)
  }

  /// Those of some cases that end alike that do not rest on what cannot be decided: all of them, where both sides of it do.
  private func certain(_ items: [Case]) -> [Case] {
    let rests = union(items).intersection(client).undecidedRule != nil
    return rests ? items.filter { !$0.isUncertain(for: client) } : items
  }

  /// The endpoints that nat or IPVS sends packets to, be it known or not what becomes of them then.
  private func sent(by client: PacketSet) -> [SocketAddress] {
    let sent = cases.all.filter { $0.isOnTheWay && !$0.set.isDisjoint(with: client) }
    return Set(sent.flatMap(\.destinations)).sorted()
  }

  private var diversion: Diversion? {
    let delivered = cases.all.filter { item in
      isForClient(item) && item.branch.isTakenHere
    }
    guard let item = delivered.first, union(delivered).intersection(client).undecidedRule == nil else { return nil }
    let packet = item.branch.packet
    let isUntracked = !packet.isRedirected
    let step = item.branch.steps.last { isUntracked ? $0.leavesUntracked : $0.isTranslation }
    return Diversion(
      rule: step?.rule?.place, owner: step.flatMap { RuleOwner($0) },
      port: isUntracked ? nil : packet.destinationPort, isUntracked: isUntracked,
      programs: programs(taking: item.branch))
  }

  private func programs(taking branch: Branch) -> [String]? {
    if branch.isPortClosed { return [] }
    let found = Set((node.listeners(of: branch.packet) ?? []).compactMap(node.program))
    return found.isEmpty ? nil : found.sorted()
  }

  /// Who wrote the rule that ends `packets`.
  private func owner(_ items: [Case], of packets: PacketSet) -> RuleOwner? {
    guard let item = told(items, of: packets) else { return nil }
    switch item.branch.end {
    case .unroutable, .portClosed: return nil
    case .unanswered(let step): return RuleOwner(step)
    default: break
    }
    return item.branch.ending(of: item.set.intersection(packets)).steps.last.flatMap { RuleOwner($0) }
  }

  /// Of some cases the one that most of `packets` meet, and of those alike the first.
  private func told(_ items: [Case], of packets: PacketSet) -> Case? {
    guard items.count > 1 else { return items.first }
    let fractions = items.map { $0.set.intersection(packets).fraction }
    return zip(items, fractions).max { $0.1 < $1.1 }?.0 ?? items.first
  }

  private struct OutcomeOfSet: Hashable {
    let outcome: Outcome
    let set: PacketSet
  }

  private func reason(_ verdict: Verdict, _ deciding: [Case], of packets: PacketSet) -> Reason? {
    guard let item = told(deciding, of: packets) else {
      return verdict == .unhandled ? Reason(.unreached, "no packet comes this way") : nil
    }
    switch verdict {
    case .forward: return nil
    case .unhandled: return Reason.untranslated
    case .uncertain:
      if case .uncertain = item.outcome { return item.branch.reason(item.outcome, of: packets) }
      return item.set.intersection(client).undecidedRule.map { Reason(undecided: $0.what, at: $0.rule) }
    case .reject, .drop: return item.branch.reason(item.outcome, of: item.set.intersection(packets))
    }
  }

  // MARK: - Path and endpoints

  /// The path of a case that is neither masqueraded nor special, if there is one; up to the choice of an endpoint. And
  /// what of it leads from chain to chain.
  private func path(_ deciding: [Case]) -> (all: [Step], leading: [Int]) {
    let outcomes = Set(deciding.map(\.outcome))
    let candidates = cases.all.filter { outcomes.contains($0.outcome) && isForClient($0) }
    let chosen = candidates.first { !$0.isMasqueraded } ?? candidates.first ?? deciding.first
    guard let chosen else { return ([], []) }
    let steps =
      chosen.outcome.isForwarding
      ? chosen.branch.steps : chosen.branch.ending(of: chosen.set.intersection(client)).steps
    // The service's own chain ends the path: what follows is a choice among endpoints, and the way out. One packet's path
    // is told to its end, to one of its endpoints.
    if let choice = steps.firstIndex(where: { $0.leadsToEndpoint }) {
      let shown = routing == nil ? Array(steps[..<choice]) : steps
      return (shown, steps[...choice].leading.dropLast())
    }
    let end = steps.firstIndex(where: \.isTranslation).map { $0 + 1 } ?? steps.count
    let leading = chosen.outcome == .unhandled ? [] : steps[..<end].leading
    return (routing == nil ? Array(steps[..<end]) : steps, leading)
  }

  private func hooks(_ outcomes: [Case]) -> [Hook] {
    let relevant = outcomes.filter { $0.outcome != .unhandled }
    let local = PacketSet(client.space, [Fact(.localOutput)])
    let arrives = relevant.contains { !$0.set.isSubset(of: local) }
    let leaves = relevant.contains { !$0.set.isDisjoint(with: local) }
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
    var order: [EndpointKey] = []
    var groups: [EndpointKey: [Case]] = [:]
    for item in outcomes {
      guard let key = EndpointKey(item) else { continue }
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(item)
    }
    var entries: [EndpointTrace] = []
    for key in order {
      guard let items = groups[key], let first = items.first else { continue }
      let trace = EndpointTrace(
        address: key.address, share: first.isShareOpen ? nil : first.share,
        when: condition(items, within: asked),
        isForReference: items.contains(where: isForClient),
        isForPods: items.contains { !$0.set.isDisjoint(with: clients.pod) },
        translation: first.branch.lastStep(where: \.isTranslation),
        isHairpinMasqueraded: cases.hairpin[key.address], seenSource: seenSource(items), mark: mark(items),
        realServer: first.branch.realServer)
      guard let group = first.group else {
        entries.append(trace)
        continue
      }
      entries.reserveCapacity(entries.count + group.count)
      for place in 0..<group.count { entries.append(trace.of(group[place], of: group, first)) }
    }
    // By address: which rule or element comes first means nothing, and differs from one backend to the next.
    // Those of reference clients come first.
    entries.sort { left, right in
      left.isForReference == right.isForReference ? left.address < right.address : left.isForReference
    }
    return entries
  }
}

/// An endpoint, and how often packets go there.
private struct EndpointKey: Hashable {
  let address: SocketAddress
  private let share: Int

  private init(_ address: SocketAddress, _ share: Double) {
    self.address = address
    // The kernel's fractions are multiples of 2^-31: shares that differ by less are the same.
    self.share = Int((share * 1e8).rounded())
  }

  /// nil where packets go to no endpoint.
  init?(_ item: Case) {
    guard let address = item.outcome.endpoint else { return nil }
    self.init(address, item.share)
  }

  /// Of all endpoints of a case.
  static func all(_ item: Case) -> [EndpointKey] {
    guard let first = item.outcome.endpoint else { return [] }
    guard let group = item.group else { return [EndpointKey(first, item.share)] }
    return (0..<group.count).map { place in
      EndpointKey(SocketAddress(group[place].address, port: first.port), item.share(of: group[place]))
    }
  }
}

extension EndpointTrace {
  /// The same for another endpoint of the group that `item` is for.
  fileprivate func of(_ member: DestinationGroup.Member, of group: DestinationGroup, _ item: Case) -> EndpointTrace {
    var trace = self
    trace.address.address = member.address
    if share != nil { trace.share = item.share(of: member) }
    trace.translation = translation.map { group.step($0, of: member) }
    return trace
  }
}

extension Case {
  /// Whether it was sent to an endpoint before it ended.
  fileprivate var isOnTheWay: Bool { branch.packet.isTranslated }

  /// A case for each of its endpoints.
  fileprivate var toEach: [Case] {
    group.map { group in (0..<group.count).map { leading(to: group.part([$0])) } } ?? [self]
  }

  /// Whether how often it happens is up to something that is not known beforehand.
  var isShareOpen: Bool {
    self.set.conditions.contains { if case .chosen = $0 { true } else { false } }
  }

  /// Whether it rests, for some of a client's packets, on something that kpx could not decide.
  func isUncertain(for client: PacketSet) -> Bool {
    if case .uncertain = outcome { return !set.isDisjoint(with: client) }
    return set.intersection(client).undecidedRule != nil
  }
}

extension Branch {
  /// Why its packets are not forwarded; nil where they are.
  func reason(_ outcome: Outcome, of packets: PacketSet) -> Reason? {
    switch outcome {
    case .endpoint, .redirected: return nil
    case .unhandled: return .untranslated
    case .uncertain(let why): return Reason(.undecided, why)
    case .unroutable(let refusal): return Reason(refusal)
    case .portClosed(let port):
      return Reason(.portClosed, "it goes to port \(port) of this node, where nothing listens")
    case .unanswered(let step): return Reason(answersEndedBy: step)
    case .rejected, .dropped:
      let ending = ending(of: packets)
      return ending.steps.last.map { Reason($0, others: ending.others) }
    }
  }

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

extension Reason {
  fileprivate init(_ refusal: Refusal) {
    let kind: Kind =
      switch refusal.kind {
      case .route: .unroutable
      case .forwarding: .notForwarded
      case .link: .linkDown
      }
    self.init(kind, refusal.description)
  }

  fileprivate init(answersEndedBy step: Step) {
    self.init(step, others: 0)
    kind = .unanswered
    text = "the answers are dropped: \(text)"
  }

  fileprivate static let untranslated = Reason(.untranslated, "no rule translates it")
}

extension Outcome {
  var verdict: Verdict {
    switch self {
    case .endpoint, .redirected: .forward
    case .rejected, .portClosed: .reject
    case .dropped, .unroutable, .unanswered: .drop
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
  /// Where the steps are that lead to the last one, from chain to chain; what was only met on the way does not.
  fileprivate var leading: [Int] {
    guard let last = indices.last else { return [] }
    var leading = [last]
    var chain = self[last].chain
    for place in indices.dropLast().reversed() {
      guard let wanted = chain else { break }
      guard let step = self[place].rule, step.target == wanted.name, step.chain.table == wanted.table else { continue }
      leading.append(place)
      chain = step.chain
    }
    return leading.reversed()
  }
}

extension Step {
  /// Whether the packet is sent on to a chain of one endpoint.
  var leadsToEndpoint: Bool {
    guard let target = rule?.target else { return false }
    return target.hasPrefix(ChainName.Kind.endpoint.rawValue) || target.hasPrefix(NftablesName.Kind.endpoint.rawValue)
  }

  /// Whether the rule has connection tracking leave the packet alone.
  fileprivate var leavesUntracked: Bool {
    rule?.rule.actions.contains {
      if case .conntrack(let conntrack) = $0 { conntrack.isNotrack } else { false }
    } ?? false
  }

  /// Whether the rule sends the packet elsewhere.
  var isTranslation: Bool {
    switch self {
    case .virtualService: true
    case .policy: false
    case .rule(let step):
      step.rule.actions.contains {
        switch $0 {
        case .dnat, .redirect: true
        case .native(.translation(let translation)): translation.kind == .destination || translation.kind == .redirect
        default: false
        }
      }
    }
  }
}
