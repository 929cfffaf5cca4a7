/// Sets of packets of one family, as binary decision diagrams over the bits of what a walk does not know of a packet.
///
/// Two equal sets are the same reference, and a set's complement costs nothing (complement edges; Bryant 1986, Brace,
/// Rudell and Bryant 1990). A set of 10,000 addresses takes some 20 nodes for each, and to take one more address out
/// costs a path. Nodes live as long as the space.
final class PacketSpace {
  /// A set: a node's place times two, plus 1 for the complement of what the node stands for.
  typealias Reference = UInt32

  static let all: Reference = 0
  static let none: Reference = 1

  /// More nodes than this are not made; what is asked then is a set that is too large (`isFull`).
  static let mostNodes = 2_000_000
  /// Conditions that are no number: each takes a level, and sets are walked to their depth.
  static let mostConditions = 4096

  /// A decision on one bit: packets that have it at 0 go by `low`, those that have it at 1 by `high`, which is never a
  /// complement: so that each set has one form.
  private struct Node {
    let level: UInt16
    /// The deepest level that is decided on below.
    let deepest: UInt16
    let low: Reference
    let high: Reference
  }

  let family: IPFamily
  /// The packets whose source (or destination) is one of the node's own addresses.
  private(set) var localSource = PacketSpace.none
  private(set) var localDestination = PacketSpace.none
  let localAddresses: [IPPrefix]

  private var nodes = [Node(level: .max, deepest: 0, low: 0, high: 0)]
  /// Places of nodes by their hash; 0 is free.
  private var table = [UInt32](repeating: 0, count: 1 << 12)
  private struct Conjunction {
    var left: Reference = 0
    var right: Reference = 0
    var result: Reference = 0
  }
  private var known = [Conjunction](repeating: Conjunction(), count: 1 << 14)
  private var sets: [Condition: Reference] = [:]
  /// The interface patterns that rules asked for, by field.
  private(set) var interfaces: [PacketField: InterfacePatterns] = [:]
  /// What decides and is no number, in the order in which it was first asked.
  private(set) var conditions: [Condition] = []
  /// Whether a set was asked for that is larger than may be.
  private(set) var isFull = false
  /// The prefixes that rules asked for and the node's own addresses, by field, and how they are nested.
  private var asked: [PacketField: Set<IPPrefix>] = [:]
  private var trees: [PacketField: PatternTree<IPPrefix>] = [:]
  /// Words for values of a field, which the same set is asked for again and again.
  var words: [PacketSet.Values: [String]] = [:]

  init(family: IPFamily, localAddresses: [IPPrefix]) {
    self.family = family
    self.localAddresses = localAddresses.filter { $0.family == family }
    localSource = prefixes(self.localAddresses, .source)
    localDestination = prefixes(self.localAddresses, .destination)
  }

  /// Whether it holds so much that a walk of other packets had better begin with a new one.
  var isLarge: Bool { isFull || nodes.count > Self.mostNodes / 2 || conditions.count > Self.mostConditions / 2 }

  // MARK: - Nodes

  func level(_ set: Reference) -> UInt16 { nodes[Int(set >> 1)].level }

  /// The deepest level that a set depends on; 0 for all and none.
  func deepest(_ set: Reference) -> UInt16 { nodes[Int(set >> 1)].deepest }

  /// What is left of a set for packets that have a bit at 0, and at 1.
  func halves(_ set: Reference, at level: UInt16) -> (low: Reference, high: Reference) {
    let node = nodes[Int(set >> 1)]
    guard node.level == level else { return (set, set) }
    return (node.low ^ set & 1, node.high ^ set & 1)
  }

  /// The set that is `low` where a bit is 0, and `high` where it is 1.
  func node(_ level: UInt16, _ low: Reference, _ high: Reference) -> Reference {
    if low == high { return low }
    let flip = high & 1
    return find(level, low ^ flip, high ^ flip) ^ flip
  }

  private func find(_ level: UInt16, _ low: Reference, _ high: Reference) -> Reference {
    var place = Int(truncatingIfNeeded: Self.mixed(low, high, UInt32(level))) & (table.count - 1)
    while table[place] != 0 {
      let node = nodes[Int(table[place])]
      if node.low == low, node.high == high, node.level == level { return table[place] << 1 }
      place = (place + 1) & (table.count - 1)
    }
    guard nodes.count < Self.mostNodes else {
      isFull = true
      return Self.all
    }
    let deepest = max(level, nodes[Int(low >> 1)].deepest, nodes[Int(high >> 1)].deepest)
    nodes.append(Node(level: level, deepest: deepest, low: low, high: high))
    table[place] = UInt32(nodes.count - 1)
    if nodes.count * 2 > table.count { grow() }
    return UInt32(nodes.count - 1) << 1
  }

