/// Sets of packets of one family, as decision diagrams over the bits of what a walk does not know of a packet.
///
/// A set of 10,000 addresses takes some 20 nodes for each, and to take one more address out costs a path. Nodes live as
/// long as the space.
final class PacketSpace {
  typealias Reference = Diagrams.Reference

  static let all = Diagrams.all
  static let none = Diagrams.none

  /// More nodes than this are not made; what is asked then is a set that is too large (`isFull`).
  static let mostNodes = 2_000_000
  /// Conditions that are no number: each takes a level, and sets are walked to their depth.
  static let mostConditions = 4096

  let family: IPFamily
  /// The packets whose source (or destination) is one of the node's own addresses.
  private(set) var localSource = PacketSpace.none
  private(set) var localDestination = PacketSpace.none
  let localAddresses: [IPPrefix]

  private var diagrams = Diagrams(mostNodes: PacketSpace.mostNodes)
  private var sets: [Condition: Reference] = [:]
  /// The interface patterns that rules asked for, by field.
  private(set) var interfaces: [PacketField: InterfacePatterns] = [:]
  /// What decides and is no number, in the order in which it was first asked.
  private(set) var conditions: [Condition] = []
  private var hasTooManyLevels = false
  /// The prefixes that rules asked for and the node's own addresses, by field, and how they are nested.
  private var asked: [PacketField: Set<IPPrefix>] = [:]
  private var trees: [PacketField: PatternTree<IPPrefix>] = [:]
  /// Sets of the sources of rules that follow each other, by the first rule's place.
  private var unions: [RuleReference: (count: Int, set: Reference)] = [:]
  /// The packets that arrive, where routes tell by which interface; said of them by class (`PacketField.arrival`).
  var arrivals: ArrivingPackets?
  /// The same by interface and source alone, and how many patterns told interfaces apart then.
  var byRoute: (patterns: Int, packets: ArrivingPackets)?
  /// What is known of `fraction`.
  private var fractions: [Reference: Double] = [:]
  /// Words for values of a field, which the same set is asked for again and again.
  var words: [PacketSet.Values: [String]] = [:]
  /// What was said of sets among others: frontends that are told alike have the same.
  var told: [PacketSet.Told: PacketCondition] = [:]

  init(family: IPFamily, localAddresses: [IPPrefix]) {
    self.family = family
    self.localAddresses = localAddresses.filter { $0.family == family }
    localSource = prefixes(self.localAddresses, .source)
    localDestination = prefixes(self.localAddresses, .destination)
  }

  /// Whether a set was asked for that is larger than may be: what is said of sets since is wrong.
  var isFull: Bool { hasTooManyLevels || diagrams.isFull }

  /// Whether it holds so much that a walk of other packets had better begin with a new one.
  var isLarge: Bool { isFull || diagrams.count > Self.mostNodes / 2 || conditions.count > Self.mostConditions / 2 }

  // MARK: - Algebra

  func level(_ set: Reference) -> UInt16 { diagrams.level(set) }

  /// The deepest level that a set depends on; 0 for all and none.
  func deepest(_ set: Reference) -> UInt16 { diagrams.deepest(set) }

  /// What is left of a set for packets that have a bit at 0, and at 1.
  func halves(_ set: Reference, at level: UInt16) -> (low: Reference, high: Reference) {
    diagrams.halves(set, at: level)
  }

  /// The set that is `low` where a bit is 0, and `high` where it is 1.
  func node(_ level: UInt16, _ low: Reference, _ high: Reference) -> Reference { diagrams.node(level, low, high) }

  /// What two sets have in common.
  func both(_ left: Reference, _ right: Reference) -> Reference { diagrams.both(left, right) }

  func either(_ left: Reference, _ right: Reference) -> Reference { both(left ^ 1, right ^ 1) ^ 1 }

  func isDisjoint(_ left: Reference, _ right: Reference) -> Bool { both(left, right) == Self.none }

  /// Whether a packet is in a set, by its bits.
  func contains(_ set: Reference, _ bit: (UInt16) -> Bool) -> Bool {
    var rest = set
    while rest > Self.none {
      let level = level(rest)
      let (low, high) = halves(rest, at: level)
      rest = bit(level) ? high : low
    }
    return rest == Self.all
  }

  /// That a packet passes a test is the exception: it is in a blocklist, or comes faster than some rate.
  private static let passingTest = 1.0 / 1024

