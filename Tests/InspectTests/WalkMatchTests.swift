import Testing

@testable import Inspect

/// Whether a packet that arrives matches; nil if the walk goes both ways.
private func decide(_ match: Match, _ packet: Packet) throws -> Bool? {
  let filter = FakePacketFilter()
  filter.sets["here"] = [address("198.51.100.1"), address("203.0.113.5")]
  filter.append("mangle", "PREROUTING", [match], .drop)
  let ends = Set(try Walker(filter).walkArriving(packet).map(\.end))
  return ends == [.dropped] ? true : ends == [.forwarded] ? false : nil
}

@Suite("Walk: ranges of addresses")
struct WalkAddressRangeTests {
  private func range(_ text: String) -> ClosedRange<IPAddress> {
    let ends = text.split(separator: "-").map { address(String($0)) }
    return ends[0]...ends[1]
  }

  @Test("A known address is in a range or not; of sources that are not known the range's prefixes are told")
  func source() throws {
    let filter = FakePacketFilter()
    let match = AddressRangeMatch(source: range("10.0.0.1-10.0.0.4"), destination: range("203.0.113.4-203.0.113.9"))
    filter.append("filter", "FORWARD", [.addressRange(match)], .drop)
    #expect(
      try arriving(.to("203.0.113.5:80"), filter) == [
        "source in one of 10.0.0.1, 10.0.0.2/31, 10.0.0.4: dropped",
        "source is not 10.0.0.1 and source outside 10.0.0.2/31 and source is not 10.0.0.4: forwarded to 203.0.113.5:80",
      ])
    for (source, end) in [
      ("10.0.0.0", "forwarded to 203.0.113.5:80"), ("10.0.0.1", "dropped"), ("10.0.0.4", "dropped"),
      ("10.0.0.5", "forwarded to 203.0.113.5:80"),
    ] {
      #expect(try arriving(.to("203.0.113.5:80", from: source, by: "eth0"), filter) == [end], "\(source)")
    }
    #expect(
      try arriving(.to("203.0.113.3:80", from: "10.0.0.1", by: "eth0"), filter) == ["forwarded to 203.0.113.3:80"])
  }

  @Test("Turned round, both sides")
  func inverted() throws {
    let filter = FakePacketFilter()
    let match = AddressRangeMatch(
      source: range("10.0.0.1-10.0.0.4"), sourceInverted: true, destination: range("203.0.113.4-203.0.113.9"),
      destinationInverted: true)
    filter.append("filter", "FORWARD", [.addressRange(match)], .drop)
    #expect(try arriving(.to("203.0.113.3:80", from: "10.0.0.9", by: "eth0"), filter) == ["dropped"])
    #expect(
      try arriving(.to("203.0.113.4:80", from: "10.0.0.9", by: "eth0"), filter) == ["forwarded to 203.0.113.4:80"])
    #expect(
      try arriving(.to("203.0.113.3:80", from: "10.0.0.4", by: "eth0"), filter) == ["forwarded to 203.0.113.3:80"])
  }
}

@Suite("Walk: matches")
struct WalkMatchTests {
  /// From 198.51.100.1:40000 by eth0 to 203.0.113.5:80, marked 0x5, its connection 0xa0.
  private static let known: Packet = {
    var packet = Packet.to("203.0.113.5:80", from: "198.51.100.1", by: "eth0")
    packet.sourcePort = 40000
    packet.mark = Mark(0x5)
    packet.connectionMark = Mark(0xa0)
    return packet
  }()

  /// Each match as it stands, and whether it holds for `known`.
  private static let decided: [(String, @Sendable (_ not: Bool) -> Match, Bool)] = [
    ("source", { .from("198.51.0.0/16", not: $0) }, true),
    ("other source", { .from("10.0.0.0/8", not: $0) }, false),
    ("destination", { .to("203.0.113.5", not: $0) }, true),
    ("other destination", { .to("203.0.113.6", not: $0) }, false),
    ("interface", { .in("eth0", not: $0) }, true),
    ("interface's beginning", { .in("eth+", not: $0) }, true),
    ("interface without its end", { .in("eth", not: $0) }, false),
    ("other interface", { .in("cali+", not: $0) }, false),
    ("protocol", { .proto(.tcp, not: $0) }, true),
    ("other protocol", { .proto(.udp, not: $0) }, false),
    ("port", { .dport(80...80, not: $0) }, true),
    ("range of ports", { .dport(79...81, not: $0) }, true),
    ("other port", { .dport(81...90, not: $0) }, false),
    ("source port", { .sport(32768...60999, not: $0) }, true),
    ("other source port", { .sport(0...1023, not: $0) }, false),
    ("multiport", { .multiport(.destination, 443...443, 80...80, not: $0) }, true),
    ("multiport, source", { .multiport(.source, 80...80, not: $0) }, false),
    ("multiport, either", { .multiport(.either, 40000...40000, not: $0) }, true),
    ("mark", { .marked(0x4, 0x4, not: $0) }, true),
    ("mark, whole", { .marked(0x4, not: $0) }, false),
    ("mark under a mask that cannot hold it", { .marked(0x5, 0x4, not: $0) }, false),
    ("connmark", { .connmarked(0x80, 0x80, not: $0) }, true),
    ("other connmark", { .connmarked(0x5, not: $0) }, false),
    ("kind of destination", { .destinationIs(.local, not: $0) }, false),
    ("kind of source", { .sourceIs(.local, not: $0) }, false),
    ("kind of destination, of the interface's", { .destinationIs(.local, ofInterface: true, not: $0) }, false),
    ("state", { .state([.new, .established], not: $0) }, true),
    ("other state", { .state([.related, .established], not: $0) }, false),
    ("set", { .inSet("here", source: true, not: $0) }, true),
    ("fragment", { .fragment(inverted: !$0) }, true),
  ]

