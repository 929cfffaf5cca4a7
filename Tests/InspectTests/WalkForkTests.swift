import Testing

@testable import Inspect

@Suite("Walk: what is not known")
struct WalkForkTests {
  private let packet = Packet.to("203.0.113.5:80")

  /// The ways of `packet` through FORWARD with these rules.
  private func ways(_ rules: [([Match], Action)], of packet: Packet? = nil) throws -> [String] {
    let filter = FakePacketFilter()
    for (matches, action) in rules { filter.append("filter", "FORWARD", matches, action) }
    return try arriving(packet ?? self.packet, filter)
  }

  @Test("What is in a range is in the ranges around it, and in none apart from it")
  func nestedSources() throws {
    #expect(
      try ways([
        ([.from("10.1.0.0/16")], .jump("INSIDE")),
        ([.from("10.0.0.0/8")], .refuse("outer")),
        ([], .drop),
      ]).filter { !$0.contains("INSIDE") } == [
        "source in 10.0.0.0/8 and source outside 10.1.0.0/16: rejected with outer",
        "source outside 10.0.0.0/8: dropped",
      ])
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.from("10.1.0.0/16")], .goto("INSIDE"))
    filter.append("filter", "INSIDE", [.from("10.0.0.0/8", not: true)], .refuse("not outside"))
    filter.append("filter", "INSIDE", [.from("10.2.0.0/16")], .refuse("not apart"))
    filter.append("filter", "INSIDE", [.from("10.1.2.0/24")], .refuse("perhaps"))
    filter.append("filter", "INSIDE", [.from("10.0.0.0/8")], .drop)
    #expect(
      try arriving(packet, filter) == [
        "source in 10.1.0.0/16 and source outside 10.1.2.0/24: dropped",
        "source in 10.1.2.0/24: rejected with perhaps",
        "source outside 10.1.0.0/16: forwarded to 203.0.113.5:80",
      ])
  }

  @Test("A range within an exception is an alternative of its own, with its own exceptions")
  func sourcesWithinExceptions() throws {
    func meant(_ ranges: [(String, Bool)]) throws -> String? {
      let filter = FakePacketFilter()
      for (range, isDropped) in ranges {
        filter.append("filter", "FORWARD", [.from(range)], isDropped ? .drop : .accept)
      }
      return try arriving(packet, filter).first { $0.hasSuffix(": dropped") }
    }
    #expect(
      try meant([("10.1.2.0/24", true), ("10.1.0.0/16", false), ("10.0.0.0/8", true)])
        == "source in 10.0.0.0/8 and source outside 10.1.0.0/16, or source in 10.1.2.0/24: dropped")
    #expect(
      try meant([("10.1.2.3/32", false), ("10.1.2.0/24", true), ("10.1.0.0/16", false), ("0.0.0.0/0", true)])
        == "source in 10.1.2.0/24 and source is not 10.1.2.3, or source outside 10.1.0.0/16: dropped")
    #expect(
      try meant([
        ("10.1.2.0/24", true), ("10.1.4.0/24", true), ("10.1.6.0/24", true), ("10.1.0.0/16", false),
        ("10.0.0.0/8", true),
      ])
        == "source in 10.0.0.0/8 and source outside 10.1.0.0/16, "
        + "or source in one of 10.1.2.0/24, 10.1.4.0/24, 10.1.6.0/24: dropped")
  }

  @Test("What is outside a range is in no part of it")
  func outsideImpliesOutsideParts() throws {
    #expect(
      try ways([
        ([.from("10.0.0.0/8")], .accept), ([.from("10.1.0.0/16")], .drop), ([.from("0.0.0.0/1")], .refuse("half")),
      ]) == [
        "source in 0.0.0.0/1 and source outside 10.0.0.0/8: rejected with half",
        "source in 10.0.0.0/8 or source outside 0.0.0.0/1: forwarded to 203.0.113.5:80",
      ])
  }

  @Test("Interfaces: a name is among the names that begin as it does; two names are apart")
  func interfaces() throws {
    #expect(
      try ways([
        ([.in("cali+")], .goto("CALI")),
        ([.in("cali12")], .refuse("not reached")),
        ([.in("eth0")], .refuse("cable")),
        ([.in("eth1")], .drop),
      ]).filter { !$0.contains("CALI") } == [
        "arriving by eth0: rejected with cable",
        "arriving by eth1: dropped",
        "not arriving by cali+ and not arriving by eth0 and not arriving by eth1: forwarded to 203.0.113.5:80",
      ])
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.in("cali12")], .goto("ONE"))
    filter.append("filter", "ONE", [.in("eth0")], .refuse("not reached"))
    filter.append("filter", "ONE", [.in("cal+")], .drop)
    #expect(
      try arriving(packet, filter) == [
        "arriving by cali12: dropped", "not arriving by cali12: forwarded to 203.0.113.5:80",
      ])
  }

  @Test("Ports: ranges inside, around and apart")
  func ports() throws {
    #expect(
      try ways([
        ([.sport(1000...1999)], .goto("A")), ([.sport(1500...1600)], .refuse("not reached")),
        ([.sport(1500...2500)], .drop),
      ]).filter { !$0.contains("chain") } == [
        "source port 2000-2500: dropped",
        "source port not 1000-2500: forwarded to 203.0.113.5:80",
      ])
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.sport(1500...1600)], .goto("A"))
    filter.append("filter", "A", [.sport(1...100)], .refuse("not reached"))
    filter.append("filter", "A", [.sport(1000...1999, not: true)], .refuse("not reached"))
    filter.append("filter", "A", [.sport(1000...1999)], .drop)
    #expect(
      try arriving(packet, filter) == [
        "source port 1500-1600: dropped", "source port not 1500-1600: forwarded to 203.0.113.5:80",
      ])
  }

  @Test("A fact that is given decides and is not repeated")
  func assumptions() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.from("10.0.0.0/8")], .drop)
    let inside = [Fact(.source(prefix("10.1.0.0/16")))]
    #expect(try arriving(packet, filter, assuming: inside) == ["dropped"])
    let outside = [Fact(.source(prefix("10.0.0.0/8")), false)]
    #expect(try arriving(packet, filter, assuming: outside) == ["forwarded to 203.0.113.5:80"])
  }

  @Test("Whether an address is the node's own follows from the ranges it is known to be in, and the other way round")
  func locality() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.from("10.0.0.0/8")], .goto("PODS"))
    filter.append("filter", "FORWARD", [.sourceIs(.local)], .goto("OWN"))
    filter.append("filter", "PODS", [.sourceIs(.local)], .refuse("no pod is this node"))
    filter.append("filter", "PODS", [], .drop)
    filter.append("filter", "OWN", [.from("10.0.0.0/8")], .refuse("this node is no pod"))
    filter.append("filter", "OWN", [.from("192.0.2.1")], .drop)
    filter.append("filter", "OWN", [.from("127.0.0.0/8", not: true)], .refuse("no other address"))
    #expect(
      try arriving(packet, filter) == [
        "source in 10.0.0.0/8 or source is 192.0.2.1: dropped",
        "source outside 10.0.0.0/8 and source is not 192.0.2.1: forwarded to 203.0.113.5:80",
      ])
  }

  @Test("Several unknown matches of one rule hold together, and fail as one")
  func compound() throws {
    #expect(
      try ways([([.from("10.0.0.0/8"), .in("cali+")], .drop)]) == [
        "not arriving by cali+ or source outside 10.0.0.0/8: forwarded to 203.0.113.5:80",
        "source in 10.0.0.0/8 and arriving by cali+: dropped",
      ])
  }

  @Test("Of matches that fail as one, the last that is open does not hold where the others do")
  func compoundDecides() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.from("10.0.0.0/8"), .in("cali+")], .refuse("both"))
    filter.append("filter", "FORWARD", [.from("10.0.0.0/8")], .goto("PODS"))
    filter.append("filter", "PODS", [.in("cali+")], .refuse("not reached"))
    filter.append("filter", "PODS", [], .drop)
    #expect(
      try arriving(packet, filter) == [
        "source in 10.0.0.0/8 and arriving by cali+: rejected with both",
        "source in 10.0.0.0/8 and not arriving by cali+: dropped",
        "source outside 10.0.0.0/8: forwarded to 203.0.113.5:80",
      ])
  }

  @Test("Each part of what holds together holds")
  func compoundHolds() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.from("10.0.0.0/8"), .in("cali+")], .goto("PODS"))
    filter.append("filter", "PODS", [.from("10.0.0.0/8", not: true)], .refuse("not reached"))
    filter.append("filter", "PODS", [.in("eth0")], .refuse("not reached"))
    filter.append("filter", "PODS", [], .drop)
    #expect(
      try arriving(packet, filter) == [
        "not arriving by cali+ or source outside 10.0.0.0/8: forwarded to 203.0.113.5:80",
        "source in 10.0.0.0/8 and arriving by cali+: dropped",
      ])
  }

  @Test("A known match that fails leaves nothing open of the others")
  func knownMatchFirst() throws {
    #expect(
      try ways([([.from("10.0.0.0/8"), .dport(81...81)], .drop)]) == ["forwarded to 203.0.113.5:80"])
    #expect(
      try ways([([.dport(80...80), .from("10.0.0.0/8")], .drop)]) == [
        "source in 10.0.0.0/8: dropped", "source outside 10.0.0.0/8: forwarded to 203.0.113.5:80",
      ])
  }
}

