import CSys
import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Who answers by netlink", .enabled(if: canMakeNetworkNamespaces, "needs root, to send to another's socket"))
struct NetlinkSenderTests {
  @Test("What another process sends to the socket is not taken for the kernel's answer")
  func forged() async throws {
    try await withPrivateNetworkNamespace { _ in
      var socket = try NetlinkSocket(NETLINK_ROUTE, reading: "a test")
      let port = try #require(try Self.ports().first)
      let forger = Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), NETLINK_ROUTE)
      defer { close(forger) }
      var address = sockaddr_nl()
      address.nl_family = sa_family_t(AF_NETLINK)
      address.nl_pid = port
      // NLMSG_DONE: there is no interface.
      let forged: [UInt8] = [20, 0, 0, 0, 3, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      let sent = withUnsafeBytes(of: &address) { bytes in
        bytes.baseAddress.map {
          sendto(forger, forged, forged.count, 0, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
      }
      try #require(sent == forged.count, "\(String(cString: strerror(errno)))")
      try socket.send(NetlinkRequest.route(RTM_GETLINK, flags: NLM_F_DUMP, headerSize: 16, reading: "a test"))
      let message = try socket.next()
      #expect(Int(message?.type ?? 0) == RTM_NEWLINK)
    }
  }

  /// The ports of rtnetlink's sockets in the thread's namespace.
  private static func ports() throws -> [UInt32] {
    let table = try #require(try readFile("/proc/thread-self/net/netlink"))
    return String(decoding: table, as: UTF8.self).split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      return words.count > 2 && words[1] == "0" && words[2] != "0" ? UInt32(words[2]) : nil
    }
  }
}
