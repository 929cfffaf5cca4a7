import Testing

@testable import Inspect

@Suite("Walk: hooks and routing")
struct WalkHookTests {
  @Test("What is for this node goes to INPUT, all else to FORWARD and POSTROUTING")
  func routing() throws {
    let filter = FakePacketFilter()
    filter.append("filter", "INPUT", [], .refuse("input"))
    filter.append("filter", "FORWARD", [.dport(81...81)], .refuse("forward"))
    filter.append("mangle", "POSTROUTING", [], .orMark(1))
    #expect(try arriving(.to("192.0.2.1:80"), filter) == ["rejected with input"])
    #expect(try arriving(.to("127.1.2.3:80"), filter) == ["rejected with input"])
    #expect(try arriving(.toNode(80), filter) == ["rejected with input"])
    #expect(try arriving(.to("203.0.113.5:81"), filter) == ["rejected with forward"])
    #expect(try arriving(.to("203.0.113.5:80"), filter) == ["forwarded to 203.0.113.5:80, mark 1"])
    #expect(try arriving(.to("[fd00::1]:80"), filter) == ["rejected with input"])
  }

  @Test("A destination that is not known goes both ways")
  func unknownDestination() throws {
    let packet = Packet(transport: .tcp, family: .v4, destination: .any, destinationPort: 80)
    #expect(
      try arriving(packet, FakePacketFilter()) == [
        "destination is an address of this node: delivered to anywhere, port 80",
        "destination is no address of this node: forwarded to anywhere, port 80",
      ])
  }

  @Test("Interfaces are those of the hook: no way out is known before routing; before Linux 5.7 no way in behind it")
  func interfacesOfHooks() throws {
    let filter = FakePacketFilter()
    filter.kernel = KernelRelease("5.6.0")
    filter.append("mangle", "PREROUTING", [.out("eth1")], .refuse("no way out yet"))
    filter.append("mangle", "PREROUTING", [.out("+", not: true)], .refuse("any is none, too"))
    filter.append("mangle", "FORWARD", [.in("eth0")], .orMark(1))
    filter.append("mangle", "POSTROUTING", [.in("eth0")], .refuse("no way in any more"))
    filter.append("mangle", "POSTROUTING", [.out("eth1")], .orMark(2))
    filter.append("filter", "INPUT", [.out("eth1")], .refuse("none for this node"))
    filter.append("filter", "INPUT", [.out("eth1", not: true), .in("eth0")], .orMark(4))
    #expect(
      try arriving(.to("203.0.113.5:80", by: "eth0"), filter) == [
        "leaving by eth1: forwarded to 203.0.113.5:80, mark 3",
        "not leaving by eth1: forwarded to 203.0.113.5:80, mark 1",
      ])
    #expect(try arriving(.to("192.0.2.1:80", by: "eth0"), filter) == ["delivered to 192.0.2.1:80, mark 4"])
    filter.kernel = KernelRelease("5.7.0-1-amd64")
    #expect(try arriving(.to("203.0.113.5:80", by: "eth0"), filter) == ["rejected with no way in any more, mark 1"])
  }

  @Test("DNAT to where a packet goes anyway translates nothing, and conntrack says so")
  func sameDestination() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [], .dnat(to: "203.0.113.5:80"))
    filter.append("filter", "FORWARD", [.state(.dnat)], .drop)
    #expect(try arriving(.to("203.0.113.5:80"), filter) == ["forwarded to 203.0.113.5:80"])
    #expect(try arriving(.to("203.0.113.5:81"), filter) == ["dropped"])
  }

  @Test("Nothing arrives from outside by lo")
  func loopback() throws {
    let filter = FakePacketFilter(drops: ["filter INPUT"])
    filter.append("filter", "INPUT", [.in("lo")], .accept)
    #expect(try arriving(.toNode(80), filter) == ["dropped"])
  }

  @Test("What the node sends starts at OUTPUT, has no way in, and leaves by POSTROUTING")
  func localOutput() throws {
    let filter = FakePacketFilter()
    filter.append("mangle", "PREROUTING", [], .refuse("not met"))
    filter.append("filter", "FORWARD", [], .refuse("not met"))
    filter.append("mangle", "OUTPUT", [.in("eth0", not: true)], .orMark(1))
    filter.append("mangle", "POSTROUTING", [], .orMark(2))
    #expect(try sent(.to("203.0.113.5:80"), filter) == ["forwarded to 203.0.113.5:80, mark 3"])
    #expect(try arriving(.to("203.0.113.5:80"), filter) == ["rejected with not met"])
  }

  @Test("What the node sends to itself comes back by lo, and passes PREROUTING and INPUT")
  func sentToItself() throws {
    let filter = FakePacketFilter()
    filter.append("mangle", "OUTPUT", [], .orMark(1))
    filter.append("mangle", "POSTROUTING", [], .orMark(2))
    filter.append("mangle", "PREROUTING", [.in("lo"), .out("eth0", not: true)], .orMark(4))
    filter.append("filter", "INPUT", [.in("lo")], .orMark(8))
    filter.append("nat", "PREROUTING", [], .dnat(to: "203.0.113.9:80"))
    filter.append("nat", "INPUT", [], .snat(to: "203.0.113.8"))
    #expect(try sent(.to("192.0.2.1:80"), filter) == ["delivered to 192.0.2.1:80, mark 15"])
  }

  @Test("A translation in OUTPUT decides where a packet goes")
  func outputTranslation() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "OUTPUT", [.to("203.0.113.5")], .dnat(to: "192.0.2.1:8080"))
    filter.append("nat", "OUTPUT", [.to("192.0.2.1")], .dnat(to: "10.1.0.1:80"))
    filter.append("mangle", "PREROUTING", [.dport(8080...8080)], .orMark(1))
    #expect(try sent(.to("203.0.113.5:80"), filter) == ["delivered to 192.0.2.1:8080, mark 1"])
    #expect(try sent(.to("192.0.2.1:80"), filter) == ["forwarded to 10.1.0.1:80"])
  }

  @Test("A packet that is redirected in OUTPUT leaves by a way that what was assumed in OUTPUT does not tell")
  func routedAnew() throws {
    let filter = FakePacketFilter()
    filter.append("mangle", "OUTPUT", [.out("eth0")], .orMark(1))
    filter.append("nat", "OUTPUT", [.dport(80...80)], .dnat(to: "10.1.0.1:80"))
    filter.append("mangle", "POSTROUTING", [.out("cali+")], .orMark(2))
    #expect(
      try sent(.to("203.0.113.5:81"), filter) == [
        "leaving by cali+: forwarded to 203.0.113.5:81, mark 2",
        "leaving by eth0: forwarded to 203.0.113.5:81, mark 1",
        "not leaving by cali+ and not leaving by eth0: forwarded to 203.0.113.5:81",
      ])
    #expect(try sent(.to("203.0.113.5:80"), filter).contains { $0.hasSuffix("mark 3") })
  }
}

