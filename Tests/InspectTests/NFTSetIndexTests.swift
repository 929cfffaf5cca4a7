import TestSupport
import Testing

@testable import Inspect

@Suite("Elements of sets, found by their keys")
struct NFTSetIndexTests {
  /// Sets of keys of two fields, of which few bytes differ, so that many keys are found.
  private struct RandomSet {
    var set = NFTSet(table: Table(backend: .nft, family: .v4, name: "test"), name: "set", keyLength: 8)
    var elements: [NFTSetElement] = []
    private var random: SeededGenerator

    init(seed: UInt64) {
      random = SeededGenerator(seed: seed)
      if random.happens(50) { set.fieldLengths = [4, 2] }
      var keys: Set<[UInt8]> = []
      for _ in 0..<random.one(of: [0, 1, 5, 40]) {
        var element = NFTSetElement(key: key())
        guard keys.insert(element.key).inserted else { continue }
        if random.happens(10) {
          element.upperKey = element.key.map { $0 | 1 }
        } else if random.happens(3) {
          element.key.removeLast()
        }
        elements.append(element)
      }
      if random.happens(20) {
        let place = Int(random.next() % UInt64(elements.count + 1))
        elements.insert(NFTSetElement(key: [], isCatchAll: true), at: place)
      }
    }

    mutating func key() -> [UInt8] {
      [10, 0, 0, random.one(of: [0, 1, 2, 3]), 0, random.one(of: [80, 81, 82]), 0, 0]
    }
  }

  @Test("A key finds what it finds among all elements", arguments: 0..<200)
  func element(seed: UInt64) {
    var random = RandomSet(seed: seed)
    let index = NFTSetIndex(random.elements, of: random.set)
    for _ in 0..<20 {
      let key = random.key()
      #expect(index.element(for: key) == random.set.element(for: key, in: random.elements))
    }
  }

  @Test("What is known of a key leaves out nothing that such a key finds, and keeps the order", arguments: 0..<200)
  func parts(seed: UInt64) {
    var random = RandomSet(seed: seed)
    let index = NFTSetIndex(random.elements, of: random.set)
    for places in [[0..<4], [4..<6], [0..<4, 4..<6], [], [6..<12]] {
      for _ in 0..<10 {
        let key = random.key() + [0, 0, 0, 0]
        let found = index.elements(having: places.map { NFTKeyPart(place: $0, bytes: Array(key[$0])) })
        let wanted = random.elements.filter { element in
          guard !element.isCatchAll, element.upperKey == nil, element.key.count == 8 else { return true }
          return places.allSatisfy { $0.upperBound <= 8 && Array(element.key[$0]) == Array(key[$0]) }
        }
        let all = places == [[6..<12]].first
        #expect(found == (places.isEmpty || all ? random.elements : wanted))
      }
    }
  }
}
