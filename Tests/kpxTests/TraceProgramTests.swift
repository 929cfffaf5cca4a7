import FoundationEssentials
import TestSupport
import Testing

/// What `kpx trace -o json` promises, as far as these tests look at it.
private struct TraceJSON: Decodable {
  struct Service: Decodable {
    let namespace: String
    let name: String
  }
  struct Frontend: Decodable {
    let kind: String?
    let address: String?
    let port: Int
    let family: String
    let verdict: String
  }
  struct Finding: Decodable {
    struct Evidence: Decodable {
      let endpoint: String?
      let difference: String?
    }
    let id: String
    let evidence: [Evidence]

    func endpoints(_ difference: String) -> [String] {
      evidence.filter { $0.difference == difference }.compactMap(\.endpoint)
    }
  }
  struct Verification: Decodable {
    let table: String
    let rules: Int
    let differences: Int
  }
  let service: Service?
  let frontends: [Frontend]
  let findings: [Finding]
  let verification: [Verification]?

  init(_ result: ToolResult) throws { self = try JSONDecoder().decode(Self.self, from: Data(result.output)) }
}

extension ToolResult: CustomTestStringConvertible {
  /// The status and the beginning of what it wrote.
  public var testDescription: String { "status \(status): \(text.prefix(400)) \(errorText.prefix(400))" }
}

/// A namespace that holds a real kube-proxy's rules.
private func withCapture<Value: Sendable>(
  _ name: String = "yaobank-iptables-legacy-v1.34",
  _ body: @Sendable (PrivateNetworkNamespace) async throws -> Value
) async throws -> Value {
  try await withPrivateNetworkNamespace { namespace in
    try namespace.loadLegacyCapture(Capture(name))
    return try await body(namespace)
  }
}

/// `kpx trace` with what the API said when the rules were written.
private func trace(
  _ target: String, _ options: String..., api: String = "api/yaobank", environment: [String: String] = [:]
) throws -> ToolResult {
  let dump = api.hasPrefix("/") ? api : "\(Capture.folder)/\(api)"
  return try runTool(
    [Kpx.path, "trace", target, "--api-dump", dump, "--node", "node1", "--proxy-version", "1.34"] + options,
    environment: environment)
}

/// A folder of a test's own.
private func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
  let made = try runTool(["mktemp", "-d", "/tmp/kpx-test-XXXXXX"])
  let path = made.text.trimmingCharacters { $0 == "\n" }
  defer { _ = try? runTool(["rm", "-r", path]) }
  return try body(path)
}

extension String {
  fileprivate func trimmingCharacters(_ drop: (Character) -> Bool) -> String {
    String(reversed().drop(while: drop).reversed().drop(while: drop))
  }
}

private func write(_ text: String, to path: String) throws {
  let result = try runTool(["tee", path], input: Array(text.utf8))
  try #require(result.status == 0)
}

private let escape = "\u{1b}[31m"
private let override = "\u{202e}"

/// What a terminal would obey, or be turned around by.
private func isClean(_ text: String) -> Bool {
  text.unicodeScalars.allSatisfy { scalar in
    scalar == "\n"
      || scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value) && !(0x202a...0x202e).contains(scalar.value)
        && !(0x2066...0x2069).contains(scalar.value)
  }
}