  private func grow() {
    table = [UInt32](repeating: 0, count: table.count * 2)
    for index in 1..<nodes.count {
      let node = nodes[index]
      var place = Int(truncatingIfNeeded: Self.mixed(node.low, node.high, UInt32(node.level))) & (table.count - 1)
      while table[place] != 0 { place = (place + 1) & (table.count - 1) }
      table[place] = UInt32(index)
    }
    let size = min(table.count, 1 << 18)
    if known.count < size { known = [Conjunction](repeating: Conjunction(), count: size) }
  }

  private static func mixed(_ first: UInt32, _ second: UInt32, _ third: UInt32) -> UInt64 {
    var mixed = (UInt64(first) << 32 | UInt64(second)) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(third)
    mixed = (mixed ^ mixed >> 32) &* 0xd6e8_feb8_6659_fd93
    return mixed ^ mixed >> 29
  }

  // MARK: - Algebra

  /// What two sets have in common.
  func both(_ left: Reference, _ right: Reference) -> Reference {
    if left == right || right == Self.all { return left }
    if left == Self.all { return right }
    if left == Self.none || right == Self.none || left ^ right == 1 { return Self.none }
    let (first, second) = left < right ? (left, right) : (right, left)
    let place = Int(truncatingIfNeeded: Self.mixed(first, second, 0)) & (known.count - 1)
    let entry = known[place]
    if entry.left == first, entry.right == second { return entry.result }
    let level = min(level(first), level(second))
    let (a, b) = (halves(first, at: level), halves(second, at: level))
    let result = node(level, both(a.low, b.low), both(a.high, b.high))
    // The table may have grown meanwhile.
    known[Int(truncatingIfNeeded: Self.mixed(first, second, 0)) & (known.count - 1)] = Conjunction(
      left: first, right: second, result: result)
    return result
  }

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

  /// What a set is for packets whose bits at some levels are given.
  func given(_ set: Reference, _ bits: [UInt16: Bool]) -> Reference {
    guard let first = bits.keys.min(), let last = bits.keys.max() else { return set }
    var done: [Reference: Reference] = [:]
    func visit(_ set: Reference) -> Reference {
      let level = self.level(set)
      if level > last || deepest(set) < first { return set }
      if let known = done[set] { return known }
      let (low, high) = halves(set, at: level)
      let result =
        switch bits[level] {
        case true?: visit(high)
        case false?: visit(low)
        case nil: node(level, visit(low), visit(high))
        }
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
      case .sourcePort(let range): ports(range, .sourcePort)
      case .destinationPort(let range): ports(range, .destinationPort)
      default: other(condition)
      }
    sets[condition] = made
    return made
  }

  func set(_ fact: Fact) -> Reference { fact.holds ? set(fact.condition) : set(fact.condition) ^ 1 }

  private func other(_ condition: Condition) -> Reference {
    guard conditions.count < Self.mostConditions else {
      isFull = true
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
    prefixes.reduce(Self.none) { either($0, prefix($1, field)) }
  }

  private func interface(_ name: String, _ wildcard: Bool, _ field: PacketField) -> Reference {
    if wildcard, name.isEmpty { return Self.all }
    var patterns = interfaces[field] ?? InterfacePatterns()
    let pattern = InterfacePattern(name: name, wildcard: wildcard)
    guard patterns.list.count < field.levels.count else {
      isFull = true
      return Self.all
    }
    let level = field.levels.upperBound - 1 - UInt16(patterns.list.count)
    let set = patterns.add(pattern, node(level, Self.none, Self.all), self)
    interfaces[field] = patterns
    return set
  }

  private func ports(_ range: ClosedRange<UInt16>, _ field: PacketField) -> Reference {
    let width = UInt16(field.levels.count)
    /// The ports from `bound` on, or up to it, by the bits from `offset` on.
    func from(_ bound: UInt16, up: Bool, _ offset: UInt16) -> Reference {
      guard offset < width else { return Self.all }
      let level = field.levels.lowerBound + offset
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
    (.outInterfaceAnew, mostInterfaces), (.outInterface, mostInterfaces), (.inInterface, mostInterfaces),
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
  /// The bits that it fixes, first to last.
  var bits: [Bool] {
    let bytes = address.bytes
    return (0..<length).map { bytes[$0 >> 3] >> (7 - UInt8($0 & 7)) & 1 == 1 }
  }
}
