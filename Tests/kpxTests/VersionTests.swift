import TestSupport
import Testing

@testable import Inspect
@testable import kpx

@Suite("kpx version")
struct VersionTests {
  private func run(_ words: [String], environment: [String: String] = [:]) throws -> [String: String] {
    let result = try runTool(words, environment: environment)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errorText)")
    let lines = result.text.split(separator: "\n").filter { !$0.hasPrefix("note:") }
    return Dictionary(
      lines.map { line in
        let name = line.prefix { $0 != " " }
        return (String(name), String(line.dropFirst(name.count).drop { $0 == " " }))
      }, uniquingKeysWith: { "\($0), \($1)" })
  }

  @Test(
    "All that is to be known of a node's kernel and rules, without the API",
    .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
  func node() async throws {
    let lines = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      return try run([Kpx.path, "version", "--no-api", "--node", "node1", "--proxy-version", "1.34"])
    }
    #expect(lines["kpx"]?.hasPrefix("0.1.0-dev (") == true)
    #expect(lines["kernel"] == (try runTool(["uname", "-rm"]).text.split(separator: "\n").first.map(String.init)))
    #expect(lines["node"] == "node1, by --node")
    #expect(lines["kube-proxy"] == "1.34 iptables (legacy), by --proxy-version")
    #expect(lines["API"] == "not known: it was not asked")
    #expect(lines["capabilities"] == "all that kpx needs")
  }

  @Test(
    "Without root it says which capabilities it lacks, and what is therefore not known",
    .enabled(if: canMakeNetworkNamespaces, "needs root, to give it up"))
  func withoutRoot() throws {
    let lines = try run(
      ["setpriv", "--bounding-set=-all", "--inh-caps=-all", Kpx.path, "version", "--no-api", "--proxy-version", "1.34"])
    #expect(lines["capabilities"] == "lacks CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_PTRACE, CAP_SYS_ADMIN")
    let reason = try #require(lines["kube-proxy"])
    #expect(reason.hasPrefix("not known: no permission") && reason.hasSuffix("not asked where its release is named"))
  }

  @Test("A container runtime says what it is; one that does not answer is named all the same")
  func runtime() throws {
    let folder = try ScratchDirectory()
    let file = try folder.write("sandboxes", #"{"service": "runtime.v1", "delay": 0, "sandboxes": []}"#)
    let runtime = try RuntimeSocket(criOf: file, in: folder.path)
    defer { runtime.stop() }
    let lines = try run(
      [Kpx.path, "version", "--no-api"], environment: ["CONTAINER_RUNTIME_ENDPOINT": runtime.path])
    #expect(lines["runtime"]?.hasSuffix(", at \(runtime.path)") == true)
    #expect(lines["runtime"]?.hasPrefix("not known") == false, "\(lines)")
    let broken = try RuntimeSocket(broken: "garbage", in: folder.path)
    defer { broken.stop() }
    let others = try run(
      [Kpx.path, "version", "--no-api"], environment: ["CONTAINER_RUNTIME_ENDPOINT": broken.path])
    #expect(others["runtime"]?.hasPrefix("not known: it ") == true, "\(others)")
  }

  private func report() -> VersionReport {
    VersionReport(
      program: VersionReport.Program(version: "1", commit: nil, missingCapabilities: []),
      node: AnsweringNode(name: "a", kernel: KernelRelease.running?.text),
      runtimes: [])
  }

  @Test("A release that is not known for sure is told as in a trace")
  func releases() {
    var report = report()
    report.proxy = Proxy(mode: .iptables, backend: .nft, version: .init(min: "1.31", max: nil))
    func text() -> String { VersionText(report, terminal: Terminal(width: nil, hasColor: false)).text }
    #expect(text().contains("kube-proxy    1.31 or later iptables (nft)\n"))
    report.proxy?.version?.max = "1.33"
    #expect(text().contains("kube-proxy    1.31 to 1.33 iptables (nft)\n"))
  }

  @Test("What others wrote obeys no terminal")
  func hostile() {
    var report = report()
    report.serverVersion = "\u{1b}[31mv1"
    report.api = APIOrigin(source: "x", server: "https://a")
    let text = VersionText(report, terminal: Terminal(width: nil, hasColor: false)).text
    #expect(!text.contains("\u{1b}") && text.contains(#"\x1b[31mv1"#))
  }
}
