import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect
@testable import kpx

@Suite(
  "Endpoints that differ are never said to be as the API implies",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct PassingDriftTests {
  @Test("Not where the difference may pass by itself, and is no error")
  func rollout() async throws {
    let capture = Capture("yaobank-drift-iptables-legacy-v1.34")
    let json = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(capture)
      let dump = ["--api-dump", capture.path("api"), "--node", "node1", "-o", "json"]
      return try runTool([Kpx.path, "trace", "yaobank/summary"] + dump).output
    }
    var trace = try JSONDecoder().decode(Trace.self, from: Data(json))
    let drift = try #require(trace.findings.firstIndex { $0.id == .endpointDrift })
    func text() -> String { TraceText(trace, terminal: Terminal(width: nil, hasColor: false), isWide: false).text }
    #expect(!text().contains("as the API implies"))
    trace.findings[drift].severity = .info
    #expect(!text().contains("as the API implies"))
    trace.findings = []
    #expect(text().contains("\nOK: 2 endpoints, as the API implies\n"))
  }
}
