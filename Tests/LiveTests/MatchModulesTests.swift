import CSys
import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

@Suite("Which matches rules may ask for")
struct MatchModulesTests {
  @Test("A kernel's files name a module by its path, compressed or not, and what it needs is no module of that line")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kpx-modules-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    #expect(MatchModules.hasModule("xt_nfacct", in: folder.path) == nil)
    try write("kernel/net/netfilter/xt_other.ko.xz: kernel/net/netfilter/xt_nfacct.ko.xz\n", "modules.dep")
    #expect(MatchModules.hasModule("xt_nfacct", in: folder.path) == nil)
    try write("kernel/net/netfilter/x_tables.ko\n", "modules.builtin")
    #expect(MatchModules.hasModule("xt_nfacct", in: folder.path) == false)
    #expect(MatchModules.hasModule("xt_other", in: folder.path) == true)
    #expect(MatchModules.hasModule("x_tables", in: folder.path) == true)
    #expect(MatchModules.hasModule("xt_oth", in: folder.path) == false)
  }

  @Test(
    "A match that a legacy table has is offered, and one that there is not is none",
    .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
  func live() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("iptables-legacy", "-A", "INPUT", "-m", "recent", "--rcheck", "--seconds", "1", "--name", "a")
      #expect(MatchModules.offers("recent") == true)
      #expect(MatchModules.offers("nosuchmatch") != true)
    }
  }

  @Test(
    "Counters for -m nfacct are read by their names, and keep what they have counted",
    .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
  func counters() async throws {
    try await withPrivateNetworkNamespace { _ in
      #expect(try NFAcctReader.names() == [])
      guard KernelModule.nfnetlinkAcct.isPresent else { return }
      for name in ["ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts"] {
        var request = NetlinkRequest.netfilter(
          subsystem: NFNL_SUBSYS_ACCT, command: UInt32(NFNL_MSG_ACCT_NEW.rawValue),
          flags: NLM_F_CREATE | NLM_F_ACK, reading: "a new counter")
        request.append(Int(NFACCT_NAME.rawValue), text: name)
        request.append(Int(NFACCT_PKTS.rawValue), number: UInt64(7).bigEndian)
        request.append(Int(NFACCT_BYTES.rawValue), number: UInt64(70).bigEndian)
        _ = try NetlinkSockets(NETLINK_NETFILTER, reading: "a new counter").value(request) { _ in true }
      }
      for _ in 1...2 {
        #expect(try NFAcctReader.names().sorted() == ["ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts"])
      }
    }
  }
}
