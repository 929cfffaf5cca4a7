import TestSupport
import Testing

@testable import kpx

@Suite(
  "kpx trace --graph", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TraceGraphTests {
  private let options = [
    "yaobank/summary", "-4", "--graph", "--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1",
  ]

  @Test("Each endpoint is reached from the service's address, by rules that are named, and edges join what is there")
  func picture() async throws {
    let text = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      return try runTool([Kpx.path, "trace"] + options).text
    }
    #expect(text.hasPrefix("digraph kpx {") && text.hasSuffix("}\n"))
    for part in ["KUBE-SERVICES rule", "KUBE-SEP-", "10.244.16.12:80", "10.244.32.10:80", "50.0%", "masqueraded"] {
      #expect(text.contains(part), "\(part)")
    }
    let lines = text.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
    let edges = lines.filter { $0.contains(" -> ") }
    let declared = Set(lines.filter { !$0.contains(" -> ") }.compactMap { $0.split(separator: " ").first })
    #expect(edges.count > 20)
    for edge in edges {
      let ends = edge.split(separator: " ")
      #expect(declared.contains(ends[0]) && declared.contains(ends[2]), "\(edge)")
    }
  }
}
