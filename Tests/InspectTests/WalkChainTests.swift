import Testing

@testable import Inspect

@Suite("Walk: chains")
struct WalkChainTests {
  private let packet = Packet.to("203.0.113.5:80", from: "198.51.100.1", by: "eth0")

  @Test("After a jump the walk comes back to the rule behind it")
  func jumpReturns() throws {
    let filter = FakePacketFilter()
    filter.append("mangle", "FORWARD", [], .jump("A"))
    filter.append("mangle", "FORWARD", [], .orMark(2))
    filter.append("mangle", "A", [], .orMark(1))
    #expect(try arriving(packet, filter) == ["forwarded to 203.0.113.5:80, mark 3"])
  }

  @Test("After a goto in a base chain its policy decides, and the rules behind it are not met")
  func gotoInBaseChain() throws {
    let filter = FakePacketFilter(drops: ["filter FORWARD"])
    filter.append("filter", "FORWARD", [], .goto("A"))
    filter.append("filter", "FORWARD", [], .accept)
    filter.append("filter", "A", [], .orMark(1))
    #expect(try arriving(packet, filter) == ["dropped, mark 1"])
  }

  @Test("After a goto in a chain that was jumped to, the walk goes on where that jump was")
  func gotoInUserChain() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [], .jump("A"))
    filter.append("filter", "FORWARD", [], .orMark(8))
    filter.append("filter", "A", [], .goto("B"))
    filter.append("filter", "A", [], .drop)
    filter.append("filter", "B", [], .jump("C"))
    filter.append("filter", "B", [], .orMark(2))
    filter.append("filter", "C", [], .orMark(1))
    #expect(try arriving(packet, filter) == ["forwarded to 203.0.113.5:80, mark 11"])
  }

  @Test("RETURN leads to the rule behind the jump, and in a base chain to its policy")
  func returns() throws {
    let filter = FakePacketFilter(drops: ["filter FORWARD"])
    filter.append("mangle", "FORWARD", [], .jump("A"))
    filter.append("mangle", "FORWARD", [], .orMark(1))
    filter.append("mangle", "A", [.to("203.0.113.5")], .return)
    filter.append("mangle", "A", [], .drop)
    filter.append("filter", "FORWARD", [.marked(1)], .return)
    filter.append("filter", "FORWARD", [], .accept)
    let ways = try Walker(filter).walkArriving(packet)
    #expect(ways.map(\.text) == ["dropped, mark 1"])
    #expect(ways.map(\.path) == [["mangle FORWARD 2", "filter FORWARD policy"]])
  }

  @Test("ACCEPT in a chain ends its base chain, and the next table's is met all the same")
  func acceptEndsOneTable() throws {
    let filter = FakePacketFilter()
    filter.append("mangle", "FORWARD", [], .jump("A"))
    filter.append("mangle", "FORWARD", [], .drop)
    filter.append("mangle", "A", [], .accept)
    filter.append("filter", "FORWARD", [], .refuse("tcp-reset"))
    #expect(try arriving(packet, filter) == ["rejected with tcp-reset"])
  }

  @Test("A policy of DROP drops what no rule decides on")
  func policyDrop() throws {
    let filter = FakePacketFilter(drops: ["filter FORWARD"])
    filter.append("filter", "FORWARD", [.from("10.0.0.0/8")], .accept)
    #expect(try arriving(packet, filter) == ["dropped"])
    #expect(try arriving(.to("203.0.113.5:80", from: "10.1.1.1"), filter) == ["forwarded to 203.0.113.5:80"])
  }

  @Test("A rule without a target, LOG and TRACE let a packet go on")
  func targetsThatPass() throws {
    let filter = FakePacketFilter(drops: ["filter FORWARD"])
    filter.append("filter", "FORWARD", [])
    filter.append("filter", "FORWARD", [], .log(LogAction(level: 4, flags: 0, prefix: "")))
    filter.append("filter", "FORWARD", [], .nflog(NFLogAction(group: 1, length: 0, threshold: 0, flags: 0, prefix: "")))
    filter.append("filter", "FORWARD", [], .trace)
    filter.append("filter", "FORWARD", [], .accept)
    #expect(try arriving(packet, filter) == ["forwarded to 203.0.113.5:80"])
  }

  @Test("A jump to a chain that is not there is uncertain, and names the chain")
  func missingChain() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [], .jump("NOWHERE"))
    #expect(try arriving(packet, filter) == ["uncertain: there is no chain NOWHERE in table filter"])
  }

  @Test("A packet handed to a program is uncertain")
  func queue() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [], .queue(QueueAction(number: 3)))
    #expect(try arriving(packet, filter) == ["uncertain: handed to a program by queue 3"])
  }

  @Test("The path names the rules that did something, and no chain that was left as it was entered")
  func path() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [], .jump("DETOUR"))
    filter.append("nat", "PREROUTING", [], .jump("SERVICES"))
    filter.append("nat", "DETOUR", [.from("10.0.0.0/8")], .orMark(1))
    filter.append("nat", "SERVICES", [.to("192.0.2.99")], .drop)
    filter.append("nat", "SERVICES", [], .jump("MARK"))
    filter.append("nat", "SERVICES", [], .jump("SERVICE"))
    filter.append("nat", "MARK", [], .orMark(4))
    filter.append("nat", "SERVICE", [], .dnat(to: "10.1.0.1:8080"))
    let ways = try Walker(filter).walkArriving(packet)
    #expect(
      ways.map(\.path) == [
        ["nat PREROUTING 2", "nat SERVICES 2", "nat MARK 1", "nat SERVICES 3", "nat SERVICE 1"]
      ])
  }
}

