import FoundationEssentials
import TestSupport
import Testing

@testable import Inspect

/// A catalogue's or a capture's own API objects.
private func objects(of capture: Capture) -> String {
  if capture.name.contains("drift") { return capture.path("api") }
  return APIServer.objects(String(capture.name.prefix { $0 != "-" }))
}

private func node(of capture: Capture) -> String { capture.name.contains("node2") ? "node2" : "node1" }

/// `1.34`, of a name that ends with `-v1.34`.
private func release(of capture: Capture) -> String { String(capture.name.split(separator: "-v").last ?? "") }

/// Runs kpx in the network namespace of the process, where the server is, and without a home.
private func outside(_ arguments: [String], environment: [String: String] = [:]) throws -> ToolResult {
  try runTool(
    ProcessNamespace.command([Kpx.path] + arguments),
    environment: environment.merging(["HOME": "/nonexistent"]) { given, _ in given })
}

@Suite(
  "kpx and a live API", .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"),
  .serialized)
struct LiveAPITests {
  @Test(
    "A trace with the API live prints what it prints with a dump of the same objects",
    arguments: Capture.legacy + Capture.nft.filter { !$0.name.contains("scale") })
  func sameAsDump(capture: Capture) async throws {
    let objects = objects(of: capture)
    let server = try APIServer("--objects", objects)
    let config = try server.kubeconfig()
    let services = try ClusterSnapshot.load(path: objects).services.map { "\($0.metadata.namespacedName)" }
    // All of the small catalogue, some of the large one: others in each capture.
    let isSmall = services.count <= 8
    let step = isSmall ? 1 : services.count / 3
    let start = isSmall ? 0 : capture.name.utf8.reduce(0) { $0 + Int($1) } % step
    let more = isSmall ? [":30180", "10.96.0.10:53/UDP"] : [":30180"]
    let targets = stride(from: start, to: services.count, by: step).map { services[$0] } + more
    try await withPrivateNetworkNamespace { namespace in
      if Capture.legacy.contains(where: { $0.name == capture.name }) {
        try namespace.loadLegacyCapture(capture)
      } else {
        try namespace.loadNftCapture(capture)
      }
      for target in targets {
        let common = ["trace", target, "--netns", namespace.name, "--node", node(of: capture)]
        // Where they disagree a live API is asked twice, and kube-proxy, unless its release is named.
        let options = ["--proxy-version", release(of: capture)]
        let live = try outside(common + options + ["--kubeconfig", config, "--request-timeout", "20s"])
        let dump = try outside(common + options + ["--api-dump", objects])
        #expect(live.text == dump.text, "\(target)")
        #expect(live.status == dump.status && live.errorText == dump.errorText, "\(target): \(live.errorText)")
        #expect(!live.text.contains("the API told nothing"))
      }
    }
  }

