import TestSupport
import Testing

@Suite(.enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct CaptureLoadingTests {
  @Test("The kernel gives back a legacy capture's rules and counters as they were saved", arguments: Capture.legacy)
  func legacyRoundTrip(capture: Capture) async throws {
    try await withPrivateNetworkNamespace { namespace in
      // Without interfaces the kernel sends nothing that rules would count.
      try namespace.loadLegacyCapture(capture, withAddresses: false)
      for tool in ["iptables-legacy-save", "ip6tables-legacy-save"] {
        let saved = try #require(try capture.text("\(tool).txt"))
        let loaded = try namespace.must(tool, "-c")
        #expect(tables(of: loaded) == tables(of: saved))
        #expect(!tables(of: saved).isEmpty)
      }
    }
  }

  @Test("An nf_tables capture's rules load, and none of its tables is missing", arguments: Capture.nft)
  func nftLoads(capture: Capture) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadNftCapture(capture)
      for tool in ["iptables-nft-save", "ip6tables-nft-save"] {
        guard let saved = try capture.text("\(tool).txt") else { continue }
        let loaded = try namespace.must(tool)
        #expect(tables(of: loaded).mapValues(\.count) == tables(of: saved).mapValues(\.count))
      }
      let saved = try #require(try capture.text("nft-ruleset.nft"))
      let loaded = Set(try namespace.must("nft", "list", "tables").split(separator: "\n"))
      for line in saved.split(separator: "\n") where line.hasPrefix("table ") && line.hasSuffix(" kube-proxy {") {
        #expect(loaded.contains(line.dropLast(2)))
      }
    }
  }

  @Test("A captured node's addresses are local in the namespace, and no address of another node is")
  func addressesAreLocal() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.addAddresses(of: Capture("yaobank-iptables-legacy-v1.34"))
      for address in ["192.168.100.11", "10.244.16.1", "fd00:100::11", "fd00:10:244:1::1"] {
        let route = try namespace.must("ip", "route", "get", address)
        #expect(route.hasPrefix("local \(address) "))
      }
      for address in ["192.168.100.12", "fd00:100::12"] {
        let route = try namespace.must("ip", "route", "get", address)
        #expect(!route.hasPrefix("local "))
      }
    }
  }

  @Test("A private namespace is another one than the process', and is gone afterwards")
  func isPrivate() async throws {
    let outside = try runTool(["readlink", "/proc/self/ns/net"]).text
    let name = try await withPrivateNetworkNamespace { namespace in
      let inside = try namespace.must("readlink", "/proc/self/ns/net")
      #expect(inside != outside)
      let identified = try namespace.must("ip", "netns", "identify")
      #expect(identified == namespace.name + "\n")
      return namespace.name
    }
    let left = try runTool(["ls", "/run/netns"]).text.split(separator: "\n")
    #expect(!left.contains { $0 == name })
  }
}

/// The lines of each table of an iptables-save. Programs print the tables in different orders.
private func tables(of saved: String) -> [Substring: [Substring]] {
  var tables: [Substring: [Substring]] = [:]
  var table: Substring = ""
  for line in saved.split(separator: "\n") where !line.hasPrefix("#") {
    if line.hasPrefix("*") { table = line.dropFirst() }
    tables[table, default: []].append(line)
  }
  return tables
}