@Suite(
  "kpx trace: exit status and messages",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TraceStatusTests {
  @Test("0: answered, and all is well")
  func healthy() async throws {
    try await withCapture { _ in
      let result = try trace("yaobank/summary")
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
      #expect(result.text.contains("\nOK: 2 endpoints, as the API implies\n"))
    }
  }

  @Test("1: answered, and something is wrong")
  func wrong() async throws {
    try await withCapture("yaobank-drift-iptables-legacy-v1.34") { _ in
      let result = try trace("yaobank/summary", api: "yaobank-drift-iptables-legacy-v1.34/api")
      #expect(result.status == 1)
      #expect(result.errors.isEmpty)
      #expect(result.text.contains("10.244.32.10:80 is in the rules and not in the API"))
    }
  }

  @Test("2: it cannot be told, and the rule is named")
  func uncertain() async throws {
    try await withCapture { namespace in
      try namespace.must("iptables-legacy", "-t", "nat", "-I", "POSTROUTING", "-j", "NETMAP", "--to", "10.9.0.0/24")
      let result = try trace("yaobank/summary")
      #expect(result.status == 2)
      #expect(result.text.contains("uncertain"))
      #expect(result.text.contains("nat POSTROUTING rule 1"))
    }
  }

  @Test("What a match drops whose options are not read is told with its rule, and is no error")
  func undecodedMatch() async throws {
    try await withCapture { namespace in
      try namespace.must("iptables-legacy", "-I", "FORWARD", "-m", "ttl", "--ttl-lt", "5", "-j", "DROP")
      let result = try trace("yaobank/summary")
      #expect(result.status == 0)
      #expect(result.text.contains("forward if not -m ttl (filter FORWARD rule 1)"), "\(result.text)")
      #expect(result.text.contains("info: some packets to 2 endpoints are dropped on the way to the endpoint"))
      #expect(result.text.contains("10.244.16.12:80"))
    }
  }

  @Test("One packet: 0 where it gets through, 1 where it does not, 66 where nobody is known who could send it")
  func onePacket() async throws {
    try await withCapture { namespace in
      try namespace.must("sysctl", "-q", "-w", "net.ipv4.ip_forward=0")
      let stuck = try trace("yaobank/summary", "--from", "10.244.16.10")
      #expect(stuck.status == 1)
      #expect(
        stuck.text.contains("the node does not forward what comes by cni0 (net.ipv4.conf.cni0.forwarding is 0)"),
        "\(stuck.text)")
      try namespace.must("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
      #expect(try trace("yaobank/summary", "--from", "10.244.16.10").status == 0)
      let nobody = try trace("yaobank/summary", "--from", "yaobank/nobody")
      #expect(nobody.status == 66)
      #expect(nobody.errorText == "kpx: no pod yaobank/nobody in the API or on this node\n")
      #expect(nobody.output.isEmpty)
      #expect(try trace("yaobank/summary", "--from", "a/b/c").status == 64)
    }
  }

  @Test(
    "64: what was typed cannot be understood",
    arguments: [
      ["ns/svc:"], [":0"], [":http"], ["a/b/c"], ["10.0.0.1:80/ICMP"], ["10.0.0.1:0"], ["10.0.0.1:65536"],
      ["[fd00::1]:99999"], ["10.0.0.1:http"], ["Svc_1"],
      ["ns/svc", "--proxy-version", "new"], ["ns/svc", "--no-api", "--api-dump", "x"], ["ns/svc", "-o", "xml"], [],
    ])
  func usage(arguments: [String]) throws {
    let result = try runTool([Kpx.path, "trace"] + arguments)
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(!result.errors.isEmpty)
  }

  @Test("66: no such service, port, address, node port; with what comes near")
  func notFound() async throws {
    try await withCapture { _ in
      let mistyped = try trace("yaobank/sumary")
      #expect(mistyped.status == 66)
      #expect(mistyped.output.isEmpty)
      #expect(mistyped.errorText.contains("did you mean yaobank/summary?"))
      let elsewhere = try trace("default/summary")
      #expect(elsewhere.status == 66)
      #expect(elsewhere.errorText.contains("yaobank/summary"))
      let alone = try runTool([Kpx.path, "trace", "yaobank/sumary", "--no-api"])
      #expect(alone.status == 66)
      #expect(alone.errorText.contains("did you mean yaobank/summary?"))
      let port = try trace("yaobank/summary:https")
      #expect(port.status == 66)
      #expect(port.errorText.contains("http"))
      #expect(try trace("203.0.113.9:80").status == 66)
      #expect(try trace(":32111").status == 66)
    }
  }

  @Test("66: no such network namespace, which is named")
  func noNamespace() throws {
    for missing in ["kpx-no-such-namespace", "/run/kpx-no-such-file", "4194304"] {
      let result = try runTool([Kpx.path, "trace", "ns/svc", "--no-api", "--netns", missing])
      #expect(result.status == 66)
      #expect(result.errorText.contains(missing))
    }
  }

  @Test("69: API objects that cannot be read; which file, where in it, and why")
  func unreadable() async throws {
    try await withCapture { _ in
      let missing = try trace("yaobank/summary", api: "/no/such/dump.json")
      #expect(missing.status == 69)
      #expect(missing.errorText.contains("/no/such/dump.json"))
      try withFolder { folder in
        for (name, text) in [
          ("cut", #"{"kind": "List", "items": [{"kind": "Service""#), ("words", "not JSON at all"), ("empty", ""),
          ("number", #"{"kind": "List", "items": 7}"#),
          ("port", #"{"kind":"Service","metadata":{"name":"a","namespace":"b"},"spec":{"ports":[{"port":65536}]}}"#),
        ] {
          try write(text, to: "\(folder)/\(name).json")
          let result = try trace("yaobank/summary", api: "\(folder)/\(name).json")
          #expect(result.status == 69, "\(name)")
          #expect(result.output.isEmpty)
          #expect(result.errorText.contains("\(folder)/\(name).json"))
        }
      }
    }
  }

  @Test("77: without capabilities; those missing are named, and sudo is suggested")
  func permission() throws {
    let result = try runTool(["setpriv", "--bounding-set=-all", Kpx.path, "trace", "ns/svc", "--no-api"])
    #expect(result.status == 77)
    #expect(result.output.isEmpty)
    for word in ["CAP_NET_ADMIN", "CAP_NET_RAW", "sudo"] { #expect(result.errorText.contains(word)) }
    let half = try runTool([
      "setpriv", "--bounding-set=-all,+net_raw", Kpx.path, "trace", "ns/svc", "--no-api",
    ])
    #expect(half.status == 77)
    #expect(!half.errorText.contains("CAP_NET_RAW"))
  }

  @Test("A reader that goes away ends the program without a word")
  func brokenPipe() async throws {
    try await withCapture { namespace in
      let dump = "\(Capture.folder)/api/yaobank"
      let command =
        "(sleep 0.3; exec '\(Kpx.path)' trace yaobank/customer --node node1 --api-dump '\(dump)') | (exec <&-)"
      let result = try namespace.run("sh", "-c", command)
      #expect(result.errorText == "")
      #expect(result.output.isEmpty)
    }
  }
}

@Suite(
  "kpx trace: where and what",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TraceScopeTests {
  @Test("A network namespace by name, by path and by a process in it")
  func namespaces() async throws {
    try await withCapture { inside in
      let started = try inside.must("sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!")
      let process = started.trimmingCharacters { $0 == "\n" }
      try await withPrivateNetworkNamespace { _ in
        #expect(try trace("yaobank/summary").status == 69)
        for name in [inside.name, inside.path, process] {
          let result = try trace("yaobank/summary", "--netns", name)
          #expect(result.status == 0)
          #expect(result.text.contains("10.244.16.12:80"))
        }
      }
      _ = try inside.run("kill", process)
    }
  }

  @Test("-4 and -6 leave the other family out; both together leave none out")
  func families() async throws {
    try await withCapture("lab-iptables-legacy-v1.34") { _ in
      let families = { (options: [String]) in
        let arguments = ["edge/dual", "--api-dump", "\(Capture.folder)/api/lab", "--node", "node1", "-o", "json"]
        return Set(try TraceJSON(try runTool([Kpx.path, "trace"] + arguments + options)).frontends.map(\.family))
      }
      let both = try families([])
      #expect(both == ["IPv4", "IPv6"])
      #expect(try families(["-4"]) == ["IPv4"])
      #expect(try families(["-6"]) == ["IPv6"])
      #expect(try families(["-4", "-6"]) == ["IPv4", "IPv6"])
    }
  }

  @Test("By name, by address and by node port the JSON of a frontend is the same")
  func waysOfAsking() async throws {
    try await withCapture { _ in
      let whole = try trace("yaobank/customer", "-o", "json")
      let address = try trace("10.96.45.117:80", "-o", "json")
      let port = try trace(":30180", "-o", "json")
      let script = """
        import json, sys
        whole, address, port = [json.loads(part)["frontends"] for part in sys.stdin.read().split("\\0")]
        assert len(whole) == 2 and whole == address + port, (whole, address, port)
        """
      let input = whole.output + [0] + address.output + [0] + port.output
      let result = try runTool(["python3", "-c", script], input: input)
      #expect(result.status == 0)
    }
  }

  @Test("--verify reads all tables a second time and finds no difference")
  func verify() async throws {
    try await withCapture("lab-iptables-legacy-v1.23") { _ in
      let result = try runTool([Kpx.path, "trace", "yaobank/summary", "--no-api", "--verify", "-o", "json"])
      #expect(result.status == 0)
      let tables = try #require(try TraceJSON(result).verification)
      #expect(tables.contains { $0.table == "nat" && $0.rules > 100 })
      #expect(tables.allSatisfy { $0.differences == 0 })
    }
  }

  @Test("--verify is done and told where no service was found, too")
  func verifyNothing() async throws {
    try await withCapture("lab-iptables-legacy-v1.23") { _ in
      for target in ["yaobank/none", "10.96.0.99:80"] {
        let result = try runTool([Kpx.path, "trace", target, "--no-api", "--verify"])
        #expect(result.status == 66)
        #expect(result.text.isEmpty)
        #expect(result.errorText.contains("verify: IPv4 nat: "))
        #expect(result.errorText.contains("read twice, 0 differences (libip4tc)"))
        #expect(result.errorText.contains("kpx: no service"))
      }
      let plain = try runTool([Kpx.path, "trace", "yaobank/none", "--no-api"])
      #expect(plain.status == 66 && !plain.errorText.contains("verify"))
    }
  }

  @Test("No command creates a table where there is none")
  func createsNoTable() async throws {
    try await withPrivateNetworkNamespace { namespace in
      func tables() throws -> String {
        try namespace.must("cat", "/proc/net/ip_tables_names", "/proc/net/ip6_tables_names")
          + namespace.must("nft", "list", "tables")
      }
      #expect(try tables() == "")
      for options in [[], ["-o", "wide"], ["--verify"], ["--no-api"]] {
        for target in ["yaobank/summary", "10.96.188.204:80", ":30180", "10.96.188.204"] {
          let dump = options.contains("--no-api") ? [] : ["--api-dump", "\(Capture.folder)/api/yaobank"]
          let result = try runTool([Kpx.path, "trace", target] + options + dump)
          #expect(result.status == 69)
        }
      }
      for command in [
        ["services", "--no-api"], ["ipset"], ["ipvs"], ["chain", "-t", "all"], ["chain", "A"], ["connections"],
      ] {
        let result = try runTool([Kpx.path] + command)
        #expect(result.status != 64)
      }
      #expect(try tables() == "")
    }
  }
}

@Suite(
  "kpx trace: output",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct TraceOutputTests {
  @Test("JSON has the fields that it promises: null for what is known to be none, nothing for what is not known")
  func promisedFields() async throws {
    try await withCapture { _ in
      let script = """
        import json, sys
        known, alone = [json.loads(part) for part in sys.stdin.read().split("\\0")]
        assert (known["apiVersion"], known["kind"], known["node"]["name"]) == ("kpx/v1", "Trace", "node1")
        proxy = known["proxy"]
        assert (proxy["mode"], proxy["backend"], proxy["version"]) == (
          "iptables", "legacy", {"min": "1.34", "max": "1.34"}), proxy
        assert known["service"] == {"namespace": "yaobank", "name": "customer", "type": "NodePort",
          "clusterIPs": ["10.96.45.117"]}, known["service"]
        cluster, node = known["frontends"]
        for frontend, kind, address, port in [(cluster, "ClusterIP", "10.96.45.117", 80), (node, "NodePort", None, 30180)]:
          found = [frontend[key] for key in ["kind", "portName", "protocol", "family", "address", "port", "verdict"]]
          assert found == [kind, "http", "TCP", "IPv4", address, port, "forward"], found
          assert frontend["affinitySeconds"] is None and "reason" not in frontend
          step = frontend["path"][1]
          assert (step["table"], step["chain"], type(step["rule"])) == ("nat", "KUBE-SERVICES", int), step
          assert step["text"].startswith("-A KUBE-SERVICES ") and step["target"].startswith("KUBE-"), step
          assert type(step["packets"]) == type(step["bytes"]) == int
          [endpoint] = frontend["endpoints"]
          assert (endpoint["address"], endpoint["port"], endpoint["share"], endpoint["when"]) == (
            "10.244.16.10", 80, 1, None), endpoint
          assert endpoint["chain"].startswith("KUBE-SEP-")
          assert type(endpoint["packets"]) == type(endpoint["bytes"]) == int
          assert endpoint["pod"]["namespace"] == "yaobank" and endpoint["pod"]["name"].startswith("customer-")
          assert (endpoint["node"], endpoint["local"]) == ("node1", True)
          assert (endpoint["ready"], endpoint["serving"], endpoint["terminating"]) == (True, True, False)
        assert (cluster["masquerade"], cluster["masqueradeWhen"]) == ("conditional", {
          "text": "source outside 10.244.0.0/16", "any": [{"source": {"not": ["10.244.0.0/16"]}}]})
        assert node["masquerade"] == "always" and "masqueradeWhen" not in node
        assert known["findings"] == []
        assert "type" not in alone["service"] and "clusterIPs" not in alone["service"], alone["service"]
        for frontend in alone["frontends"]:
          assert "expected" not in frontend
          for endpoint in frontend["endpoints"]:
            assert not {"pod", "node", "local", "ready", "serving", "terminating"} & set(endpoint), endpoint
        """
      let known = try trace("yaobank/customer", "-o", "json")
      let alone = try runTool([Kpx.path, "trace", "yaobank/customer", "--no-api", "-o", "json"])
      let result = try runTool(["python3", "-c", script], input: known.output + [0] + alone.output)
      #expect(result.status == 0)
    }
  }

  @Test("One packet's JSON says where it comes from, what its endpoint sees, and its whole path")
  func onePacket() async throws {
    try await withCapture { namespace in
      try namespace.must("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
      let script = """
        import json, sys
        pod, node = [json.loads(part)["frontends"][0] for part in sys.stdin.read().split("\\0")]
        name = {"namespace": "yaobank", "name": "customer-624m6gdck-5fkht"}
        assert pod["from"] == {"kind": "pod", "pod": name, "local": False, "address": "10.244.16.10",
          "interface": "cni0"}, pod["from"]
        assert node["from"] == {"kind": "node", "local": True, "address": "192.168.100.11", "interface": None}, node["from"]
        for frontend, masquerade, sources in [(pod, "never", ["10.244.16.10"] * 2),
            (node, "always", ["10.244.16.1", "192.168.100.11"])]:
          assert frontend["masquerade"] == masquerade and "masqueradeWhen" not in frontend
          assert [endpoint["source"] for endpoint in frontend["endpoints"]] == sources, frontend["endpoints"]
          assert [endpoint["share"] for endpoint in frontend["endpoints"]] == [0.5, 0.5]
          assert {endpoint["when"] for endpoint in frontend["endpoints"]} == {None}
        assert [step["chain"] for step in node["path"]][-2:] == ["KUBE-POSTROUTING", "KUBE-POSTROUTING"], node["path"]
        """
      let pod = try trace("yaobank/summary", "--from", "yaobank/customer-624m6gdck-5fkht", "-o", "json")
      let node = try trace("yaobank/summary", "--from", "node", "-o", "json")
      let result = try runTool(["python3", "-c", script], input: pod.output + [0] + node.output)
      #expect(result.status == 0, "\(result.errorText)")
    }
  }

  @Test("A drift's finding lists what is missing and what is unexpected")
  func driftFields() async throws {
    try await withCapture("yaobank-drift-iptables-legacy-v1.34") { _ in
      let result = try trace("yaobank/database", "-o", "json", api: "yaobank-drift-iptables-legacy-v1.34/api")
      let drift = try #require(try TraceJSON(result).findings.first { $0.id == "endpoint-drift" })
      #expect(drift.endpoints("missing") == ["10.244.16.11:2380"])
      #expect(drift.endpoints("unexpected") == ["10.244.16.11:2379"])
    }
  }

  @Test("YAML says what JSON says", arguments: ["yaobank/customer", "edge/lb-ranges", "edge/empty", "edge/six-lb"])
  func yaml(target: String) async throws {
    try await withCapture("lab-iptables-legacy-v1.34") { _ in
      let json = try trace(target, "-o", "json", api: "api/lab")
      let yaml = try trace(target, "-o", "yaml", api: "api/lab")
      let result = try compare(json, yaml)
      #expect(result.status == 0)
      #expect(json.status == yaml.status)
    }
  }

  /// Debian's own interpreter: python3-yaml is a package of its.
  private func compare(_ json: ToolResult, _ yaml: ToolResult) throws -> ToolResult {
    let script = """
      import json, sys, yaml
      left, right = sys.stdin.read().split("\\0")
      assert json.loads(left) == yaml.safe_load(right), "they differ"
      """
    return try runTool(["/usr/bin/python3", "-c", script], input: json.output + [0] + yaml.output)
  }

  @Test("Names that a terminal might obey are escaped in text, JSON and YAML, and JSON and YAML keep them")
  func hostileNames() async throws {
    try await withCapture { namespace in
      try withFolder { folder in
        for kind in ["services", "endpointslices", "pods", "nodes"] {
          let text = try #require(try readFile("\(Capture.folder)/api/yaobank/\(kind).json"))
          let name = #""\u001b[31msum\nmary\u202e-"#
          let evil = String(decoding: text, as: UTF8.self).replacing(#""summary-"#, with: name)
          try write(evil, to: "\(folder)/\(kind).json")
        }
        for format in ["text", "wide", "json", "yaml"] {
          let result = try trace("yaobank/summary", "-o", format, api: folder)
          #expect([0, 1].contains(result.status))
          #expect(isClean(result.text), "\(format)")
          #expect(result.text.contains("31msum"), "\(format)")
        }
        let json = try trace("yaobank/summary", "-o", "json", api: folder)
        let yaml = try trace("yaobank/summary", "-o", "yaml", api: folder)
        #expect(try compare(json, yaml).status == 0)
        let script = #"""
          import json, sys
          [endpoint, other] = json.load(sys.stdin)["frontends"][0]["endpoints"]
          assert "\x1b[31msum\nmary\u202e-" in endpoint["pod"]["name"], endpoint
          """#
        let kept = try runTool(["python3", "-c", script], input: json.output)
        #expect(kept.status == 0)
      }
    }
  }

  @Test("A rule's comment that a terminal might obey is escaped in text, JSON and YAML")
  func hostileComment() async throws {
    try await withCapture { namespace in
      let rules = """
        *filter
        -I KUBE-SERVICES -d 203.0.113.9/32 -p tcp --dport 80 -m comment --comment "evil \(escape)\(override)\u{9b}2J" -j REJECT
        COMMIT

        """
      let loaded = try namespace.run("iptables-legacy-restore", "-n", "-w", "60", input: Array(rules.utf8))
      try #require(loaded.status == 0)
      for format in ["text", "wide", "json", "yaml"] {
        let result = try runTool([Kpx.path, "trace", "203.0.113.9:80", "--no-api", "-o", format])
        #expect(result.text.contains("evil"), "\(format)")
        #expect(isClean(result.text), "\(format)")
      }
      let json = try runTool([Kpx.path, "trace", "203.0.113.9:80", "--no-api", "-o", "json"])
      let yaml = try runTool([Kpx.path, "trace", "203.0.113.9:80", "--no-api", "-o", "yaml"])
      #expect(try compare(json, yaml).status == 0)
    }
  }

  @Test("A target that a terminal might obey is escaped in the message")
  func hostileTarget() throws {
    let result = try runTool([Kpx.path, "trace", "a\(escape)/b\(override)", "--no-api"])
    #expect(result.status == 64)
    #expect(isClean(result.errorText))
  }

  @Test("In a pipe there is no colour and nothing is cut; --color decides over all, then NO_COLOR")
  func pipe() async throws {
    try await withCapture { _ in
      let plain = try trace("yaobank/summary", environment: ["TERM": "xterm"])
      #expect(!plain.text.contains("\u{1b}"))
      #expect(plain.text.contains("KUBE-SEP-"))
      let hasColour = { (options: [String], environment: [String: String]) in
        let arguments = [Kpx.path, "trace", "yaobank/summary", "--no-api"] + options
        return try runTool(arguments, environment: environment).text.contains("\u{1b}[")
      }
      let isColoured = try hasColour([], [:])
      #expect(!isColoured)
      #expect(try hasColour(["--color", "always"], ["NO_COLOR": "1"]))
      #expect(try hasColour([], ["CLICOLOR_FORCE": "1"]))
      #expect(try hasColour([], ["FORCE_COLOR": "1"]) && !hasColour([], ["FORCE_COLOR": "0"]))
      #expect(try hasColour([], ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]) == false)
      #expect(try hasColour(["--color", "never"], ["CLICOLOR_FORCE": "1"]) == false)
      #expect(try hasColour(["-o", "json", "--color", "always"], [:]) == false)
    }
  }

  /// What the program writes to standard output, a terminal of so many columns.
  private func onTerminal(
    _ columns: Int, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> [String] {
    let script = """
      import fcntl, os, pty, struct, sys, termios
      pid, terminal = pty.fork()
      if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, int(sys.argv[1]), 0, 0))
        os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
        os.execv(sys.argv[2], sys.argv[2:])
      while True:
        try: data = os.read(terminal, 65536)
        except OSError: break
        if not data: break
        sys.stdout.buffer.write(data)
      os.waitpid(pid, 0)
      """
    var settings = ["TERM": "xterm"]
    settings.merge(environment) { $1 }
    let result = try runTool(["python3", "-c", script, "\(columns)", Kpx.path] + arguments, environment: settings)
    try #require(result.status == 0)
    return result.text.replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
  }

  @Test("A terminal has colours, unless NO_COLOR or TERM=dumb says no")
  func colours() async throws {
    try await withCapture { _ in
      let arguments = ["trace", "yaobank/summary", "--no-api"]
      #expect(try onTerminal(80, arguments).contains { $0.contains("\u{1b}[") })
      for setting in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
        let lines = try onTerminal(80, arguments, environment: setting)
        #expect(!lines.isEmpty && !lines.contains { $0.contains("\u{1b}") })
      }
    }
  }

  @Test("On a terminal no line is wider than it, unless a single word is", arguments: [80, 200])
  func width(columns: Int) async throws {
    try await withCapture("lab-iptables-legacy-v1.34") { _ in
      let targets = [
        "yaobank/customer", "edge/affinity", "edge/lb-ranges", "edge/etp-local", "edge/etp-local-remote",
        "edge/empty-lb",
        "edge/six-lb", "edge/zoned", "edge/draining", "edge/other-proxy",
      ]
      for target in targets {
        let lines = try onTerminal(
          columns,
          [
            "trace", target, "--api-dump", "\(Capture.folder)/api/lab", "--node", "node1", "--proxy-version", "1.33",
            "--color", "never",
          ])
        for line in lines where line.count > columns {
          let longest = line.split(separator: " ").map(\.count).max() ?? 0
          #expect(longest > columns - 10, "\(target): \(line.count) columns: \(line)")
        }
        #expect(lines.count > 3)
      }
    }
  }
}