@Suite("Walk: translations")
struct WalkTranslationTests {
  private let packet = Packet.to("203.0.113.5:80")

  @Test("DNAT ends the nat chain, and what comes later sees the new destination")
  func dnat() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [], .dnat(to: "10.1.0.1:8080"))
    filter.append("nat", "PREROUTING", [], .dnat(to: "10.1.0.2:8080"))
    filter.append("filter", "FORWARD", [.to("203.0.113.5")], .drop)
    filter.append("filter", "FORWARD", [.dport(80...80)], .drop)
    filter.append("filter", "FORWARD", [.to("10.1.0.1"), .dport(8080...8080)], .orMark(1))
    #expect(try arriving(packet, filter) == ["forwarded to 10.1.0.1:8080, mark 1"])
  }

  @Test("DNAT to an address alone keeps the port, and to a port alone the address")
  func partsOfDNAT() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [.to("203.0.113.5")], .dnat(to: "10.1.0.1"))
    filter.append("nat", "PREROUTING", [], .dnat(Translation(ports: 8080...8080)))
    #expect(try arriving(packet, filter) == ["forwarded to 10.1.0.1:80"])
    #expect(try arriving(.to("203.0.113.6:80"), filter) == ["forwarded to 203.0.113.6:8080"])
  }

  @Test("DNAT to a few addresses chooses one by the client; to many, or to a range of ports, one that is not foreseen")
  func ranges() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [.dport(80...80)], .dnat(to: "10.1.0.1-10.1.0.4"))
    filter.append("nat", "PREROUTING", [.dport(81...81)], .dnat(to: "10.0.0.0-10.255.255.255"))
    filter.append("nat", "PREROUTING", [.dport(82...82)], .dnat(Translation(ports: 8000...8010)))
    #expect(
      try arriving(packet, filter)
        == (1...4).map { "chosen out of DNAT's range, by the source: forwarded to 10.1.0.\($0):80" })
    #expect(
      try arriving(.to("203.0.113.5:82"), filter) == ["forwarded to 203.0.113.5, port any"])
    #expect(
      try arriving(.to("203.0.113.5:81"), filter) == [
        "destination is an address of this node: delivered to a chosen address, port 81",
        "destination is no address of this node: forwarded to a chosen address, port 81",
      ])
    #expect(try Walker(filter).walkArriving(.to("203.0.113.5:81")).allSatisfy { $0.packet.endpoint == nil })
  }

  @Test("What was known of a destination does not hold for one that the kernel chose instead")
  func factsOfAnotherDestination() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [.to("192.0.2.1")], .dnat(to: "10.0.0.0-10.255.255.255"))
    filter.append("filter", "FORWARD", [.to("192.0.2.1")], .drop)
    let ways = try arriving(.toNode(80), filter)
    #expect(ways.contains { $0.contains("forwarded to a chosen address") })
    let redirecting = FakePacketFilter()
    redirecting.append("nat", "PREROUTING", [.to("127.0.0.0/8", not: true)], .redirect(to: 8080))
    redirecting.append("filter", "INPUT", [.to("127.0.0.0/8")], .drop)
    let redirected = try arriving(.toNode(80), redirecting)
    #expect(redirected.contains { $0.contains("-d 127.0.0.0/8") && $0.contains("dropped") })
  }

  @Test("What was known of a source does not hold for the one that masquerading gives it")
  func factsOfAnotherSource() throws {
    let filter = FakePacketFilter()
    filter.addBase("late", "LATE", .postrouting, priority: 300)
    filter.append("nat", "POSTROUTING", [.from("10.0.0.0/8")], .masquerading)
    filter.append("late", "LATE", [.from("10.0.0.0/8")], .drop)
    #expect(
      try arriving(packet, filter) == [
        "source in 10.0.0.0/8 and -s 10.0.0.0/8: dropped, masqueraded",
        "source in 10.0.0.0/8 and not -s 10.0.0.0/8: forwarded to 203.0.113.5:80, masqueraded",
        "source outside 10.0.0.0/8: forwarded to 203.0.113.5:80",
      ])
  }

  @Test("REDIRECT sends to this node itself, and the walk goes on to INPUT")
  func redirect() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "PREROUTING", [.dport(80...80)], .redirect(to: 15001))
    filter.append("filter", "INPUT", [.dport(15001...15001)], .orMark(1))
    filter.append("filter", "FORWARD", [], .drop)
    let ways = try Walker(filter).walkArriving(packet)
    #expect(ways.map(\.text) == ["delivered to this node, port 15001, mark 1"])
    #expect(ways.allSatisfy { $0.packet.isRedirected })
    let sent = try Walker(filter).walkLocalOutput(packet)
    #expect(sent.map(\.text) == ["forwarded to 203.0.113.5:80"])
  }

  @Test("MASQUERADE and SNAT give another source, once")
  func sourceTranslation() throws {
    let filter = FakePacketFilter()
    filter.append("nat", "POSTROUTING", [.marked(1, 1)], .masquerading)
    filter.append("nat", "POSTROUTING", [.to("203.0.113.0/24")], .snat(to: "192.0.2.1"))
    filter.addBase("nat2", "SECOND", .postrouting, priority: 101)
    filter.append("nat2", "SECOND", [], .orMark(8))
    filter.append("nat2", "SECOND", [], .masquerading)
    var marked = packet
    marked.mark = Mark(1)
    #expect(try arriving(marked, filter) == ["forwarded to 203.0.113.5:80, masqueraded, mark 1"])
    #expect(try arriving(packet, filter) == ["forwarded to 203.0.113.5:80, source translated"])
    #expect(try arriving(.to("10.1.0.1:80"), filter) == ["forwarded to 10.1.0.1:80, masqueraded, mark 8"])
  }

  @Test("SNAT to one address gives a packet that one, and to a range one that is not foreseen")
  func sourceRange() throws {
    func source(_ text: String) throws -> [IPAddress?] {
      let filter = FakePacketFilter()
      filter.append("nat", "POSTROUTING", [], .snat(to: text))
      return try Walker(filter).walkArriving(packet).map(\.packet.translatedSource)
    }
    #expect(try source("192.0.2.1") == [address("192.0.2.1")])
    #expect(try source("192.0.2.1-192.0.2.9") == [nil])
  }

  @Test("A second nat chain of a hook is passed by once the first has translated, and met if it has not")
  func firstTranslationCounts() throws {
    let filter = FakePacketFilter()
    filter.addBase("nat2", "SECOND", .prerouting, priority: -99)
    filter.append("nat", "PREROUTING", [.to("203.0.113.5")], .dnat(to: "10.1.0.1:80"))
    filter.append("nat", "PREROUTING", [], .accept)
    filter.append("nat2", "SECOND", [], .dnat(to: "10.1.0.2:80"))
    #expect(try arriving(packet, filter) == ["forwarded to 10.1.0.1:80"])
    #expect(try arriving(.to("203.0.113.6:80"), filter) == ["forwarded to 10.1.0.2:80"])
  }

  @Test("What is not tracked meets no nat chain, and is neither new nor established")
  func notrack() throws {
    let filter = FakePacketFilter()
    filter.append("raw", "PREROUTING", [.dport(80...80)], .notrack)
    filter.append("nat", "PREROUTING", [], .dnat(to: "10.1.0.1:80"))
    filter.append("nat", "POSTROUTING", [], .masquerading)
    filter.append("filter", "FORWARD", [.state(.new)], .orMark(1))
    filter.append("filter", "FORWARD", [.state(.untracked)], .orMark(2))
    filter.append("filter", "FORWARD", [.connmarked(0)], .orMark(4))
    filter.append("filter", "FORWARD", [.conntrack(ConntrackMatch(fields: .direction))], .orMark(8))
    #expect(try arriving(packet, filter) == ["forwarded to 203.0.113.5:80, mark 2"])
    #expect(try arriving(.to("203.0.113.5:81"), filter) == ["forwarded to 10.1.0.1:80, masqueraded, mark 13"])
  }

  @Test("In nf_tables a packet that is not tracked has a state, and no rule that asks for more of its connection holds")
  func notrackNative() throws {
    func test(_ field: NFTField, _ operation: NFTComparison.Operator, _ data: [UInt8]) -> Match {
      .native(.comparison(NFTComparison(value: .field(field), operation: operation, data: data)))
    }
    let filter = FakePacketFilter()
    filter.append("raw", "PREROUTING", [.dport(80...80)], .notrack)
    filter.append("filter", "FORWARD", [test(.connectionState, .equal, [64, 0, 0, 0])], .orMark(1))
    filter.append("filter", "FORWARD", [test(.connectionStatus, .notEqual, [32, 0, 0, 0])], .orMark(2))
    filter.append("filter", "FORWARD", [test(.connectionDirection, .equal, [0])], .orMark(4))
    #expect(try arriving(packet, filter) == ["forwarded to 203.0.113.5:80, mark 1"])
    #expect(try arriving(.to("203.0.113.5:81"), filter) == ["forwarded to 203.0.113.5:81, mark 6"])
  }

  @Test("A forwarded packet has no socket, whose owner rules of nf_tables could ask for")
  func socketOwner() throws {
    let owner = NFTComparison(value: .field(.meta(key: 10)), operation: .notEqual, data: [0, 0, 0, 0])
    let filter = FakePacketFilter()
    filter.append("filter", "FORWARD", [.native(.comparison(owner))], .drop)
    #expect(try arriving(packet, filter) == ["forwarded to 203.0.113.5:80"])
  }
}

