import Testing

@testable import Inspect

@Suite("Netlink messages")
struct NetlinkMessageTests {
  /// RTM_NEWROUTE as the kernel gives it for `local 127.0.0.0/8 dev lo table local`.
  static let route: [UInt8] = [
    0x3c, 0, 0, 0, 0x18, 0, 0x22, 0, 1, 0, 0, 0, 2, 0, 0, 0,  // nlmsghdr: 60 bytes, RTM_NEWROUTE, multi
    2, 8, 0, 0, 0xff, 2, 0xfe, 2, 0, 0, 0, 0,  // rtmsg: AF_INET, /8, table 255, kernel, host, RTN_LOCAL
    8, 0, 15, 0, 0xff, 0, 0, 0,  // RTA_TABLE 255
    8, 0, 1, 0, 127, 0, 0, 0,  // RTA_DST 127.0.0.0
    8, 0, 7, 0, 127, 0, 0, 1,  // RTA_PREFSRC 127.0.0.1
    8, 0, 4, 0, 1, 0, 0, 0,  // RTA_OIF 1
  ]

  private func prefixes(_ datagram: [UInt8]) throws -> [IPPrefix] {
    var prefixes: [IPPrefix] = []
    try forEachMessage(datagram) { message in
      if let prefix = try LinkMessages.route(message).flatMap(LocalAddresses.local) { prefixes.append(prefix) }
    }
    return prefixes
  }

  @Test("A local route is an address of the node")
  func localRoute() throws {
    #expect(try prefixes(Self.route + Self.route) == [IPPrefix("127.0.0.0/8"), IPPrefix("127.0.0.0/8")])
  }

  @Test("Routes of another type or table are not", arguments: [(23, 1), (23, 3), (32, 254)])
  func otherRoute(offset: Int, value: UInt8) throws {
    var route = Self.route
    route[offset] = value
    #expect(try prefixes(route) == [])
  }

  @Test("Flags in an attribute's type are not part of it")
  func attributeFlags() throws {
    var route = Self.route
    route[39] = 0xc0
    #expect(try prefixes(route) == [IPPrefix("127.0.0.0/8")])
  }

  @Test("A datagram cut off anywhere is an error", arguments: 1..<60)
  func cutOff(length: Int) {
    #expect(throws: KernelError.self) { _ = try prefixes(Array(Self.route[..<length])) }
  }

  @Test("Lengths of all extremes are errors, and never a loop")
  func extremes() {
    for offset in [0, 28, 36, 44, 52] {
      for length: UInt16 in [0, 1, 3, 61, 0x7fff, 0xffff] {
        var route = Self.route
        withUnsafeBytes(of: length) { route.replaceSubrange(offset..<offset + 2, with: $0) }
        #expect(throws: KernelError.self) { _ = try prefixes(route) }
      }
    }
  }
}
