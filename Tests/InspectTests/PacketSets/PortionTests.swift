import TestSupport
import Testing

@testable import Inspect

private struct Part: Portion {
  var set: PacketSet
  var share: Double
  var key = 0
  var length = 0

  func told(_ other: Part) -> Part { other.length < length ? other : self }
}

@Suite("Shares of packets")
struct PortionTests {
  private static let universes = IPFamily.allCases.map(PacketUniverse.init)

  @Test(
    "Joined portions give each packet the share that it had in all, once, and no two of one key have a packet in common"
  )
  func shares() {
    for universe in Self.universes {
      let known = RandomSets.members(universe)
      for seed in 1...8 as ClosedRange<UInt64> {
        var sets = RandomSets(universe, known: known, seed: seed)
        let parts = (0..<8).map { index in
          Part(
            set: sets.next().set, share: sets.generator.one(of: [0.125, 0.25, 1 / 3, 0.5]),
            key: Int.random(in: 0..<2, using: &sets.generator), length: index)
        }.filter { !$0.set.isEmpty }
        let merged = merge(parts, by: \.key)
        for (index, part) in merged.enumerated() {
          #expect(!part.set.isEmpty)
          for other in merged[(index + 1)...] where other.key == part.key {
            #expect(part.set.isDisjoint(with: other.set))
            // Packets of one share are one portion.
            #expect(abs(part.share - other.share) > 1e-9)
          }
        }
        for packet in universe.packets where sets.generator.happens(2) {
          for key in 0..<2 {
            func share(_ parts: [Part]) -> Double {
              parts.filter { $0.key == key && $0.set.contains(packet) }.reduce(0) { $0 + $1.share }
            }
            #expect(abs(share(parts) - share(merged)) < 1e-9)
          }
        }
      }
    }
  }

  @Test("Of portions that become one the shorter way is told")
  func told() {
    let space = PacketSpace(family: .v4, localAddresses: [])
    let inside = PacketSet(space, [Fact(.source(prefix("10.0.0.0/8")))])
    let parts = [
      Part(set: inside, share: 0.5, length: 3), Part(set: inside, share: 0.5, length: 1),
      Part(set: inside.complement, share: 1, length: 2),
    ]
    let merged = merge(parts, by: \.key)
    #expect(merged.map(\.share) == [1] && merged.map(\.length) == [1] && merged.allSatisfy { $0.set.isAll })
  }
}