@Suite("Walk: limits")
struct WalkLimitTests {
  private let packet = Packet.to("203.0.113.5:80")

  @Test("Chains that call each other end as uncertain", arguments: [true, false])
  func cycle(jumping: Bool) throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [], .jump("A"))
    filter.append("filter", "A", [], jumping ? .jump("B") : .goto("B"))
    filter.append("filter", "B", [], jumping ? .jump("A") : .goto("A"))
    #expect(try arriving(packet, filter) == ["uncertain: chains are nested deeper than 64, at filter B"])
  }

  @Test("A cycle that calls itself twice does not take exponential time")
  func bushyCycle() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [], .jump("A"))
    for _ in 0..<2 { filter.append("filter", "A", [.chance(0.5)], .jump("A")) }
    let took = try cpuSeconds {
      let ways = try Walker(filter, budget: WalkBudget(evaluations: 20_000)).walkArriving(packet)
      #expect(ways.contains { $0.end == .uncertain("chains are nested deeper than 64, at filter A") })
      #expect(ways.contains { $0.end == .uncertain("more than 20000 rules were met, at filter A") })
    }
    #expect(took < 10)
  }

  @Test("Ways beyond the limit are uncertain, at once")
  func tooManyWays() throws {
    let filter = FakePacketFilter()
    for bit in 0..<20 { filter.append("filter", "FORWARD", [.sender(UInt32(bit))], .orMark(1 << UInt32(bit))) }
    let took = try cpuSeconds {
      let ways = try Walker(filter, budget: WalkBudget(ways: 256)).walkArriving(packet)
      #expect(ways.count == 512)
      #expect(ways.allSatisfy { $0.end == .uncertain("more than 256 ways, at filter FORWARD") })
    }
    #expect(took < 10)
  }

  @Test("Ways that differ in what was assumed alone are one again, however many rules made them")
  func manyWaysOfOnePacket() throws {
    let filter = FakePacketFilter()
    for user in 0..<20 { filter.append("filter", "FORWARD", [.sender(UInt32(user)), .chance(0.25)], .return) }
    let took = try cpuSeconds {
      let ways = try arriving(packet, filter)
      #expect(ways == ["forwarded to 203.0.113.5:80"])
    }
    #expect(took < 1)
  }

  @Test(
    "Chains that jump to each other many times, and change nothing, are walked once",
    arguments: [(8, 8), (12, 6), (20, 4)])
  func jumpFans(depth: Int, jumps: Int) throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [], .jump("FAN0"))
    for level in 0..<depth {
      for _ in 0..<jumps { filter.append("nat", "FAN\(level)", [], .jump("FAN\(level + 1)")) }
    }
    filter.append("nat", "FAN\(depth)", [.from("10.0.0.0/8")], .orMark(1))
    let took = try cpuSeconds {
      let ways = try arriving(packet, filter)
      #expect(
        ways == [
          "source in 10.0.0.0/8: forwarded to 203.0.113.5:80, mark 1",
          "source outside 10.0.0.0/8: forwarded to 203.0.113.5:80",
        ])
    }
    #expect(took < 1)
  }

  @Test("Rules beyond the limit are not looked at, and what would meet them is uncertain")
  func tooManyEvaluations() throws {
    let filter = FakePacketFilter()
    for _ in 0..<100 { filter.append("filter", "FORWARD", [.from("10.0.0.0/8", not: true)]) }
    let ways = try Walker(filter, budget: WalkBudget(evaluations: 50)).walkArriving(packet)
    #expect(ways.map(\.end).contains(.uncertain("more than 50 rules were met, at filter FORWARD")))
    #expect(ways.allSatisfy { $0.end != .forwarded })
    #expect(filter.rulesGiven <= 51)
  }

  @Test("What a walk has used is missing to the next of the same run")
  func budgetIsPerRun() throws {
    let filter = FakePacketFilter()
    for _ in 0..<40 { filter.append("filter", "FORWARD", []) }
    let budget = WalkBudget(evaluations: 50)
    let texts = try (0..<3).map { _ in try Walker(filter, budget: budget).walkArriving(packet).map(\.text) }
    let uncertain = ["uncertain: more than 50 rules were met, at filter FORWARD"]
    #expect(texts == [["forwarded to 203.0.113.5:80"], uncertain, uncertain])
  }

  @Test("A walk that takes too long says so, and says it again at once")
  func timeLimit() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [], .jump("FAN0"))
    for level in 0..<30 {
      for _ in 0..<4 { filter.append("nat", "FAN\(level)", [.chance(0.5)], .jump("FAN\(level + 1)")) }
    }
    filter.append("nat", "FAN30", [.chance(0.5)], .drop)
    let budget = WalkBudget(seconds: 0.2)
    let took = try cpuSeconds {
      for _ in 0..<5 {
        let ways = try Walker(filter, budget: budget).walkArriving(packet)
        #expect(ways.contains { $0.text.contains("the time limit of 0.2 s was reached after") })
      }
    }
    #expect(took < 2)
  }
}
