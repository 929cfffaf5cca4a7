/// An interface, or all whose names begin alike.
struct InterfacePattern: Hashable {
  let name: String
  let wildcard: Bool

  func contains(_ other: InterfacePattern) -> Bool { wildcard ? other.name.hasPrefix(name) : self == other }

  /// `eth0`, `cali+`
  var text: String { name.isEmpty ? "no interface" : name + (wildcard ? "+" : "") }
}

/// The interface patterns that rules ask for in one field, and the sets of packets that match them.
///
/// Each takes a level, and a set that is made later respects those made before: every choice of bits is an interface that
/// there may be.
struct InterfacePatterns {
  typealias Reference = PacketSpace.Reference

  private(set) var list: [(pattern: InterfacePattern, set: Reference)] = []
  /// The packets that match no pattern without a wildcard.
  private var unnamed = PacketSpace.all

  /// Adds a pattern that was not asked for before. `bit` tells it from all others that are not known yet.
  mutating func add(_ pattern: InterfacePattern, _ bit: Reference, _ space: PacketSpace) -> Reference {
    var set = space.both(bit, unnamed)
    for (other, known) in list where other.wildcard && !pattern.contains(other) {
      set = space.both(set, other.contains(pattern) ? known : known ^ 1)
    }
    for (other, known) in list where pattern.contains(other) { set = space.either(set, known) }
    list.append((pattern, set))
    if !pattern.wildcard { unnamed = space.both(unnamed, bit ^ 1) }
    return set
  }

  var tree: PatternTree<InterfacePattern> {
    let sorted = list.map(\.pattern).sorted {
      $0.name == $1.name ? $0.wildcard && !$1.wildcard : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    return PatternTree(sorted) { $0.contains($1) }
  }
}
