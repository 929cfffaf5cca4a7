/// Packets that agree in what a walk knows of them, as a set over the rest: origin, interfaces, addresses, ports, and
/// tests that only the moment decides.
///
/// Sets of one space can be combined; equal sets are the same value.
public struct PacketSet {
  let space: PacketSpace
  let root: PacketSpace.Reference

  init(_ space: PacketSpace, _ root: PacketSpace.Reference) {
    self.space = space
    self.root = root
  }

  /// All packets.
  static func all(_ space: PacketSpace) -> PacketSet { PacketSet(space, PacketSpace.all) }

  /// The packets for which all of some facts hold.
  init(_ space: PacketSpace, _ facts: [Fact]) {
    self.init(space, facts.reduce(PacketSpace.all) { space.both($0, space.set($1)) })
  }

  /// Whether no packet is in it.
  public var isEmpty: Bool { root == PacketSpace.none }
  /// Whether all packets are in it.
  public var isAll: Bool { root == PacketSpace.all }
  /// The packets that are not in it.
  public var complement: PacketSet { PacketSet(space, root ^ 1) }

  /// The packets that are in both.
  public func intersection(_ other: PacketSet) -> PacketSet { PacketSet(space, space.both(root, other.root)) }

  /// The packets that are in either.
  public func union(_ other: PacketSet) -> PacketSet { PacketSet(space, space.either(root, other.root)) }

  /// The packets that are not in `other`.
  public func subtracting(_ other: PacketSet) -> PacketSet { PacketSet(space, space.both(root, other.root ^ 1)) }

  /// Whether no packet is in both.
  public func isDisjoint(with other: PacketSet) -> Bool { space.isDisjoint(root, other.root) }

  /// Whether all its packets are in `other`.
  public func isSubset(of other: PacketSet) -> Bool { space.isDisjoint(root, other.root ^ 1) }

  /// How many of all packets are in it, where each bit of what tells packets apart is as often 0 as 1.
  var fraction: Double { space.fraction(root) }

  /// The packets for which a fact holds besides.
  func assuming(_ fact: Fact) -> PacketSet { PacketSet(space, space.both(root, space.set(fact))) }

  /// Whether packets from an address are in it, where it depends on the source's address alone.
  func contains(source address: IPAddress) -> Bool {
    let first = PacketField.source.levels.lowerBound
    if case .v4(let value) = address { return space.contains(root) { value >> (31 - UInt32($0 - first)) & 1 == 1 } }
    let prefix = IPPrefix(address)
    return space.contains(root) { prefix.bit(Int($0 - first)) }
  }

  /// The sets of sources that it tells apart.
  var sources: [PacketSet] {
    let levels = PacketField.source.levels
    var seen: Set<PacketSpace.Reference> = []
    var found: [PacketSet] = []
    var open = [root & ~1]
    while let next = open.popLast() {
      guard space.deepest(next) >= levels.lowerBound, seen.insert(next).inserted else { continue }
      let level = space.level(next)
      if levels.contains(level) {
        found.append(PacketSet(space, next))
      } else {
        let (low, high) = space.halves(next, at: level)
        open += [low & ~1, high & ~1]
      }
    }
    return found
  }

  /// What it is for packets of one source, whatever else it says of the source.
  func given(source: IPAddress) -> PacketSet { given(source, .source) }

  /// What it is for packets to one destination, whatever else it says of the destination.
  func given(destination: IPAddress) -> PacketSet { given(destination, .destination) }

  private func given(_ address: IPAddress, _ field: PacketField) -> PacketSet {
    let first = field.levels.lowerBound
    let prefix = IPPrefix(address)
    let last = first + UInt16(prefix.length) - 1
    return PacketSet(space, space.given(root, first...last) { prefix.bit(Int($0 - first)) })
  }

  /// What it is for packets for which none of some conditions holds.
  func given(without belongs: (Condition) -> Bool) -> PacketSet {
    let levels = space.conditions.indices.filter { belongs(space.conditions[$0]) }.map {
      PacketField.condition($0).levels.lowerBound
    }
    guard let first = levels.min(), let last = levels.max() else { return self }
    return PacketSet(space, space.given(root, first...last) { levels.contains($0) ? false : nil })
  }