/// A node that has a route to nothing but 10.1.0.0/16, by eth1.
private final class RoutedNode: Node {
  let rules = FakePacketFilter()
  var filter: any PacketFilter { rules }
  var localAddresses: [IPPrefix]? { rules.localAddresses }
  var routing: any NodeRouting { OneRoute(localAddresses: localAddresses ?? []) }
}

private struct OneRoute: NodeRouting {
  let localAddresses: [IPPrefix]

  func route(_ packet: Packet) -> Routing? {
    guard case .known(let destination) = packet.destination else { return nil }
    if localAddresses.contains(where: { $0.contains(destination) }) { return .local }
    return prefix("10.1.0.0/16").contains(destination)
      ? .out(interface: "eth1") : .refused(Refusal(.route, "no route"))
  }

  func departure(of packet: Packet) -> Routing? { route(packet) }

  func refusalToForward(_ packet: Packet) -> Refusal? { nil }

  func obstacle(toPod address: IPAddress, leavingBy interface: String) -> Refusal? { nil }

  func way(to address: IPAddress) -> Way? { nil }

  func arrivals(_ family: IPFamily) -> Arrivals? { nil }

  func addresses(of interface: String, family: IPFamily) -> [IPAddress]? {
    interface == "eth0" ? [address("192.0.2.1")] : []
  }

