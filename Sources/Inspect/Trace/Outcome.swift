/// What becomes of a packet, as far as an operator asks.
public enum Outcome: Sendable, Hashable {
  /// It is sent to this address.
  case endpoint(SocketAddress)
  /// It is redirected to a port of this node itself.
  case redirected(port: UInt16?)
  case rejected(with: String)
  case dropped
  /// Routing refuses it, and why.
  case unroutable(String)
  /// No rule changes where it goes.
  case unhandled
  case uncertain(String)

  /// Where a branch of a walk ends.
  init(_ branch: Branch) {
    switch branch.end {
    case .uncertain(let why): self = .uncertain(why)
    case .dropped: self = .dropped
    case .unroutable(let why): self = .unroutable(why)
    case .rejected(let with): self = .rejected(with: with)
    case .forwarded, .delivered:
      if let route = branch.packet.ipvs {
        self = .endpoint(route.server)
      } else if !branch.packet.isRedirected && !branch.steps.contains(where: \.isTranslation) {
        self = .unhandled
      } else if let endpoint = branch.packet.endpoint {
        self = .endpoint(endpoint)
      } else if branch.packet.destination == .local {
        self = .redirected(port: branch.packet.destinationPort)
      } else {
        self = .uncertain("the kernel chooses the address or port from a range")
      }
    }
  }

  /// The endpoint, if it is one.
  public var endpoint: SocketAddress? {
    if case .endpoint(let address) = self { address } else { nil }
  }
}

/// One outcome, the packets it is for, and how often they meet it.
struct Case: Conditional {
  var outcome: Outcome
  /// All must hold. Empty: for any packet.
  var facts: [Fact]
  /// Within the packets for which the facts hold, 0 to 1.
  var share: Double
  var isMasqueraded: Bool
  /// A branch that leads here, for its path and counters.
  var branch: Branch

  func mayForget(_ condition: Condition) -> Bool { true }
}

/// All that a walk found for one frontend, brought into cases.
///
/// Two kinds of branches are set apart before, since no client chooses them: a client that is the endpoint itself
/// (hairpin, which masquerades so that the answer comes back through the node) and one that is remembered by session
/// affinity (it goes where it went before).
struct Cases {
  /// New connections of clients that are not the endpoint they reach.
  let all: [Case]
  /// The cases by where packets go, whether or not they are masqueraded on the way.
  let outcomes: [Case]
  /// What packets that are forwarded find: masqueraded or not.
  let masquerade: [Case]
  /// The virtual services of IPVS that packets met.
  let virtualServices: [VirtualService]
  /// The endpoints that masquerade a packet from themselves, and those that do not.
  let hairpin: [SocketAddress: Bool]
  /// Where clients that are remembered go, and for how long in seconds; nil without session affinity.
  let affinitySeconds: UInt32?

  /// The node's addresses that a node port listens on; empty if it is all of them.
  let listening: [IPAddress]

  /// The cases of a frontend's walks, arriving and from this node.
  init(arriving: [Branch], localOutput: [Branch], packet: Packet, localAddresses: [IPPrefix]) {
    var cases: [Case] = []
    var hairpin: [SocketAddress: Bool] = [:]
    var affinity: UInt32?
    let isLocal = { (branches: [Branch], holds: Bool) in
      branches.map { branch in
        var branch = branch
        branch.facts.insert(Fact(.localOutput, holds), at: 0)
        return branch
      }
    }
    for branch in isLocal(arriving, false) + isLocal(localOutput, true) {
      if let seconds = branch.facts.lazy.compactMap(\.affinitySeconds).first {
        affinity = seconds
        continue
      }
      let outcome = Outcome(branch)
      let isMasqueraded = branch.packet.sourceTranslation != .none
      var facts = branch.facts.filter { !$0.isAffinity }
      if let own = outcome.endpoint.map({ Condition.source(IPPrefix($0.address)) }) {
        if facts.contains(Fact(own)), let endpoint = outcome.endpoint {
          hairpin[endpoint] = isMasqueraded
          continue
        }
        facts.removeAll { $0.condition == own }
      }
      cases.append(
        Case(outcome: outcome, facts: facts, share: branch.share, isMasqueraded: isMasqueraded, branch: branch))
    }
    let (kept, listening) = packet.destination == .local ? Self.atOneAddress(cases) : (cases, [])
    self.listening = listening
    all = kept
    let explained = Self.sayingWhatLocalityImplies(kept, packet, localAddresses)
    let ways = [kept, explained] + (Self.sayingWhatNoneArriveFrom(explained).map { [$0] } ?? [])
    outcomes = Self.joined(ways, by: \.outcome)
    masquerade = Self.joined(
      ways.map { $0.filter { $0.outcome.endpoint != nil } }, by: \.isMasqueraded)
    virtualServices = Self.virtualServices(kept)
    self.hairpin = hairpin
    affinitySeconds = affinity
  }

