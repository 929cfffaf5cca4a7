import TestSupport
import Testing

@Suite(
  "Where the answer goes", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct OutputTests {
  /// Commands that answer without any rules, sets or pods.
  private static let commands: [[String]] = [
    ["services", "-A", "--no-api"], ["services", "-A", "--no-api", "-o", "json"],
    ["veth", "--no-runtime", "-o", "yaml"],
    ["trace", "10.96.0.1:80/TCP", "--no-api", "-o", "json"],
  ]

  /// A service that is rejected, for all commands to have an answer; and a shell's words around the program.
  private func run(_ shell: String, _ arguments: [String]) async throws -> ToolResult {
    try await withPrivateNetworkNamespace { namespace in
      let rules = """
        *nat
        :KUBE-SERVICES - [0:0]
        -A PREROUTING -j KUBE-SERVICES
        -A OUTPUT -j KUBE-SERVICES
        -A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "a/b:c cluster IP" -m tcp --dport 80 -j DNAT \
        --to-destination 10.0.0.1:80
        COMMIT

        """
      try namespace.must("iptables-nft-restore", input: Array(rules.utf8))
      return try runTool(["bash", "-c", shell, "-", Kpx.path] + arguments)
    }
  }

  @Test("A full device, or none, ends it with status 74 and a word why", arguments: commands)
  func unwritable(arguments: [String]) async throws {
    let full = try await run("\"$@\" > /dev/full", arguments)
    #expect(full.status == 74)
    #expect(full.errorText.contains("kpx: the answer could not be written: No space left on device"))
    let closed = try await run("\"$@\" >&-", arguments)
    #expect(closed.status == 74)
    #expect(closed.errorText.contains("kpx: the answer could not be written: Bad file descriptor"))
  }

  @Test("Without standard input and errors it answers all the same, and into no socket of its own")
  func withoutOthers() async throws {
    let arguments = Self.commands[3]
    let plain = try await run("\"$@\"", arguments)
    let result = try await run("\"$@\" <&- 2>&-", arguments)
    #expect(result.status == plain.status && plain.status == 0)
    #expect(result.text == plain.text && plain.text.contains("10.0.0.1"))
    let silent = try await run("\"$@\" <&- >&- 2>&-", arguments)
    #expect(silent.status == 74)
  }

  @Test(
    "A reader that goes ends it by SIGPIPE, as it ends others, or quietly where that is ignored", arguments: commands)
  func reader(arguments: [String]) async throws {
    // The reader is gone before the answer comes.
    let ended = try await run("{ sleep 0.2; \"$@\"; echo $? >&2; } | true", arguments)
    #expect(ended.errorText.split(separator: "\n").last == "141")
    let ignored = try await run("trap '' PIPE; { sleep 0.2; \"$@\"; echo $? >&2; } | true", arguments)
    #expect(["0", "1"].contains(ignored.errorText.split(separator: "\n").last))
    #expect(!ignored.errorText.contains("could not be written"))
  }
}
