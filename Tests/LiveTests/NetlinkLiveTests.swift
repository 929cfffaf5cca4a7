import CSys
import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

@Suite(
  "netlink of this kernel", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct NetlinkLiveTests {
  @Test("An error has the kernel's own words")
  func words() async throws {
    try await withPrivateNetworkNamespace { _ in
      var socket = try NetlinkSocket(NETLINK_ROUTE, reading: "links")
      let isStrict = socket.set(NETLINK_GET_STRICT_CHK)
      try #require(isStrict)
      // A header that is cut off.
      let request = NetlinkRequest.route(RTM_GETLINK, flags: NLM_F_DUMP, headerSize: 4, reading: "links")
      do {
        _ = try socket.list(request, LinkMessages.link)
        Issue.record("no error")
      } catch KernelError.refused(_, let code, let text) {
        #expect(code == EINVAL && text == "Invalid header for link dump")
      }
    }
  }

  @Test("Where the kernel has more to say than the socket holds, the answer has to be asked for anew")
  func overrun() async throws {
    try await withPrivateNetworkNamespace { node in
      var socket = try NetlinkSocket(NETLINK_ROUTE, reading: "links")
      var single = try NetlinkSocket(NETLINK_ROUTE, reading: "links", attempts: 1)
      for descriptor in [socket.descriptor, single.descriptor] {
        var group: Int32 = 1  // RTNLGRP_LINK
        try #require(setsockopt(descriptor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, 4) == 0)
      }
      let changes = (1...300).map { "link set lo \($0 % 2 == 0 ? "up" : "down")\n" }.joined()
      try node.must("sh", "-c", "printf '\(changes)' | ip -batch -")
      let request = NetlinkRequest.route(RTM_GETLINK, flags: NLM_F_DUMP, headerSize: 16, reading: "links")
      #expect(throws: KernelError.changing(reading: "links", attempts: 1)) {
        _ = try single.list(request, LinkMessages.link)
      }
      #expect(try socket.list(request, LinkMessages.link).map(\.name) == ["lo"])
    }
  }

  @Test("A destination that a route prohibits is refused for that, and not for want of a right")
  func prohibited() async throws {
    try await withPrivateNetworkNamespace { node in
      try node.must("ip", "link", "set", "lo", "up")
      try node.must("ip", "route", "add", "prohibit", "203.0.113.0/24")
      var socket = try RouteSocket()
      let address = try #require(IPAddress("203.0.113.9"))
      guard case .refused(let reason, isMissing: false) = try socket.look(up: RouteQuery(destination: address)),
        case .refused(let again, isMissing: false) = try socket.route(to: address, mark: 0)
      else {
        Issue.record("not refused")
        return
      }
      #expect(reason == "a route prohibits 203.0.113.9" && again == reason)
    }
  }
}
