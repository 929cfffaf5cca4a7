/// Where the ways of a walk end. Ways that end alike with the same packet are one: thousands of rules that drop single
/// addresses make one branch.
struct Endings {
  private struct Key: Hashable {
    let end: End
    let packet: SharedPacket
    let recalled: Condition?

    func hash(into hasher: inout Hasher) { packet.hash(into: &hasher) }
  }

  /// The packets that the walk began with.
  private let among: PacketSet
  private var places: [Key: Int] = [:]
  private var groups: [[Branch]] = []
  /// For each group the rule that ended the last of its ways, and how many rules did.
  private var rules: [(last: RuleReference?, count: Int)] = []

  /// How many ways have ended.
  private(set) var count = 0

  init(of among: PacketSet) { self.among = among }

  var branches: [Branch] {
    zip(groups, rules).flatMap { group, rules in
      group.map { branch in
        var branch = branch
        branch.others = max(0, rules.count - 1)
        return branch
      }
    }
  }

  mutating func add(_ state: State, _ end: End) {
    count += 1
    let recalled = state.packet.isDestinationMapped ? state.recalled : nil
    let key = Key(end: end, packet: state.shared, recalled: recalled)
    let branch = Branch(
      set: state.set, among: among, share: state.share, shared: state.shared, end: end,
      isOneOfSeveral: state.isOneOfSeveral, recalled: recalled, trail: state.trail)
    guard let place = places[key] else {
      places[key] = groups.count
      groups.append([branch])
      rules.append((state.lastRule, state.rulesAlike))
      return
    }
    groups[place].add(branch)
    if rules[place].last != state.lastRule { rules[place] = (state.lastRule, rules[place].count + state.rulesAlike) }
  }
}

extension State {
  fileprivate var lastRule: RuleReference? { trail?.rule }
}
