import TestSupport
import Testing

@Suite(
  "kpx chain as it is run",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct ChainProgramTests {
  @Test("One chain stands under each table that has it, legacy's and nf_tables', with the pods behind its jumps")
  func bothBackends() async throws {
    let result = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"), withAddresses: false, onlyIPv4: true)
      try namespace.must("iptables-nft", "-t", "nat", "-N", "KUBE-SVC-OIQIZJVJK6E34BR4")
      return try Kpx.run(
        "chain", "KUBE-SVC-OIQIZJVJK6E34BR4", "--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1")
    }
    let lines = result.text.split(separator: "\n").map(String.init)
    #expect(lines.first == "# iptables-legacy" && lines.contains("# iptables-nft"))
    #expect(lines.count { $0 == ":KUBE-SVC-OIQIZJVJK6E34BR4 - [0:0]" } == 2)
    #expect(lines.contains { $0.contains("-j KUBE-SEP-") && $0.contains("  # pod yaobank/summary-") })
    #expect(result.status == 0 && result.errors.isEmpty)
  }

  @Test(
    "Without the API jumps have the services of the rules' comments, and with --no-headers there is nothing but rules")
  func withoutAPI() async throws {
    let result = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"), withAddresses: false, onlyIPv4: true)
      return try Kpx.run("chain", "KUBE-SERVICES", "-t", "nat", "--no-api", "--no-headers")
    }
    let lines = result.text.split(separator: "\n")
    #expect(lines.count == 8 && lines.allSatisfy { $0.contains("] -A KUBE-SERVICES ") })
    #expect(lines.contains { $0.hasSuffix("-j KUBE-SVC-OIQIZJVJK6E34BR4  # yaobank/summary:http") })
  }

  @Test("What is not there ends with 66, and the rest of a wrong line with 64")
  func statuses() async throws {
    let rows: [(arguments: [String], says: String, status: Int32)] = [
      (["KUBE-SERVICE"], "no chain KUBE-SERVICE; did you mean KUBE-SERVICES?", 66),
      (["-t", "raw"], "no table raw", 66),
      (["-t", "a b"], "expected a table's name", 64), (["A", "B"], "unexpected argument 'B'", 64),
    ]
    try await withPrivateNetworkNamespace { namespace in
      #expect(try Kpx.run("chain", "--no-api").status == 0)
      try namespace.must("iptables-legacy", "-t", "nat", "-N", "KUBE-SERVICES")
      for row in rows {
        let result = try runTool([Kpx.path, "chain"] + row.arguments)
        #expect(result.status == row.status && result.output.isEmpty)
        #expect(result.errorText.contains(row.says))
      }
    }
  }
}
