import TestSupport
import Testing

@testable import Inspect

@Suite(.enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct NamespaceReaderTests {
  @Test(
    "A namespace is read from inside, each end of a pair names the other, and its addresses are the same by its id")
  func inside() async throws {
    try await withPrivateNetworkNamespace { node in
      let other = "\(node.name)-pod"
      try node.must("ip", "netns", "add", other)
      defer { _ = try? node.run("ip", "netns", "delete", other) }
      try node.must("ip", "link", "add", "host0", "type", "veth", "peer", "name", "eth0", "netns", other)
      try node.must("ip", "link", "add", "mac0", "link", "host0", "type", "macvlan")
      try node.must("ip", "link", "set", "mac0", "netns", other)
      try node.must("ip", "-n", other, "addr", "add", "10.9.9.2/24", "dev", "eth0")
      try node.must("ip", "-n", other, "link", "set", "eth0", "up")

      let path = "/run/netns/\(other)"
      let reference = NamespaceReference(path: path, id: try #require(NodeFile.namespace(path)))
      var reader = try NamespaceReader()
      let view = try reader.readInside([reference], withStatistics: false)[0].get()
      let host = try #require(
        try reader.ask { node throws(KernelError) in
          try node.link(named: "host0", withStatistics: false)
        })
      let id = try #require(host.peer?.netnsid)
      let byID = try reader.ask { node throws(KernelError) in try node.addresses(target: id) }
      #expect(byID == view.addresses)
      let eth0 = try #require(view.links.first { $0.name == "eth0" })
      #expect(host.peer?.index == eth0.index)
      #expect(eth0.peer?.index == host.index && eth0.peer?.netnsid != nil)
      let mac0 = try #require(view.links.first { $0.name == "mac0" })
      #expect(mac0.parent == LinkKey(netnsid: view.nodeID, index: host.index) && view.nodeID != nil)
      #expect(view.addresses.contains { $0.description == "10.9.9.2/24" && $0.index == eth0.index })
    }
  }

  @Test("A path that leads to another namespace than before is refused")
  func anotherNamespace() async throws {
    try await withPrivateNetworkNamespace { node in
      let id = NamespaceID(device: 1, inode: 2)
      let reader = try NamespaceReader()
      #expect(throws: KernelError.self) {
        try reader.readInside([NamespaceReference(path: node.path, id: id)], withStatistics: false)[0].get()
      }
      #expect(throws: KernelError.self) {
        let missing = NamespaceReference(path: "/run/netns/\(node.name)-none", id: id)
        return try reader.readInside([missing], withStatistics: false)[0].get()
      }
      #expect(throws: KernelError.unavailable("\(node.path) is another network namespace by now")) {
        _ = try NetworkNamespace(NamespaceReference(path: node.path, id: id))
      }
      let right = try #require(NodeFile.namespace(node.path))
      _ = try NetworkNamespace(NamespaceReference(path: node.path, id: right))
    }
  }

  @Test("A route, a neighbour and a bridge's port are read as ip and bridge print them")
  func routesAndNeighbours() async throws {
    try await withPrivateNetworkNamespace { node in
      for command in [
        "link add br0 type bridge", "link add port0 type veth peer name end0", "link set port0 master br0",
        "link set br0 up", "link set port0 up", "link set end0 up", "addr add 10.8.0.1/24 dev br0",
        "link add vxlan9 type vxlan id 9 dev end0 dstport 8472", "route add 10.7.0.5/32 via 10.8.0.9",
        "neigh add 10.8.0.5 lladdr 02:00:00:00:00:05 dev br0",
      ] {
        _ = try runTool(["ip"] + command.split(separator: " ").map(String.init))
      }
      try node.must("bridge", "fdb", "add", "02:00:00:00:00:05", "dev", "port0", "master", "static")
      var socket = try RouteSocket()
      let links = try socket.links(withStatistics: true)
      let bridge = try #require(links.first { $0.name == "br0" })
      let port = try #require(links.first { $0.name == "port0" })
      #expect(port.master == bridge.index && bridge.kind == "bridge" && port.statistics != nil)
      let (tunnel, end) = (links.first { $0.name == "vxlan9" }, links.first { $0.name == "end0" })
      #expect(tunnel?.tunnelPort == 8472 && tunnel?.lower == end.map { LinkKey(netnsid: nil, index: $0.index) })
      guard case .route(let route) = try socket.route(to: .v4(0x0a07_0005), mark: 0),
        case .refused(_, isMissing: true) = try socket.route(to: .v4(0xcb00_7109), mark: 0)
      else {
        Issue.record("the kernel answers otherwise")
        return
      }
      #expect(route.gateway == IPAddress("10.8.0.9") && route.interface == bridge.index)
      #expect(route.destination == IPPrefix("10.7.0.5/32"))
      let mac = MACAddress("02:00:00:00:00:05")
      let neighbour = try socket.neighbours(.v4).first { $0.address == IPAddress("10.8.0.5") }
      #expect(neighbour?.mac == mac && neighbour?.index == bridge.index)
      #expect(
        try socket.bridgePorts().contains { $0.mac == mac && $0.index == port.index && $0.master == bridge.index })
      #expect(try socket.link(named: "none", withStatistics: false) == nil)
      #expect(try socket.link(index: 9999, withStatistics: false) == nil)
    }
  }
}