  func masqueradeAddress(of packet: Packet) -> IPAddress? { nil }

  func filteredBridges(_ family: IPFamily) -> [Bridge]? { [] }

  func port(leadingTo address: IPAddress) -> String? { nil }

  func interface(number: Int32) -> String? { nil }

  func bridge(ofPort name: String) -> String? { nil }
}

@Suite("Walk: routing")
struct WalkRoutingTests {
  private let packet = Packet.to("203.0.113.5:80", from: "198.51.100.1", by: "eth0")

  private func ways(_ packet: Packet, _ filter: RoutedNode) throws -> [String] {
    let isSent = packet.inInterface == .none
    let walker = Walker(filter)
    return try (isSent ? walker.walkLocalOutput(packet) : walker.walkArriving(packet)).map(\.text)
  }

  @Test("Where packets come from need not be known for the interface by which they leave, and rules ask for no other")
  func leavingInterface() throws {
    let filter = RoutedNode()
    filter.rules.append("nat", "PREROUTING", [], .dnat(to: "10.1.2.3:8080"))
    filter.rules.append("filter", "FORWARD", [.out("eth2")], .drop)
    filter.rules.append("nat", "POSTROUTING", [.out("eth1")], .masquerading)
    #expect(try ways(.to("203.0.113.5:80"), filter) == ["forwarded to 10.1.2.3:8080, masqueraded"])
  }