  @Test(
    "One look at a cluster of 6,000 slices makes at most 4 requests and reads less than 64 KiB; drift is looked at twice"
  )
  func cost() async throws {
    let capture = Capture("yaobank-drift-iptables-legacy-v1.34")
    let server = try APIServer("--objects", objects(of: capture), "--synthetic", "6000")
    let config = try server.kubeconfig()
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(capture)
      let result = try outside(
        ["trace", "yaobank/summary", "--netns", namespace.name, "--node", "node1", "--kubeconfig", config])
      #expect(result.text.contains("endpoint-drift"))
      let requests = try server.requests()
      // The fourth names the pod of the endpoint that only the rules have.
      #expect(requests.count == 8)
      #expect(requests.last?.path.contains("status.podIP") == true)
      #expect(requests.map(\.bytes).reduce(0, +) < 128 << 10)
    }
  }

  @Test(
    "A server is asked which pod has the address that strays go to; that it finds none does not say that none has it")
  func strays() async throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    let config = try server.kubeconfig()
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      for (end, port) in [("10.244.16.12", 40000), ("10.244.16.253", 40001)] {
        try namespace.must(
          "conntrack", "-I", "-p", "udp", "-s", "192.0.2.7", "-d", "10.96.0.10", "--sport", "\(port)", "--dport", "53",
          "-r", end, "-q", "192.0.2.7", "--reply-port-src", "53", "--reply-port-dst", "\(port)", "-t", "600")
      }
      let options = ["--netns", namespace.name, "--node", "node1", "--kubeconfig", config, "--proxy-version", "1.34"]
      for words in [
        ["trace", "kube-system/kube-dns"], ["connections", "kube-system/kube-dns"], ["connections", "--stale"],
      ] {
        let result = try outside(words + options)
        let lines = result.text.split(separator: "\n").filter { $0.contains("which is no endpoint") }
        func told(_ address: String) -> [Substring] { lines.filter { $0.contains(" \(address):53") } }
        #expect(!told("10.244.16.12").isEmpty && !told("10.244.16.253").isEmpty, "\(result.text) \(result.errorText)")
        let named = "which is no endpoint (1 unanswered); pod yaobank/summary-"
        #expect(told("10.244.16.12").allSatisfy { $0.contains(named) && $0.hasSuffix(" has that address now") })
        #expect(told("10.244.16.253").allSatisfy { $0.hasSuffix("which is no endpoint (1 unanswered)") })
      }
    }
  }

  @Test(
    "With the API down the kernel's part comes within the time that was given, and says so",
    arguments: ["mute", "slow"])
  func down(fault: String) async throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--fault", fault)
    let config = try server.kubeconfig()
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      let start = ContinuousClock.now
      let result = try outside([
        "trace", "yaobank/summary", "--netns", namespace.name, "--kubeconfig", config, "--request-timeout", "2s",
      ])
      #expect(start.duration(to: .now) < .seconds(3))
      #expect(result.text.contains("10.96.188.204:80/TCP"))
      #expect(
        result.errorText.contains("the API at \(server.url) did not answer in time; --request-timeout allows more"))
      #expect(result.status == 69)
    }
  }

  @Test("Nobody to ask, nobody there, not allowed: a sentence and the kernel's answer, and 69 where the API was named")
  func absences() async throws {
    let strict = try APIServer("--profile", "none", "--user", "jane")
    let config = try strict.kubeconfig()
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      let trace = ["trace", "yaobank/summary", "--netns", namespace.name]
      let cases: [(arguments: [String], sentence: String)] = [
        ([], "note: the API was not asked: no kubeconfig was found (--kubeconfig names one); looked at "),
        (
          ["--server", "https://127.0.0.1:1"],
          "note: the API told nothing: the API at https://127.0.0.1:1 cannot be reached: Connection refused"
        ),
        (
          ["--kubeconfig", config],
          "note: the API told nothing: the API does not allow it: services is forbidden: User \"jane\" cannot list resource"
        ),
      ]
      for (arguments, sentence) in cases {
        let result = try outside(trace + arguments)
        #expect(result.errorText.contains(sentence), "\(result.errorText)")
        #expect(result.text.contains("10.244.16.12:80"))
        #expect(result.status == (arguments.isEmpty ? 0 : 69))
        // Names are all that it would have given.
        let sets = try outside(["ipset", "--netns", namespace.name] + arguments)
        #expect(sets.errorText.contains(sentence), "\(sets.errorText)")
        #expect(sets.status == (arguments.isEmpty ? 0 : 69))
      }
      let named = [
        (["--server", "https://127.0.0.1:1"], [:]), ([], ["KUBECONFIG": config]),
        (["--context", "test"], ["KUBECONFIG": config]),
      ]
      for (arguments, environment) in named {
        #expect(try outside(trace + arguments, environment: environment).status == 69)
        let list = try outside(["services", "-A", "--netns", namespace.name] + arguments, environment: environment)
        #expect(list.status == 69 && list.text.contains("10.96.188.204:80/TCP"))
      }
      // What kpx finds by itself is tried, and that is all.
      let home = try ScratchDirectory()
      try home.write(".kube/config", String(decoding: try ConfigFile(config).read(), as: UTF8.self))
      #expect(try outside(trace, environment: ["HOME": home.path]).status == 0)
      let unknown = try outside(["trace", "yaobank/nosuch", "--netns", namespace.name] + cases[1].arguments)
      #expect(unknown.status == 69)
      #expect(unknown.errorText.contains("cannot be reached"))
    }
  }

  @Test("A name that no server of names tells is said to be what fails")
  func unresolvable() throws {
    // A server of names that is silent.
    let silent = """
      import socket, subprocess, sys
      names = socket.socket(type=socket.SOCK_DGRAM)
      names.bind(("127.0.0.1", 53))
      subprocess.run(sys.argv[1:])
      """
    let script = """
      echo 'nameserver 127.0.0.1' > "$1/resolv.conf"; echo 'hosts: dns' > "$1/nsswitch.conf"
      mount --bind "$1/resolv.conf" /etc/resolv.conf && mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf || exit 9
      exec python3 -c "$2" "$0" services -A --server https://api.nowhere.test --request-timeout 1500ms
      """
    let folder = try ScratchDirectory()
    let result = try runTool(
      ProcessNamespace.command(["unshare", "-m", "sh", "-c", script, Kpx.path, folder.path, silent]),
      environment: ["HOME": "/nonexistent"])
    let said = "the API at https://api.nowhere.test cannot be reached: the name api.nowhere.test could not be looked up"
    #expect((result.text + result.errorText).contains(said), "\(result.text) \(result.errorText)")
  }

  @Test("Which credential was used is said on -o wide and in JSON; tokens are said nowhere")
  func source() async throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--token", "t0ken")
    let config = try server.kubeconfig(user: "{token: t0ken}")
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      let trace = ["trace", "summary", "-n", "yaobank", "--netns", namespace.name, "--node", "node1"]
      let wide = try outside(trace + ["-o", "wide"], environment: ["KUBECONFIG": config])
      #expect(wide.errorText.contains("API \(server.url), by \(config), context test, token\n"))
      let json = try outside(trace + ["-o", "json"], environment: ["KUBECONFIG": config])
      for field in [
        #""source": "\#(config)""#, #""context": "test""#, #""server": "\#(server.url)""#, #""credential": "token""#,
      ] {
        #expect(json.text.contains(field))
      }
      let home = try ScratchDirectory()
      try home.write(".kube/config", String(decoding: try ConfigFile(config).read(), as: UTF8.self))
      let own = try outside(trace + ["-o", "wide"], environment: ["HOME": home.path])
      #expect(own.errorText.contains("by \(home.path)/.kube/config, context test, token"))
      let refused = try outside(trace + ["--token", "wr0ng", "--kubeconfig", config])
      #expect(refused.errorText.contains("does not accept the credential (\(config), token)"))
      for result in [wide, json, own, refused] {
        for secret in ["t0ken", "wr0ng"] {
          #expect(!result.text.contains(secret) && !result.errorText.contains(secret))
        }
      }
    }
  }

  @Test("The namespace of the context is the one that is meant")
  func contextNamespace() async throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    let config = try server.kubeconfig(namespace: "yaobank")
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      let result = try outside([
        "trace", "summary", "--netns", namespace.name, "--node", "node1", "--kubeconfig", config,
      ])
      #expect(result.text.hasPrefix("yaobank/summary  ClusterIP"))
      #expect(result.status == 0)
    }
  }

  @Test("A kubeconfig that the user named and that is no good is an error, not a note")
  func namedAndWrong() throws {
    let missing = try outside(["trace", "a/b", "--kubeconfig", "/nonexistent/config"])
    #expect(missing.status == 69)
    #expect(missing.errorText == "kpx: cannot read /nonexistent/config: No such file or directory\n")
    let server = try APIServer()
    let context = try outside(["trace", "a/b", "--kubeconfig", server.kubeconfig(), "--context", "nosuch"])
    #expect(context.status == 64)
    #expect(context.errorText.contains("there is no context \"nosuch\"; there are test"))
  }

  @Test("kpx services lists what is programmed, with the API and without, in all forms")
  func services() async throws {
    let capture = Capture("yaobank-drift-iptables-legacy-v1.34")
    let server = try APIServer("--objects", objects(of: capture))
    let config = try server.kubeconfig(namespace: "yaobank")
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(capture)
      let common = ["services", "--netns", namespace.name, "--node", "node1"]
      let all = try outside(common + ["-A", "--kubeconfig", config])
      let rows = all.text.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
      #expect(rows[0] == ["SERVICE", "PORT", "KIND", "ADDRESS", "ENDPOINTS", "VERDICT", "WHY"])
      #expect(rows.contains(["default/kubernetes", "https", "ClusterIP", "10.96.0.1:443/TCP", "1", "ok"]))
      let summary = rows.first { $0[0] == "yaobank/summary" } ?? []
      #expect(summary[1...5] == ["http", "ClusterIP", "10.96.188.204:80/TCP", "2", "forwarded"])
      #expect(summary.last == "[endpoint-drift]")
      #expect(rows.contains { $0[0].hasSuffix("/ledger") && $0.contains("absent") })
      #expect(all.status == 1)
      // Two looks: some of it drifts.
      #expect(try server.requests().count == 6)
      let own = try outside(common + ["--kubeconfig", config, "--no-headers"])
      #expect(own.text.hasPrefix("yaobank/customer "))
      #expect(!own.text.contains("kube-dns"))
      let kernel = try outside(common + ["-n", "yaobank", "--no-api"])
      #expect(kernel.text.contains("\nyaobank/summary "))
      #expect(!kernel.text.contains("ledger"))
      let json = try outside(common + ["-A", "--kubeconfig", config, "-o", "json"])
      #expect(json.text.contains(#""kind": "ServiceList""#))
      #expect(json.text.contains(#""name": "ledger""#))
      #expect(!json.text.contains(#""path""#))
      let yaml = try outside(common + ["-A", "--kubeconfig", config, "-o", "yaml"])
      #expect(yaml.text.contains("kind: ServiceList\n"))
    }
  }

  @Test("kpx connections asks for one service, and then for the pods of this node and those of the clients")
  func connections() async throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    let config = try server.kubeconfig()
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      // A pod of this node, one of another, and somebody outside.
      let clients = ["10.244.16.10", "10.244.32.5", "203.0.113.9"]
      let script = """
        import socket, sys
        for number, client in enumerate(sys.argv[1:]):
            flow = socket.socket(); flow.setsockopt(socket.SOL_IP, 19, 1); flow.bind((client, 40000 + number))
            flow.setblocking(False); flow.connect_ex(("10.96.188.204", 80))
        """
      try namespace.must("python3", "-c", script, clients[0], clients[1], clients[2])
      let options = ["--netns", namespace.name, "--node", "node1", "--kubeconfig", config, "-o", "json"]
      let result = try outside(["connections", "yaobank/summary"] + options)
      let list = try JSONDecoder().decode(ConnectionList.self, from: Data(result.output))
      let items = (list.items ?? []).sorted { $0.client.text < $1.client.text }
      #expect(items.map { "\($0.client.address)" } == clients, "\(result.text) \(result.errorText)")
      #expect(items.map(\.client.role) == [.pod, .pod, nil], "\(items)")
      #expect(items.allSatisfy { $0.endpoint.pod?.namespace == "yaobank" && $0.service?.name == "summary" })
      let requests = try server.requests()
      #expect(requests.contains { $0.path.contains("spec.nodeName") }, "\(requests)")
      #expect(requests.count <= 7, "\(requests)")
      let all = try outside(["connections"] + options)
      let groups = try JSONDecoder().decode(ConnectionList.self, from: Data(all.output)).groups
      #expect(groups?.map { $0.service?.name } == ["summary"] && groups?[0].connections.unanswered == 3)
    }
  }

  @Test("A snapshot has what a server said, and answers by it when there is none: what is checked, and where drift is")
  func snapshot() async throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    let config = try server.kubeconfig()
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadEverything(Capture("yaobank-iptables-legacy-v1.34"))
      let file = "/tmp/kpx-test-\(namespace.name).kpx"
      defer { _ = try? runTool(["rm", "-f", file]) }
      func uncounted(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter { !$0.contains(#""packets": "#) && !$0.contains(#""bytes": "#) }
      }
      let questions = [["trace", "yaobank/summary"], ["services", "-A"], ["check"], ["trace", "yaobank/customer"]]
      for isChanged in [false, true] {
        if isChanged { try namespace.must("iptables-legacy", "-t", "nat", "-F", "KUBE-SVC-PX5FENG4GZJTCELT") }
        _ = try? runTool(["rm", "-f", file])
        let options = ["--netns", namespace.name, "--node", "node1", "--kubeconfig", config]
        let made = try outside(["snapshot", "--connections", "-o", file] + options)
        #expect(made.status == 0 && made.errorText.contains("the API from"), "\(made)")
        for question in questions {
          let live = try outside(question + ["-o", "json"] + options)
          let saved = try outside(question + ["-o", "json", "--snapshot", file])
          // The rules count who asks kube-proxy, as live questions do.
          let (lines, others) = (uncounted(saved.text), uncounted(live.text))
          let difference =
            zip(lines, others).first { $0 != $1 }.map { "\($0) is not \($1)" } ?? "\(saved) is not \(live)"
          #expect(saved.status == live.status && lines == others, "\(question): \(difference)")
        }
      }
    }
  }

  @Test("Where libcurl is missing the program starts, says so, and answers by the rules")
  func withoutLibcurl() async throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    let config = try server.kubeconfig()
    try await withPrivateNetworkNamespace { namespace in
      try namespace.loadLegacyCapture(Capture("yaobank-iptables-legacy-v1.34"))
      let script = """
        for file in $(ldconfig -p | sed -n 's/.*=> \\(.*libcurl.*\\)/\\1/p'); do mount --bind /dev/null "$file" || exit 9; done
        exec "$0" "$@"
        """
      let result = try runTool(
        ProcessNamespace.command([
          "unshare", "-m", "sh", "-c", script, Kpx.path, "trace", "yaobank/summary", "--netns", namespace.name,
          "--kubeconfig", config,
        ]))
      #expect(result.errorText.contains("libcurl.so.4 is not installed"))
      #expect(result.text.contains("10.244.16.12:80"))
      #expect(result.status == 69)
    }
  }
}
