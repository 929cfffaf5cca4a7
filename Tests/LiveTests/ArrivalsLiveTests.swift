import TestSupport
import Testing

@testable import Inspect

@Suite(
  "Arrivals: by which interfaces packets come to the node",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct ArrivalsLiveTests {
  /// What the routes of a node tell that has an uplink eth0 and two pairs, pod1 and pod2.
  private func arrivals(_ family: IPFamily = .v4, after commands: [String]) async throws -> Arrivals? {
    try await withPrivateNetworkNamespace { node in
      for link in ["eth0", "pod1", "pod2"] {
        try node.must("ip", "link", "add", link, "type", "veth", "peer", "name", "\(link)p")
        try node.must("ip", "link", "set", "\(link)p", "up")
        try node.must("ip", "link", "set", link, "up")
      }
      try node.must("ip", "addr", "add", "192.168.50.11/24", "dev", "eth0")
      try node.must("ip", "route", "add", "default", "via", "192.168.50.1")
      for command in commands { try node.must("sh", "-c", command) }
      return try LiveRouting().arrivals(family)
    }
  }

  @Test("An address with a route of its own to a pair of interfaces is attached to it")
  func attached() async throws {
    let commands = [
      "ip route add 10.244.1.5 dev pod1 scope link", "ip route add 10.244.1.6 dev pod2 scope link",
      "ip -6 route add fd00::5 dev pod1",
    ]
    let found = try await arrivals(after: commands)
    #expect(found?.attached.mapValues { $0.map(\.description) } == ["pod1": ["10.244.1.5"], "pod2": ["10.244.1.6"]])
    #expect(found?.interfaces.sorted() == ["eth0", "eth0p", "lo", "pod1", "pod1p", "pod2", "pod2p"])
    let sixth = try await arrivals(.v6, after: commands)
    #expect(sixth?.attached.mapValues { $0.map(\.description) } == ["pod1": ["fd00::5"]])
  }

  @Test("A gateway's own route, a network and a route in another table attach nothing")
  func uplinks() async throws {
    let found = try await arrivals(after: [
      "ip route add 192.168.60.1 dev eth0 scope link", "ip route add 10.244.1.0/24 dev pod1 scope link",
      "ip route add 10.244.1.7 dev pod2 scope link table 77",
    ])
    #expect(found?.attached.isEmpty == true)
  }
}
