import TestSupport
import Testing

struct PackagingTests {
  @Test("The version names the commit, or says that it is not known, and goes to standard output, alone")
  func version() throws {
    let result = try Kpx.run("--version")
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    #expect(result.text.wholeMatch(of: /\d+\.\d+\.\d+(-dev)? \(([0-9a-f]{12}(\+changes)?|unknown commit)\)\n/) != nil)
  }

  @Test("A usage error goes to standard error, names what is wrong, and exits with 64")
  func usageError() throws {
    let result = try Kpx.run("--no-such-option")
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.errorText.contains("--no-such-option"))
  }

  @Test(
    "Without /proc, where Swift finds the arguments, it says so and does not end as if all were well",
    .enabled(if: canMakeNetworkNamespaces, "needs root, for a mount namespace of its own"))
  func withoutProc() throws {
    let script = #"mount -t tmpfs none /proc && exec "$0" trace yaobank/summary"#
    let result = try runTool(["unshare", "--mount", "sh", "-c", script, Kpx.path])
    #expect(result.status == 69)
    #expect(result.output.isEmpty)
    #expect(result.errorText == "kpx: /proc is not mounted: kpx cannot tell what this node does\n")
  }
}
