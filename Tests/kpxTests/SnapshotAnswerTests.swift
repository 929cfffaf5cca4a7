import FoundationEssentials
import TestSupport
import Testing

/// As a capture's scenario.json says.
private struct Scenario: Decodable {
  let catalogue: String
  let node: String
}

@Suite(
  "A snapshot answers as the node that it is of, and a redacted one so by its pseudonyms",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct SnapshotAnswerTests {
  /// All but the one whose objects are packed.
  private static let captures = (Capture.legacy + Capture.nft).filter { !$0.name.hasPrefix("scale") }
  private static let questions = [
    ["services", "-A"], ["check"], ["connections"], ["chain"], ["ipset"], ["ipvs"], ["trace", ":30180"],
  ]
  private static let traced = [
    "yaobank": [["trace", "yaobank/summary", "-o", "wide"], ["trace", "yaobank/summary", "--from", "external"]],
    "lab": [["trace", "edge/dual"], ["trace", "edge/lb-ranges", "--from", "external"], ["trace", "edge/affinity"]],
  ]

  @Test("Byte for byte, by every command, whatever wrote the rules", arguments: captures)
  func loaded(_ capture: Capture) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(capture)
      try compare(capture, namespace)
    }
  }

  /// Of a small capture, and what tells of IPVS alone: the lab's services reach kpx's time limit in an emulated machine, each time
  /// at another rule.
  @Test("The same of IPVS", .enabled(if: isInVirtualMachine, "the kernel may have no IPVS"))
  func ipvs() async throws {
    try await withPrivateNetworkNamespace { namespace in
      let capture = Capture("yaobank-ipvs-strictarp-v1.34")
      try namespace.loadIPVSCapture(capture)
      try compare(
        capture, namespace, [["services", "-A"], ["check"], ["ipvs"], ["trace", "yaobank/summary", "-o", "wide"]])
    }
  }

  /// - Parameter chosen: questions; nil for all of the capture's.
  private func compare(
    _ capture: Capture, _ namespace: PrivateNetworkNamespace, _ chosen: [[String]]? = nil
  ) throws {
    let scenario = try JSONDecoder().decode(Scenario.self, from: Data(try capture.content("scenario.json")))
    // A kube-proxy that is asked is asked through its node's rules, which count that.
    let release = String(capture.name.split(separator: "-v").last ?? "1.34")
    var dump = "\(Capture.folder)/\(capture.name)/api"
    if try runTool(["test", "-d", dump]).status != 0 { dump = "\(Capture.folder)/api/\(scenario.catalogue)" }
    let options = ["--api-dump", dump, "--node", scenario.node, "--proxy-version", release]
    let file = "/tmp/kpx-test-\(namespace.name).kpx"
    defer { _ = try? runTool(["rm", "-f", file]) }
    let made = try runTool([Kpx.path, "snapshot", "--connections", "-o", file] + options)
    try #require(made.status == 0, "\(made)")
    let redacted = try RedactedAnswers(of: file)
    defer { redacted.remove() }
    for question in chosen ?? Self.questions + Self.traced[scenario.catalogue, default: []] {
      let live = try runTool([Kpx.path] + question + ["-o", "json"] + options)
      let saved = try runTool([Kpx.path] + question + ["-o", "json", "--snapshot", file])
      #expect(saved.status == live.status, "\(question): \(saved) is not \(live)")
      #expect(saved.text == live.text, "\(question): \(firstDifference(saved.text, live.text))")
      #expect(saved.errorText == live.errorText, "\(question)")
      try redacted.compare(question, with: saved)
    }
  }

  private func firstDifference(_ left: String, _ right: String) -> String {
    let lines = zip(left.split(separator: "\n"), right.split(separator: "\n"))
    return lines.first { $0 != $1 }.map { "\($0) is not \($1)" } ?? "one is longer"
  }

  @Test("It needs neither root nor the node, and says what it has not got")
  func elsewhere() async throws {
    let file = "/tmp/kpx-test-\(UInt64.random(in: 0 ... .max)).kpx"
    defer { _ = try? runTool(["rm", "-f", file]) }
    let options = ["--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1", "--proxy-version", "1.34"]
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      let made = try runTool([Kpx.path, "snapshot", "-o", file] + options)
      #expect(made.status == 0 && made.text == "\(file)\n" && made.errorText.contains("without connections"), "\(made)")
      let again = try runTool([Kpx.path, "snapshot", "-o", file] + options)
      #expect(again.status == 74 && again.errorText.contains("writes over nothing"), "\(again)")
    }
    #expect(try runTool(["stat", "-c", "%a", file]).text == "600\n")
    #expect(try runTool(["chmod", "644", file]).status == 0)
    let asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Kpx.path]
    let trace = try runTool(asNobody + ["trace", "yaobank/summary", "--snapshot", file])
    #expect(trace.status == 0 && trace.text.contains("OK: 2 endpoints, as the API implies"), "\(trace)")
    let connections = try runTool(asNobody + ["connections", "--snapshot", file])
    #expect(connections.status == 69 && connections.errorText.contains("--connections"), "\(connections)")
    let netns = try runTool([Kpx.path, "trace", "yaobank/summary", "--snapshot", file, "--netns", "a"])
    #expect(netns.status == 64, "\(netns)")
    let absent = try runTool([Kpx.path, "trace", "yaobank/summary", "--snapshot", "/nonexistent.kpx"])
    #expect(absent.status == 66, "\(absent)")
    let other = try runTool([Kpx.path, "trace", "yaobank/summary", "--snapshot", "/etc/passwd"])
    #expect(other.status == 69 && other.errorText.contains("no snapshot that kpx can use"), "\(other)")
  }

  @Test("Of some services it has the API's objects alone, and claims nothing of others by them")
  func someServices() async throws {
    let (all, one) = (
      "/tmp/kpx-test-\(UInt64.random(in: 0 ... .max)).kpx", "/tmp/kpx-test-\(UInt64.random(in: 0 ... .max)).kpx"
    )
    defer { _ = try? runTool(["rm", "-f", all, one]) }
    let options = ["--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1", "--proxy-version", "1.34"]
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      let absent = try runTool([Kpx.path, "snapshot", "yaobank/sumary", "-o", one] + options)
      #expect(absent.status == 66 && absent.errorText.contains("did you mean yaobank/summary?"), "\(absent)")
      let malformed = try runTool([Kpx.path, "snapshot", "summary", "-o", one] + options)
      #expect(malformed.status == 64, "\(malformed)")
      #expect(try runTool([Kpx.path, "snapshot", "-o", all] + options).status == 0)
      #expect(try runTool([Kpx.path, "snapshot", "yaobank/summary", "-o", one] + options).status == 0)
    }
    func ask(_ words: String..., of file: String) throws -> ToolResult {
      try runTool([Kpx.path] + words + ["-o", "json", "--snapshot", file])
    }
    #expect(try ask("trace", "yaobank/summary", of: one).text == ask("trace", "yaobank/summary", of: all).text)
    let objects = try runTool(["tar", "-xzOf", one, "api/objects.json"]).text
    #expect(objects.contains("summary-") && !objects.contains("customer") && !objects.contains("database"))
    #expect(try runTool(["tar", "-tzf", one]).text.contains("pods/") == false)
    let other = try ask("trace", "yaobank/customer", of: one)
    #expect(other.status == 0 && other.text.contains("of the API the snapshot has yaobank/summary alone"), "\(other)")
    #expect(try !ask("services", "-A", of: one).text.contains("drift"))
  }
}