  @Test("A match of what is known is decided, and its inversion is the opposite", arguments: decided.map(\.0))
  func decides(name: String) throws {
    let (_, match, holds) = try #require(Self.decided.first { $0.0 == name })
    #expect(try decide(match(false), Self.known) == holds)
    #expect(try decide(match(true), Self.known) == !holds)
  }

  @Test("A match of what is not known goes both ways, inverted or not")
  func forks() throws {
    let unknown = Packet.to("203.0.113.5:80")
    let matches: [Match] = [
      .from("10.0.0.0/8"), .from("10.0.0.0/8", not: true), .in("eth0"), .in("eth0", not: true), .sport(1...1),
      .sport(1...1, not: true), .multiport(.source, 5...5), .sourceIs(.local), .inSet("here", source: true), .sender(0),
    ]
    for match in matches { #expect(try decide(match, unknown) == nil, "\(match)") }
    // Of which interface an address of this node is, is not known; and what is not the interface's is unicast.
    for match in [Match.destinationIs(.local, ofInterface: true), .destinationIs(.unicast, ofInterface: true)] {
      #expect(try decide(match, .to("192.0.2.1:80", from: "198.51.100.1", by: "eth0")) == nil, "\(match)")
    }
    #expect(try decide(.destinationIs(.unicast, ofInterface: true), Self.known) == nil)
  }

  @Test("A packet that arrives has no socket, and of one that the node sends it is not known whose it is")
  func owner() throws {
    func match(_ edit: (inout OwnerMatch) -> Void) -> Match {
      var match = OwnerMatch()
      edit(&match)
      return .owner(match)
    }
    let cases: [(Match, Bool)] = [
      (match { $0.users = 5...5 }, false), (match { $0.socketExists = true }, false),
      (match { $0.socketExists = false }, true),
      (
        match {
          $0.users = 5...5
          $0.usersInverted = true
        }, true
      ),
      (match { $0.supplementaryGroups = true }, false),
    ]
    for (match, holds) in cases {
      let filter = FakePacketFilter()
      filter.append("mangle", "POSTROUTING", [match], .drop)
      let ends = try Walker(filter).walkArriving(.to("203.0.113.5:80")).map(\.end)
      #expect(ends == [holds ? .dropped : .forwarded], "\(match)")
      var packet = Packet.to("203.0.113.5:80")
      packet.source = .local
      #expect(try Walker(filter).walkLocalOutput(packet).count == 2, "\(match)")
    }
  }

  @Test("A match that is true of anything is decided of what is not known")
  func certainOfUnknown() throws {
    let unknown = Packet.to("203.0.113.5:80")
    #expect(try decide(.from("0.0.0.0/0"), unknown) == true)
    #expect(try decide(.in("+"), unknown) == true)
    #expect(try decide(.sport(0...65535), unknown) == true)
    #expect(try decide(.multiport(.either, 80...80), unknown) == true)
  }

  @Test("A port of a rule is compared for its own protocol alone")
  func portsOfProtocols() throws {
    var packet = Self.known
    packet.transport = .udp
    #expect(try decide(.dport(80...80), packet) == false)
    #expect(try decide(.dport(81...81, not: true), packet) == false)
    var match = UDPMatch()
    match.destination = PortMatch(80...80)
    #expect(try decide(.udp(match), packet) == true)
    #expect(try decide(.udp(match), Self.known) == false)
    var stream = SCTPMatch()
    stream.destination = PortMatch(80...80, inverted: true)
    packet.transport = .sctp
    #expect(try decide(.sctp(stream), packet) == false)
    stream.destination.inverted = false
    #expect(try decide(.sctp(stream), packet) == true)
  }

  @Test("A connection's first packet has SYN, and neither ACK, RST nor FIN")
  func flags() throws {
    var syn = TCPMatch()
    syn.flagMask = 0x17
    syn.flagComparison = 0x02
    #expect(try decide(.tcp(syn), Self.known) == true)
    syn.flagsInverted = true
    #expect(try decide(.tcp(syn), Self.known) == false)
    var reset = TCPMatch()
    reset.flagMask = 0x04
    reset.flagComparison = 0x04
    #expect(try decide(.tcp(reset), Self.known) == false)
    var impossible = TCPMatch()
    impossible.flagComparison = 0x02
    #expect(try decide(.tcp(impossible), Self.known) == false)
  }

  @Test("An address under a mask that is no prefix is compared bit by bit")
  func maskWithHoles() throws {
    let odd = AddressMatch(address: address("198.0.100.0"), mask: address("255.0.255.0"))
    #expect(try decide(.source(odd), Self.known) == true)
    var other = odd
    other.address = address("198.0.101.0")
    #expect(try decide(.source(other), Self.known) == false)
    #expect(try decide(.source(odd), Packet.to("203.0.113.5:80")) == nil)
  }

  @Test("recent --set notes and is true; what it asks is not known")
  func recent() throws {
    let set = RecentMatch(operation: .set, name: "list", mask: address("255.255.255.255"))
    #expect(try decide(.recent(set), Self.known) == true)
    var check = set
    check.operation = .check
    check.seconds = 600
    #expect(try decide(.recent(check), Self.known) == nil)
  }

  @Test("The connection's own two ends are those before and after a translation")
  func conntrackTuples() throws {
    func ways(_ match: ConntrackMatch) throws -> [String] {
      let filter = FakePacketFilter()
      filter.append("nat", "PREROUTING", [], .dnat(to: "10.1.0.1:8080"))
      filter.append("filter", "FORWARD", [.conntrack(match)], .drop)
      return try arriving(Self.known, filter)
    }
    let dropped = ["dropped, mark 5"]
    let forwarded = ["forwarded to 10.1.0.1:8080, mark 5"]
    var original = ConntrackMatch(fields: .originalDestination)
    original.originalDestination = AddressMatch(address: address("203.0.113.5"), mask: .mask(32, .v4))
    #expect(try ways(original) == dropped)
    original.originalDestination?.address = address("10.1.0.1")
    #expect(try ways(original) == forwarded)
    original.inverted = .originalDestination
    #expect(try ways(original) == dropped)
    var port = ConntrackMatch(fields: .originalDestinationPort)
    port.originalDestinationPort = 80...80
    #expect(try ways(port) == dropped)
    var reply = ConntrackMatch(fields: [.replySource, .replySourcePort])
    reply.replySource = AddressMatch(address: address("10.1.0.1"), mask: .mask(32, .v4))
    reply.replySourcePort = 8080...8080
    #expect(try ways(reply) == dropped)
    reply.replySourcePort = 80...80
    #expect(try ways(reply) == forwarded)
    var direction = ConntrackMatch(fields: .direction)
    #expect(try ways(direction) == dropped)
    direction.inverted = .direction
    #expect(try ways(direction) == forwarded)
    var state = ConntrackMatch(fields: .state)
    state.states = .dnat
    #expect(try ways(state) == dropped)
  }

  @Test("What raw's chains see is not tracked yet")
  func rawComesBeforeTracking() throws {
    let filter = FakePacketFilter()
    filter.append("raw", "PREROUTING", [.state(.new)], .drop)
    filter.append("mangle", "PREROUTING", [.state(.new, not: true)], .drop)
    #expect(try arriving(Self.known, filter) == ["forwarded to 203.0.113.5:80, mark 5"])
  }
}

@Suite("Walk: marks")
struct WalkMarkTests {
  @Test("Bits that are not known decide nothing; those that are decide alone")
  func unknownBits() {
    let mark = Mark(value: 0x4000, known: 0xff00)
    #expect(mark.matches(value: 0x4000, mask: 0x4000) == true)
    #expect(mark.matches(value: 0, mask: 0x4000) == false)
    #expect(mark.matches(value: 0x4001, mask: 0x4001) == nil)
    #expect(mark.matches(value: 0x0001, mask: 0x4001) == false)
    #expect(mark.matches(value: 0x4000, mask: 0xff00) == true)
  }

