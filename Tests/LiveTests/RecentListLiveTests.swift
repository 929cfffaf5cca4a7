import TestSupport
import Testing

@testable import Inspect

@Suite(
  "What -m recent remembers",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct RecentListLiveTests {
  private static let name = "KUBE-SEP-AAAAAAAAAAAAAAAA"

  private func note(_ change: String, in list: String, _ namespace: PrivateNetworkNamespace) throws {
    try namespace.must("sh", "-c", "for a in \(change); do echo $a > /proc/net/xt_recent/\(list); done")
  }

  @Test(
    "Clients are counted, with the seconds since each was noted, up to the module's limit; others' lists are left alone"
  )
  func read() async throws {
    try await withPrivateNetworkNamespace { namespace in
      #expect(RecentLists.read(Self.name) == nil)
      #expect(RecentLists.all("KUBE-SEP-") == [:])
      for list in [Self.name, "OTHER"] {
        try namespace.must(
          "iptables-legacy", "-A", "INPUT", "-m", "recent", "--rcheck", "--seconds", "600", "--name", list)
      }
      #expect(RecentLists.read(Self.name)?.ages == [])
      try note("+10.1.2.3 +10.1.2.4", in: Self.name, namespace)
      let two = try #require(RecentLists.read(Self.name))
      #expect(two.ages.count == 2 && two.ages.allSatisfy { $0 < 5 }, "\(two)")
      let limit = try #require(two.limit)
      #expect(!two.forgets(within: 600))
      try note((0...limit).map { "+10.2.\($0 / 250).\($0 % 250 + 1)" }.joined(separator: " "), in: Self.name, namespace)
      let full = try #require(RecentLists.read(Self.name))
      #expect(full.ages.count == limit && full.forgets(within: 600) && full.count(within: 600) == limit)
      #expect(RecentLists.all("KUBE-SEP-").keys.sorted() == [Self.name])
      try note("/", in: Self.name, namespace)
      #expect(RecentLists.read(Self.name)?.ages == [])
    }
  }

  @Test(
    "An endpoint's full list is found by kpx check, and on the same rules an empty one is not",
    arguments: ["lab-iptables-legacy-v1.34", "lab-iptables-nft-bridge-v1.36"])
  func check(name: String) async throws {
    let capture = Capture(name)
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(capture)
      var session = Session()
      session.release = Release(KubeProxyVersion(1, 34), source: "a test")
      var query = CheckQuery()
      query.ids = [.affinity]
      let well = try session.check(query)
      #expect(well.checks.map(\.result) == [.ok] && well.checks.first?.reason == nil, "\(well.checks)")
      let lists = RecentLists.all("KUBE-SEP-")
      let list = try #require(lists.keys.sorted().first)
      let limit = try #require(lists[list]?.limit)
      try note((0..<limit).map { "+10.2.\($0 / 250).\($0 % 250 + 1)" }.joined(separator: " "), in: list, namespace)
      let findings = try session.check(query).findings
      #expect(findings.map(\.id) == [.affinity])
      #expect(
        findings.first?.evidence.first?.text.hasPrefix("/proc/net/xt_recent/\(list): \(limit) clients of ") == true)
    }
  }
}
