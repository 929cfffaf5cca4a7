extension PacketSet {
  /// Some values of a field: a set that depends on nothing else.
  struct Values: Hashable {
    let field: PacketField
    let set: PacketSpace.Reference
  }

  /// Values of some fields that must come together.
  typealias Cube = [Values]

  /// More alternatives than this nobody reads.
  static let mostCubes = 16

  /// The fewest alternatives that hold for the packets of this set and for none else of `context`; what they say of
  /// packets outside `context` does not matter. nil if there are too many.
  ///
  /// An irredundant cover (Minato 1992; Morreale 1970), of fields with many values in place of bits.
  func cover(within context: PacketSet) -> [Cube]? {
    var covering = Covering(space: space)
    let meant = space.both(root, context.root)
    let cubes = covering.cover(meant, space.either(root, context.root ^ 1)).cubes
    return covering.isTooLong || space.isFull ? nil : cubes
  }
}

private struct Covering {
  typealias Reference = PacketSpace.Reference
  typealias Cover = (cubes: [PacketSet.Cube], set: Reference)

  /// Values of a field, and what is left of both bounds for them.
  private struct Part {
    var values: Reference
    var meant: Reference
    let allowed: Reference
  }

  private struct Pair: Hashable {
    let meant: Reference
    let allowed: Reference
  }

  let space: PacketSpace
  private(set) var isTooLong = false
  private var count = 0

  init(space: PacketSpace) { self.space = space }

  private mutating func countOne() {
    count += 1
    isTooLong = count > PacketSet.mostCubes
  }

  /// Alternatives that cover all of `meant` and nothing beyond `allowed`, and what they cover.
  mutating func cover(_ meant: Reference, _ allowed: Reference) -> Cover {
    if meant == PacketSpace.none || isTooLong { return ([], PacketSpace.none) }
    if allowed == PacketSpace.all {
      countOne()
      return ([[]], PacketSpace.all)
    }
    guard let field = PacketField(level: min(space.level(meant), space.level(allowed))) else { return ([], meant) }
    if max(space.deepest(meant), space.deepest(allowed)) < field.levels.upperBound {
      let values = space.simplest(field, from: meant, to: allowed)
      countOne()
      return ([[PacketSet.Values(field: field, set: values)]], values)
    }
    var parts = self.parts(meant, allowed, field)
    let common = parts.reduce(PacketSpace.all) { space.both($0, $1.allowed) }
    var cover: Cover = ([], PacketSpace.none)
    for index in parts.indices {
      // What cannot be said without the field's values.
      let open = space.both(parts[index].meant, common ^ 1)
      guard open != PacketSpace.none else { continue }
      let inner = self.cover(open, parts[index].allowed)
      let (values, set) = spread(inner.set, over: &parts, field)
      cover.cubes += inner.cubes.map { (values.set == PacketSpace.all ? [] : [values]) + $0 }
      cover.set = space.either(cover.set, set)
    }
    let rest = parts.reduce(PacketSpace.none) { space.either($0, $1.meant) }
    let inner = self.cover(rest, common)
    return (cover.cubes + inner.cubes, space.either(cover.set, inner.set))
  }

  /// The values for which `set` may be said; what it says of them is no longer meant.
  private func spread(
    _ set: Reference, over parts: inout [Part], _ field: PacketField
  ) -> (PacketSet.Values, Reference) {
    var meant = PacketSpace.none
    var allowed = PacketSpace.none
    for index in parts.indices where space.isDisjoint(set, parts[index].allowed ^ 1) {
      allowed = space.either(allowed, parts[index].values)
      guard !space.isDisjoint(set, parts[index].meant) else { continue }
      meant = space.either(meant, parts[index].values)
      parts[index].meant = space.both(parts[index].meant, set ^ 1)
    }
    let values = space.simplest(field, from: meant, to: allowed)
    return (PacketSet.Values(field: field, set: values), space.both(values, set))
  }

  /// The values of a field, by what they leave of both bounds.
  private func parts(_ meant: Reference, _ allowed: Reference, _ field: PacketField) -> [Part] {
    let levels = field.levels
    var done: [Pair: [Pair: Reference]] = [:]
    func visit(_ pair: Pair) -> [Pair: Reference] {
      let level = min(space.level(pair.meant), space.level(pair.allowed))
      guard levels.contains(level) else { return [pair: PacketSpace.all] }
      if let known = done[pair] { return known }
      let (meant, allowed) = (space.halves(pair.meant, at: level), space.halves(pair.allowed, at: level))
      let low = visit(Pair(meant: meant.low, allowed: allowed.low))
      let high = visit(Pair(meant: meant.high, allowed: allowed.high))
      // In one order, whatever the dictionaries' is: sets are numbered as they are made.
      let pairs = Set(low.keys).union(high.keys).sorted { ($0.meant, $0.allowed) < ($1.meant, $1.allowed) }
      var result: [Pair: Reference] = [:]
      for pair in pairs {
        result[pair] = space.node(level, low[pair] ?? PacketSpace.none, high[pair] ?? PacketSpace.none)
      }
      done[pair] = result
      return result
    }
    return visit(Pair(meant: meant, allowed: allowed)).sorted { $0.value < $1.value }.map {
      Part(values: $0.value, meant: $0.key.meant, allowed: $0.key.allowed)
    }
  }
}
