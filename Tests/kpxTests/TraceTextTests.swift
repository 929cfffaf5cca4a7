import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect
@testable import kpx

@Suite("A trace as people read it", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace"))
struct TraceTextTests {
  /// Answers of kpx on a capture.
  private func traces(
    _ capture: Capture, api: String = "\(Capture.folder)/api/lab", _ questions: [[String]]
  ) async throws -> [Trace] {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(capture)
      return try questions.map { question in
        let options = ["--api-dump", api, "--node", "node1", "--proxy-version", "1.34", "-4", "-o", "json"]
        let answer = try runTool([Kpx.path, "trace"] + question + options)
        return try JSONDecoder().decode(Trace.self, from: Data(answer.output))
      }
    }
  }

  private func text(_ trace: Trace, width: Int? = nil, hasColor: Bool = false, isWide: Bool = false) -> TraceText {
    TraceText(trace, terminal: Terminal(width: width, hasColor: hasColor), isWide: isWide)
  }

  private func lines(_ trace: Trace, width: Int? = nil, hasColor: Bool = false, isWide: Bool = false) -> [String] {
    text(trace, width: width, hasColor: hasColor, isWide: isWide).text.split(separator: "\n").map(String.init)
  }

  private static let lab = Capture("lab-iptables-legacy-v1.34")
  private static let drift = Capture("yaobank-drift-iptables-legacy-v1.34")

  @Test("The second line is the outcome")
  func outcome() async throws {
    let said = [
      ["yaobank/customer"]: "OK: 1 endpoint, as the API implies",
      ["edge/half-ready"]: "OK: 1 endpoint, as the API implies; 2 more are not ready",
      ["edge/unready"]: "REFUSED: none of its 2 endpoints is ready: connections are refused",
      ["edge/itp-local-remote"]:
        "DROPPED: no endpoint on this node, and the traffic policy is Local: packets are dropped",
      ["192.168.100.242:80"]:
        "PROBLEM: no endpoint on this node, and the traffic policy is Local: packets are dropped",
      ["edge/etp-local-remote", "--from", "external"]:
        "PROBLEM: 192.168.100.242:80/TCP: edge/etp-local-remote:http has no local endpoints "
        + "(filter KUBE-EXTERNAL-SERVICES rule 1)",
      ["edge/other-proxy"]: "NOTHING TO FORWARD: label service.kubernetes.io/service-proxy-name: other handles it",
      ["192.168.100.247:80"]: "NOTHING TO FORWARD: ipMode Proxy: the load balancer handles the address itself",
      ["edge/lb-mode-proxy", "--from", "external"]: "OK: the packet arrives at one of 2 endpoints",
      ["edge/rolling"]: "OK: 2 endpoints, as the API implies; 2 more get no new connections",
      ["edge/draining"]: "OK: 2 endpoints, all terminating, as the API implies",
      ["edge/store"]: "NOTHING TO FORWARD: kube-proxy leaves it alone: headless service: it has no address of its own",
      ["yaobank/customer:80", "--from", "external"]:
        "OK: the packet arrives at 10.244.16.10:80 (pod yaobank/customer-624m6gdck-5fkht)",
      ["yaobank/summary", "--from", "external"]: "OK: the packet arrives at one of 2 endpoints",
      ["edge/unready", "--from", "external"]:
        "REFUSED: edge/unready:http has no endpoints (filter KUBE-SERVICES rule 1)",
    ]
    let questions = Array(said.keys)
    for (question, trace) in zip(questions, try await traces(Self.lab, questions)) {
      #expect(lines(trace)[1] == said[question], "\(question)")
    }
    let drift = try await traces(Self.drift, api: Self.drift.path("api"), [["yaobank/customer"]])
    #expect(
      lines(drift[0])[1]
        == "PROBLEM: kernel and API disagree about the endpoints of :30280/TCP (and 1 more below)")
  }

  @Test("Of two dataplanes that packets meet the outcome is no frontend's")
  func twoBackends() async throws {
    let trace = try await traces(Capture("lab-two-backends-v1.34"), [["yaobank/summary"]])[0]
    #expect(
      lines(trace)[1].hasPrefix("PROBLEM: kube-proxy's rules are in legacy tables and in nf_tables"),
      "\(lines(trace)[1])")
  }

  @Test("Status and outcome are of what kube-proxy is to forward, where one packet was asked for, too")
  func leftAlone() async throws {
    let questions = [["edge/other-proxy", "--from", "external"], ["edge/lb-mode-proxy", "--from", "external"]]
    #expect(try await traces(Self.lab, questions).map(\.exitStatus) == [0, 0])
  }

  @Test("That all is as the API implies is not said where one address could not be compared")
  func uncompared() async throws {
    var trace = try await traces(Self.lab, [["yaobank/customer"]])[0]
    trace.frontends[1].uncompared = "why not"
    #expect(lines(trace)[1] == "CANNOT TELL: 1 endpoint here; kernel and API cannot be compared: why not")
    trace.frontends[1].uncompared = nil
    trace.frontends[1].expected = nil
    #expect(lines(trace)[1] == "OK: 1 endpoint")
  }

  @Test("An endpoint that only the kernel or only the API has is a row that says so, in red")
  func differences() async throws {
    let traces = try await traces(
      Self.drift, api: Self.drift.path("api"), [["yaobank/summary"], ["yaobank/database"]])
    let stale = lines(traces[0], hasColor: true).filter { $0.contains("not in the API") && $0.contains("%") }
    #expect(stale.count == 1 && stale[0].contains("\u{1b}[31m10.244.32.10:80"), "\(stale)")
    let moved = lines(traces[1]).filter {
      $0.contains("10.244.16.11:23") && $0.contains("not in") && !$0.contains(" is ")
    }
    #expect(moved.map { $0.split(separator: " ").first } == ["100.0%", "-"])
    #expect(moved.map { $0.contains("not in the kernel") } == [false, true])
  }

  @Test("Of many endpoints that are alike a terminal shows ten; a pipe and the wide form show all")
  func fold() async throws {
    var trace = try await traces(Self.lab, [["scale/big"]])[0]
    let shown = lines(trace, width: 80)
    #expect(shown.count < 24 && shown.contains("  ... 290 more, ready, 0.3%; -o wide shows all"), "\(shown)")
    #expect(lines(trace).count > 300 && lines(trace, width: 80, isWide: true).count > 300)
    // One that is not like the others is there.
    trace.frontends[0].endpoints[200].ready = false
    #expect(lines(trace, width: 80).contains { $0.contains("not ready") })
    // The same endpoints at another address are not said again.
    trace.frontends.append(trace.frontends[0])
    #expect(lines(trace, width: 80).contains("  the same 300 endpoints as 10.96.32.1:80/TCP"))
    #expect(lines(trace).count > 600)
  }

  @Test("Connections are counted where nat counts them, and those of an endpoint once for all addresses")
  func counters() async throws {
    let traces = try await traces(Self.lab, [["yaobank/customer"], ["edge/unready"]])
    let customer = lines(traces[0])
    #expect(customer.contains { $0.hasSuffix("ClusterIP  forward  4 connections") })
    #expect(customer.contains { $0.hasSuffix("NodePort  forward  2 connections") })
    #expect(customer.filter { $0.contains("CONNS") }.count == 1 && customer.filter { $0.contains("SHARE") }.count == 2)
    // A client that is refused tries again, and each packet counts.
    #expect(lines(traces[1]).contains { $0.hasSuffix("4 packets") })
  }

  @Test("Clients outside, and pods and this node, are called so beside the exact condition")
  func clients() async throws {
    let shown = lines(try await traces(Self.lab, [["edge/etp-local"]])[0])
    for line in [
      "  for clients outside the cluster (if not from this node and source outside 10.244.0.0/16):",
      "  for pods and this node (if from this node or source in 10.244.0.0/16):",
    ] {
      // At the load balancer's address and at the node port.
      #expect(shown.filter { $0 == line }.count == 2, "\(shown)")
    }
  }

  @Test("A state that matters stays on the narrowest terminal, before the node and the pod")
  func narrowStates() async throws {
    let traces = try await traces(Self.lab, [["edge/half-ready"], ["yaobank/summary"]])
    #expect(lines(traces[0], width: 50).contains { $0.hasSuffix("not ready") })
    #expect(lines(traces[1], width: 72).contains { $0.contains("STATE") && !$0.contains("NODE") })
  }

  @Test("The rules that one packet meets are in the tools' words, with chain and number or handle")
  func rules() async throws {
    let question = ["yaobank/summary", "--from", "external"]
    let legacy = lines(try await traces(Self.lab, [question])[0], width: 80)
    #expect(legacy.contains("    nat PREROUTING 1                 -j KUBE-SERVICES"), "\(legacy)")
    #expect(legacy.contains("      -d 10.96.188.204/32 -p tcp --dport 80 -j KUBE-SVC-OIQIZJVJK6E34BR4"))
    #expect(legacy.allSatisfy { $0.count <= 80 })
    let trace = try await traces(Capture("lab-nftables-v1.34"), [question])[0]
    let nft = lines(trace)
    #expect(
      nft.contains { $0.hasPrefix("    kube-proxy services handle ") && $0.hasSuffix(" vmap @service-ips") }, "\(nft)")
    let wide = lines(try await traces(Self.lab, [question])[0], isWide: true)
    #expect(wide.contains { $0.contains(#"] -A PREROUTING -m comment --comment "kubernetes service portals" -j"#) })
  }

  @Test("A reason that is very long is cut, but not in the wide form")
  func longReason() async throws {
    var trace = try await traces(Self.lab, [["edge/unready"]])[0]
    trace.frontends[0].reason?.text = String(repeating: "long ", count: 900)
    #expect(text(trace).text.utf8.count < 3000)
    #expect(text(trace).text.contains("... (-o wide shows it whole)"))
    #expect(text(trace, isWide: true).text.utf8.count > 4500)
  }

  @Test("Why packets are refused is said at the address alone, and notes are no part of the answer")
  func once() async throws {
    var trace = try await traces(Self.lab, [["edge/unready"]])[0]
    trace.notes = [Note(.api, "something of interest")]
    let shown = text(trace)
    #expect(shown.text.components(of: "edge/unready:http has no endpoints") == 1)
    #expect(!shown.text.contains("something of interest") && shown.remarks == "note: something of interest\n")
  }
}

extension String {
  /// How often it has some text.
  fileprivate func components(of text: String) -> Int {
    split(separator: text, omittingEmptySubsequences: false).count - 1
  }
}
