import TestSupport
import Testing

/// The lab's rules, of which one namespace and service have names as long as may be.
@Suite("Lists on terminals and in pipes", .enabled(if: canMakeNetworkNamespaces, "needs root"))
struct ListWidthTests {
  private static let lab = [
    "--api-dump", "\(Capture.folder)/api/lab", "--node", "node1", "--proxy-version", "1.34",
  ]
  private static let longest =
    "a-namespace-whose-name-is-as-long-as-a-name-may-be-in-a-cluster/a-service-whose-name-is-as-long-as-a-name-may-be-in-this-clust1"

  private func withLab(_ body: @Sendable () throws -> Void) async throws {
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("lab-iptables-legacy-v1.34"))
      try body()
    }
  }

  /// What a person sees on a terminal of some width, without its standard error.
  private func onTerminal(
    _ width: Int, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> [String] {
    let words = ([Kpx.path] + arguments + Self.lab).map { "'\($0)'" }.joined(separator: " ")
    let result = try runTool(
      ["script", "-qec", "stty cols \(width); \(words) --color never 2>/dev/null", "/dev/null"],
      environment: environment)
    return result.text.replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
  }

  private func inPipe(_ arguments: [String], environment: [String: String] = [:]) throws -> [String] {
    try runTool([Kpx.path] + arguments + Self.lab, environment: environment).text.split(separator: "\n").map(
      String.init)
  }

  @Test("On a terminal no line of services is longer than that, and why is said of each that is not well")
  func widths() async throws {
    try await withLab {
      for width in [60, 80, 120, 200] {
        let lines = try onTerminal(width, ["services", "-A"])
        #expect(lines.allSatisfy { $0.count <= width }, "\(width): \(lines.filter { $0.count > width })")
        let text = lines.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: " ")
        for reason in [
          "no serving pod matches the selector app=empty [no-endpoints]",
          "none of its 2 endpoints is ready [no-endpoints]",
          "label service.kubernetes.io/service-proxy-name: other handles it", "[no-local-endpoints]",
        ] { #expect(text.contains(reason), "\(width): \(reason)") }
        // Named once, in the first of its rows.
        #expect(lines.filter { $0.hasPrefix("edge/lb-two-ips ") }.count == 1)
        #expect(lines[0].contains("KIND") == (width >= 120) && lines[0].contains("WHY") == (width == 200))
      }
    }
  }

  @Test("Wide lines are whole on any terminal, and have all columns")
  func wide() async throws {
    try await withLab {
      let narrow = try onTerminal(60, ["services", "-A", "-o", "wide"])
      #expect(try narrow == onTerminal(400, ["services", "-A", "-o", "wide"]))
      #expect(
        narrow[0].split(separator: " ") == [
          "SERVICE", "PORT", "KIND", "ADDRESS", "ENDPOINTS", "VERDICT", "ENDPOINT-ADDRESSES", "WHY",
        ])
      #expect(narrow.contains { $0.contains(Self.longest) })
      let big = try #require(narrow.first { $0.hasPrefix("scale/big ") })
      #expect(big.split(separator: ",").count == 300)
    }
  }

  @Test("A name that is too long is cut in its middle on a terminal, in the letters of the locale, and never in a pipe")
  func cut() async throws {
    try await withLab { () throws in
      func row(_ locale: String) throws -> String? {
        let variables = ["LC_ALL": locale]
        return try onTerminal(80, ["services", "-A"], environment: variables).first { $0.contains("10.96.31.1:80/TCP") }
      }
      #expect(try row("C")?.hasPrefix("a-namespace-wh...in-this-clust1 ") == true)
      #expect(try row("C.UTF-8")?.hasPrefix("a-namespace-who\u{2026}-in-this-clust1 ") == true)
      for environment in [[:], ["COLUMNS": "80"]] {
        #expect(try inPipe(["services", "-A"], environment: environment).contains { $0.hasPrefix(Self.longest + " ") })
      }
    }
  }

  @Test("COLUMNS is a terminal's width, in a pipe, too, where watch(1) sets it; and no reason for colours")
  func columns() async throws {
    try await withLab {
      let lines = try inPipe(["services", "edge"], environment: ["COLUMNS": "60"])
      #expect(lines[0].split(separator: " ") == ["SERVICE", "ADDRESS", "VERDICT"])
      #expect(lines.allSatisfy { $0.count <= 66 && !$0.contains("\u{1b}") })
      #expect(try onTerminal(200, ["services", "edge"], environment: ["COLUMNS": "60"])[0] == lines[0])
      for nonsense in ["0", "-1", "x", ""] {
        #expect(try inPipe(["services", "edge"], environment: ["COLUMNS": nonsense])[0].hasSuffix(" WHY"))
      }
    }
  }

  @Test("In a pipe each row is whole: its service, and a word in each column but the last")
  func rows() async throws {
    try await withLab {
      let lines = try inPipe(["services", "-A", "--no-headers"])
      #expect(lines.count > 80)
      for line in lines {
        let words = line.split(separator: " ")
        try #require(words.count >= 6, "\(line)")
        #expect(words[0].contains("/"), "\(line)")
        #expect(["ClusterIP", "NodePort", "LoadBalancer", "ExternalIP"].contains(words[2]), "\(line)")
        #expect(["ok", "refused", "dropped", "absent"].contains(words[5]), "\(line)")
      }
      #expect(lines.filter { $0.hasPrefix("edge/lb-two-ips ") }.count == 4)
    }
  }

  @Test("Node ports of two families are told apart, and one of a single family is as typed for a trace")
  func families() async throws {
    try await withLab {
      let ports = try inPipe(["services", "edge"]).filter { $0.contains("NodePort") }.map { line in
        line.split(separator: " ")
      }
      #expect(ports.filter { $0[0] == "edge/dual" }.map { $0[3] } == ["0.0.0.0:30197/TCP", "[::]:30197/TCP"])
      #expect(ports.filter { $0[0] == "edge/extip-local" }.map { $0[3] } == [":30190/TCP"])
    }
  }

  @Test("--problems leaves what is well, and what kube-proxy is meant to leave alone")
  func problems() async throws {
    try await withLab {
      let lines = try inPipe(["services", "-A", "--problems", "--no-headers"])
      let names = Set(lines.compactMap { $0.split(separator: " ").first.map(String.init) })
      #expect(
        names == [
          "edge/empty", "edge/empty-lb", "edge/etp-local-remote", "edge/itp-local-remote", "edge/no-slice",
          "edge/unready",
        ])
      #expect(lines.allSatisfy { !$0.contains(" ok") && $0.hasSuffix("]") })
      #expect(try Set(inPipe(["services", "-A", "--problems", "-o", "name"])) == names)
      let json = try inPipe(["services", "-A", "--problems", "-o", "json"]).joined()
      #expect(json.contains("\"unready\"") && !json.contains("\"affinity\""))
    }
  }

  @Test("At the end it is said how many services are how, beside the answer")
  func summary() async throws {
    try await withLab {
      let result = try runTool([Kpx.path, "services", "-A"] + Self.lab)
      #expect(
        result.errorText
          == "46 services on node1, kube-proxy 1.34, iptables (legacy): 39 ok, 4 refused, 2 dropped, 1 absent\n")
    }
  }

  @Test("A namespace is typed as kubectl has it, as an argument, or as the beginning of a target")
  func namespaces() async throws {
    try await withLab {
      let named = try inPipe(["services", "-n", "yaobank"])
      #expect(named.count > 3)
      for words in [["services", "yaobank"], ["svc", "yaobank/"], ["service", "yaobank", "-n", "yaobank"]] {
        #expect(try inPipe(words) == named)
      }
      let unknown = try runTool([Kpx.path, "svc", "yaobnk"] + Self.lab)
      #expect(unknown.status == 66)
      #expect(unknown.errorText == "kpx: no service of a namespace yaobnk is known; did you mean yaobank?\n")
    }
  }

  @Test("-o name prints what can be typed for a trace")
  func names() async throws {
    try await withLab {
      #expect(try inPipe(["services", "yaobank", "-o", "name"]).contains("yaobank/summary"))
      #expect(try inPipe(["trace", ":30180", "-o", "name"]) == ["yaobank/customer:http"])
      #expect(try inPipe(["trace", "10.96.201.9", "-o", "name"]) == ["default/hello-world-clusterip:80"])
      let dns = try inPipe(["trace", "kube-system/kube-dns", "-o", "name"])
      #expect(dns.sorted() == ["dns", "dns-tcp", "metrics"].map { "kube-system/kube-dns:\($0)" })
      for name in dns { #expect(try !inPipe(["trace", name]).isEmpty) }
    }
  }
}