  @Test("A packet of known ends leaves by the interface that routing gives it, and rules ask for no other")
  func knownInterface() throws {
    let filter = RoutedNode()
    filter.rules.append("nat", "PREROUTING", [], .dnat(to: "10.1.0.1:8080"))
    filter.rules.append("filter", "FORWARD", [.out("eth2")], .drop)
    filter.rules.append("nat", "POSTROUTING", [.out("eth1")], .masquerading)
    #expect(try ways(packet, filter) == ["forwarded to 10.1.0.1:8080, masqueraded"])
  }

  @Test("REDIRECT takes an address of the interface that a packet comes by, and drops it where there is none")
  func redirectWithoutAddress() throws {
    let filter = RoutedNode()
    filter.rules.append("nat", "PREROUTING", [], .redirect(to: 8080))
    #expect(try ways(packet, filter) == ["delivered to this node, port 8080"])
    let other = Packet.to("203.0.113.5:80", from: "198.51.100.1", by: "cali1")
    #expect(try ways(other, filter) == ["refused: REDIRECT finds no address on cali1"])
  }

  @Test("What routing refuses is refused after PREROUTING; other rules do not meet it")
  func refusedOnArrival() throws {
    let filter = RoutedNode()
    filter.rules.append("filter", "FORWARD", [], .refuse())
    #expect(try ways(packet, filter) == ["refused: no route"])
  }

  @Test("What nat redirects in OUTPUT to where no route leads goes no further than nat")
  func refusedInOutput() throws {
    let filter = RoutedNode()
    filter.rules.append("nat", "OUTPUT", [.to("10.1.0.9")], .dnat(to: "203.0.113.9:80"))
    filter.rules.append("filter", "OUTPUT", [], .refuse())
    var sent = Packet.to("10.1.0.9:80", from: "192.0.2.1")
    sent.inInterface = .none
    #expect(try ways(sent, filter) == ["refused: no route"])
  }
}
