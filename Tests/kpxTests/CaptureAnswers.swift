import FoundationEssentials
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Where the answers go, for Tests/Support/vm/run-kernels.sh, which holds those of several kernels against each other.
private let folder = getenv("KPX_ANSWERS").map { String(cString: $0) }

/// As a capture's scenario.json says.
private struct Scenario: Decodable {
  let catalogue: String
  let node: String
}

@Suite(
  "What kpx answers of a capture, written down", .serialized,
  .enabled(if: folder != nil, "its answers are compared by make test-kernels"))
struct CaptureAnswers {
  /// All but the one whose objects are packed.
  private static let captures = (Capture.legacy + Capture.nft).filter { !$0.name.hasPrefix("scale") }

  @Test("The list of all services, and traces", arguments: captures)
  func loaded(_ capture: Capture) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(capture)
      try writeAnswers(capture)
    }
  }

  @Test("The same of IPVS", .enabled(if: isInVirtualMachine, "the kernel may have no IPVS"), arguments: Capture.ipvs)
  func ipvs(_ capture: Capture) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadIPVSCapture(capture)
      try writeAnswers(capture)
      try write(try Kpx.run("ipvs", "-o", "json"), "\(capture)-ipvs.json")
    }
  }

  private func writeAnswers(_ capture: Capture) throws {
    let scenario = try JSONDecoder().decode(Scenario.self, from: Data(try capture.content("scenario.json")))
    let dump = ["--api-dump", "\(Capture.folder)/api/\(scenario.catalogue)", "--node", scenario.node, "-o", "json"]
    for question in [["services", "-A"]]
      + Self.traced[scenario.catalogue, default: []].map({ ["trace", $0, "--verify"] })
    {
      let name = "\(capture)-\(question.joined(separator: "-").replacing("/", with: "-")).json"
      try write(try runTool([Kpx.path] + question + dump), name)
    }
  }

  /// The lab's objects are many: read for every trace they would cost most of an emulated machine's time.
  private static let traced = ["yaobank": ["yaobank/summary", "yaobank/customer"]]

  /// Without the kernel's release.
  private func write(_ answer: ToolResult, _ name: String) throws {
    #expect([0, 1, 2].contains(answer.status), "\(name): \(answer.errorText)")
    let lines = answer.text.split(separator: "\n").filter { !$0.hasPrefix(#"        "kernel": "#) }
    #expect(lines.count > 5, "\(name)")
    let file = try #require(fopen("\(folder ?? ".")/\(name)", "w"))
    defer { fclose(file) }
    #expect(fputs(lines.joined(separator: "\n") + "\n", file) >= 0)
  }
}
