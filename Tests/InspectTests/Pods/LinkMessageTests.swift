import CSys
import Testing

@testable import Inspect

@Suite("rtnetlink's messages")
struct LinkMessageTests {
  @Test("An ipvlan's parent, and a veth's other end, are named by namespace and index")
  func keys() throws {
    let ipvlan = try #require(try link(attributes: [.name("eth0"), .link(2), .namespace(4), .kind("ipvlan")]))
    #expect(ipvlan.parent == LinkKey(netnsid: 4, index: 2))
    #expect(ipvlan.peer == nil)
    let netkit = try #require(try link(attributes: [.name("eth0"), .link(7), .namespace(0), .kind("netkit")]))
    #expect(netkit.peer == LinkKey(netnsid: 0, index: 7))
    #expect(netkit.parent == nil)
    let local = try #require(try link(attributes: [.name("veth0"), .link(9), .kind("veth")]))
    #expect(local.peer == LinkKey(netnsid: nil, index: 9))
  }

  @Test("Kernels before 5.10 leave out the other end's index where it is this end's own, in another namespace")
  func sameIndex() throws {
    let veth = try #require(try link(attributes: [.name("eth0"), .namespace(3), .kind("veth")]))
    #expect(veth.peer == LinkKey(netnsid: 3, index: 5))
  }

  @Test("What an interface is called, its MTU, state, master and addresses")
  func fields() throws {
    let link = try #require(
      try link(attributes: [.name("eth0"), .mac([2, 0x42, 0xac, 0x11, 0, 0x11]), .mtu(1450), .state(6), .master(4)]))
    #expect(link.name == "eth0" && link.index == 5 && link.mtu == 1450 && link.state == "UP" && link.master == 4)
    #expect(link.mac?.description == "02:42:ac:11:00:11")
    #expect(link.kind == nil && link.lower == nil)
    #expect(MACAddress("02:42:ac:11:00:11") == link.mac)
    for text in ["", "02:42", "02:42:ac:11:00:1", "02:42:ac:11:00:111", "02:42:ac:11:00:+1"] {
      #expect(MACAddress(text) == nil)
    }
  }

  @Test("A message that is cut off anywhere, or whose lengths lie, is an error or less, and never a crash")
  func hostile() throws {
    let whole = message(attributes: [.name("eth0"), .link(2), .namespace(4), .kind("veth"), .mtu(1500)])
    for end in 0..<whole.count { _ = try? decode(Array(whole[..<end])) }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      var bytes = whole
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = try? decode(bytes)
    }
    #expect(throws: KernelError.self) { try decode(Array(whole[..<10])) }
    #expect(throws: KernelError.self) { try decode(Array(whole[..<18])) }
  }

  // MARK: - Messages made by hand

  private enum Attribute {
    case name(String), mac([UInt8]), mtu(UInt32), state(UInt8), master(UInt32), link(UInt32), namespace(UInt32)
    case kind(String)

    var bytes: [UInt8] {
      switch self {
      case .name(let text): Self.bytes(3, Array(text.utf8) + [0])
      case .mac(let mac): Self.bytes(1, mac)
      case .mtu(let number): Self.bytes(4, withUnsafeBytes(of: number, Array.init))
      case .state(let number): Self.bytes(16, [number])
      case .master(let number): Self.bytes(10, withUnsafeBytes(of: number, Array.init))
      case .link(let number): Self.bytes(5, withUnsafeBytes(of: number, Array.init))
      case .namespace(let number): Self.bytes(37, withUnsafeBytes(of: number, Array.init))
      case .kind(let text): Self.bytes(18, Self.bytes(1, Array(text.utf8) + [0]))
      }
    }

    private static func bytes(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
      let header = withUnsafeBytes(of: UInt16(payload.count + 4), Array.init) + withUnsafeBytes(of: type, Array.init)
      return header + payload + [UInt8](repeating: 0, count: (4 - payload.count % 4) % 4)
    }
  }

  /// struct ifinfomsg of interface 5, and attributes.
  private func message(attributes: [Attribute]) -> [UInt8] {
    [0, 0, 1, 0, 5, 0, 0, 0, 0x43, 0x10, 0, 0, 0, 0, 0, 0] + attributes.flatMap(\.bytes)
  }

  private func link(attributes: [Attribute]) throws -> Link? { try decode(message(attributes: attributes)) }

  private func decode(_ bytes: [UInt8]) throws -> Link? {
    try LinkMessages.link(
      NetlinkMessage(type: UInt16(RTM_NEWLINK), flags: 0, sequence: 0, payload: bytes.span.bytes, offset: 0))
  }
}
