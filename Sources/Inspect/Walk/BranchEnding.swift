/// How some of a branch's packets came to its end.
struct BranchEnding {
  var set: PacketSet
  let trail: Trail?
  /// How many rules it stands for.
  var rules: Int
  /// The rule that was added last.
  private var last: RuleReference?

  init(set: PacketSet, trail: Trail?, rules: Int) {
    self.set = set
    self.trail = trail
    self.rules = rules
    last = trail?.rule
  }

  /// Whether the same rule ends both.
  func isSameRule(as other: BranchEnding) -> Bool { trail?.rule == other.trail?.rule }

  mutating func add(_ other: BranchEnding) {
    set = set.union(other.set)
    if last != other.last { rules += other.rules }
    last = other.last
  }
}

/// The ways of packets that end alike: those of most packets each by itself, so that it can be told which rule ends whose.
struct BranchEndings {
  /// What more rules end is told by one of them, and comes last.
  private static let most = 16

  private(set) var all: [BranchEnding]

  init(_ ending: BranchEnding) { all = [ending] }

  /// The same rules that end other packets.
  func mapSets(_ change: (PacketSet) -> PacketSet) -> BranchEndings {
    var endings = self
    for place in all.indices { endings.all[place].set = change(all[place].set) }
    return endings
  }

  mutating func add(_ other: BranchEndings) {
    for ending in other.all {
      if let place = all.firstIndex(where: { $0.isSameRule(as: ending) }) {
        // Of two ways to one rule the shorter is the ordinary one.
        let isShorter = (ending.trail?.count ?? 0) < (all[place].trail?.count ?? 0)
        var both = isShorter ? ending : all[place]
        both.add(isShorter ? all[place] : ending)
        all[place] = both
      } else if all.count < Self.most {
        all.append(ending)
      } else {
        addToFull(ending)
      }
    }
  }

  /// Thousands of rules may each end the packets of one address, and one all others.
  private mutating func addToFull(_ ending: BranchEnding) {
    let last = all.count - 1
    guard let least = all[..<last].indices.min(by: { all[$0].set.fraction < all[$1].set.fraction }),
      all[least].set.fraction < ending.set.fraction
    else { return all[last].add(ending) }
    let rest = all.remove(at: least)
    all[last - 1].add(rest)
    all.insert(ending, at: last - 1)
  }
}
