import TestSupport
import Testing

@Suite(
  "kpx diff, as run", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct DiffProgramTests {
  private static let api = [
    "--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1", "--proxy-version", "1.34",
  ]

  private func run(_ arguments: String...) throws -> ToolResult {
    try runTool([Kpx.path, "diff"] + arguments + Self.api)
  }

  @Test(
    "A node that does what the API implies is the same; one whose rules were changed differs, with 1 and what differs")
  func live() async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      let same = try run("api", "live", "-A")
      #expect(same.status == 0, "\(same.text)\(same.errorText)")
      #expect(same.text.contains("8 frontends: 8 the same\n"))
      try namespace.must("iptables-legacy", "-t", "nat", "-F", "KUBE-SVC-PX5FENG4GZJTCELT")
      let changed = try run("api", "live", "-A")
      #expect(changed.status == 1)
      #expect(changed.text.contains("8 frontends: 6 the same, 2 differ\n"))
      #expect(changed.text.contains("DIFFER     yaobank/customer  10.96.45.117:80/TCP\n  from "))
      #expect(try run("api", "live", "yaobank/summary").status == 0)
      #expect(try run("live", "api", "customer", "-n", "yaobank").status == 1)
    }
  }

  @Test("A folder that is no saved node, and sides that make no sense, are errors that say so")
  func errors() async throws {
    try await withPrivateNetworkNamespace { _ in
      let none = try run("/none", "live")
      #expect(none.status == 69 && none.errorText.contains("/none is no folder that can be read"))
      #expect(try run("live", "live").status == 64)
      #expect(try run("live", "api", "a/b/c").status == 64)
    }
  }

  @Test("A saved node whose addresses are not known is uncertain: 2, and why")
  func folder() throws {
    let folder = try ScratchDirectory()
    for (name, bytes) in try Capture("yaobank-iptables-legacy-v1.34").members() {
      _ = try runTool(["tee", "\(folder.path)/\(name)"], input: bytes)
    }
    let diff = try run("api", folder.path, "-A")
    #expect(diff.status == 2, "\(diff.text)\(diff.errorText)")
    #expect(diff.text.contains("UNCERTAIN  yaobank/summary\n  now: "))
    #expect(diff.text.contains("which addresses are the node's own is not known"))
  }
}