@Suite("Walk: shares")
struct WalkShareTests {
  private let packet = Packet.to("203.0.113.5:80")

  private func filter(balancing probabilities: [Double]) -> FakePacketFilter {
    let filter = FakePacketFilter()
    for (index, probability) in probabilities.enumerated() {
      let matches: [Match] = probability < 1 ? [.chance(probability)] : []
      filter.append("nat", "PREROUTING", matches, .dnat(to: "10.1.0.\(index + 1):80"))
    }
    return filter
  }

  @Test("Chances multiply: 1/3, 1/2 of the rest, all of what then remains")
  func multiply() throws {
    #expect(
      try arriving(packet, filter(balancing: [1 / 3, 1 / 2, 1])) == [
        "forwarded to 10.1.0.1:80, 33.3333%", "forwarded to 10.1.0.2:80, 33.3333%",
        "forwarded to 10.1.0.3:80, 33.3333%",
      ])
    #expect(
      try arriving(packet, filter(balancing: [0.5, 0.5])) == [
        "forwarded to 10.1.0.1:80, 50.0%", "forwarded to 10.1.0.2:80, 25.0%", "forwarded to 203.0.113.5:80, 25.0%",
      ])
  }

  @Test("Chances of two chains multiply, and ways to one end add up")
  func add() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [.chance(0.25)], .jump("A"))
    filter.append("nat", "PREROUTING", [], .jump("A"))
    filter.append("nat", "A", [.chance(0.5)], .dnat(to: "10.1.0.1:80"))
    #expect(
      try arriving(packet, filter) == [
        "forwarded to 10.1.0.1:80, 56.25%", "forwarded to 203.0.113.5:80, 43.75%",
      ])
  }

  @Test("A chance is within what was assumed; it does not add up across conditions")
  func within() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [.from("10.0.0.0/8"), .chance(0.25)], .dnat(to: "10.1.0.1:80"))
    filter.append("nat", "PREROUTING", [], .dnat(to: "10.1.0.2:80"))
    #expect(
      try arriving(packet, filter) == [
        "source in 10.0.0.0/8: forwarded to 10.1.0.1:80, 25.0%",
        "source in 10.0.0.0/8: forwarded to 10.1.0.2:80, 75.0%",
        "source outside 10.0.0.0/8: forwarded to 10.1.0.2:80",
      ])
  }

  @Test("nth is one in so many; an inverted chance is the rest; none and all are no chance")
  func kinds() throws {
    func ways(_ match: StatisticMatch) throws -> [String] {
      let filter = FakePacketFilter()
      filter.append("filter", "FORWARD", [.statistic(match)], .drop)
      return try arriving(packet, filter)
    }
    #expect(
      try ways(.nth(every: 4, offset: 1, inverted: false)) == ["dropped, 25.0%", "forwarded to 203.0.113.5:80, 75.0%"])
    #expect(
      try ways(.random(numerator: 1 << 29, inverted: true)) == ["dropped, 75.0%", "forwarded to 203.0.113.5:80, 25.0%"])
    #expect(try ways(.random(numerator: 0, inverted: false)) == ["forwarded to 203.0.113.5:80"])
    #expect(try ways(.nth(every: 1, offset: 0, inverted: false)) == ["dropped"])
  }

  @Test("A thousand endpoints have a thousandth each")
  func thousand() throws {
    let count = 1000
    let filter = FakePacketFilter()
    for index in 0..<count {
      let rest = count - index
      let matches: [Match] = rest > 1 ? [.chance(1 / Double(rest))] : []
      filter.append("nat", "PREROUTING", matches, .dnat(to: "10.1.\(index / 250).\(index % 250 + 1):80"))
    }
    let ways = try Walker(filter).walkArriving(packet)
    #expect(ways.count == count)
    #expect(ways.allSatisfy { abs($0.share - 1 / Double(count)) < 1e-6 })
  }
}

