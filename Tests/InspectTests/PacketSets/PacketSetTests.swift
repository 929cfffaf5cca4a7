import TestSupport
import Testing

@testable import Inspect

@Suite("Sets of packets: against packets asked one by one")
struct PacketSetTests {
  private static let universes = IPFamily.allCases.map(PacketUniverse.init)

  /// Runs `body` on random sets of many spaces of both families; in each, conditions are asked in another order.
  private func withRandomSets(rounds: UInt64, _ body: (inout RandomSets, PacketUniverse) -> Void) {
    for universe in Self.universes {
      let known = RandomSets.members(universe)
      for seed in 1...rounds {
        var sets = RandomSets(universe, known: known, seed: seed)
        body(&sets, universe)
      }
    }
  }

  @Test("A packet is in a set made of conditions if and only if they hold of it")
  func membership() {
    withRandomSets(rounds: 4) { sets, universe in
      for _ in 0..<2 {
        let (set, members) = sets.next()
        #expect(Members(universe.packets, set.contains) == members)
      }
    }
  }

  @Test("Sets are the same, empty, apart or one in the other as their packets are")
  func comparison() {
    withRandomSets(rounds: 40) { sets, _ in
      let all = (0..<6).map { _ in sets.next() }
      for (set, members) in all {
        #expect(set.isEmpty == members.isEmpty)
        #expect(set.isAll == members.complement.isEmpty)
        for (other, others) in all {
          #expect((set == other) == (members == others))
          #expect(set.isDisjoint(with: other) == members.intersection(others).isEmpty)
          #expect(set.isSubset(of: other) == members.intersection(others.complement).isEmpty)
        }
      }
    }
  }

  @Test("The laws of sets hold, and what is the same by them is one value")
  func laws() {
    withRandomSets(rounds: 40) { sets, _ in
      let (a, b, c) = (sets.next().set, sets.next().set, sets.next().set)
      #expect(a.intersection(b) == b.intersection(a))
      #expect(a.union(b) == b.union(a))
      #expect(a.union(b.union(c)) == a.union(b).union(c))
      #expect(a.intersection(b.union(c)) == a.intersection(b).union(a.intersection(c)))
      #expect(a.union(b).complement == a.complement.intersection(b.complement))
      #expect(a.intersection(b).complement == a.complement.union(b.complement))
      #expect(a.complement.complement == a)
      #expect(a.complement != a)
      #expect(a.subtracting(b) == a.intersection(b.complement))
      #expect(a.subtracting(b).union(a.intersection(b)) == a)
      #expect(a.union(a.complement).isAll && a.intersection(a.complement).isEmpty)
    }
  }

  @Test("A set for one source or destination is what it says of packets that have it")
  func givenAddress() {
    withRandomSets(rounds: 3) { sets, universe in
      let (set, _) = sets.next()
      let sources = Set(universe.packets.map(\.source)).sorted().prefix(3)
      let destinations = Set(universe.packets.map(\.destination))
      for packet in universe.packets where sets.generator.happens(4) {
        for source in sources {
          var moved = packet
          moved.source = source
          #expect(set.given(source: source).contains(packet) == set.contains(moved))
        }
        for destination in destinations {
          var moved = packet
          moved.destination = destination
          #expect(set.given(destination: destination).contains(packet) == set.contains(moved))
        }
      }
    }
  }

  @Test("A set without a condition is what it says of packets of which the condition does not hold")
  func givenWithout() {
    withRandomSets(rounds: 6) { sets, universe in
      let (set, _) = sets.next()
      let belongs = { (condition: Condition) in if case .undecided = condition { true } else { false } }
      let given = set.given(without: belongs)
      #expect(!given.conditions.contains(where: belongs))
      for packet in universe.packets where sets.generator.happens(20) {
        var other = packet
        other.holding = packet.holding.filter { !belongs($0) }
        #expect(given.contains(packet) == set.contains(other))
      }
    }
  }

  @Test("A set depends on the conditions that some packet's membership hangs on")
  func conditions() {
    withRandomSets(rounds: 60) { sets, universe in
      let (set, members) = sets.next()
      for condition in PacketUniverse.opaque {
        let depends = universe.packets.indices.contains { index in
          members.contains(index) != members.contains(universe.index(index, without: condition))
        }
        #expect(set.conditions.contains(condition) == depends)
      }
    }
  }
}

@Suite("Sets of packets: cost and bounds")
struct PacketSetCostTests {
  private static func addresses(_ count: Int, _ family: IPFamily, from generator: inout SeededGenerator) -> [IPPrefix] {
    (0..<count).map { _ in
      family == .v4
        ? IPPrefix(.v4(UInt32.random(in: 0...(.max), using: &generator)))
        : IPPrefix(.v6(high: UInt64.random(in: 0...(.max), using: &generator), low: 0), length: 64)
    }
  }

  /// What it costs to make two lists of addresses, one by one, and to combine them.
  private static func cost(_ count: Int, _ family: IPFamily) -> Double {
    var generator = SeededGenerator(seed: 7)
    let space = PacketSpace(family: family, localAddresses: [])
    let prefixes = addresses(count, family, from: &generator)
    return cpuSeconds {
      func list(_ some: ArraySlice<IPPrefix>) -> PacketSet {
        some.reduce(PacketSet(space, PacketSpace.none)) { $0.union(PacketSet(space, [Fact(.source($1))])) }
      }
      let half = list(prefixes[..<(count / 2)])
      let other = list(prefixes[(count / 4)...])
      let both = half.intersection(other)
      #expect(both.isSubset(of: half) && half.complement.isDisjoint(with: both))
      #expect(half.union(other).subtracting(half) == other.subtracting(half))
      #expect(!space.isFull)
    }
  }

  @Test("Four times as many addresses cost about four times as much", arguments: IPFamily.allCases)
  func growth(family: IPFamily) {
    let costs = [1000, 4000, 16_000].map { Self.cost($0, family) }
    #expect(costs[1] / costs[0] < 8 && costs[2] / costs[1] < 8, "\(costs)")
  }

  @Test("A set of more nodes than there may be is full, and so is one of too many conditions or interfaces")
  func isFull() {
    let space = { PacketSpace(family: .v6, localAddresses: []) }
    let (nodes, conditions, interfaces, addresses) = (space(), space(), space(), space())
    var generator = SeededGenerator(seed: 1)
    var set = PacketSpace.none
    for _ in 0..<20_000 where !nodes.isFull {
      let single = IPAddress.v6(
        high: UInt64.random(in: 0...(.max), using: &generator), low: UInt64.random(in: 0...(.max), using: &generator))
      set = nodes.either(set, nodes.set(.source(IPPrefix(single))))
    }
    #expect(nodes.isFull)
    for user in 0...UInt32(PacketSpace.mostConditions) {
      #expect(!conditions.isFull)
      _ = conditions.set(.other(.sender(user)))
    }
    #expect(conditions.isFull)
    for number in 0...2048 {
      #expect(!interfaces.isFull)
      _ = interfaces.set(.inInterface(name: "veth\(number)", wildcard: false))
    }
    #expect(interfaces.isFull)
    for number in 0..<2048 { _ = addresses.set(.source(IPPrefix(.v6(high: 0, low: UInt64(number))))) }
    #expect(!addresses.isFull)
  }
}
