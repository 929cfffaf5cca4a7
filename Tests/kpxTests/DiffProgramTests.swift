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

  @Test("A snapshot is compared with the API, with the node after a change, and with another one")
  func snapshots() async throws {
    let folder = try ScratchDirectory()
    let (before, after) = ("\(folder.path)/before.kpx", "\(folder.path)/after.kpx")
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      #expect(try runTool([Kpx.path, "snapshot", "-o", before] + Self.api).status == 0)
      try namespace.must("iptables-legacy", "-t", "nat", "-F", "KUBE-SVC-PX5FENG4GZJTCELT")
      #expect(try runTool([Kpx.path, "snapshot", "-o", after] + Self.api).status == 0)
      let changed = try run(before, "live", "-A")
      #expect(changed.status == 1, "\(changed.text)\(changed.errorText)")
      #expect(changed.text.contains("8 frontends: 6 the same, 2 differ\n"))
    }
    func saved(_ arguments: String...) throws -> ToolResult { try runTool([Kpx.path, "diff"] + arguments) }
    #expect(try saved("api", before, "-A").status == 0)
    let changed = try saved(before, after, "-A")
    #expect(changed.status == 1, "\(changed.text)\(changed.errorText)")
    #expect(changed.text.contains("DIFFER     yaobank/customer  10.96.45.117:80/TCP\n  from "))
    #expect(try saved(before, after, "yaobank/summary").status == 0)
  }

  @Test("A file that is no snapshot, and sides that make no sense, are errors that say so")
  func errors() async throws {
    try await withPrivateNetworkNamespace { _ in
      #expect(try run("/none", "live").status == 66)
      let other = try run("/etc/passwd", "live")
      #expect(other.status == 69 && other.errorText.contains("no snapshot that kpx can use"), "\(other)")
      #expect(try run("live", "live").status == 64)
      #expect(try run("live", "api", "a/b/c").status == 64)
      #expect(try run("live", "api", "--snapshot", "a").status == 64)
    }
  }
}
