import TestSupport
import Testing

@testable import Inspect

/// The interface by which what is sent to an endpoint leaves the node, where its address alone decides that.
@Suite(
  "Leaving interface", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct LeavingInterfaceTests {
  private func packet(to destination: String, mark: Mark = Mark(0)) throws -> Packet {
    let address = try #require(IPAddress(destination))
    var packet = Packet(
      transport: .tcp, family: address.family, destination: .known(address), destinationPort: 80)
    packet.mark = mark
    return packet
  }

  /// A namespace with eth0 and eth1, some routes, and what `commands` add.
  private func interfaces(
    _ packets: [Packet], after commands: [String]
  ) async throws -> [String?] {
    try await withPrivateNetworkNamespace { node in
      let links = ["eth0", "eth1"]
      for (number, link) in links.enumerated() {
        try node.must("ip", "link", "add", link, "type", "veth", "peer", "name", "\(link)p")
        try node.must("ip", "link", "set", "\(link)p", "up")
        try node.must("ip", "link", "set", link, "up")
        try node.must("ip", "addr", "add", "10.1.\(number).1/24", "dev", link)
        try node.must("ip", "addr", "add", "fd00:\(number)::1/64", "dev", link, "nodad")
      }
      try node.must("ip", "route", "add", "default", "via", "10.1.0.2")
      for command in commands { try node.must("sh", "-c", command) }
      let routing = try LiveRouting()
      return try packets.map { packet in
        switch try routing.departure(of: packet) {
        case .out(let interface)?: interface
        case .refused(let refusal)?: refusal.description
        case .local?, nil: nil
        }
      }
    }
  }

  @Test("The destination decides by the routes of all tables that the usual rules name")
  func destination() async throws {
    let packets = try ["10.1.1.7", "192.0.2.1", "fd00:1::7", "2001:db8::1", "10.1.0.1"].map { try packet(to: $0) }
    #expect(
      try await interfaces(packets, after: []) == ["eth1", "eth0", "eth1", "the node has no route to 2001:db8::1", nil])
  }

  @Test("Several next hops and unknown destinations leave it open")
  func open() async throws {
    var packets = [try packet(to: "10.8.0.1")]
    packets.append(
      Packet(transport: .tcp, family: .v4, destination: .local, destinationPort: 80))
    let commands = ["ip route add 10.8.0.0/24 nexthop via 10.1.0.2 nexthop via 10.1.1.2"]
    #expect(try await interfaces(packets, after: commands) == [nil, nil])
  }

  @Test("Routes that refuse say why, in both families; also where a rule by mark or destination chooses their table")
  func refused() async throws {
    let packets = try ["10.9.0.1", "10.9.1.1", "10.9.2.1", "fd00:9::1", "10.9.3.1"].map { try packet(to: $0) }
    let commands = [
      "ip route add blackhole 10.9.0.0/24", "ip route add unreachable 10.9.1.0/24", "ip route add prohibit 10.9.2.0/24",
      "ip -6 route add blackhole fd00:9::/64",
      "ip rule add priority 100 to 10.9.3.0/24 table 77; ip route add blackhole default table 77",
    ]
    #expect(
      try await interfaces(packets, after: commands) == [
        "a blackhole route discards packets to 10.9.0.1", "a route makes 10.9.1.1 unreachable",
        "a route prohibits 10.9.2.1", "a blackhole route discards packets to fd00:9::1",
        "a blackhole route discards packets to 10.9.3.1",
      ])
  }

  @Test("What a route refuses is open where a rule in front asks for more than destination and mark, and behind is not")
  func refusedInPart() async throws {
    func commands(_ priority: Int) -> [String] {
      [
        "ip route add blackhole 10.9.0.0/24; ip route add throw 10.9.1.0/24; ip route del default",
        "ip rule add priority \(priority) from 10.1.0.0/24 table 77; ip route add default via 10.1.1.2 table 77",
      ]
    }
    let asked = try ["10.9.0.1", "10.9.1.1"].map { try packet(to: $0) }
    #expect(try await interfaces(asked, after: commands(100)) == [nil, nil])
    #expect(
      try await interfaces(asked, after: commands(32767)) == ["a blackhole route discards packets to 10.9.0.1", nil])
  }

  @Test("A rule by source, interface, port or protocol in front leaves it open, and behind does not")
  func rules() async throws {
    for selector in ["from 10.1.0.0/24", "iif eth0", "ipproto tcp dport 80", "not to 10.1.0.0/24", "tos 8"] {
      let front = "ip rule add priority 100 \(selector) table 77; ip route add default via 10.1.1.2 table 77"
      let behind = front.replacing("priority 100", with: "priority 32766")
      let asked = [try packet(to: "192.0.2.1")]
      #expect(try await interfaces(asked, after: [front]) == [nil], "\(selector)")
      #expect(try await interfaces(asked, after: [behind]) == ["eth0"], "\(selector)")
    }
  }

  @Test("A rule by destination or mark decides where those are known")
  func marks() async throws {
    let packets = [
      try packet(to: "192.0.2.1"), try packet(to: "192.0.2.1", mark: Mark(0x200)),
      try packet(to: "192.0.2.1", mark: Mark(value: 0, known: ~0x200)), try packet(to: "198.51.100.1"),
    ]
    let commands = [
      "ip rule add priority 100 fwmark 0x200/0xf00 table 77; ip rule add priority 200 to 198.51.100.0/24 table 77",
      "ip route add default via 10.1.1.2 table 77",
    ]
    #expect(try await interfaces(packets, after: commands) == ["eth0", "eth1", nil, "eth1"])
  }
}
