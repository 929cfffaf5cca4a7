import TestSupport
import Testing

@testable import Inspect
@testable import kpx

@Suite(
  "Watching a node", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct WatchTests {
  private static let trace = [
    "trace", "yaobank/summary", "--api-dump", APIServer.objects("yaobank"), "--node", "node1", "--proxy-version",
    "1.34",
    "-w0.3",
  ]
  /// Nobody answers, and the rules count who asks.
  private static let connect = "timeout 5 bash -c 'echo >/dev/tcp/10.96.188.204/80' &"
  /// The second of two endpoints then has all connections.
  private static let removeFirst = "iptables-legacy -t nat -D KUBE-SVC-OIQIZJVJK6E34BR4 2"

  private func run(_ options: [String], _ arguments: [String] = trace) async throws -> ProgramOnTerminal {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      return try ProgramOnTerminal.run(options, kpx: arguments)
    }
  }

  @Test("On a terminal lines that changed are marked in place, by a character, until the next look; Ctrl-C ends it")
  func changes() async throws {
    let run = try await run(["--size", "110x40", "every => \(Self.removeFirst)", "endpoint-drift] => ^C"])
    #expect(run.status == 130 && run.undone == 0)
    let marked = run.screen.filter { !$0.hasPrefix("  ") }
    #expect(
      marked.contains { $0.hasPrefix("~        -  10.244.16.12:80") && $0.hasSuffix("not in the kernel") },
      "\(run.screen)")
    #expect(marked.contains { $0.hasPrefix("~   100.0%  10.244.32.10:80") }, "\(run.screen)")
    #expect(run.frames.allSatisfy { frame in frame.count { $0.contains("kpx trace yaobank/summary") } <= 1 })
  }

  @Test("Counters that go on are no change, and their rates stand beside them")
  func rates() async throws {
    let run = try await run(["--size", "110x40", "every => \(Self.connect)", "connections + => ^C"])
    #expect(run.undone == 0, "\(run.frames)")
    let lines = run.frames.flatMap { $0 }
    #expect(lines.contains { $0.hasPrefix("  http  10.96.188.204:80/TCP") && $0.hasSuffix("/s") })
    #expect(lines.contains { $0.contains("10.244.") && $0.contains(" +") && $0.contains("/s") })
    // After a second the connection is one that nobody answers, and that is a change.
    let before = run.frames.prefix { frame in !frame.contains { $0.contains("UNANSWERED") } }.flatMap { $0 }
    #expect(before.allSatisfy { !$0.hasPrefix("~") && !$0.hasPrefix("+") && !$0.hasPrefix("-") }, "\(run.frames)")
  }

  @Test("A connection that opens is marked as new, and how long it is kept is no change")
  func connections() async throws {
    let arguments = ["connections", "yaobank/summary", "-o", "wide"] + Self.trace.dropFirst(2)
    let run = try await run(
      ["--size", "160x20", "every => \(Self.connect)", "unanswered => sleep 2", "every => ^C"], arguments)
    #expect(run.status == 130 && run.undone == 0, "\(run.screen)")
    let lines = run.frames.flatMap { $0 }
    #expect(lines.contains { $0.hasPrefix("+ 192.168.100.11:") && $0.contains("SYN_SENT") }, "\(lines)")
    #expect(lines.allSatisfy { !$0.hasPrefix("~ 192.168.100.11:") }, "\(lines)")
  }

  @Test("In a pipe there is a block with the time for each change, and none for counters")
  func pipe() async throws {
    let change = "\(Self.connect) sleep 1; \(Self.removeFirst)"
    let run = try await run(["--out", "--err", "as the API implies => \(change)", "- => ^C"])
    #expect(run.status == 130 && run.err.isEmpty && !run.out.contains("\u{1b}"))
    let blocks = run.out.split(separator: "\n\n20").map(String.init)
    let last = try #require(blocks.last)
    #expect(run.out.matches(of: #/(?m)^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d/#).count == 2, "\(run.out)")
    #expect(blocks.first?.contains("kpx trace yaobank/summary  every ") == true)
    #expect(last.contains("\n  http  10.96.188.204:80/TCP  ClusterIP  forward"))
    #expect(last.contains("\n~        -  10.244.16.12:80"))
    #expect(!last.contains("yaobank/summary  ClusterIP"))
  }

  @Test("What is not there any more is said in the answer's place; what was never there ends the command")
  func gone() async throws {
    let run = try await run(
      ["every => iptables-legacy -t nat -F KUBE-SERVICES", "error: => ^C"],
      ["trace", "yaobank/summary", "--no-api", "--proxy-version", "1.34", "-4", "-w0.3"])
    #expect(run.undone == 0)
    #expect(
      run.frames.contains { $0.contains { $0.hasPrefix("+ error: no service yaobank/summary") } }, "\(run.screen)")
    let never = try await self.run([], ["trace", "a/b", "--no-api", "-w"])
    #expect(never.status == 66)
    #expect(never.screen.allSatisfy { !$0.contains("every") })
  }

  @Test("Of a list as many lines are shown as there is room for, and how many more there are")
  func low() async throws {
    let run = try await run(
      ["--size", "100x8", "every => ^C"], ["services", "-A", "--no-api", "--proxy-version", "1.34", "-w0.3"])
    let frame = try #require(run.frames.first { $0.first?.contains("every") == true })
    #expect(frame.count == 7 && frame[6].contains(" more lines"), "\(frame)")
    #expect(frame[0].contains("kpx services") && frame[2].hasPrefix("  SERVICE"))
  }

  @Test(
    "What is folded for a person, and what is broken at a narrow terminal's edge, is watched as any other",
    arguments: [
      ["trace", "scale/big"], ["trace", "scale/big", "-o", "wide"], ["services", "-A"],
      ["services", "-A", "-o", "wide"],
      ["trace", "yaobank/summary", "--from", "external"], ["services", "edge", "--problems"], ["svc", "edge"],
    ])
  func folded(arguments: [String]) async throws {
    let run = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("lab-iptables-legacy-v1.34"))
      let drop = "iptables-legacy -t nat -D KUBE-SERVICES 2"
      let options = [
        "--api-dump", APIServer.objects("lab"), "--node", "node1", "--proxy-version", "1.34", "-4", "-w0.3",
      ]
      return try ProgramOnTerminal.run(
        ["--size", "80x40", "every => \(drop)", "every => sleep 2", "every => ^C"], kpx: arguments + options)
    }
    #expect(run.status == 130 && run.undone == 0, "\(run.status) \(run.screen)")
    let name = arguments[0] == "trace" ? arguments[1] : "services"
    #expect(run.frames.last?.first?.contains("kpx \(arguments[0] == "trace" ? "trace \(name)" : name)") == true)
    // On a terminal nothing is wider than it is: a mark, a blank and the text.
    #expect(run.screen.allSatisfy { $0.count <= 80 })
  }

  @Test("A table that is large is not read more often than every 10 s, and the first line says so")
  func large() async throws {
    let rules = (0..<20_001).map { "-A INPUT -s 10.1.\($0 >> 8).\($0 & 255)/32 -j ACCEPT\n" }.joined()
    let run = try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      try namespace.must(
        "iptables-legacy-restore", "--noflush", input: Array("*nat\n\(rules)COMMIT\n".utf8))
      return try ProgramOnTerminal.run(["--size", "120x30", "rules) => sleep 1.5", " => ^C"], kpx: Self.trace)
    }
    let headings = Set(run.frames.compactMap(\.first).filter { $0.contains("every") })
    #expect(
      headings.count == 1 && headings.first?.contains("every 10 s (a legacy table has 20,") == true, "\(headings)")
  }

  @Test("A pod that is talked to has a rate, and its line no mark")
  func pods() throws {
    try PodNode.with(.plain) { node in
      let pod = try node.pod("default", "web-1")
      let talk = "bash -c 'for i in 1 2 3 4 5 6 7 8; do echo x >/dev/udp/\(pod.addresses[0])/9; done'"
      let run = try ProgramOnTerminal.run(
        ["--size", "160x20", "every => \(talk)", "/S => sleep 0.3", "every => ^C"],
        wrapper: ["nsenter", "--net=/run/netns/\(try node.namespace())"],
        environment: [
          "KPX_POD_LOGS": "\(node.folder)/var/log/pods", "KPX_KUBELET_PODS": "\(node.folder)/var/lib/kubelet/pods",
        ], kpx: ["veth", "--no-runtime", "-w0.5"])
      let lines: [String] = run.frames.flatMap { $0 }
      let rows = lines.filter { $0.contains("web-1") }.map { (line: String) in
        line.split(separator: " ").map(String.init)
      }
      // Addresses and interfaces with their numbers, then what was received in a second.
      let received = rows.filter { $0.count > 8 }.compactMap { Double($0[7]) }
      #expect(received.contains { $0 > 0 }, "\(run.frames)")
      #expect(rows.allSatisfy { $0.first == "default" })
    }
  }
}
