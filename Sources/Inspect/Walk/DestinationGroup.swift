/// Destinations that rules choose among by chance, and that nothing tells apart that packets met so far: a way to the first
/// of them stands for the ways to all. What is said of the first as a source holds of each.
final class DestinationGroup {
  struct Member: Equatable {
    let address: IPAddress
    /// The chain that sends packets there; it differs from the others' in the address alone.
    let chain: String
    /// Of its rule with DNAT.
    let counters: Counters?
    let handle: UInt64?
    /// How often it is chosen, as the first way that came to the choice had it.
    let share: Double
  }

  /// All that are chosen among; those of the group are at `places`.
  private let all: [Member]
  private let places: [Int32]
  /// The chain that was walked for all of them.
  private let walked: String

  init(_ members: [Member]) {
    all = members
    places = members.indices.map { Int32(truncatingIfNeeded: $0) }
    walked = members[0].chain
  }

  private init(_ places: [Int32], of whole: DestinationGroup) {
    all = whole.all
    self.places = places
    walked = whole.walked
  }

  var count: Int { places.count }
  var first: Member { self[0] }
  subscript(index: Int) -> Member { all[Int(places[index])] }

  /// Some of the group.
  func part(_ indices: [Int]) -> DestinationGroup { DestinationGroup(indices.map { places[$0] }, of: self) }

  /// The same in the order of addresses.
  var ascending: DestinationGroup {
    let indices = Array(0..<count)
    func isBefore(_ left: Int, _ right: Int) -> Bool { self[left].address < self[right].address }
    return zip(indices, indices.dropFirst()).allSatisfy(isBefore) ? self : part(indices.sorted(by: isBefore))
  }

  /// The group in parts that `key` does not tell apart, in the order of their first members.
  func parts<Key: Hashable>(by key: (IPAddress) throws -> Key) rethrows -> [DestinationGroup] {
    let told = try key(first.address)
    // Mostly nothing tells them apart.
    guard var index = try (1..<count).first(where: { try key(self[$0].address) != told }) else { return [self] }
    var known: [Key: Int] = [told: 0]
    var parts: [[Int]] = [Array(0..<index)]
    while index < count {
      let key = try key(self[index].address)
      if let part = known[key] {
        parts[part].append(index)
      } else {
        known[key] = parts.count
        parts.append([index])
      }
      index += 1
    }
    return parts.map(part)
  }

  /// A step of the way that was walked, as packets to a member take it.
  func step(_ step: Step, of member: Member) -> Step {
    guard case .rule(var rule) = step, rule.place.chain.name == walked, member.chain != walked else { return step }
    rule.place.chain.name = member.chain
    rule.rule.counters = member.counters
    rule.rule.handle = member.handle
    rule.rule.actions = rule.rule.actions.map { action in
      guard case .dnat(var translation) = action else { return action }
      translation.addresses = member.address...member.address
      return .dnat(translation)
    }
    return .rule(rule)
  }
}

/// By what is in them: ways that come together may have been told apart from others at different places.
extension DestinationGroup: Hashable {
  static func == (left: DestinationGroup, right: DestinationGroup) -> Bool {
    left === right
      || left.count == right.count && left.walked == right.walked
        && (0..<left.count).allSatisfy { left[$0] == right[$0] }
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    hasher.combine(first.address)
  }
}

extension PacketSet {
  /// The set with two sources in each other's place.
  func exchanging(_ one: IPAddress, _ other: IPAddress) -> PacketSet {
    let (ofOne, ofOther) = (given(source: one), given(source: other))
    if ofOne == ofOther { return self }
    let isOne = PacketSet(space, [Fact(.source(IPPrefix(one)))])
    let isOther = PacketSet(space, [Fact(.source(IPPrefix(other)))])
    return subtracting(isOne.union(isOther)).union(ofOne.intersection(isOther)).union(ofOther.intersection(isOne))
  }
}

extension State {
  /// The same way to some of its destinations.
  func leading(to part: DestinationGroup) -> State {
    guard let group, group !== part else { return self }
    var state = self
    state.group = part
    let (old, new) = (group.first, part.first)
    guard old.address != new.address else { return state }
    state.packet.destination = .known(new.address)
    state.set = set.exchanging(old.address, new.address)
    state.share = new.share * (share / old.share)
    return state
  }
}

extension Branch {
  /// A way for each of its destinations.
  var toEach: [Branch] { group.map { group in (0..<group.count).map { leading(to: group.part([$0])) } } ?? [self] }
}

extension Walker {
  /// Ways as before, those apart whose destinations a rule may tell apart.
  func apart(_ states: [State], by rule: Rule, _ place: RuleReference) throws -> [State] {
    guard states.contains(where: { $0.group != nil }) else { return states }
    let parts = try rule.actions.reduce(states) { try apart($0, by: $1, place) }
    return try rule.matches.reduce(parts) { states, match in
      switch match {
      case .source(let asked), .destination(let asked):
        let wanted = asked.address & asked.mask
        return apart(states) { _, address in address & asked.mask == wanted }
      case .physdev(let match) where match.outName != nil:
        return try apart(states) { try node.routing.port(leadingTo: $1) }
      case let match where match.mayAskAddresses:
        return try apart(states) { try answer(to: match, place, $0, $1) }
      default: return states
      }
    }
  }

