/// What follows from a packet and from the facts that a walk has assumed about it.
///
/// Prefixes are nested or apart, and so are interface patterns; this is all the reasoning there is. What does not
/// follow is nil, and the walk forks on it.
struct Knowledge {
  private let shared: SharedPacket
  let facts: [Fact]
  /// The node's own addresses of the packet's family.
  let localAddresses: [IPPrefix]

  init(packet: Packet, facts: [Fact], localAddresses: [IPPrefix]) {
    self.init(shared: SharedPacket(packet), facts: facts, localAddresses: localAddresses)
  }

  /// What is known of a way's packet, which need not be copied for it.
  init(shared: SharedPacket, facts: [Fact], localAddresses: [IPPrefix]) {
    self.shared = shared
    self.facts = facts
    self.localAddresses = localAddresses
  }

  var packet: Packet { _read { yield shared.packet } }

  /// Whether a condition holds; nil if it does not follow either way.
  func decide(_ condition: Condition) -> Bool? {
    if let known = fromPacket(condition) { return known }
    let assumed = condition.side.map(isReplaced) == true ? [] : facts
    for fact in assumed {
      if let decided = imply(fact, condition) { return decided }
    }
    switch condition {
    case .source(let prefix): return local(packet.source, prefix, side: Side.source)
    case .destination(let prefix): return local(packet.destination, prefix, side: Side.destination)
    case .sourceType(let type): return type == .local ? locality(of: packet.source, side: Side.source) : nil
    case .destinationType(let type):
      return type == .local ? locality(of: packet.destination, side: Side.destination) : nil
    default: return nil
    }
  }

  // MARK: - What the packet itself says

  private func fromPacket(_ condition: Condition) -> Bool? {
    switch condition {
    case .source(let prefix): isAny(prefix) ? true : address(packet.source).map(prefix.contains)
    case .destination(let prefix): isAny(prefix) ? true : address(packet.destination).map(prefix.contains)
    case .maskedSource(let value, let mask): address(packet.source).map { $0 & mask == value & mask }
    case .maskedDestination(let value, let mask): address(packet.destination).map { $0 & mask == value & mask }
    case .sourceType(let type): kind(of: packet.source).flatMap { $0.decides(type) }
    case .destinationType(let type): kind(of: packet.destination).flatMap { $0.decides(type) }
    case .inInterface(let name, let wildcard): interface(packet.inInterface, name, wildcard)
    case .outInterface(let name, let wildcard): interface(packet.outInterface, name, wildcard)
    case .sourcePort(0...65535), .destinationPort(0...65535): true
    case .sourcePort(let range): packet.sourcePort.map(range.contains)
    case .destinationPort(let range): packet.destinationPort.map(range.contains)
    default: nil
    }
  }

  private func isAny(_ prefix: IPPrefix) -> Bool { prefix.length == 0 && prefix.family == packet.family }

  private func address(_ knowledge: AddressKnowledge) -> IPAddress? {
    if case .known(let address) = knowledge { address } else { nil }
  }

  /// An absent interface has an empty name, which only `+` alone matches (ip_packet_match compares under a mask of 0).
  private func interface(_ knowledge: InterfaceKnowledge, _ name: String, _ wildcard: Bool) -> Bool? {
    if wildcard && name.isEmpty { return true }
    switch knowledge {
    case .known(let actual): return wildcard ? actual.hasPrefix(name) : actual == name
    case .none: return false
    case .unknown: return nil
    }
  }

  private func kind(of knowledge: AddressKnowledge) -> AddressType? {
    switch knowledge {
    case .known(let address):
      if localAddresses.contains(where: { $0.contains(address) }) { return .local }
      return address.isMulticast ? .multicast : .unicast
    case .local: return .local
    case .any, .translated: return nil
    }
  }

  // MARK: - What one fact implies

  private func imply(_ fact: Fact, _ condition: Condition) -> Bool? {
    if fact.condition == condition { return fact.holds }
    if case .all(let parts) = fact.condition {
      return fact.holds ? parts.lazy.compactMap { imply($0, condition) }.first : lastOpen(of: parts, condition)
    }
    switch (fact.condition, condition) {
    // What this node made came by no interface.
    case (.localOutput, .inInterface(let name, _)) where fact.holds && !name.isEmpty: return false
    case (.source(let known), .source(let asked)), (.destination(let known), .destination(let asked)):
      return nested(known.contains(asked), asked.contains(known), known.overlaps(asked), fact.holds)
    case (.inInterface(let known, let all), .inInterface(let asked, let any)),
      (.outInterface(let known, let all), .outInterface(let asked, let any)):
      let outer = all && asked.hasPrefix(known)
      let inner = any && known.hasPrefix(asked)
      return nested(outer, inner, outer || inner, fact.holds)
    case (.sourcePort(let known), .sourcePort(let asked)), (.destinationPort(let known), .destinationPort(let asked)):
      let outer = known.lowerBound <= asked.lowerBound && asked.upperBound <= known.upperBound
      let inner = asked.lowerBound <= known.lowerBound && known.upperBound <= asked.upperBound
      return nested(outer, inner, known.overlaps(asked), fact.holds)
    default: return nil
    }
  }