  @Test("Setting a mark: bits of the mask are known afterwards, others are flipped or left")
  func setting() {
    let mark = Mark(value: 0x4000, known: 0xff00)
    #expect(mark.setting(value: 0x1, mask: 0xff) == Mark(value: 0x4001, known: 0xffff))
    #expect(mark.setting(value: 0x4000, mask: 0) == Mark(value: 0, known: 0xff00))
    #expect(mark.setting(value: 0x4000, mask: 0x4000) == mark)
    #expect(mark.setting(value: 0x7, mask: .max) == Mark(7))
    // A bit that is flipped and was not known is not known.
    #expect(mark.setting(value: 0x1, mask: 0) == mark)
  }

  @Test("Taking another mark's bits makes known what is known of both")
  func taking() {
    let mark = Mark(value: 0x10, known: .max)
    let other = Mark(value: 0x4, known: 0xf)
    #expect(mark.taking(other, otherMask: 0xf, mask: 0xff) == Mark(4))
    #expect(mark.taking(other, otherMask: 0xff, mask: 0xff) == Mark(value: 0x4, known: ~0xf0))
    #expect(mark.taking(other, otherMask: 0x4, mask: 0) == Mark(0x14))
  }

  private func marks(_ actions: Action..., packet: Mark = Mark(0), connection: Mark = Mark(0)) throws -> (Mark, Mark) {
    let filter = FakePacketFilter()
    for action in actions { filter.append("mangle", "PREROUTING", [], action) }
    var arriving = Packet.to("203.0.113.5:80")
    arriving.mark = packet
    arriving.connectionMark = connection
    let ways = try Walker(filter).walkArriving(arriving)
    let only = try #require(ways.first)
    #expect(ways.count == 1)
    return (only.packet.mark, only.packet.connectionMark)
  }

