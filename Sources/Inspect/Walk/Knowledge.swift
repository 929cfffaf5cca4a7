/// What follows from a packet and from the set of packets that a walk has come here with.
///
/// What does not follow is nil, and the walk forks on it.
struct Knowledge {
  private let shared: SharedPacket
  let set: PacketSet
  /// The node's own addresses of the packet's family.
  let localAddresses: [IPPrefix]

  /// What is known of a way's packet, which need not be copied for it.
  init(shared: SharedPacket, set: PacketSet, localAddresses: [IPPrefix]) {
    self.shared = shared
    self.set = set
    self.localAddresses = localAddresses
  }

  var packet: Packet { _read { yield shared.packet } }

  /// Whether a condition holds; nil if it does not follow either way.
  func decide(_ condition: Condition) -> Bool? {
    if let known = fromPacket(condition) { return known }
    // The set speaks of an address as it was before a translation that cannot be foreseen.
    if condition.side.map(isReplaced) == true { return nil }
    let space = set.space
    var (with, without) = (space.both(set.root, space.set(condition)), space.both(set.root, space.set(condition) ^ 1))
    if packet.destination == .local, condition.side == .destination {
      with = space.both(with, space.localDestination)
      without = space.both(without, space.localDestination)
    }
    return with == PacketSpace.none ? false : without == PacketSpace.none ? true : nil
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
    case .outInterface(let name, let wildcard), .outInterfaceAnew(let name, let wildcard):
      interface(packet.outInterface, name, wildcard)
    case .sourcePort(0...65535), .destinationPort(0...65535): true
    case .sourcePort(let range): packet.sourcePort.map(range.contains)
    case .destinationPort(let range): packet.destinationPort.map(range.contains)
    case .all(let facts): allHold(facts)
    default: nil
    }
  }

  private func allHold(_ facts: [Fact]) -> Bool? {
    var isOpen = false
    for fact in facts {
      switch fromPacket(fact.condition) {
      case nil: isOpen = true
      case let holds? where holds != fact.holds: return false
      case _?: continue
      }
    }
    return isOpen ? nil : true
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

  /// Which of a packet's two addresses is meant.
  enum Side {
    case source, destination
  }

  /// Whether a translation put an address there that a walk cannot foresee. Conditions speak of the one before.
  func isReplaced(_ side: Side) -> Bool {
    switch side {
    case .source: packet.source == .translated
    case .destination:
      packet.destination == .translated || packet.destination == .local && packet.isRedirected
    }
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