  /// A node port's cases for one of the addresses that it listens on, without what they say of the address; and which
  /// these addresses are, where it is not all but loopback ones (which no client outside can reach).
  private static func atOneAddress(_ cases: [Case]) -> ([Case], [IPAddress]) {
    let handled = cases.filter { $0.outcome != .unhandled }
    let addresses = Set(handled.flatMap { $0.facts.compactMap(\.destinationAddress) }).filter { !$0.isLoopback }
    let isNarrowed =
      !handled.isEmpty
      && handled.allSatisfy { item in
        item.facts.contains { $0.destinationAddress != nil || $0.isLoopbackDestination(true) }
      }
    let chosen = isNarrowed ? addresses.min() : nil
    let kept = cases.compactMap { item -> Case? in
      var item = item
      if item.facts.contains(where: { $0.isLoopbackDestination(true) }) { return nil }
      item.facts.removeAll { $0.isLoopbackDestination(false) }
      guard let chosen else { return item }
      guard item.facts.contains(where: { $0.destinationAddress == chosen }) else { return nil }
      item.facts.removeAll { $0.isDestination }
      return item
    }
    return (kept, isNarrowed ? addresses.sorted() : [])
  }

  private static func virtualServices(_ cases: [Case]) -> [VirtualService] {
    var services: [VirtualService] = []
    for item in cases {
      for step in item.branch.steps {
        guard let service = step.virtualService, !services.contains(where: { $0.key == service.key }) else { continue }
        services.append(service)
      }
    }
    return services
  }

  /// Cases of one key taken together, as they are and with what is implied. What a packet's being of this node implies
  /// joins some of them ("outside 10.0.0.0/8", wherever from) and keeps others apart (all packets, wherever from): the
  /// shorter answer is given.
  private static func joined<Key: Hashable>(_ ways: [[Case]], by key: (Case) -> Key) -> [Case] {
    let groups = ways.map { Dictionary(grouping: merge($0, by: key), by: key) }
    var seen: Set<Key> = []
    return (ways.first ?? []).map(key).filter { seen.insert($0).inserted }.flatMap { key in
      groups.compactMap { $0[key] }.min { ($0.count, $0.factCount) < ($1.count, $1.factCount) } ?? []
    }
  }

  /// No packet arrives with a loopback address for its source (the kernel drops it): where cases of this node ask for
  /// one, those of arriving packets say so, and the two become one case. nil where none asks.
  private static func sayingWhatNoneArriveFrom(_ cases: [Case]) -> [Case]? {
    let asked = cases.flatMap(\.facts).map(\.condition).filter {
      if case .source(let prefix) = $0 { prefix.address.isLoopback } else { false }
    }
    if asked.isEmpty { return nil }
    return cases.map { original in
      guard original.facts.first == Fact(.localOutput, false) else { return original }
      var implied = original
      for condition in asked where !implied.facts.contains(where: { $0.condition == condition }) {
        implied.facts.append(Fact(condition, false))
      }
      return implied
    }
  }

  /// A packet of this node has one of its addresses, and comes by no interface: what follows for other cases' conditions
  /// is noted, so that "outside 10.0.0.0/8" and "from this node, which is outside" become one case.
  private static func sayingWhatLocalityImplies(
    _ cases: [Case], _ packet: Packet, _ localAddresses: [IPPrefix]
  ) -> [Case] {
    var seen: Set<Condition> = []
    let asked = cases.flatMap(\.facts).map(\.condition).filter {
      switch $0 {
      case .source, .sourceType, .inInterface: seen.insert($0).inserted
      default: false
      }
    }
    return cases.map { original in
      guard original.facts.first == Fact(.localOutput, true) else { return original }
      var local = packet
      local.source = .local
      local.inInterface = .none
      let knowledge = Knowledge(packet: local, facts: original.facts, localAddresses: localAddresses)
      var implied = original
      for condition in asked where !original.facts.contains(where: { $0.condition == condition }) {
        if let holds = knowledge.decide(condition) { implied.facts.append(Fact(condition, holds)) }
      }
      return implied
    }
  }
}

extension [Case] {
  fileprivate var factCount: Int { reduce(0) { $0 + $1.facts.count } }
}

extension Fact {
  /// kube-proxy's session affinity keeps a list for each endpoint, named as its chain; in nftables mode a set.
  fileprivate var isAffinity: Bool {
    switch condition {
    case .recent(let match): match.name.hasPrefix(ChainName.Kind.endpoint.rawValue)
    case .other(.native(.lookup(let lookup))): lookup.set.name.hasPrefix(NftablesName.Kind.affinity.rawValue)
    default: false
    }
  }

  /// How long a client is remembered, for the fact that it is.
  fileprivate var affinitySeconds: UInt32? {
    guard isAffinity, holds else { return nil }
    switch condition {
    case .recent(let match): return match.seconds
    case .other(.native(.lookup(let lookup))): return UInt32(clamping: lookup.set.timeout / 1000)
    default: return nil
    }
  }

  /// The single address that the destination is said to be.
  fileprivate var destinationAddress: IPAddress? {
    guard holds, case .destination(let prefix) = condition, prefix.isSingle, !prefix.address.isLoopback else {
      return nil
    }
    return prefix.address
  }

  fileprivate var isDestination: Bool {
    if case .destination = condition { true } else { false }
  }

  fileprivate func isLoopbackDestination(_ holds: Bool) -> Bool {
    guard self.holds == holds, case .destination(let prefix) = condition else { return false }
    return prefix.address.isLoopback && prefix.length >= 8
  }
}