  /// Of two sets of values, of which the known one holds or not: whether the asked one does.
  private func nested(_ knownCoversAsked: Bool, _ askedCoversKnown: Bool, _ overlap: Bool, _ holds: Bool) -> Bool? {
    if holds { return askedCoversKnown ? true : overlap ? nil : false }
    return knownCoversAsked ? false : nil
  }

  /// Not all of `parts` hold: if all others do, the one asked for does not.
  private func lastOpen(of parts: [Fact], _ condition: Condition) -> Bool? {
    guard let asked = parts.first(where: { $0.condition == condition }) else { return nil }
    let others = parts.filter { $0.condition != condition }
    let without = Knowledge(
      packet: packet, facts: facts.filter { $0.condition != .all(parts) }, localAddresses: localAddresses)
    return others.allSatisfy { without.decide($0.condition) == $0.holds } ? !asked.holds : nil
  }

  // MARK: - What the node's addresses imply

  /// Which of a packet's two addresses is meant.
  enum Side {
    case source, destination

    func prefix(_ condition: Condition) -> IPPrefix? {
      switch (self, condition) {
      case (.source, .source(let prefix)), (.destination, .destination(let prefix)): prefix
      default: nil
      }
    }

    var isLocal: Condition { self == .source ? .sourceType(.local) : .destinationType(.local) }
  }

  /// Whether a translation put an address there that a walk cannot foresee. Facts speak of the one before.
  func isReplaced(_ side: Side) -> Bool {
    switch side {
    case .source: packet.source == .translated
    case .destination:
      packet.destination == .translated || packet.destination == .local && packet.isRedirected
    }
  }

  /// The prefixes that a side's address is known to be in, or not to be in.
  private func prefixes(_ side: Side) -> [(prefix: IPPrefix, holds: Bool)] {
    (isReplaced(side) ? [] : facts).flatMap { fact -> [Fact] in
      if fact.holds, case .all(let parts) = fact.condition { parts } else { [fact] }
    }.compactMap { fact in side.prefix(fact.condition).map { ($0, fact.holds) } }
  }

  private func isKnownLocal(_ knowledge: AddressKnowledge, _ side: Side) -> Bool? {
    if knowledge == .local { return true }
    if isReplaced(side) { return nil }
    return facts.lazy.compactMap { imply($0, side.isLocal) }.first
  }

  /// Whether an address that is one of the node's own is in a prefix: only if all that remain are, or none.
  private func local(_ knowledge: AddressKnowledge, _ asked: IPPrefix, side: Side) -> Bool? {
    switch isKnownLocal(knowledge, side) {
    case true?:
      let known = prefixes(side)
      let candidates = localAddresses.filter { candidate in
        known.allSatisfy { $0.holds ? $0.prefix.overlaps(candidate) : !$0.prefix.contains(candidate) }
      }
      if !candidates.contains(where: asked.overlaps) { return false }
      return candidates.allSatisfy { asked.contains($0) } ? true : nil
    case false?:
      return localAddresses.contains { $0.contains(asked) } ? false : nil
    case nil: return nil
    }
  }

  /// Whether an address known to be in some prefixes is one of the node's own.
  private func locality(of knowledge: AddressKnowledge, side: Side) -> Bool? {
    for (prefix, holds) in prefixes(side) where holds {
      if !localAddresses.contains(where: prefix.overlaps) { return false }
      if localAddresses.contains(where: { $0.contains(prefix) }) { return true }
    }
    return nil
  }
}

extension Condition {
  /// The address that it is about, if it is about one.
  fileprivate var side: Knowledge.Side? {
    switch self {
    case .source, .maskedSource, .sourceType: .source
    case .destination, .maskedDestination, .destinationType: .destination
    default: nil
    }
  }
}

extension AddressType {
  /// Whether an address of this one type is among `asked`; nil where kpx cannot tell types apart. A unicast address
  /// may be unreachable, blackholed or a broadcast address, as the routes say, which a walk does not ask.
  func decides(_ asked: AddressType) -> Bool? {
    if asked.contains(self) && self != .unicast { return true }
    if self != .unicast { return false }
    if asked.isSubset(of: [.local, .multicast]) { return false }
    return nil
  }
}

extension IPAddress {
  /// 224.0.0.0/4 or ff00::/8.
  var isMulticast: Bool {
    switch self {
    case .v4(let value): value >> 28 == 0xe
    case .v6(let high, _): high >> 56 == 0xff
    }
  }
}
