import Testing

@testable import Inspect

/// A node whose bridge br0 shows iptables what it bridges, with two pods and a tunnel behind its ports.
private final class BridgingNode: Node {
  let rules = FakePacketFilter()
  var bridges: [Bridge]? = [Bridge(name: "br0", ports: ["veth1", "veth2", "tunnel"])]
  var filter: any PacketFilter { rules }
  var localAddresses: [IPPrefix]? { rules.localAddresses }
  var routing: any NodeRouting { BridgeRouting(bridges: bridges) }
}

private struct BridgeRouting: NodeRouting {
  let bridges: [Bridge]?

  func route(_ packet: Packet) -> Routing? { departure(of: packet) }

  func departure(of packet: Packet) -> Routing? {
    guard case .known(let destination) = packet.destination else { return nil }
    return .out(interface: prefix("10.1.0.0/16").contains(destination) ? "br0" : "eth0")
  }

  func port(leadingTo address: IPAddress) -> String? {
    switch "\(address)" {
    case "10.1.0.1": "veth1"
    case "10.1.0.2": "veth2"
    default: nil
    }
  }

  func filteredBridges(_ family: IPFamily) -> [Bridge]? { bridges }
  func interface(number: Int32) -> String? { nil }
  func bridge(ofPort name: String) -> String? { nil }
  func refusalToForward(_ packet: Packet) -> Refusal? { nil }
  func obstacle(toPod address: IPAddress, leavingBy interface: String) -> Refusal? { nil }
  func way(to address: IPAddress) -> Way? { nil }
  func arrivals(_ family: IPFamily) -> Arrivals? { nil }
  func addresses(of interface: String, family: IPFamily) -> [IPAddress]? { nil }
  func masqueradeAddress(of packet: Packet) -> IPAddress? { nil }
}

@Suite("Walk: ports of bridges")
struct BridgePortTests {
  private static let isBridged = PhysdevMatch(fields: .isBridged, inverted: [])
  private static let notBridged = PhysdevMatch(fields: .isBridged, inverted: .isBridged)
  private static let isOut = PhysdevMatch(fields: .isOut, inverted: [])

  private static func `in`(_ name: String, not: Bool = false) -> PhysdevMatch {
    PhysdevMatch(fields: .inName, inverted: not ? .inName : [], inName: InterfaceMatch(name: name, inverted: not))
  }

  private static func out(_ name: String, not: Bool = false) -> PhysdevMatch {
    PhysdevMatch(fields: .outName, inverted: not ? .outName : [], outName: InterfaceMatch(name: name, inverted: not))
  }

  private let service = "203.0.113.5:80"

  /// What becomes of a packet to an endpoint where FORWARD drops what the match holds for.
  private func ways(
    _ match: PhysdevMatch, from source: String?, by interface: String?, to endpoint: String,
    bridges: [Bridge]? = [Bridge(name: "br0", ports: ["veth1", "veth2", "tunnel"])]
  ) throws -> [String] {
    let node = BridgingNode()
    node.bridges = bridges
    node.rules.append("nat", "PREROUTING", [], .dnat(to: endpoint))
    node.rules.append("filter", "FORWARD", [.physdev(match)], .drop)
    return try Walker(node, family: .v4).walkArriving(.to(service, from: source, by: interface)).map(\.text)
  }

  private let passed = ["forwarded to 10.1.0.2:80"]
  private let dropped = ["dropped"]

  @Test("A packet that comes by a bridge and stays on it is bridged, by the ports of its ends")
  func bridged() throws {
    func ways(_ match: PhysdevMatch) throws -> [String] {
      try self.ways(match, from: "10.1.0.1", by: "br0", to: "10.1.0.2:80")
    }
    #expect(try ways(Self.isBridged) == dropped)
    #expect(try ways(Self.notBridged) == passed)
    #expect(try ways(Self.isOut) == dropped)
    #expect(try ways(Self.in("veth1")) == dropped)
    #expect(try ways(Self.in("veth2")) == passed)
    #expect(try ways(Self.in("veth2", not: true)) == dropped)
    #expect(try ways(Self.out("veth2")) == dropped)
    #expect(try ways(Self.out("veth1")) == passed)
    #expect(try ways(Self.out("veth1", not: true)) == dropped)
  }

