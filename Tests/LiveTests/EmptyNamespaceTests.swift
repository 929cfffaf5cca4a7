import TestSupport
import Testing

@testable import Inspect

@Suite(
  "Namespaces that no process is in",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct EmptyNamespaceTests {
  @Test("The node's end of a pair that leads to one is told with its name and since when it is there")
  func named() async throws {
    try await withPrivateNetworkNamespace { namespace in
      let other = "cni-\(namespace.name)"
      try namespace.must("ip", "netns", "add", other)
      defer { _ = try? namespace.run("ip", "netns", "delete", other) }
      try namespace.must("ip", "link", "add", "veth9", "type", "veth", "peer", "name", "eth0", "netns", other)
      var sources = PodSources()
      sources.runtimes = []
      let orphans = try PodFinder(sources, withDetails: false).all().orphans
      let orphan = try #require(orphans.first { $0.link.name == "veth9" })
      #expect(orphan.empty?.name == other)
      let since = try #require(orphan.empty?.since)
      #expect(abs(Session.clock() - since) < 60)
    }
  }
}
