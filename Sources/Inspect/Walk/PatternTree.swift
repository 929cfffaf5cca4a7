/// Patterns of which two are nested or apart, as prefixes of addresses and of names are, and all around them.
///
/// Sets that are made of such patterns can be said by some of them: what matches no inner pattern fares alike.
struct PatternTree<Pattern> {
  struct Place {
    /// nil for the place around all others.
    let pattern: Pattern?
    fileprivate(set) var inner: [Int] = []
  }

  /// Whether what matches a pattern and none inside is in a set; nil if that does not matter.
  typealias Label = Bool?

  /// Outer places stand before inner ones.
  private(set) var places = [Place(pattern: nil)]

  /// - Parameter sorted: each pattern behind those that contain it, and what a pattern contains right behind it.
  init(_ sorted: [Pattern], contains: (Pattern, Pattern) -> Bool) {
    var open = [0]
    for pattern in sorted {
      while let outer = places[open[open.count - 1]].pattern, !contains(outer, pattern) { open.removeLast() }
      places[open[open.count - 1]].inner.append(places.count)
      open.append(places.count)
      places.append(Place(pattern: pattern))
    }
  }

  /// The fewest patterns that say what is in a set: of those that match something the innermost tells whether it is. The
  /// first word is for what is around, and has no pattern.
  func fewest(_ label: (Int) -> Label) -> [SignedPattern<Pattern>] {
    // How many patterns it takes inside a place of which it was said that it is out, or in.
    var costs = [(out: Int, isIn: Int)](repeating: (0, 0), count: places.count)
    func told(_ index: Int, _ isIn: Bool) -> Int {
      let (same, other) = isIn ? (costs[index].isIn, costs[index].out) : (costs[index].out, costs[index].isIn)
      return min(same, other + 1)
    }
    let impossible = 1 << 30
    for index in places.indices.reversed() {
      let label = label(index)
      let inner = places[index].inner
      func cost(_ isIn: Bool) -> Int {
        label == !isIn ? impossible : inner.reduce(0) { min($0 + told($1, isIn), impossible) }
      }
      costs[index] = (cost(false), cost(true))
    }
    let isIn = costs[0].isIn < costs[0].out
    var words = [SignedPattern<Pattern>(pattern: nil, isIn: isIn, depth: 0)]
    func visit(_ index: Int, _ isAround: Bool, _ depth: Int) {
      for inner in places[index].inner {
        let (same, other) = isAround ? (costs[inner].isIn, costs[inner].out) : (costs[inner].out, costs[inner].isIn)
        // Of an outer and an inner pattern that say the same the outer one.
        let isOther = same > 0 && same >= other + 1
        if isOther { words.append(SignedPattern(pattern: places[inner].pattern, isIn: !isAround, depth: depth)) }
        visit(inner, isOther != isAround, isOther ? depth + 1 : depth)
      }
    }
    visit(0, isIn, 0)
    return words
  }
}

/// What matches a pattern is in a set or is not, but for what the words that follow with a greater depth say.
struct SignedPattern<Pattern> {
  /// nil: all.
  let pattern: Pattern?
  let isIn: Bool
  /// How many words with patterns it is an exception of.
  let depth: Int
}
