import TestSupport
import Testing

@Suite(
  "Standard output holds the answer alone", .enabled(if: canMakeNetworkNamespaces, "needs root"))
struct StandardOutputTests {
  private static let api = ["--api-dump", "\(Capture.folder)/api/yaobank", "--node", "node1"]

  /// A node with rules, sets and pods, of which much can be remarked: no runtime, an end that leads to no pod, a service that
  /// drifts.
  private func withNode(_ body: (PodNode) throws -> Void) throws {
    try PodNode.with(.plain) { node in
      _ = try node.pod("default", "web-1", "--net", "route", "--ip", "10.244.1.20,fd00:10:244:1::20")
      _ = try node.pod("kube-system", "coredns-7db6d8ff4d-abcde", "--net", "bridge")
      _ = try node.pod("kube-system", "coredns-7db6d8ff4d-fghij", "--pidless")
      let name = try node.namespace()
      let stranger = "kpx-test-stranger-\(UInt32.random(in: 0...UInt32.max))"
      try #require(try runTool(["ip", "netns", "add", stranger]).status == 0)
      defer { _ = try? runTool(["ip", "netns", "delete", stranger]) }
      let rules = try Capture("yaobank-drift-iptables-legacy-v1.34").content("iptables-legacy-save.txt")
      let text = String(decoding: rules, as: UTF8.self).split(separator: "\n").filter { !$0.contains("nfacct") }
      for (words, input) in [
        (["iptables-legacy-restore", "-w", "60"], text.map { $0 + "\n" }.joined()),
        (["ipset", "restore"], "create ports hash:ip,port\nadd ports 10.96.0.1,tcp:443\ncreate nets hash:net\n"),
        (["ip", "link", "add", "lost", "type", "veth", "peer", "name", "eth0", "netns", stranger], ""),
      ] {
        let result = try runTool(["nsenter", "--net=/run/netns/\(name)"] + words, input: Array(input.utf8))
        try #require(result.status == 0, "\(words): \(result.errorText)")
      }
      try body(node)
    }
  }

  private func lines(_ node: PodNode, _ words: String, environment: [String: String] = [:]) throws -> [[Substring]] {
    let arguments =
      words.split(separator: " ").map(String.init)
      + (words.hasPrefix("veth") || words.hasPrefix("pods") ? [] : Self.api)
    let result = try node.kpx(arguments, environment: environment)
    #expect([0, 1, 2].contains(result.status), "\(words): \(result.errorText)")
    return result.text.split(separator: "\n").map { $0.split(separator: " ") }
  }

  @Test("Without headings each line of a table is an answer, with a word in each column")
  func tables() throws {
    try withNode { node in
      let services = try lines(node, "services -A --no-headers")
      #expect(services.count > 4 && services.allSatisfy { $0.count >= 6 && $0[0].contains("/") })
      for words in ["veth", "veth -o wide"] {
        let pods = try lines(node, words + " --no-headers")
        #expect(pods.map { $0[1] }.sorted() == ["coredns-7db6d8ff4d-abcde", "coredns-7db6d8ff4d-fghij", "web-1"])
        let headings = try lines(node, words)[0]
        #expect(pods.allSatisfy { $0.count == headings.count }, "\(words): \(pods)")
      }
      // That there was something to remark.
      let errors = try node.kpx("veth").errorText
      #expect(errors.contains("lost (ifindex") && errors.contains("no container runtime"))
    }
  }

  @Test("-o name prints names alone, one a line")
  func names() throws {
    try withNode { node in
      #expect(try lines(node, "veth -o name").map { $0[0] }.contains("default/web-1"))
      #expect(try lines(node, "veth -n kube-system -o name").allSatisfy { $0[0].hasPrefix("kube-system/coredns-") })
      #expect(try lines(node, "ipset -o name") == [["ports"], ["nets"]])
      let services = try lines(node, "services -A -o name")
      #expect(services.contains(["yaobank/summary"]) && services.allSatisfy { $0.count == 1 })
      let test = try node.kpx("ipset", "ports", "10.96.0.1,tcp:443", "-o", "name")
      #expect(test.status == 64 && test.text.isEmpty)
      for command in ["chain", "version"] {
        let result = try node.kpx(command, "-o", "name")
        #expect(result.status == 64 && result.errorText.hasPrefix("kpx: -o name: this answer has no names"))
      }
    }
  }

  @Test("In a locale without UTF-8 all is ASCII", arguments: [60, 80])
  func ascii(columns: Int) throws {
    try withNode { node in
      let environment = ["LC_ALL": "C", "LANG": "C", "COLUMNS": "\(columns)"]
      let api = Self.api
      for command in [
        ["services", "-A"] + api, ["veth"], ["pods", "web-1"], ["ipset"] + api, ["trace", "yaobank/summary"] + api,
      ] {
        let words = ([Kpx.path] + command).joined(separator: " ")
        let result = try node.run(["script", "-qec", words, "/dev/null"], environment: environment)
        #expect(result.output.allSatisfy { $0 < 0x80 }, "\(command): \(result.text)")
        #expect(!result.text.isEmpty)
      }
    }
  }

  @Test("A reader that wants one line ends each command without a word")
  func oneLine() throws {
    try withNode { node in
      for command in ["services -A", "veth", "ipset", "trace yaobank/summary"] {
        let api = command == "veth" ? "" : Self.api.joined(separator: " ")
        let result = try node.run([
          "bash", "-c",
          "\(Kpx.path) \(command) \(api) 2>/tmp/kpx-test-$$ | head -1; grep -c written /tmp/kpx-test-$$; rm /tmp/kpx-test-$$",
        ])
        let lines = result.text.split(separator: "\n")
        #expect(lines.count == 2 && lines.last == "0", "\(command): \(result.text)")
      }
    }
  }

  @Test("A list of pods fits into 80 columns, and `pods` is another word for it")
  func pods() throws {
    try withNode { node in
      for width in [60, 80, 120, 200] {
        let result = try node.run(
          ["script", "-qec", "stty cols \(width); \(Kpx.path) pods --color never 2>/dev/null", "/dev/null"],
          environment: [
            "KPX_POD_LOGS": "\(node.folder)/var/log/pods", "KPX_KUBELET_PODS": "\(node.folder)/var/lib/kubelet/pods",
          ])
        let lines = result.text.replacing("\r\n", with: "\n").split(separator: "\n")
        #expect(lines.count == 4 && lines.allSatisfy { $0.count <= width }, "\(width): \(result.text)")
        guard width >= 80 else { continue }
        // Names are whole, and the second address goes before they are cut.
        #expect(lines.contains { $0.contains("coredns-7db6d8ff4d-abcde") })
        #expect(lines.contains { $0.contains(width < 120 ? "10.244.1.20+1" : "10.244.1.20,fd00:10:244:1::20") })
      }
      #expect(try lines(node, "pods -o name") == lines(node, "veth -o name"))
      #expect(try lines(node, "pods web-1") == lines(node, "veth web-1"))
    }
  }
}
