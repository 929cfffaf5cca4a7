import TestSupport
import Testing

@testable import Inspect

@Suite("Nested patterns")
struct PatternTests {
  /// What words say of a place: the innermost that speaks of it or of one around it counts.
  private func isIn(_ index: Int, _ words: [SignedPattern<String>], _ tree: PatternTree<String>) -> Bool {
    let own = tree.places[index].pattern ?? ""
    let speaking = words.filter { own.hasPrefix($0.pattern ?? "") }
    return speaking.max { ($0.pattern?.count ?? -1) < ($1.pattern?.count ?? -1) }?.isIn ?? false
  }

  /// How many patterns it takes at least, by trying all choices of words.
  private func fewest(_ labels: [Bool?], _ tree: PatternTree<String>) -> Int {
    var best = Int.max
    let patterns = tree.places.indices.dropFirst()
    var choices = 1
    for _ in patterns { choices *= 3 }
    for choice in 0..<choices {
      for around in [false, true] {
        var words = [SignedPattern<String>(pattern: nil, isIn: around, depth: 0)]
        var rest = choice
        for index in patterns {
          if rest % 3 > 0 {
            words.append(SignedPattern(pattern: tree.places[index].pattern, isIn: rest % 3 == 1, depth: 0))
          }
          rest /= 3
        }
        guard words.count - 1 < best else { continue }
        let isRight = tree.places.indices.allSatisfy { labels[$0] == nil || labels[$0] == isIn($0, words, tree) }
        if isRight { best = words.count - 1 }
      }
    }
    return best
  }

  @Test("Words say what is in a set, in as few patterns as that takes")
  func words() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<60 {
      let letters = ["a", "b"]
      let names = Set(
        (0..<5).map { _ in
          (0...Int.random(in: 0...3, using: &generator)).map { _ in generator.one(of: letters) }.joined()
        })
      let tree = PatternTree(names.sorted()) { $1.hasPrefix($0) }
      let labels: [Bool?] = tree.places.map { _ in generator.one(of: [true, false, nil]) }
      let words = tree.fewest { labels[$0] }
      #expect(words.first?.pattern == nil && words.dropFirst().allSatisfy { $0.pattern != nil })
      for index in tree.places.indices where labels[index] != nil {
        #expect(isIn(index, words, tree) == labels[index], "\(names.sorted()) \(labels)")
      }
      #expect(words.count - 1 == fewest(labels, tree), "\(names.sorted()) \(labels)")
    }
  }

  @Test("Words that are exceptions of others stand behind them, one deeper")
  func depth() {
    let tree = PatternTree(["10", "101", "1011", "11"]) { $1.hasPrefix($0) }
    let words = tree.fewest { [false, true, false, true, false][$0] }
    #expect(
      words.map { "\($0.pattern ?? "all") \($0.isIn) \($0.depth)" } == [
        "all false 0", "10 true 0", "101 false 1", "1011 true 2",
      ])
  }

  @Test("Interface patterns are nested or apart, in whatever order rules ask for them")
  func interfaces() {
    let patterns = [
      ("", false), ("lo", false), ("e", true), ("eth", true), ("eth", false), ("eth0", false), ("eth1", true),
      ("eth12", false), ("cali", true), ("cali1", false), ("", true),
    ].map { InterfacePattern(name: $0.0, wildcard: $0.1) }
    for seed in 1...40 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let space = PacketSpace(family: .v4, localAddresses: [])
      let asked = patterns.shuffled(using: &generator)
      func set(_ pattern: InterfacePattern) -> PacketSet {
        PacketSet(space, [Fact(.outInterface(name: pattern.name, wildcard: pattern.wildcard))])
      }
      for pattern in asked { #expect(!set(pattern).isEmpty) }
      for outer in asked {
        for inner in asked {
          #expect(set(inner).isSubset(of: set(outer)) == outer.contains(inner), "\(inner.text) in \(outer.text)")
          let isApart = !outer.contains(inner) && !inner.contains(outer)
          #expect(set(inner).isDisjoint(with: set(outer)) == isApart, "\(inner.text) and \(outer.text)")
        }
        // There is always an interface that nobody named.
        let named = asked.filter { outer.contains($0) && $0 != outer }.map(set)
        if outer.wildcard { #expect(!named.reduce(set(outer)) { $0.subtracting($1) }.isEmpty) }
      }
    }
  }
}