  /// Ways as before, those apart whose destinations an action may tell apart.
  private func apart(_ states: [State], by action: Action, _ place: RuleReference) throws -> [State] {
    guard case .native(let statement) = action else { return states }
    switch statement {
    case .continue, .passive, .object: return states
    case .set(.mark, let value), .set(.connectionMark, let value):
      return value.isOfMarksAlone ? states : toEach(states)
    case .translation(let translation) where translation.kind == .masquerade: return states
    case .verdictMap(let lookup):
      return try apart(states) { state, address in
        let evaluation = MatchEvaluation(knowledge: knowledge(of: state, to: address), node: node, rule: place)
        return Found(try evaluation.answer(to: lookup), at: address)
      }
    default: return toEach(states)
    }
  }

  /// What a map has for packets to an address.
  private enum Found: Hashable {
    case element(NFTSetElement?)
    /// It does not depend on addresses.
    case chances
    /// More than that decides.
    case own(IPAddress)

    init(_ answer: LookupAnswer, at address: IPAddress) {
      switch answer {
      case .element(let element): self = .element(element)
      case .chances: self = .chances
      case .depends(let alternatives) where alternatives.isEmpty: self = .element(nil)
      case .depends, .unknown: self = .own(address)
      }
    }
  }

  /// Ways as before, those apart whose destinations `key` tells apart.
  func apart<Key: Hashable>(_ states: [State], _ key: (State, IPAddress) throws -> Key) rethrows -> [State] {
    try states.flatMap { state in
      try state.group?.parts { try key(state, $0) }.map(state.leading) ?? [state]
    }
  }

  /// A way for each destination.
  func toEach(_ states: [State]) -> [State] { apart(states) { $1 } }

  private struct Answer: Hashable {
    let requirement: Requirement
    /// What it says of the address as a source.
    let ofSource: [Bool?]
  }

  /// What a match asks of packets to an address, and what it says of packets from there.
  private func answer(to match: Match, _ place: RuleReference, _ state: State, _ address: IPAddress) throws -> Answer {
    let knowledge = knowledge(of: state, to: address)
    let requirement = try MatchEvaluation(knowledge: knowledge, node: node, rule: place).requirement(of: match)
    guard case .facts(let facts) = requirement else { return Answer(requirement: requirement, ofSource: []) }
    return Answer(
      requirement: .facts(facts.map { $0.sayingItself(for: address) }),
      ofSource: facts.map { knowledge.holds($0.condition, from: address) })
  }

  /// Of all packets to an address: what is known of those that come this way is known of the first destination alone.
  private func knowledge(of state: State, to address: IPAddress) -> Knowledge {
    var packet = state.packet
    packet.destination = .known(address)
    return Knowledge(shared: SharedPacket(packet), set: .all(space), localAddresses: space.localAddresses)
  }
}

extension Fact {
  /// The same, but with a word for "the destination itself" in place of an address as a source: what is said of the first
  /// of a group as a source holds of each.
  fileprivate func sayingItself(for address: IPAddress) -> Fact {
    switch condition {
    case .source(let prefix) where prefix == IPPrefix(address): Fact(.source(.itself(address.family)), holds)
    case .all(let facts): Fact(.all(facts.map { $0.sayingItself(for: address) }), holds)
    default: self
    }
  }
}

extension IPPrefix {
  /// A prefix that no packet of a family is asked for.
  fileprivate static func itself(_ family: IPFamily) -> IPPrefix {
    IPPrefix(.any(family == .v4 ? .v6 : .v4), length: 0)
  }
}

extension Knowledge {
  /// Whether a condition holds of packets from an address; nil where it asks for something else.
  fileprivate func holds(_ condition: Condition, from address: IPAddress) -> Bool? {
    switch condition {
    case .source(let prefix): prefix.contains(address)
    case .maskedSource(let value, let mask): address & mask == value & mask
    case .sourceType(.local): localAddresses.contains { $0.contains(address) }
    case .all(let facts): facts.contains { holds($0.condition, from: address) == !$0.holds }
    default: nil
    }
  }
}

extension Match {
  /// Whether it may tell addresses apart.
  fileprivate var mayAskAddresses: Bool {
    switch self {
    case .source, .destination, .addressRange, .addressType, .set, .native: true
    case .conntrack(let test):
      !test.fields.isDisjoint(with: [.originalSource, .originalDestination, .replySource, .replyDestination])
    case .inInterface, .outInterface, .transport, .fragment, .tcp, .udp, .sctp, .multiport, .icmp, .comment, .mark,
      .connmark, .statistic, .recent, .mac, .localSocket, .physdev, .owner, .limit, .nfacct, .reversePath, .tcpmss,
      .ipvs,
      .unknown:
      false
    }
  }
}

extension NFTValue {
  /// Whether it is made of marks and constants, and so of no address.
  fileprivate var isOfMarksAlone: Bool {
    switch self {
    case .constant, .field(.mark), .field(.connectionMark): true
    case .bitwise(let value, _, _), .shift(let value, _, _), .byteSwap(let value, _), .slice(let value, _, _):
      value.isOfMarksAlone
    case .combination(_, let left, let right): left.isOfMarksAlone && right.isOfMarksAlone
    default: false
    }
  }
}