  @Test("A packet that leaves the bridge keeps its incoming port alone; asked for the other, nothing holds")
  func routed() throws {
    func ways(_ match: PhysdevMatch) throws -> [String] {
      try self.ways(match, from: "10.1.0.1", by: "br0", to: "192.0.2.9:80")
    }
    let passed = ["forwarded to 192.0.2.9:80"]
    #expect(try ways(Self.isBridged) == passed)
    #expect(try ways(Self.notBridged) == dropped)
    #expect(try ways(Self.in("veth1")) == dropped)
    #expect(try ways(Self.out("veth1", not: true)) == passed)
  }

  @Test(
    "What comes by no bridge, or by one that shows iptables nothing, meets inverted tests alone",
    arguments: [("eth0", [Bridge(name: "br0", ports: ["veth1"])]), ("br0", [])])
  func unseen(_ interface: String, _ bridges: [Bridge]) throws {
    func ways(_ match: PhysdevMatch) throws -> [String] {
      try self.ways(match, from: "10.1.0.1", by: interface, to: "10.1.0.2:80", bridges: bridges)
    }
    #expect(try ways(Self.isBridged) == passed)
    #expect(try ways(Self.in("veth1")) == passed)
    #expect(try ways(Self.notBridged) == dropped)
    #expect(try ways(Self.out("veth2", not: true)) == dropped)
  }

  @Test("Of packets that may come by anything, a bridge's own are told by the interface that they arrive by")
  func open() throws {
    #expect(
      Set(try ways(Self.isBridged, from: nil, by: nil, to: "10.1.0.2:80")) == [
        "arriving by br0: dropped", "not arriving by br0: forwarded to 10.1.0.2:80",
      ])
    // A port that an end which is not known may be behind, and one that is not there.
    #expect(try ways(Self.in("veth1"), from: nil, by: "br0", to: "10.1.0.2:80").count == 2)
    #expect(try ways(Self.in("veth9"), from: nil, by: "br0", to: "10.1.0.2:80") == passed)
    #expect(try ways(Self.isBridged, from: nil, by: nil, to: "10.1.0.2:80", bridges: nil).count == 2)
  }

  @Test("A pod does not reach itself through a service, unless its port is in hairpin mode")
  func hairpin() throws {
    func ways(_ bridge: Bridge, _ endpoint: String = "10.1.0.1:80") throws -> [String] {
      try self.ways(Self.in("veth9"), from: "10.1.0.1", by: "br0", to: endpoint, bridges: [bridge])
    }
    let bridge = Bridge(name: "br0", ports: ["veth1", "veth2"])
    #expect(
      try ways(bridge) == [
        "refused: veth1, the port of br0 that leads to the pod, sends nothing back by which it came: it has no hairpin mode"
      ])
    #expect(
      try ways(Bridge(name: "br0", ports: ["veth1", "veth2"], reflectingPorts: ["veth1"])) == [
        "forwarded to 10.1.0.1:80"
      ])
    #expect(try ways(bridge, "10.1.0.2:80") == passed)
    #expect(try ways(Bridge(name: "br1", ports: [])) == ["forwarded to 10.1.0.1:80"])
  }

  @Test("What this node sends came by no port")
  func sent() throws {
    let node = BridgingNode()
    node.rules.append("nat", "OUTPUT", [], .dnat(to: "10.1.0.2:80"))
    node.rules.append("filter", "OUTPUT", [.physdev(Self.isBridged)], .drop)
    node.rules.append("nat", "POSTROUTING", [.physdev(Self.notBridged)], .masquerading)
    #expect(
      try Walker(node, family: .v4).walkLocalOutput(.to(service)).map(\.text) == [
        "forwarded to 10.1.0.2:80, masqueraded"
      ])
  }
}
