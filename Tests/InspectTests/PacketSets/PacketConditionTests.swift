import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

extension PacketCondition {
  /// Whether it holds of a packet, by its lists alone; nil where they are cut.
  fileprivate func holds(of packet: ConcretePacket, _ localAddresses: [IPPrefix]) -> Bool? {
    any?.reduce(false) { known, alternative in
      guard let known, let own = alternative.holds(of: packet, localAddresses) else { return nil }
      return known || own
    }
  }
}

extension PacketCondition.Alternative {
  fileprivate func holds(of packet: ConcretePacket, _ localAddresses: [IPPrefix]) -> Bool? {
    func matches(_ values: PacketCondition.Values?, _ address: IPAddress) -> Bool {
      guard let values else { return true }
      if let isLocal = values.local { return localAddresses.contains { $0.contains(address) } == isLocal }
      return values.decides { text in IPPrefix(text).flatMap { $0.contains(address) ? $0.length : nil } }
    }
    func matches(_ values: PacketCondition.Values?, _ interface: String) -> Bool {
      values?.decides { pattern in
        if pattern == interface { return .max }
        return pattern.hasSuffix("+") && interface.hasPrefix(pattern.dropLast()) ? pattern.count : nil
      } ?? true
    }
    func matches(_ values: PacketCondition.Values?, _ port: UInt16) -> Bool {
      values?.decides { text in
        let ends = text.split(separator: "-").compactMap { UInt16($0) }
        return ends[0]...ends[ends.count - 1] ~= port ? 1 : nil
      } ?? true
    }
    let lists = [source, sourcePort, inInterface, destination]
    guard lists.allSatisfy({ $0?.omitted == nil }) else { return nil }
    let facts = (tests ?? []).allSatisfy { test in
      packet.holding.contains { Fact($0).description == test.text } == test.holds
    }
    return facts && (local ?? packet.isLocalOutput) == packet.isLocalOutput && matches(source, packet.source)
      && matches(destination, packet.destination) && matches(inInterface, packet.inInterface)
      && matches(sourcePort, packet.sourcePort)
  }
}

extension PacketCondition.Values {
  /// What the list says that has the longest match.
  fileprivate func decides(_ length: (String) -> Int?) -> Bool {
    let within = (`in` ?? []).compactMap(length).max()
    let without = (not ?? []).compactMap(length).max()
    guard within != nil || without != nil else { return `in` == nil }
    return (within ?? -1) > (without ?? -1)
  }
}

@Suite("Conditions as data")
struct PacketConditionTests {
  @Test("The lists of a condition hold for the packets of its set, and for no others of the context")
  func membership() throws {
    var told = 0
    for universe in IPFamily.allCases.map(PacketUniverse.init) {
      let known = RandomSets.members(universe)
      for seed in 1...40 as ClosedRange<UInt64> {
        var sets = RandomSets(universe, known: known, seed: seed)
        let (set, members) = sets.next()
        let (context, inContext) = sets.next(depth: 2)
        guard let condition = set.condition(within: context) else { continue }
        let read = try JSONDecoder().decode(PacketCondition.self, from: JSONEncoder().encode(condition))
        #expect(read == condition)
        guard read.any != nil else { continue }
        told += 1
        let wrong = universe.packets.indices.filter { index in
          guard inContext.contains(index) else { return false }
          return read.holds(of: universe.packets[index], universe.localAddresses) != members.contains(index)
        }
        #expect(wrong.isEmpty, "seed \(seed), \(universe.family): \(condition.text): \(wrong.count) packets")
      }
    }
    #expect(told > 30)
  }

  private func condition(_ conditions: [Condition]) -> PacketCondition? {
    let space = PacketSpace(family: .v4, localAddresses: [IPPrefix(.v4(0xc000_0201))])
    let all = PacketSet(space, PacketSpace.all)
    let set = conditions.reduce(PacketSet(space, PacketSpace.none)) { $0.union(PacketSet(space, [Fact($1)])) }
    return set.complement.condition(within: all)
  }

  @Test("Addresses are lists of those in and not in, and the node's own are told as such")
  func addresses() {
    let pods = condition([.source(prefix("10.244.0.0/16"))])
    #expect(pods?.text == "source outside 10.244.0.0/16")
    #expect(pods?.any?.map(\.source?.not) == [["10.244.0.0/16"]] && pods?.any?.first?.source?.in == nil)
    #expect(condition([.sourceType(.local)])?.any?.map(\.source?.local) == [false])
  }

  @Test("Long lists are cut and counted")
  func cut() {
    let values = condition((0..<100).map { .source(IPPrefix(.v4(UInt32($0) << 8))) })?.any?.first?.source
    #expect(values?.not?.count == 64 && values?.omitted == 36)
  }

  @Test("What no list can say is told as a test, with whether it holds")
  func tests() {
    let test = condition([.undecided(rule: .example, what: "something")])?.any?.first?.tests?.first
    #expect(test == PacketCondition.Test(kind: .undecided, text: "something (nat A rule 1)", holds: false))
  }
}
