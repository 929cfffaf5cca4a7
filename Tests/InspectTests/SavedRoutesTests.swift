import TestSupport
import Testing

@testable import Inspect

@Suite("Routes that a kernel listed")
struct SavedRoutesTests {
  /// What the kernel of a snapshot said, by the names of its members.
  private static func members() throws -> [String: [UInt8]] {
    let snapshot = try NodeSnapshot(path: "\(Capture.folder)/../snapshots/yaobank-format-1.kpx")
    let names = snapshot.manifest.members.map(\.path).filter { $0.hasPrefix("kernel/") }.map { String($0.dropFirst(7)) }
    return Dictionary(names.map { ($0, snapshot.members[$0] ?? []) }) { first, _ in first }
  }

  @Test("They are asked as the kernel is: by prefix, by arriving interface, and for what the node sends itself")
  func asked() throws {
    let node = try SavedNode(SavedMembers(Self.members()))
    func packet(_ destination: String, from source: String, by interface: String?) throws -> Packet {
      var packet = Packet(
        transport: .tcp, family: .v4, destination: .known(try #require(IPAddress(destination))), destinationPort: 80)
      packet.source = .known(try #require(IPAddress(source)))
      packet.inInterface = interface.map { .known($0) } ?? .none
      return packet
    }
    #expect(try node.routing.route(packet("10.244.16.12", from: "192.168.100.11", by: nil)) == .out(interface: "eth0"))
    #expect(try node.routing.route(packet("192.168.100.11", from: "192.0.2.1", by: "eth0")) == .local)
    #expect(try node.routing.way(to: .v4(0xc000_0201))?.hasGateway == true)
    #expect(node.interfaces(among: ["eth0", "none"]) == ["eth0"])
    #expect(node.localAddresses?.contains { $0.contains(.v4(0xc0a8_640b)) } == true)
  }

  @Test("A dump too many is damage", arguments: ["routing-rules.bin", "routes.bin", "neighbours.bin", "links.bin"])
  func dumps(member: String) throws {
    var members = try Self.members()
    // Both families' again, so that there are four.
    members[member, default: []] += members[member] ?? []
    if member == "links.bin" { members[member]?.removeLast(1) }
    #expect(throws: KernelError.self) { try SavedNode(SavedMembers(members)) }
  }
}
