import TestSupport
import Testing

@Suite(
  "kpx check as a program", .enabled(if: canMakeNetworkNamespaces, "needs root, for network namespaces of its own"))
struct CheckProgramTests {
  private static let dump = [
    "--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1", "--proxy-version", "1.34",
  ]

  private func check(_ arguments: String...) throws -> ToolResult {
    try runTool([Kpx.path, "check"] + arguments + Self.dump, environment: ["COLUMNS": "80"])
  }

  /// node1 of yaobank in the calling thread's network namespace.
  private func withNode(_ body: @Sendable @escaping (PrivateNetworkNamespace) throws -> Void) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      try body(namespace)
    }
  }

  @Test("A node that forwards nothing ends with 1 in each format, and says so in one line of 80 characters")
  func broken() async throws {
    try await withNode { _ in
      try shell("echo 0 >/proc/sys/net/ipv4/ip_forward")
      let text = try check()
      #expect(text.status == 1)
      #expect(text.text.contains("ERROR    forward-blocked  "))
      #expect(text.text.contains("net.ipv4.ip_forward = 0"))
      #expect(text.text.contains("not looked at: proxy-stalled: "))
      #expect(text.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
      let npd = try check("-o", "npd")
      #expect(npd.status == 1 && npd.text.count <= 81 && npd.text.split(separator: "\n").count == 1)
      #expect(npd.text.contains("forward-blocked"))
      let metrics = try check("-o", "prometheus")
      #expect(metrics.text.contains("kpx_findings{id=\"mtu\",severity=\"warning\"} 0\n"))
      #expect(metrics.text.contains("kpx_check_result{id=\"forward-blocked\",result=\"found\"} 1\n"))
      let lines = metrics.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(lines.allSatisfy { $0.wholeMatch(of: /[a-z_]+\{[a-z]+="[a-z-]+",[a-z]+="[a-z]+"\} \d+/) != nil })
      let junit = try check("-o", "junit")
      let counted = try runTool(
        [
          "/usr/bin/python3", "-c",
          "import sys,xml.etree.ElementTree as e; r=e.fromstring(sys.stdin.read()); "
            + "print(r.get('tests')==str(len(r)), [c.get('name') for c in r if c.find('failure') is not None])",
        ], input: junit.output)
      #expect(
        counted.text == "True ['vital-services', 'forward-blocked']\n" || counted.text == "True ['forward-blocked']\n")
      #expect(try check("--ignore", "forward-blocked", "--ignore", "vital-services").status == 2)
    }
  }

  @Test("A healthy node ends with 0 where all was looked at, and with 2 where something was not")
  func healthy() async throws {
    try await withNode { _ in
      let some = try check("forward-blocked", "endpoint-drift", "cidr-overlap")
      #expect(some.status == 0, "\(some.text)")
      #expect(some.text.hasSuffix("no findings; 3 of 3 checks ok\n"))
      let all = try check()
      #expect(all.status == 2, "\(all.text)")
      #expect(all.text.contains("no findings; "))
      let folded = try Kpx.run("check", "--no-api").text
      #expect(folded.contains(/not looked at: endpoint-drift(, [a-z-]+){4} and \d+ more: without the API/))
      #expect(try Kpx.run("check", "--no-api", "-o", "wide").text.contains(", source-excluded, "))
      let withoutAPI = try Kpx.run("check", "endpoint-drift", "--no-api")
      #expect(withoutAPI.status == 2 && withoutAPI.text.contains("without the API"))
    }
  }

  @Test("A name that is no check's is an error of usage, with the nearest one")
  func names() throws {
    let near = try Kpx.run("check", "forward-blockd")
    #expect(near.status == 64 && near.errorText.contains("did you mean forward-blocked"))
    #expect(try Kpx.run("check", "reply-elsewhere").errorText.contains("'kpx trace' alone"))
    #expect(try Kpx.run("check", "--ignore", "mtu@a").status == 64)
    #expect(try Kpx.run("explain", "endpoint-drft").status == 64)
  }

  @Test("What a finding means is told without asking anybody")
  func explain() throws {
    let text = try Kpx.run("explain", "endpoint-drift")
    #expect(text.status == 0)
    #expect(text.text.hasPrefix("endpoint-drift (error, info)\n\n  The kernel and the API"))
    #expect(text.text.contains("\nWhat to do\n") && text.text.hasSuffix("/issues/121362\n"))
    #expect(text.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(try Kpx.run("explain").text.contains("\nvital-services"))
  }
}
