import TestSupport
import Testing

@testable import Inspect

@Suite(
  "What a trace read of nf_tables, compared with what the node's programs print",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct NFTVerifyTests {
  private static let captures = [
    ("yaobank-iptables-nft-v1.23", "iptables-nft"), ("lab-iptables-nft-noise-v1.34", "iptables-nft"),
    ("yaobank-damaged-iptables-nft-v1.34", "iptables-nft"), ("yaobank-nftables-v1.34", "nft"),
    ("lab-nftables-v1.30", "nft"), ("lab-nftables-v1.36", "nft"),
  ]

  @Test("Traced chains are as iptables-nft and nft print them", arguments: captures)
  func agrees(name: String, peer: String) async throws {
    let traced = try TracedCapture(Capture(name))
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(traced.capture)
      let node = try LiveNode()
      // One of every few: each comparison runs programs.
      for (number, service) in traced.services.enumerated() where number % 12 == 1 {
        let trace = try ServiceTracer.trace(traced.request(service), node)
        let verifications = try node.verify()
        #expect(verifications.flatMap(\.differences).map(\.description) == [], "\(service.metadata.name)")
        guard !trace.frontends.isEmpty else { continue }
        #expect(verifications.contains { $0.peer == peer && $0.ruleCount > 2 }, "\(service.metadata.name)")
        for chain in trace.frontends.flatMap(\.trace.path).compactMap(\.chain) where chain.table.backend == .nft {
          #expect(verifications.contains { $0.table == chain.table && $0.chainCount > 0 })
        }
      }
    }
  }

  @Test("Maps of address and port are the only thing that an nft older than the writer cannot print")
  func olderThanWriter() {
    let ours = "meta l4proto tcp dnat ip addr . port to numgen random mod 1 map { 0 : 10.0.0.1 . 80 }"
    #expect(NFTListing.agreement(ours, ours) == .same)
    #expect(NFTListing.agreement(ours, ours.replacing(" addr . port to ", with: " to ")) == .unprintable)
    #expect(NFTListing.agreement(ours, ours.replacing("10.0.0.1", with: "10.0.0.2")) == .different)
    #expect(
      NFTListing.agreement("counter packets 5 bytes 300 accept", "counter packets 6 bytes 360 accept") == .same)
    #expect(NFTListing.agreement("meta mark 0x1 accept", "meta mark 0x2 accept") == .different)
  }

  @Test("A rule of iptables is the same whatever the order of its options, and no other")
  func optionsInAnyOrder() {
    let line =
      #"-A C ! -s 10.0.0.0/8 -p tcp -m comment --comment "a -j b" -m tcp --dport 80 -j MARK --set-xmark 0x1/0x1"#
    let moved =
      #"-A C -p tcp -m tcp --dport 80 -m comment --comment "a -j b" ! -s 10.0.0.0/8 -j MARK --set-xmark 0x1/0x1"#
    #expect(OptionGroups(line) == OptionGroups(moved))
    #expect(OptionGroups(line) == OptionGroups(line.replacing(" -m tcp", with: "")))
    for (part, other) in [
      ("! -s", "-s"), ("80", "81"), ("a -j b", "a -j c"), ("0x1/0x1", "0x1/0x3"), ("-p tcp", "! -p tcp"),
      ("-A C", "-A D"),
    ] {
      #expect(OptionGroups(line) != OptionGroups(line.replacing(part, with: other)), "\(part)")
    }
    // What is quoted is a value, whatever it looks like.
    #expect(OptionGroups(#"-A C -m comment --comment "-j" -j X"#) != OptionGroups("-A C -m comment --comment -j X -j"))
  }

  private struct Reading: @unchecked Sendable {
    let filter: NFTPacketFilter
  }

  @Test("A chain that differs is told with the rule, and one that is gone")
  func tellsDifferences() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.must("iptables-nft", "-t", "nat", "-N", "A")
      try namespace.must("iptables-nft", "-t", "nat", "-A", "A", "-p", "tcp", "-j", "RETURN")
      try namespace.must("nft", "add table ip t; add chain ip t c; add rule ip t c ip saddr 10.0.0.1 accept")
      let reading = Reading(filter: try NFTPacketFilter())
      let xtables = ChainReference(table: Table(backend: .nft, family: .v4, name: "nat"), name: "A")
      let native = ChainReference(table: Table(backend: .nft, family: .v4, name: "t"), name: "c")
      let gone = ChainReference(table: native.table, name: "d")
      let same = try reading.filter.verify([xtables, native, gone])
      #expect(same.map(\.differenceCount) == [0, 0])
      #expect(same.map(\.ruleCount) == [1, 1])

      // Its socket stays where it was opened: in another namespace it stands for a kpx that reads wrongly.
      let other = try await withPrivateNetworkNamespace { inner in
        try inner.must("iptables-nft", "-t", "nat", "-N", "A")
        try inner.must("iptables-nft", "-t", "nat", "-A", "A", "-p", "udp", "-j", "RETURN")
        try inner.must(
          "nft", "add table ip t; add chain ip t d; add chain ip t c; add rule ip t c ip saddr 10.0.0.2 accept")
        return try reading.filter.verify([xtables, native, gone])
      }
      let texts = other.flatMap(\.differences).map(\.description).sorted()
      #expect(
        texts == [
          "A rule 1: -A A -p tcp -j RETURN, and by the other way -A A -p udp -j RETURN",
          "c rule 1: ip saddr 10.0.0.1 accept, and by the other way ip saddr 10.0.0.2 accept",
          "d: nothing, and by the other way a chain",
        ])
    }
  }
}