@Suite("Walk: ways that meet again")
struct WalkMergeTests {
  private let packet = Packet.to("203.0.113.5:80")

  @Test("A hundred chains that change nothing leave one way, without a condition")
  func detours() throws {
    let filter = FakePacketFilter()
    for number in 0..<100 {
      filter.append("filter", "FORWARD", [.in("cali\(number)")], .jump("POD\(number)"))
      filter.append("filter", "POD\(number)", [.from("10.\(number).0.0/16")], .return)
      filter.append("filter", "POD\(number)", [.sender(UInt32(number))])
      filter.append("filter", "POD\(number)", [.chance(0.5)], .log(LogAction(level: 0, flags: 0, prefix: "")))
    }
    let ways = try Walker(filter).walkArriving(packet)
    #expect(ways.map(\.text) == ["forwarded to 203.0.113.5:80"])
    #expect(ways.flatMap(\.path) == [])
  }

  @Test("A chain that marks under a condition leaves two ways")
  func marks() throws {
    let filter = FakePacketFilter()
    filter.append("mangle", "FORWARD", [.in("cali+")], .jump("POD"))
    filter.append("mangle", "POD", [.from("10.0.0.0/8")], .orMark(1))
    #expect(
      try arriving(packet, filter) == [
        "not arriving by cali+ or source outside 10.0.0.0/8: forwarded to 203.0.113.5:80",
        "source in 10.0.0.0/8 and arriving by cali+: forwarded to 203.0.113.5:80, mark 1",
      ])
  }

  @Test("Ways are one again only where nothing that was assumed still matters")
  func keepsWhatMatters() throws {
    let filter = FakePacketFilter()
    filter.append("mangle", "FORWARD", [.in("cali+")], .orMark(1))
    filter.append("mangle", "FORWARD", [.sender(1)], .jump("NOTHING"))
    filter.append("mangle", "NOTHING", [.sender(2)], .return)
    filter.append("filter", "FORWARD", [.marked(1), .chance(0.5)], .drop)
    #expect(
      try arriving(packet, filter) == [
        "arriving by cali+: dropped, 50.0%, mark 1",
        "arriving by cali+: forwarded to 203.0.113.5:80, 50.0%, mark 1",
        "not arriving by cali+: forwarded to 203.0.113.5:80",
      ])
  }

  @Test("Under complementary conditions with different shares the condition stays")
  func differentShares() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.in("cali+"), .chance(0.25)], .drop)
    filter.append("filter", "FORWARD", [.in("cali+", not: true), .chance(0.5)], .drop)
    #expect(
      try arriving(packet, filter) == [
        "arriving by cali+: dropped, 25.0%", "arriving by cali+: forwarded to 203.0.113.5:80, 75.0%",
        "not arriving by cali+: dropped, 50.0%", "not arriving by cali+: forwarded to 203.0.113.5:80, 50.0%",
      ])
  }

  @Test("Of rules that end ways alike the first is told, and how many more there are")
  func others() throws {
    let filter = FakePacketFilter()
    for number in 1...40 { filter.append("filter", "FORWARD", [.from("10.0.\(number).0/24")], .drop) }
    for number in 1...5 { filter.append("filter", "FORWARD", [.in("cali\(number)")], .drop) }
    filter.append("filter", "FORWARD", [.from("10.1.0.0/16")], .refuse())
    let ways = try Walker(filter).walkArriving(packet)
    #expect(ways.map { $0.ending(of: $0.set).others } == [44, 0, 0])
    #expect(ways.first?.path == ["filter FORWARD 1"])
  }

  @Test("Of thousands of rules that end packets alike the one is told that ends most of those in question")
  func mostPackets() throws {
    let filter = FakePacketFilter()
    for number in 1...100 { filter.append("filter", "FORWARD", [.from("10.0.0.\(number)")], .drop) }
    filter.append("filter", "FORWARD", [.from("10.2.0.0/16"), .dport(80...80)], .drop)
    filter.append("filter", "FORWARD", [.from("10.1.0.0/16", not: true)], .drop)
    for number in 1...100 { filter.append("filter", "FORWARD", [.from("10.1.0.\(number)")], .drop) }
    let dropped = try #require(try Walker(filter).walkArriving(packet).first { $0.end == .dropped })
    let ending = dropped.ending(of: dropped.set)
    #expect(ending.steps.last?.description == "filter FORWARD rule 102" && ending.others == 201)
    let some = dropped.set.assuming(Fact(.source(prefix("10.2.0.0/16"))))
    #expect(dropped.ending(of: some).steps.last?.description == "filter FORWARD rule 101")
  }

  @Test("A condition drops out of an end that both sides reach, and the others of that end stay")
  func commonEnd() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.from("10.0.0.0/8")], .goto("PODS"))
    filter.append("filter", "FORWARD", [.sender(1)], .drop)
    filter.append("filter", "PODS", [.sender(1)], .drop)
    #expect(
      try arriving(packet, filter) == [
        "-m mac --mac-source 02:00:00:00:00:01: dropped",
        "not -m mac --mac-source 02:00:00:00:00:01: forwarded to 203.0.113.5:80",
      ])
  }
}