  /// How much of all bits' values a set is, from 0 to 1.
  func fraction(_ set: Reference) -> Double {
    // Not by the complement: what is left of 1 is not exact.
    if set <= Self.none { return set == Self.all ? 1 : 0 }
    if let known = fractions[set] { return known }
    let level = level(set)
    let (low, high) = halves(set, at: level)
    let weight = if case .condition? = PacketField(level: level) { Self.passingTest } else { 0.5 }
    let result = fraction(low) * (1 - weight) + fraction(high) * weight
    fractions[set] = result
    return result
  }

  /// What a set is for packets whose bits at some of `levels` are given; `bit` is nil for one that is not.
  func given(_ set: Reference, _ levels: ClosedRange<UInt16>, _ bit: (UInt16) -> Bool?) -> Reference {
    var done: [Reference: Reference] = [:]
    // An address's bits are few: to go by them again takes less than to keep where they lead.
    let keepsGiven = levels.count > 128
    func visit(_ set: Reference) -> Reference {
      let level = self.level(set)
      if level > levels.upperBound || deepest(set) < levels.lowerBound { return set }
      let (low, high) = halves(set, at: level)
      let given = levels.contains(level) ? bit(level) : nil
      if let given, !keepsGiven { return visit(given ? high : low) }
      if let known = done[set] { return known }
      let result = given.map { visit($0 ? high : low) } ?? node(level, visit(low), visit(high))
      done[set] = result
      return result
    }
    return visit(set)
  }

  // MARK: - Conditions

  /// The packets for which a condition holds.
  func set(_ condition: Condition) -> Reference {
    switch condition {
    case .all(let facts): return facts.reduce(Self.all) { both($0, set($1)) }
    case .localOutput: return bits([true], .localOutput)
    case .sourceType(.local): return localSource
    case .destinationType(.local): return localDestination
    default: break
    }
    if let known = sets[condition] { return known }
    let made =
      switch condition {
      case .source(let prefix): self.prefix(prefix, .source)
      case .destination(let prefix): self.prefix(prefix, .destination)
      case .inInterface(let name, let wildcard): interface(name, wildcard, .inInterface)
      case .outInterface(let name, let wildcard): interface(name, wildcard, .outInterface)
      case .outInterfaceAnew(let name, let wildcard): interface(name, wildcard, .outInterfaceAnew)
      case .sourcePort(let range): numbers(range, at: PacketField.sourcePort.levels)
      case .destinationPort(let range): numbers(range, at: PacketField.destinationPort.levels)
      default: other(condition)
      }
    sets[condition] = made
    return made
  }

  func set(_ fact: Fact) -> Reference { fact.holds ? set(fact.condition) : set(fact.condition) ^ 1 }

  private func other(_ condition: Condition) -> Reference {
    guard conditions.count < Self.mostConditions else {
      hasTooManyLevels = true
      return Self.all
    }
    conditions.append(condition)
    return bits([true], .condition(conditions.count - 1))
  }

  /// The packets whose first bits of a field are these.
  private func bits(_ bits: [Bool], _ field: PacketField) -> Reference {
    var set = Self.all
    for (offset, bit) in bits.enumerated().reversed() {
      let level = field.levels.lowerBound + UInt16(offset)
      set = bit ? node(level, Self.none, set) : node(level, set, Self.none)
    }
    return set
  }

  private func prefix(_ prefix: IPPrefix, _ field: PacketField) -> Reference {
    guard prefix.family == family else { return Self.none }
    asked[field, default: []].insert(prefix)
    trees[field] = nil
    return bits(prefix.bits, field)
  }

  /// The prefixes of a field by which its sets can be said.
  func prefixTree(_ field: PacketField) -> PatternTree<IPPrefix> {
    if let known = trees[field] { return known }
    let made = PatternTree((asked[field] ?? []).filter { $0.length > 0 }.sorted()) { $0.contains($1) }
    trees[field] = made
    return made
  }

  private func prefixes(_ prefixes: [IPPrefix], _ field: PacketField) -> Reference {
    let own = prefixes.filter { $0.family == family }
    asked[field, default: []].formUnion(own)
    trees[field] = nil
    /// What of `sorted` agrees in the bits before `offset`.
    func union(_ sorted: ArraySlice<IPPrefix>, _ offset: Int) -> Reference {
      guard let first = sorted.first else { return Self.none }
      // One that contains others comes before them.
      if first.length <= offset { return Self.all }
      let middle = sorted.partitionPoint { $0.bit(offset) }
      return node(
        field.levels.lowerBound + UInt16(offset), union(sorted[..<middle], offset + 1),
        union(sorted[middle...], offset + 1))
    }
    return union(own.sorted()[...], 0)
  }

