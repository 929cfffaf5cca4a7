/// Sets as binary decision diagrams. Two equal sets are the same reference, and a complement costs nothing (Bryant 1986; with
/// complement edges, Brace, Rudell and Bryant 1990).
struct Diagrams {
  /// A set: a node's place times two, plus 1 for the complement of what the node stands for.
  typealias Reference = UInt32

  static let all: Reference = 0
  static let none: Reference = 1

  /// A decision on one bit: what has it at 0 goes by `low`, what has it at 1 by `high`, which is never a complement: so that
  /// each set has one form.
  private struct Node {
    let level: UInt16
    /// The deepest level that is decided on below.
    let deepest: UInt16
    let low: Reference
    let high: Reference
  }

  /// What was found to be common to two sets.
  private struct Conjunction {
    var left: Reference = 0
    var right: Reference = 0
    var result: Reference = 0
  }

  private let mostNodes: Int
  private var nodes = [Node(level: .max, deepest: 0, low: 0, high: 0)]
  /// Places of nodes by their hash; 0 is free.
  private var table = [UInt32](repeating: 0, count: 1 << 12)
  private var known = [Conjunction](repeating: Conjunction(), count: 1 << 14)
  /// Whether a node was wanted beyond the most that may be: sets that were made since are wrong.
  private(set) var isFull = false

  init(mostNodes: Int) { self.mostNodes = mostNodes }

  var count: Int { nodes.count }

  func level(_ set: Reference) -> UInt16 { nodes[Int(set >> 1)].level }

  /// The deepest level that a set depends on; 0 for all and none.
  func deepest(_ set: Reference) -> UInt16 { nodes[Int(set >> 1)].deepest }

  /// What is left of a set for those that have a bit at 0, and at 1.
  func halves(_ set: Reference, at level: UInt16) -> (low: Reference, high: Reference) {
    let node = nodes[Int(set >> 1)]
    guard node.level == level else { return (set, set) }
    return (node.low ^ set & 1, node.high ^ set & 1)
  }

  /// The set that is `low` where a bit is 0, and `high` where it is 1.
  mutating func node(_ level: UInt16, _ low: Reference, _ high: Reference) -> Reference {
    if low == high { return low }
    let flip = high & 1
    return find(level, low ^ flip, high ^ flip) ^ flip
  }

  private mutating func find(_ level: UInt16, _ low: Reference, _ high: Reference) -> Reference {
    var place = Int(truncatingIfNeeded: Self.mixed(low, high, UInt32(level))) & (table.count - 1)
    while table[place] != 0 {
      let node = nodes[Int(table[place])]
      if node.low == low, node.high == high, node.level == level { return table[place] << 1 }
      place = (place + 1) & (table.count - 1)
    }
    guard nodes.count < mostNodes else {
      isFull = true
      return Self.all
    }
    let deepest = max(level, nodes[Int(low >> 1)].deepest, nodes[Int(high >> 1)].deepest)
    nodes.append(Node(level: level, deepest: deepest, low: low, high: high))
    table[place] = UInt32(nodes.count - 1)
    if nodes.count * 2 > table.count { grow() }
    return UInt32(nodes.count - 1) << 1
  }

  private mutating func grow() {
    table = [UInt32](repeating: 0, count: table.count * 2)
    for index in 1..<nodes.count {
      let node = nodes[index]
      var place = Int(truncatingIfNeeded: Self.mixed(node.low, node.high, UInt32(node.level))) & (table.count - 1)
      while table[place] != 0 { place = (place + 1) & (table.count - 1) }
      table[place] = UInt32(index)
    }
    let size = min(table.count * 4, 1 << 20)
    if known.count < size { known = [Conjunction](repeating: Conjunction(), count: size) }
  }

  private static func mixed(_ first: UInt32, _ second: UInt32, _ third: UInt32) -> UInt64 {
    var mixed = (UInt64(first) << 32 | UInt64(second)) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(third)
    mixed = (mixed ^ mixed >> 32) &* 0xd6e8_feb8_6659_fd93
    return mixed ^ mixed >> 29
  }

  /// What two sets have in common.
  mutating func both(_ left: Reference, _ right: Reference) -> Reference {
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
}