@Suite("Walk: what kpx does not know")
struct WalkUnknownTests {
  private let packet = Packet.to("203.0.113.5:80")
  private let geoip = "match geoip revision 1, not known to kpx (filter FORWARD rule 2)"

  @Test("An unknown match names its rule, and the rest is walked for both of its answers")
  func unknownMatch() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.from("10.0.0.0/8")], .refuse("before"))
    filter.append("filter", "FORWARD", [.geoip, .dport(80...80)], .drop)
    filter.append("filter", "FORWARD", [], .refuse("behind"))
    let ways = try Walker(filter).walkArriving(packet)
    #expect(
      ways.map(\.text).sorted() == [
        "source in 10.0.0.0/8: rejected with before",
        "source outside 10.0.0.0/8 and \(geoip): dropped",
        "source outside 10.0.0.0/8 and not \(geoip): rejected with behind",
      ])
    #expect(ways.filter(\.isCertain).map(\.text) == ["source in 10.0.0.0/8: rejected with before"])
    let named = ways.filter { !$0.isCertain }.compactMap(\.undecidedRule?.rule.description)
    #expect(named == ["filter FORWARD rule 2", "filter FORWARD rule 2"])
  }

  @Test("A match of iptables whose options are not read is a condition of its rule, and nothing is uncertain")
  func undecodedMatch() throws {
    let filter = FakePacketFilter()
    let match = Match.unknown(UnknownExtension(name: "time", revision: 0, bytes: [1], reason: "not known"))
    filter.append("filter", "FORWARD", [match], .drop)
    filter.append("filter", "FORWARD", [match], .refuse())
    let ways = try Walker(filter).walkArriving(packet)
    #expect(
      ways.map(\.text).sorted() == [
        "-m time (filter FORWARD rule 1): dropped",
        "not -m time (filter FORWARD rule 1) and -m time (filter FORWARD rule 2): rejected with icmp-port-unreachable",
        "not -m time (filter FORWARD rule 1) and not -m time (filter FORWARD rule 2): forwarded to 203.0.113.5:80",
      ])
    #expect(ways.allSatisfy { $0.isCertain })
  }

  @Test("A target of iptables that changes nothing that rules are asked for lets the packet go on")
  func passingTarget() throws {
    let filter = FakePacketFilter()
    for name in UnknownExtension.passing {
      filter.append(
        "mangle", "FORWARD", [], .unknown(UnknownExtension(name: name, revision: 9, bytes: [], reason: "not known")))
    }
    #expect(try arriving(packet, filter) == ["forwarded to 203.0.113.5:80"])
  }

  @Test("Where both answers end alike, nothing is uncertain")
  func bothEndAlike() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.geoip], .jump("LOGGING"))
    filter.append("filter", "LOGGING", [], .log(LogAction(level: 4, flags: 0, prefix: "")))
    filter.append("nat", "PREROUTING", [.geoip], .accept)
    filter.append("nat", "PREROUTING", [], .accept)
    let ways = try Walker(filter).walkArriving(packet)
    #expect(ways.map(\.text) == ["forwarded to 203.0.113.5:80"])
    #expect(ways.allSatisfy { $0.isCertain })
  }

  @Test("An unknown match behind one that fails decides nothing")
  func behindAFailure() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.geoip, .dport(81...81)], .drop)
    #expect(try arriving(packet, filter) == ["forwarded to 203.0.113.5:80"])
  }

  @Test("Two rules with the same unknown match are not taken to decide alike")
  func twoUnknownRules() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.geoip], .drop)
    filter.append("filter", "FORWARD", [.geoip], .refuse())
    #expect(try arriving(packet, filter).count == 3)
  }

  @Test("An unknown target may end the way or let it go on; both are named")
  func unknownTarget() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.dport(80...80)], .strange)
    filter.append("filter", "FORWARD", [], .drop)
    let what = "target STRANGE revision 7, not known to kpx"
    #expect(
      try arriving(packet, filter) == [
        "not \(what) lets it go on (filter FORWARD rule 1): uncertain: \(what) (filter FORWARD rule 1)",
        "\(what) lets it go on (filter FORWARD rule 1): dropped",
      ])
    #expect(try Walker(filter).walkArriving(packet).allSatisfy { !$0.isCertain })
  }

  @Test("An unknown target that is met twice does the same both times")
  func unknownTargetTwice() throws {
    let filter = FakePacketFilter()
    for _ in 0..<2 { filter.append("filter", "FORWARD", [], .jump("TWICE")) }
    filter.append("filter", "TWICE", [], .strange)
    let ways = try Walker(filter).walkArriving(packet)
    #expect(ways.count == 2 && ways.allSatisfy { !$0.set.isEmpty })
  }

  @Test("A set that cannot be asked is uncertain; one that needs what is not known is a condition")
  func sets() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.inSet("unreadable", source: false)], .drop)
    #expect(
      try arriving(packet, filter) == [
        "not set unreadable could not be asked (filter FORWARD rule 1): forwarded to 203.0.113.5:80",
        "set unreadable could not be asked (filter FORWARD rule 1): dropped",
      ])
    let other = FakePacketFilter()
    other.sets["list"] = [address("203.0.113.5")]
    other.append("filter", "FORWARD", [.inSet("list", source: true)], .drop)
    other.append("filter", "FORWARD", [.inSet("list", source: false, not: true)], .refuse())
    #expect(
      try arriving(packet, other) == [
        "in set list (src): dropped", "not in set list (src): forwarded to 203.0.113.5:80",
      ])
  }
}