  /// The conditions that are no numbers and on which it depends.
  var conditions: [Condition] {
    var seen: Set<PacketSpace.Reference> = []
    var found: Set<Int> = []
    var open = [root & ~1]
    while let next = open.popLast() {
      guard case .condition(let place)? = PacketField(level: space.level(next)), seen.insert(next).inserted else {
        continue
      }
      found.insert(place)
      let (low, high) = space.halves(next, at: space.level(next))
      open += [low & ~1, high & ~1]
    }
    return found.sorted().map { space.conditions[$0] }
  }
}

extension PacketSet {
  /// The first rule that could not be decided and on which it depends.
  var undecidedRule: (rule: RuleReference, what: String)? {
    conditions.lazy.compactMap {
      if case .undecided(let rule, let what) = $0 { (rule, what) } else { nil }
    }.first
  }

  /// Whether it depends, among the packets of `context`, on the source's address.
  func dependsOnSource(within context: PacketSet) -> Bool {
    guard let cubes = cover(within: context) else { return true }
    return cubes.contains { cube in
      cube.contains { values in
        guard case .condition(let place) = values.field else { return values.field == .source }
        return switch space.conditions[place] {
        case .maskedSource, .sourceType: true
        default: false
        }
      }
    }
  }
}

extension PacketSet: Hashable {
  /// Sets of one space are the same if their diagrams are.
  public static func == (left: PacketSet, right: PacketSet) -> Bool {
    left.root == right.root && left.space === right.space
  }

  /// By the diagram.
  public func hash(into hasher: inout Hasher) { hasher.combine(root) }
}

/// What happens to the packets of a set, with a share of them.
protocol Portion {
  var set: PacketSet { get set }
  /// Above 0, at most 1.
  var share: Double { get set }

  /// The one of the two that is told where they become one.
  func told(_ other: Self) -> Self
}

/// A portion that knows the rules that led to it.
protocol Trailed: Portion {
  var trail: Trail? { get }
  /// Whether other rules led here, too.
  var isOneOfSeveral: Bool { get set }
}

extension Trailed {
  /// The way that met fewer rules is the ordinary one: a detour was not taken.
  func told(_ other: Self) -> Self {
    var told = (other.trail?.count ?? 0) < (trail?.count ?? 0) ? other : self
    told.isOneOfSeveral = isOneOfSeveral || other.isOneOfSeveral || trail !== other.trail
    return told
  }
}

extension Array where Element: Portion {
  /// Adds a portion to disjoint ones: where its packets have one already, the shares add up; those of one share become
  /// one.
  mutating func add(_ portion: Element) {
    var rest = portion
    for index in indices where !rest.set.isEmpty {
      let common = self[index].set.intersection(rest.set)
      guard !common.isEmpty else { continue }
      var both = self[index].told(portion)
      both.set = common
      both.share = sum(self[index].share, portion.share)
      rest.set = rest.set.subtracting(common)
      self[index].set = self[index].set.subtracting(common)
      if self[index].set.isEmpty { self[index] = both } else { append(both) }
    }
    if !rest.set.isEmpty { append(rest) }
    if count > 1 { joinShares() }
  }

  private mutating func joinShares() {
    var kept = 1
    for place in 1..<count {
      let share = self[place].share
      if let index = (0..<kept).first(where: { areSame(self[$0].share, share) }) {
        var union = self[index].told(self[place])
        union.set = self[index].set.union(self[place].set)
        self[index] = union
      } else {
        swapAt(kept, place)
        kept += 1
      }
    }
    removeSubrange(kept...)
  }

  /// What remains of the kernel's fractions, which are multiples of 2^-31, differs by rounding.
  private func areSame(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-9 }

  private func sum(_ left: Double, _ right: Double) -> Double { areSame(left + right, 1) ? 1 : left + right }
}

/// Brings portions with the same `key` together, in the order in which the keys came.
func merge<Element: Portion, Key: Hashable>(_ portions: [Element], by key: (Element) -> Key) -> [Element] {
  guard portions.count > 1 else { return portions }
  var places: [Key: Int] = [:]
  places.reserveCapacity(portions.count)
  var groups: [[Element]] = []
  for portion in portions {
    let key = key(portion)
    if let place = places[key] {
      groups[place].add(portion)
    } else {
      places[key] = groups.count
      groups.append([portion])
    }
  }
  return groups.count == portions.count ? portions : groups.flatMap(\.self)
}