  /// The packets from any of some sources, which the rules from `place` on ask for.
  func union(of sources: [IPPrefix], at place: RuleReference) -> Reference {
    if let known = unions[place], known.count == sources.count { return known.set }
    let made = prefixes(sources, .source)
    unions[place] = (sources.count, made)
    return made
  }

  private func interface(_ name: String, _ wildcard: Bool, _ field: PacketField) -> Reference {
    if wildcard, name.isEmpty { return Self.all }
    var patterns = interfaces[field] ?? InterfacePatterns()
    guard patterns.list.count < field.levels.count else {
      hasTooManyLevels = true
      return Self.all
    }
    let level = field.levels.upperBound - 1 - UInt16(patterns.list.count)
    let pattern = InterfacePattern(name: name, wildcard: wildcard)
    let set = patterns.add(pattern, node(level, Self.none, Self.all), self)
    interfaces[field] = patterns
    return set
  }

  /// The packets that have a number in a range, by the bits at some levels.
  private func numbers(_ range: ClosedRange<UInt16>, at levels: Range<UInt16>) -> Reference {
    let width = UInt16(levels.count)
    /// The numbers from `bound` on, or up to it, by the bits from `offset` on.
    func from(_ bound: UInt16, up: Bool, _ offset: UInt16) -> Reference {
      guard offset < width else { return Self.all }
      let level = levels.lowerBound + offset
      let rest = from(bound, up: up, offset + 1)
      let isSet = bound >> (width - 1 - offset) & 1 == 1
      return up
        ? (isSet ? node(level, Self.none, rest) : node(level, rest, Self.all))
        : (isSet ? node(level, Self.all, rest) : node(level, rest, Self.none))
    }
    return both(from(range.lowerBound, up: true, 0), from(range.upperBound, up: false, 0))
  }
}

/// What a walk may not know of a packet.
///
/// Fields come in an order in a set's diagram, and to say more of one takes the part above it apart. So what rules ask
/// first is at the bottom: sources, in front of everything, then interfaces that packets come by, then those that they
/// leave by. Addresses and ports are told apart by their bits, and interfaces by which of the patterns that rules ask for
/// they match.
enum PacketField: Hashable {
  /// By which class of interfaces a packet comes (`ArrivingPackets`): no field of its own, but said in place of several.
  case arrival
  /// What is no number, by its place among the space's conditions. The later it was asked, the nearer to the top.
  case condition(Int)
  case localOutput
  case destination
  case destinationPort
  case inInterface
  case outInterface
  /// Where a packet that was redirected in OUTPUT leaves, since it was routed anew.
  case outInterfaceAnew
  case sourcePort
  case source

  private static let first = UInt16(PacketSpace.mostConditions)
  private static let mostInterfaces: UInt16 = 2048

  private static let lengths: [(field: PacketField, levels: UInt16)] = [
    (.outInterfaceAnew, mostInterfaces), (.outInterface, mostInterfaces),
    (.inInterface, mostInterfaces),
    (.destination, 128), (.destinationPort, 16), (.sourcePort, 16), (.localOutput, 1), (.source, 128),
  ]

  private static let all: [(field: PacketField, levels: Range<UInt16>)] = {
    var next = first
    return lengths.map { field, count in
      defer { next += count }
      return (field, next..<next + count)
    }
  }()

  /// The levels of its bits, or of the interface patterns that there may be.
  var levels: Range<UInt16> {
    if case .condition(let place) = self {
      let level = Self.first - 1 - UInt16(place)
      return level..<level + 1
    }
    return Self.all.first { $0.field == self }?.levels ?? 0..<0
  }

  /// The field that a level is of; nil below all levels.
  init?(level: UInt16) {
    if level < Self.first {
      self = .condition(Int(Self.first - 1 - level))
    } else if let found = Self.all.first(where: { $0.levels.contains(level) }) {
      self = found.field
    } else {
      return nil
    }
  }
}

extension IPPrefix {
  /// A bit of the address, from 0 for the first.
  func bit(_ offset: Int) -> Bool {
    switch address {
    case .v4(let value): value >> (31 - UInt32(offset)) & 1 == 1
    case .v6(let high, let low):
      offset < 64 ? high >> (63 - UInt64(offset)) & 1 == 1 : low >> (127 - UInt64(offset)) & 1 == 1
    }
  }

  /// The bits that it fixes, first to last.
  var bits: [Bool] {
    let bytes = address.bytes
    return (0..<length).map { bytes[$0 >> 3] >> (7 - UInt8($0 & 7)) & 1 == 1 }
  }
}

extension ArraySlice {
  /// The first index from which on `belongs` holds, where it does not hold before.
  fileprivate func partitionPoint(_ belongs: (Element) -> Bool) -> Index {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
