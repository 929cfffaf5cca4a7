/// Where the ways of a walk end. Ways that end alike with the same packet are one: thousands of rules that drop single
/// addresses make one branch.
struct Endings {
  private struct Key: Hashable {
    let end: End
    let packet: SharedPacket
    let recalled: Condition?
    let group: DestinationGroup?

    func hash(into hasher: inout Hasher) { packet.hash(into: &hasher) }
  }

  /// The packets that the walk began with.
  private let among: PacketSet
  private var places: [Key: Int] = [:]
  private var groups: [[Branch]] = []

  /// How many ways have ended.
  private(set) var count = 0

  init(of among: PacketSet) { self.among = among }

  var branches: [Branch] { groups.flatMap(\.self) }

  mutating func add(_ state: State, _ end: End) {
    count += 1
    let recalled = state.packet.isDestinationMapped ? state.recalled : nil
    let key = Key(end: end, packet: state.shared, recalled: recalled, group: state.group)
    let branch = Branch(
      set: state.set, among: among, share: state.share, shared: state.shared, end: end,
      isOneOfSeveral: state.isOneOfSeveral, recalled: recalled, trail: state.trail, rules: state.rulesAlike,
      group: state.group)
    guard let place = places[key] else {
      places[key] = groups.count
      groups.append([branch])
      return
    }
    groups[place].add(branch)
  }
}