  @Test("A mark goes to the connection and back, each under its mask")
  func connmark() throws {
    let save = ConnmarkAction(mode: .save, value: 0, connectionMask: 0xff, packetMask: 0xff)
    #expect(try marks(.connmark(save), packet: Mark(0x123), connection: Mark(0xf00)) == (Mark(0x123), Mark(0xf23)))
    let restore = ConnmarkAction(mode: .restore, value: 0, connectionMask: 0xff, packetMask: 0xff)
    #expect(try marks(.connmark(restore), packet: Mark(0x123), connection: Mark(0xf45)) == (Mark(0x145), Mark(0xf45)))
    let set = ConnmarkAction(mode: .set, value: 0x4, connectionMask: 0xf, packetMask: 0)
    #expect(try marks(.connmark(set), connection: Mark(0xff)) == (Mark(0), Mark(0xf4)))
  }

  @Test("CONNMARK shifts what it takes after masking it, and what it sets as a whole")
  func shifts() throws {
    var save = ConnmarkAction(mode: .save, value: 0, connectionMask: 0xff00, packetMask: 0xff)
    save.shift = 8
    #expect(try marks(.connmark(save), packet: Mark(0x1234), connection: Mark(0)).1 == Mark(0x3400))
    var restore = ConnmarkAction(mode: .restore, value: 0, connectionMask: 0xff00, packetMask: 0xff)
    restore.shift = 8
    restore.shiftsRight = true
    #expect(try marks(.connmark(restore), packet: Mark(0), connection: Mark(0x3456)).0 == Mark(0x34))
    var set = ConnmarkAction(mode: .set, value: 0x4, connectionMask: 0xf, packetMask: 0)
    set.shift = 4
    #expect(try marks(.connmark(set), connection: Mark(0x1f)).1 == Mark(0x140))
    let half = Mark(value: 0x30, known: 0xf0)
    let taken = try marks(.connmark(restore), packet: Mark(0), connection: Mark(value: 0x3000, known: 0xf000)).0
    #expect(taken == Mark(value: 0x30, known: ~0x0f))
    #expect(half.value == taken.value)
  }

  @Test("A mark that is not known forks, and one that a rule sets decides again")
  func unknownThenKnown() throws {
    let filter = FakePacketFilter()
    filter.append("mangle", "PREROUTING", [.marked(0x4000, 0x4000)], .orMark(1))
    filter.append("mangle", "FORWARD", [], .orMark(0x4000))
    filter.append("filter", "FORWARD", [.marked(0x4000, 0x4000, not: true)], .drop)
    filter.append("filter", "FORWARD", [.marked(1, 1)], .refuse())
    var packet = Packet.to("203.0.113.5:80")
    packet.mark = Mark(value: 0, known: 0xff)
    #expect(
      try arriving(packet, filter) == [
        "-m mark --mark 0x4000/0x4000: rejected with icmp-port-unreachable, mark 16385",
        "not -m mark --mark 0x4000/0x4000: forwarded to 203.0.113.5:80, mark 16384",
      ])
  }
}
