/// Destinations that packets are about to be sent to by chance, as they are found: those that nothing tells apart so far make
/// one group.
///
/// `Lead` is what leads packets to a destination.
struct GroupedDestinations<Lead> {
  /// What tells destinations apart before they are chosen.
  private struct Key: Hashable {
    /// Of chains, or of ports: they differ in more than the address.
    let kind: Int
    let isInSources: [Bool]
  }

  struct Group {
    /// Of its first member.
    let lead: Lead
    /// Empty for what has no single destination.
    fileprivate(set) var members: [DestinationGroup.Member]
  }

  /// In the order of their first members.
  private(set) var groups: [Group] = []
  private var places: [Key: Int] = [:]
  private var addresses: Set<IPAddress> = []
  private let states: [State]
  /// The sets of sources that ways tell apart that come to the choice.
  private let sources: [PacketSet]

  /// - Parameter states: the ways that come to the choice.
  init(of states: [State]) {
    self.states = states
    sources = Set(states.flatMap { $0.set.sources }).sorted { $0.root < $1.root }
  }

  /// Whether an address may be one of a group's: no other choice leads there, and no packet was sent there before.
  func mayTake(_ address: IPAddress) -> Bool {
    !addresses.contains(address) && states.allSatisfy { $0.packet.destination != .known(address) }
  }

  mutating func add(_ member: DestinationGroup.Member, kind: Int, lead: Lead) {
    addresses.insert(member.address)
    let key = Key(kind: kind, isInSources: sources.map { $0.contains(source: member.address) })
    if let place = places[key] {
      groups[place].members.append(member)
    } else {
      places[key] = groups.count
      groups.append(Group(lead: lead, members: [member]))
    }
  }

  /// Takes in what has no single destination.
  mutating func add(alone lead: Lead) { groups.append(Group(lead: lead, members: [])) }
}

extension [State] {
  /// Whether one way may come to stand for several destinations: none of them does yet.
  var mayBeGrouped: Bool { allSatisfy { $0.group == nil && !$0.packet.isDestinationMapped } }
}
