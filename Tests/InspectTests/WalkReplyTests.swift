import Testing

@testable import Inspect

@Suite("Walk: an endpoint's answers")
struct WalkReplyTests {
  /// A packet to 10.1.0.1:8080 as it left, translated from a service's address.
  private var sent: Packet {
    var packet = Packet.to("10.1.0.1:8080")
    packet.originalDestination = .known(address("10.96.0.1"))
    packet.originalDestinationPort = 80
    packet.state.insert(.dnat)
    packet.outInterface = .known("cali1")
    return packet
  }

  /// What ends the answers to this node, and to other clients.
  private func losses(_ filter: FakePacketFilter, _ sent: Packet? = nil) throws -> [String] {
    let replies = ReplyWalks(filter, budget: WalkBudget())
    return try [AddressKnowledge.local, .any].map { client in
      let step = try replies.loss(of: sent ?? self.sent, from: client, by: client == .local ? .none : .unknown)
      return step?.description ?? "none"
    }
  }

  @Test(
    "They are ESTABLISHED: rules for new connections let them pass, and a policy ends them that nothing stands before")
  func policy() throws {
    let strict = FakePacketFilter(drops: ["filter INPUT", "filter FORWARD"])
    strict.append("filter", "INPUT", [.state(.new)], .accept)
    strict.append("filter", "FORWARD", [.state(.new)], .accept)
    #expect(try losses(strict) == ["policy of filter INPUT", "policy of filter FORWARD"])
    strict.append("filter", "INPUT", [.state([.established, .related])], .accept)
    #expect(try losses(strict) == ["none", "policy of filter FORWARD"])
    strict.append("filter", "FORWARD", [.in("cali1")], .accept)
    #expect(try losses(strict) == ["none", "none"])
  }

  /// Of SYN and ACK those that are set.
  private static func flags(_ set: UInt8) -> Match {
    var match = TCPMatch()
    match.flagMask = 0x12
    match.flagComparison = set
    return .tcp(match)
  }

  @Test("A rule ends those of an endpoint that it is about, by interface, address, port or the flags of an answer")
  func rule() throws {
    let matches: [[Match]] = [
      [.in("cali1")], [.from("10.1.0.1")], [.sport(8080...8080)], [Self.flags(0x12)],
      [.conntrack(ConntrackMatch(fields: .direction, inverted: .direction))],
    ]
    for match in matches {
      let filter = FakePacketFilter()
      filter.append("filter", "INPUT", match, .drop)
      #expect(try losses(filter) == ["filter INPUT rule 1", "none"], "\(match)")
    }
    let others: [[Match]] = [
      [.in("cali2")], [.from("10.1.0.2")], [.dport(8080...8080)], [Self.flags(0x02)],
      [.conntrack(ConntrackMatch(fields: .direction))], [.state([.new, .invalid])],
    ]
    for match in others {
      let filter = FakePacketFilter()
      filter.append("filter", "INPUT", match, .drop)
      #expect(try losses(filter) == ["none", "none"], "\(match)")
    }
  }

  @Test("raw comes before conntrack, and nat is not asked")
  func hooks() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [], .drop)
    #expect(try losses(filter) == ["none", "none"])
    filter.append("raw", "PREROUTING", [.state(.invalid)], .drop)
    #expect(try losses(filter) == ["raw PREROUTING rule 1", "raw PREROUTING rule 1"])
  }

  @Test("What cannot be decided does not matter where both ways end, and keeps quiet where one gets back")
  func undecided() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "INPUT", [.geoip], .drop)
    #expect(try losses(filter) == ["none", "none"])
    filter.append("filter", "INPUT", [], .refuse("all others"))
    #expect(try losses(filter)[0] != "none")
  }

  @Test("What was not translated, or went through IPVS, is no endpoint's")
  func others() throws {
    let filter = FakePacketFilter(drops: ["filter INPUT", "filter FORWARD"])
    #expect(try losses(filter, .to("10.1.0.1:8080")) == ["none", "none"])
  }
}
