/// What becomes of a packet, as far as an operator asks.
public enum Outcome: Sendable, Hashable {
  /// It is sent to this address.
  case endpoint(SocketAddress)
  /// It is redirected to a port of this node itself.
  case redirected(port: UInt16?)
  /// It is redirected to a port of this node itself, where nothing listens.
  case portClosed(UInt16)
  case rejected(with: String)
  case dropped
  /// Routing refuses it, and why.
  case unroutable(Refusal)
  /// It gets to the endpoint, and a rule or policy ends the answers.
  case unanswered(Step)
  /// No rule changes where it goes.
  case unhandled
  case uncertain(String)

  /// Where a branch of a walk ends.
  init(_ branch: Branch) {
    switch branch.end {
    case .uncertain(let why): self = .uncertain(why)
    case .dropped: self = .dropped
    case .taken: self = .redirected(port: branch.packet.destinationPort)
    case .portClosed(let port): self = .portClosed(port)
    case .unroutable(let why): self = .unroutable(why)
    case .unanswered(let step): self = .unanswered(step)
    case .rejected(let with): self = .rejected(with: with)
    case .forwarded, .delivered:
      if let route = branch.packet.ipvs {
        self = .endpoint(route.server)
      } else if !branch.packet.isRedirected && branch.lastStep(where: \.isTranslation) == nil {
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
struct Case: Portion {
  var outcome: Outcome
  var set: PacketSet
  /// Of the packets of the set, above 0, at most 1.
  var share: Double
  var isMasqueraded: Bool
  /// A branch that leads here, for its path and counters.
  var branch: Branch
  /// The endpoints that it is for, which fare alike; nil for the outcome's alone.
  var group: DestinationGroup? { branch.group }

  /// The same of some of its endpoints.
  func leading(to part: DestinationGroup) -> Case {
    guard let group, group !== part else { return self }
    var item = self
    item.branch = branch.leading(to: part)
    item.outcome = Outcome(item.branch)
    item.set = set.exchanging(group.first.address, part.first.address)
    item.share = share(of: part.first)
    return item
  }

  /// How often packets go to an endpoint of its group.
  func share(of member: DestinationGroup.Member) -> Double {
    group.map { member.share * (share / $0.first.share) } ?? share
  }

  /// Where packets are sent to, whatever becomes of them then.
  var destinations: [SocketAddress] {
    guard let endpoint = branch.packet.endpoint else { return [] }
    guard let group else { return [endpoint] }
    return (0..<group.count).map { SocketAddress(group[$0].address, port: endpoint.port) }
  }

  func told(_ other: Case) -> Case {
    let isShorter = (other.branch.trail?.count ?? 0) < (branch.trail?.count ?? 0)
    var told = isShorter ? other : self
    told.branch = isShorter ? other.branch.joined(with: branch) : branch.joined(with: other.branch)
    return told
  }
}

/// All that a walk found for one frontend, brought into cases.
///
/// Two kinds of packets are set apart before, since no client chooses them: those of a client that is the endpoint itself
/// (hairpin, which masquerades so that the answer comes back through the node) and those of one that is remembered by
/// session affinity (it goes where it went before).
struct Cases {
  /// New connections of clients that are not the endpoint they reach.
  let all: [Case]
  /// All ways of the walks.
  let branches: [Branch]
  /// The cases by where packets go, whether or not they are masqueraded on the way.
  let outcomes: [Case]
  /// The virtual services of IPVS that packets met.
  let virtualServices: [VirtualService]
  /// The endpoints that masquerade a packet from themselves, and those that do not.
  let hairpin: [SocketAddress: Bool]
  /// How long clients that are remembered go where they went before, in seconds; nil without session affinity.
  let affinitySeconds: UInt32?
  /// The node's addresses that a node port listens on; empty if it is all of them.
  let listening: [IPAddress]

  /// The cases of a frontend's walks, arriving and from this node.
  init(_ branches: [Branch], packet: Packet, localAddresses: [IPPrefix]) {
    self.branches = branches
    var cases: [Case] = []
    // What goes on to no endpoint is told by where it ends.
    for branch in branches.flatMap({ Outcome($0).endpoint == nil ? $0.toEach : [$0] }) {
      if branch.recalled?.isAffinity == true { continue }
      let set = branch.set.given { $0.isAffinity }
      guard !set.isEmpty else { continue }
      cases.append(
        Case(
          outcome: Outcome(branch), set: set, share: branch.share,
          isMasqueraded: branch.packet.sourceTranslation != .none, branch: branch))
    }
    affinitySeconds = branches.lazy.compactMap { $0.recalled?.affinitySeconds }.first
    if packet.destination == .local {
      (cases, listening) = Self.atOneAddress(cases, localAddresses)
    } else {
      listening = []
    }
    let apart: [Case]
    (apart, hairpin) = packet.source == .any ? Self.withoutHairpin(cases, localAddresses) : (cases, [:])
    all = Self.ofSameEndpoints(apart)
    outcomes = merge(all, by: \.outcome)
    virtualServices = Self.virtualServices(all)
  }

  /// Cases as if no client were an endpoint, and what becomes of those that are. Where a rule asks whether a client is the
  /// endpoint, the endpoint's address fares otherwise than one that is no endpoint: the one beside it, or of the node's own
  /// addresses another.
  private static func withoutHairpin(
    _ cases: [Case], _ localAddresses: [IPPrefix]
  ) -> ([Case], [SocketAddress: Bool]) {
    var hairpin: [SocketAddress: Bool] = [:]
    func isLocal(_ address: IPAddress) -> Bool { localAddresses.contains { $0.contains(address) } }
    func other(than address: IPAddress) -> IPAddress {
      guard isLocal(address) else { return address.neighbour { !isLocal($0) } ?? address }
      let others = localAddresses.map(\.address).filter { $0 != address }
      return others.first(where: \.isLoopback) ?? others.first ?? address
    }
    let kept = cases.flatMap { fareAlike($0, other) }.compactMap { item -> Case? in
      guard let endpoint = item.outcome.endpoint else { return item }
      let own = item.set.given(source: endpoint.address)
      let ordinary = item.set.given(source: other(than: endpoint.address))
      guard own != ordinary else { return item }
      if !own.isEmpty { for endpoint in item.destinations { hairpin[endpoint] = item.isMasqueraded } }
      let itself = PacketSet(item.set.space, [Fact(.source(IPPrefix(endpoint.address)))])
      var item = item
      item.set = item.set.subtracting(itself).union(ordinary.intersection(itself))
      return item.set.isEmpty ? nil : item
    }
    return (kept, hairpin)
  }

  /// A case, apart for endpoints whose own addresses or those beside them (`other`) fare otherwise as clients than with
  /// most of its endpoints.
  private static func fareAlike(_ item: Case, _ other: (IPAddress) -> IPAddress) -> [Case] {
    guard let group = item.group, group.count > 1 else { return [item] }
    let sources = item.set.sources
    let first = group.first.address
    let parts = group.parts { address in
      let other = other(address)
      // The set speaks of the first endpoint where it would speak of each.
      let ordinary = address == first ? (other, other) : (address, other == first ? address : other)
      return sources.flatMap { [$0.contains(source: ordinary.0), $0.contains(source: ordinary.1)] }
    }
    return [item.leading(to: parts[0])]
      + parts.dropFirst().flatMap { part in (0..<part.count).map { item.leading(to: part.part([$0])) } }
  }

  private struct Membership: Hashable {
    let before: Int?
    let item: Int
    /// Shares that differ by less are the same: the kernel's fractions are multiples of 2^-31.
    let share: Int
  }

  /// Cases of which any two are for the same endpoints or for others: those that are in the same cases stay together.
  private static func ofSameEndpoints(_ cases: [Case]) -> [Case] {
    guard cases.contains(where: { ($0.group?.count ?? 1) > 1 }) else { return cases }
    var places: [Membership: Int] = [:]
    var memberships: [SocketAddress: Int] = [:]
    for (index, item) in cases.enumerated() {
      for (place, endpoint) in item.destinations.enumerated() {
        let share = item.group.map { item.share(of: $0[place]) } ?? item.share
        let membership = Membership(
          before: memberships[endpoint], item: index, share: Int((share * 1e8).rounded()))
        let known = places[membership] ?? places.count
        places[membership] = known
        memberships[endpoint] = known
      }
    }
    return cases.flatMap { item in
      guard let group = item.group, let port = item.branch.packet.destinationPort else { return [item] }
      return group.parts { memberships[SocketAddress($0, port: port)] }.map { item.leading(to: $0.ascending) }
    }
  }

  private static func virtualServices(_ cases: [Case]) -> [VirtualService] {
    var services: [VirtualService] = []
    // Mostly there is no IPVS.
    for item in cases where item.branch.lastStep(where: { $0.virtualService != nil }) != nil {
      for step in item.branch.steps {
        guard let service = step.virtualService, !services.contains(where: { $0.key == service.key }) else { continue }
        services.append(service)
      }
    }
    return services
  }
}

extension IPAddress {
  /// The nearest of the addresses that differ in the last bits for which `belongs` holds.
  func neighbour(_ belongs: (IPAddress) -> Bool) -> IPAddress? {
    (1...15).lazy.map(differing).first(where: belongs)
  }

  private func differing(by bits: UInt32) -> IPAddress {
    switch self {
    case .v4(let value): .v4(value ^ bits)
    case .v6(let high, let low): .v6(high: high, low: low ^ UInt64(bits))
    }
  }
}
