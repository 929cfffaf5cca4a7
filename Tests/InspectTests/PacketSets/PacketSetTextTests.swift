import TestSupport
import Testing

@testable import Inspect

@Suite("Sets of packets: in words")
struct PacketSetTextTests {
  private static let universes = IPFamily.allCases.map(PacketUniverse.init)

  private func set(_ cube: PacketSet.Cube, _ space: PacketSpace) -> PacketSet {
    cube.reduce(PacketSet(space, PacketSpace.all)) { $0.intersection(PacketSet(space, $1.set)) }
  }

  @Test("The alternatives that are told hold for the set's packets and no others of the context, and each is needed")
  func cover() {
    var told = 0
    var left = 0
    for universe in Self.universes {
      let known = RandomSets.members(universe)
      for seed in 1...150 as ClosedRange<UInt64> {
        var sets = RandomSets(universe, known: known, seed: seed)
        let none = PacketSet(sets.space, PacketSpace.none)
        let (set, context) = (sets.next().set, sets.next(depth: 2).set)
        guard let cubes = set.cover(within: context) else {
          left += 1
          continue
        }
        told += 1
        let parts = cubes.map { self.set($0, sets.space) }
        let sum = parts.reduce(none) { $0.union($1) }
        #expect(sum.intersection(context) == set.intersection(context), "seed \(seed), \(universe.family)")
        for index in parts.indices {
          let others = parts.indices.filter { $0 != index }.reduce(none) { $0.union(parts[$1]) }
          let own = parts[index].intersection(context)
          #expect(!own.isSubset(of: others), "seed \(seed), \(universe.family): alternative \(index) is not needed")
        }
      }
    }
    #expect(told > 10 * left, "\(left) of \(told + left) have too many alternatives")
  }

  @Test("A set that has all packets of the context needs no words, and any other has some")
  func text() {
    for universe in Self.universes {
      let known = RandomSets.members(universe)
      for seed in 1...60 as ClosedRange<UInt64> {
        var sets = RandomSets(universe, known: known, seed: seed)
        let (set, context) = (sets.next().set, sets.next(depth: 2).set)
        #expect((set.text(within: context) == nil) == context.isSubset(of: set))
        let within = set.intersection(context)
        #expect(set.text(within: within) == nil)
        if !context.isEmpty { #expect(PacketSet(sets.space, PacketSpace.none).text(within: context) != nil) }
      }
    }
  }

  /// What is said of the packets for which one of some conditions holds, and of the others.
  private func texts(_ conditions: [Condition], _ family: IPFamily = .v4) -> [String] {
    let space = PacketSpace(family: family, localAddresses: [])
    let all = PacketSet(space, PacketSpace.all)
    let set = conditions.reduce(PacketSet(space, PacketSpace.none)) { $0.union(PacketSet(space, [Fact($1)])) }
    return [set, set.complement].compactMap { $0.text(within: all) }
  }

  /// Expects a short answer that says how much was left out, in good time.
  private func expectShort(_ conditions: [Condition], _ family: IPFamily = .v4, saying what: String) {
    var texts: [String] = []
    let took = cpuSeconds { texts = self.texts(conditions, family) }
    #expect(texts.count == 2 && texts.allSatisfy { $0.count < 1000 && $0.contains(what) }, "\(texts)")
    #expect(took < 10)
  }

  @Test("Ten thousand addresses make a short text", arguments: IPFamily.allCases)
  func manyAddresses(family: IPFamily) {
    var generator = SeededGenerator(seed: 3)
    // Apart by more than their last bit, or two would be said in one.
    let addresses: [IPAddress] = (0..<10_000).map { index in
      family == .v4
        ? .v4(UInt32(index) << 16 | UInt32.random(in: 0...0xffff, using: &generator))
        : .v6(high: 0xfd00 << 48 | UInt64(index), low: UInt64.random(in: 0...7, using: &generator))
    }
    expectShort(addresses.map { .source(IPPrefix($0)) }, family, saying: "9992 more")
  }

  @Test("250 interfaces make a short text")
  func manyInterfaces() {
    expectShort((0..<250).map { .inInterface(name: "cali\($0)", wildcard: false) }, saying: "242 more")
  }

  @Test("Interfaces of which some are exceptions of others make a short text")
  func manyExceptions() {
    let exception = Condition.all([
      Fact(.inInterface(name: "eth", wildcard: true)), Fact(.inInterface(name: "eth0", wildcard: false), false),
    ])
    expectShort([exception] + (0..<250).map { .inInterface(name: "cali\($0)", wildcard: false) }, saying: "243 more")
  }

  @Test("Addresses with a port, an interface or all of these of their own make a short text")
  func manyPairs() {
    func own(_ number: UInt16) -> [Fact] {
      [
        Fact(.source(IPPrefix(.v4(UInt32(number) << 8)))), Fact(.sourcePort(number * 2...number * 2)),
        Fact(.inInterface(name: "cali\(number)", wildcard: false)),
      ]
    }
    for fields in [[0, 1], [0, 2], [1, 2], [0, 1, 2]] {
      expectShort((1...100).map { number in .all(fields.map { own(number)[$0] }) }, saying: "too many to list")
    }
  }

  @Test("Fields of which each takes several alternatives make a short text")
  func product() {
    let space = PacketSpace(family: .v4, localAddresses: [])
    func nested(_ field: (IPPrefix) -> Condition) -> PacketSet {
      // All but some ranges, with an exception in each.
      (1...8 as ClosedRange<UInt32>).reduce(PacketSet(space, PacketSpace.all)) { set, number in
        let outer = PacketSet(space, [Fact(field(IPPrefix(.v4(number << 24), length: 8)))])
        return set.subtracting(outer).union(PacketSet(space, [Fact(field(IPPrefix(.v4(number << 24 | 1))))]))
      }
    }
    let set = nested { .source($0) }.intersection(nested { .destination($0) })
    let text = set.text(within: PacketSet(space, PacketSpace.all))
    #expect(text.map { $0.count < 10_000 } == true)
  }

  @Test("Three thousand ranges of ports make a short text")
  func manyPorts() {
    expectShort((0..<3000).map { .sourcePort($0 * 20...$0 * 20 + 9) }, saying: " more")
  }

  @Test("More conditions than anybody reads are counted as such, and the first are named")
  func manyConditions() {
    let texts = texts((0..<17).map { .other(.sender($0)) })
    #expect(
      texts[0].hasPrefix("conditions that are too many to list, on -m mac --mac-source 02:00:00:00:00:00, "), "\(texts)"
    )
    #expect(texts[0].count < 1000)
    #expect(texts[1].hasPrefix("not -m mac --mac-source 02:00:00:00:00:00 and not ") && texts[1].count < 1000)
  }
}
