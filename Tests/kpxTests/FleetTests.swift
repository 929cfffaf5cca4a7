import FoundationEssentials
import Inspect
import TestSupport
import Testing

/// A stand-in for ssh: kpx runs it as it would run ssh, and hosts are what their names say.
struct StandInSSH {
  let folder: ScratchDirectory

  /// - Parameter drifted: the network namespace of the node `drifted`.
  init(drifted: String) throws {
    folder = try ScratchDirectory()
    // The last two words are the host and what its shell is to run.
    let script = """
      #!/bin/sh
      for word; do host=$run; run=$word; done
      echo "$host" >>"${0%/*}/asked"
      case $host in
      node*) exec sh -c "$run" ;;
      drifted) exec ip netns exec \(drifted) sh -c "$run" ;;
      refused) echo "ssh: connect to host $host port 22: Connection refused" >&2; exit 255 ;;
      stranger) echo "Host key verification failed." >&2; exit 255 ;;
      locked) echo "root@$host: Permission denied (publickey)." >&2; exit 255 ;;
      without) exit 127 ;;
      plain) echo "sudo: a password is required" >&2; exit 1 ;;
      slow) sleep 60 ;;
      shouting) echo "Last login: yesterday"; sh -c "$run" ;;
      garbage) printf 'Last login: \\033[2J yesterday\\n' ;;
      endless) while :; do echo 'yes yes yes yes yes yes yes yes yes yes yes yes yes yes'; done ;;
      liar) sh -c "$run" | sed 's/"name":"liar"/"name":"node1"/' ;;
      esac
      """
    _ = try folder.write("ssh", script, mode: 0o755)
  }

  /// What kpx says with it.
  func run(_ arguments: [String], program: [String] = ["--remote-kpx", Kpx.path]) throws -> ToolResult {
    let path = try #require(ProcessInfo.processInfo.environment["PATH"])
    return try runTool(
      [Kpx.path] + arguments + program, environment: ["PATH": "\(folder.path):\(path)"])
  }
}

@Suite(
  "The same question to many nodes",
  .enabled(if: canMakeNetworkNamespaces, "needs root, for a network namespace of its own"))
struct FleetTests {
  private static let capture = Capture("yaobank-iptables-legacy-v1.34")
  private static let summary = "yaobank/summary"

  /// The capture's API with nodes of these names beside its own; the capture is of node1.
  private static func api(_ nodes: [String], _ folder: ScratchDirectory) throws -> [String] {
    let dump = "\(Capture.folder)/api/yaobank"
    for file in try runTool(["ls", dump]).text.split(separator: "\n") where file.hasSuffix(".json") {
      _ = try folder.write(String(file), try runTool(["cat", "\(dump)/\(file)"]).text)
    }
    // What is on a node and what is not is no matter of a service with the policy Cluster.
    let items = nodes.map {
      #"{"kind": "Node", "metadata": {"name": "\#($0)", "labels": {"pool": "\#($0.prefix(4))"}}}"#
    }
    _ = try folder.write("more.json", #"{"kind": "List", "items": [\#(items.joined(separator: ","))]}"#)
    return ["--api-dump", folder.path, "--proxy-version", "1.34"]
  }

  /// With a stand-in for ssh, a node with a fault and the options for the API.
  private func withNodes(
    _ nodes: [String], _ body: @escaping @Sendable (StandInSSH, [String]) throws -> Void
  ) async throws {
    try await withPrivateNetworkNamespace { drifted in
      try drifted.loadEverything(Self.capture)
      let rule = try drifted.must(
        "sh", "-c", "iptables-legacy -t nat -S | grep -e '-A KUBE-SVC-.*summary.*-j KUBE-SEP' | tail -1")
      try drifted.must(
        "sh", "-c",
        "echo '\(rule.replacing("\n", with: "").replacing("-A ", with: "-D "))' | xargs iptables-legacy -t nat")
      try await withPrivateNetworkNamespace { namespace in
        try namespace.loadEverything(Self.capture)
        let folder = try ScratchDirectory()
        try body(try StandInSSH(drifted: drifted.name), try Self.api(nodes, folder))
      }
    }
  }

  private func fleet(_ result: ToolResult) throws -> FleetAnswer {
    try JSONDecoder().decode(FleetAnswer.self, from: Data(result.output))
  }

  private static let all = [
    "node2", "drifted", "refused", "stranger", "locked", "without", "plain", "slow", "garbage", "endless", "liar",
  ]

  @Test("Each node is in one group or named with how far it got; who is hostile does no harm")
  func everyKind() async throws {
    try await withNodes(Self.all) { ssh, api in
      let options =
        ["trace", Self.summary, "--nodes", "node[1-2]," + Self.all.dropFirst().joined(separator: ",")] + api
      let result = try ssh.run(options + ["--node-timeout", "8s", "-o", "json"])
      let fleet = try self.fleet(result)
      #expect(result.status == 1, "\(result.errorText)")
      #expect(fleet.asked == 12 && fleet.answered == 3, "\(result.text)")
      #expect(fleet.groups.map(\.nodes) == [["node1", "node2"], ["drifted"]], "\(fleet.groups)")
      #expect(fleet.traits.first { $0.kind == .release }?.values.map(\.text) == ["1.34"])
      #expect(fleet.groups[0].isAsExpected == true && fleet.groups[1].findings.contains { $0.id == .endpointDrift })
      var silent: [String: String] = [:]
      for item in fleet.unanswered { for node in item.nodes { silent[node] = "\(item.stage): \(item.message)" } }
      #expect(
        silent == [
          "refused": "connect: Connection refused", "stranger": "authenticate: Host key verification failed.",
          "locked": "authenticate: Permission denied (publickey).",
          "without": "start: kpx is not there, or cannot be run",
          "plain": "start: a password is required", "slow": "run: no answer within 8 s",
          "garbage": "parse: what it sent is no answer", "endless": "parse: it sent more than any answer has",
          "liar": "parse: it answers for another node",
        ])
    }
  }

  @Test("A node without kpx answers by the one that is sent along, of which nothing is left; a login shell may greet")
  func push() async throws {
    try await withNodes(["shouting"]) { ssh, api in
      let temporary = "sh -c 'ls -d /dev/shm/kpx.* /run/kpx.* /var/tmp/kpx.* /tmp/kpx.* 2>/dev/null'"
      let before = try shell(temporary + " || true")
      let options = ["trace", Self.summary, "--nodes", "node1,shouting", "-o", "json"] + api
      let result = try ssh.run(options + ["--node-timeout", "60s"], program: ["--push"])
      #expect(try fleet(result).groups.map(\.nodes) == [["node1", "shouting"]], "\(result)")
      #expect(try shell(temporary + " || true") == before)
      let none = try ssh.run(options, program: ["--remote-kpx", "/nowhere/kpx"])
      #expect(try fleet(none).unanswered.map(\.stage) == [.start], "\(none)")
    }
  }

  @Test("For people: a paragraph for each group, in 80 columns and without the escapes that a node sends")
  func text() async throws {
    try await withNodes(["node2", "drifted", "refused", "garbage"]) { ssh, api in
      let result = try ssh.run(["trace", Self.summary, "--nodes", "node[1-2],drifted,refused,garbage"] + api)
      let lines = result.text.split(separator: "\n").map(String.init)
      #expect(lines.first == "yaobank/summary: 5 nodes, 3 answered")
      #expect(lines.contains("     2 nodes  ok: as the API wants  node[1-2]"), "\(result.text)")
      #expect(lines.contains("     1 node   wrong  drifted"))
      #expect(lines.contains("     1 node   no answer (connect): Connection refused  refused"))
      #expect(lines.last == "wrong on 1 of 3 nodes; 2 did not answer")
      #expect(!result.text.contains("\u{1b}"))
    }
  }

  @Test("Nodes are chosen by names, by ranges and by labels; who is not chosen is not asked")
  func selection() async throws {
    try await withNodes(["node4", "node5", "refused"]) { ssh, api in
      #expect(try fleet(ssh.run(["trace", Self.summary, "--nodes", "node[4-5]", "-o", "json"] + api)).asked == 2)
      let labelled = try fleet(ssh.run(["services", "-A", "-l", "pool=node", "-o", "json"] + api))
      #expect(labelled.groups.flatMap(\.nodes) == ["node4", "node5"] && labelled.unanswered.isEmpty, "\(labelled)")
      #expect(labelled.question.target == nil)
      let named = try ssh.run(["services", "-n", "yaobank", "--nodes", "node4"] + api)
      #expect(named.text.hasPrefix("services of yaobank: 1 node\n"), "\(named)")
      let asked = try runTool(["cat", "\(ssh.folder.path)/asked"]).text
      #expect(Set(asked.split(separator: "\n")) == ["node4", "node5"])
      let unknown = try ssh.run(["trace", Self.summary, "--nodes", "node7"] + api)
      #expect(unknown.status == 66 && unknown.errorText.contains("no node node7"), "\(unknown)")
      let none = try ssh.run(["trace", Self.summary, "-l", "pool=nobody"] + api)
      #expect(none.status == 66 && none.errorText.contains("no node with these labels"), "\(none)")
      let service = try ssh.run(["trace", "yaobank/sumary", "--nodes", "all"] + api)
      #expect(service.status == 66 && service.errorText.contains("did you mean yaobank/summary?"), "\(service)")
      for refused in [["--netns", "a"], ["--from", "node"], ["--watch"], ["--node", "node1"]] {
        #expect(try ssh.run(["trace", Self.summary, "--nodes", "all"] + refused + api).status == 64, "\(refused)")
      }
    }
  }

  @Test("Snapshots in a folder are told as the nodes that they are of, in the same groups")
  func snapshots() async throws {
    try await withNodes(["node2", "drifted"]) { ssh, api in
      let byHand = try fleet(ssh.run(["trace", Self.summary, "--nodes", "node1,node2,drifted", "-o", "json"] + api))
      let folder = try ScratchDirectory()
      for node in ["node1", "node2"] {
        let made = try runTool([Kpx.path, "snapshot", "-o", "\(folder.path)/\(node).kpx", "--node", node] + api)
        #expect(made.status == 0, "\(made)")
      }
      let name = try #require(
        try String(contentsOfFile: "\(ssh.folder.path)/ssh", encoding: .utf8).firstMatch(of: /netns exec (\S+)/))
      let made = try runTool(
        [Kpx.path, "snapshot", "--netns", String(name.1), "-o", "\(folder.path)/three.kpx", "--node", "drifted"] + api)
      #expect(made.status == 0, "\(made)")
      _ = try folder.write("broken.kpx", "no snapshot")
      let result = try runTool([Kpx.path, "trace", Self.summary, "--snapshot", folder.path, "-o", "json"])
      let saved = try fleet(result)
      #expect(result.status == 1 && saved.groups == byHand.groups && saved.via == .files, "\(result.text)")
      #expect(saved.unanswered.map(\.nodes) == [["broken"]])
      let one = try fleet(
        runTool([Kpx.path, "trace", Self.summary, "--snapshot", folder.path, "--nodes", "node2", "-o", "json"]))
      #expect(one.groups.map(\.nodes) == [["node2"]] && one.asked == 1)
      let absent = try runTool([Kpx.path, "trace", Self.summary, "--snapshot", folder.path, "--nodes", "node[2-3]"])
      #expect(absent.status == 69 && absent.errorText.contains("no snapshot of node node3"), "\(absent)")
      let named = ["--snapshot", folder.path, "--nodes", "node[1-2]", "-o", "json", "-n"]
      let short = try runTool([Kpx.path, "trace", "summary"] + named + ["yaobank"])
      #expect(try fleet(short).groups.map(\.result) == [.ok], "\(short)")
      let listed = try runTool([Kpx.path, "services"] + named + ["yaobank"])
      #expect(try fleet(listed).question.target == "yaobank", "\(listed)")
    }
  }

  @Test("Connections of all nodes are one table; their ends are named by who knows all pods, and strays make groups")
  func connections() async throws {
    try await withNodes(["node2", "drifted"]) { ssh, api in
      let script = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('10.96.0.10', 53))"
      _ = try succeed(["python3", "-c", script])
      let nodes = ["--nodes", "node[1-2],drifted"] + api
      let fleet = try self.fleet(ssh.run(["connections", "kube-system/kube-dns", "-o", "json"] + nodes))
      let lists = try #require(fleet.connections)
      #expect(lists.map(\.node.name) == ["drifted", "node1", "node2"])
      #expect(lists.map { $0.items?.count } == [0, 1, 1] && fleet.exitStatus == 0, "\(fleet)")
      #expect(lists[1].items?.first?.endpoint.pod?.name.hasPrefix("coredns-") == true, "\(lists[1])")
      let counted = try ssh.run(["connections"] + nodes)
      let rows = counted.text.split(separator: "\n").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
      #expect(
        rows == ["NODE SERVICE CONNECTIONS", "node1 kube-system/kube-dns:dns 1", "node2 kube-system/kube-dns:dns 1"],
        "\(counted)")
      #expect(counted.errorText.contains("2 connections on 3 nodes: 2 unanswered"), "\(counted)")
      let rules = try succeed(["iptables-legacy", "-t", "nat", "-S", "KUBE-SERVICES"]).split(separator: "\n")
      for rule in rules where rule.contains("-d 10.96.0.10/32") && rule.contains("-p udp") {
        _ = try shell("iptables-legacy -t nat -D \(rule.dropFirst(3))")
      }
      let stale = try ssh.run(["connections", "--stale", "-o", "json"] + nodes)
      let judged = try self.fleet(stale)
      #expect(stale.status == 1 && judged.groups.map(\.nodes) == [["drifted"], ["node1", "node2"]], "\(stale)")
      #expect(judged.groups[1].findings.map(\.id) == [.conntrackStale])
      let pod = try ssh.run(["connections", "pod/coredns"] + nodes)
      #expect(pod.status == 69 && pod.errorText.contains("name a pod by its address"), "\(pod)")
      #expect(try ssh.run(["connections", "--top", "1001"] + nodes).status == 64)
      let silent = try ssh.run(["connections", "--nodes", "drifted"] + api, program: ["--remote-kpx", "/nowhere/kpx"])
      #expect(silent.status == 2 && !silent.errorText.contains("no such connection"), "\(silent)")
    }
  }

  @Test("Of each node a snapshot is made, which tells what the node does; nothing is written over")
  func snapshotOfEach() async throws {
    try await withNodes(["node2", "drifted", "refused"]) { ssh, api in
      let nodes = ["--nodes", "node[1-2],drifted,refused", "-o"]
      let byHand = try fleet(ssh.run(["trace", Self.summary] + nodes + ["json"] + api))
      let folder = try ScratchDirectory()
      let place = "\(folder.path)/snapshots"
      let made = try ssh.run(["snapshot"] + nodes + [place] + api)
      #expect(made.status == 2 && made.errorText.contains("1 did not answer"), "\(made)")
      #expect(made.text == ["drifted", "node1", "node2"].map { "\(place)/\($0).kpx\n" }.joined())
      #expect(try shell("stat -c %a \(place)/*.kpx \(place)") == "600\n600\n600\n700\n")
      let saved = try fleet(runTool([Kpx.path, "trace", Self.summary, "--snapshot", place, "-o", "json"]))
      #expect(saved.groups == byHand.groups && saved.asked == 3, "\(saved)")
      let again = try ssh.run(["snapshot", "--nodes", "node1", "-o", place] + api)
      #expect(again.status == 2 && again.text.isEmpty, "\(again)")
      #expect(again.errorText.contains("its snapshot was not kept"), "\(again)")
      #expect(try ssh.run(["snapshot", "--redact"] + nodes + [place] + api).status == 64)
      let pods = ["snapshot", "--via", "pods", "--image", "a/b", "-o", place, "--nodes", "all"]
      #expect(try runTool([Kpx.path] + pods + api).status == 69)
    }
  }

  @Test("A node of which the kernel cannot be read says what its kpx lacks, and what is no question is no harm")
  func answer() throws {
    let nobody = try runTool(
      ["setpriv", "--reuid=65534", "--clear-groups", Kpx.path, "answer"], input: Array("{".utf8))
    #expect(nobody.status == 0 && nobody.text.contains("CAP_NET_ADMIN"), "\(nobody)")
    let garbage = try runTool([Kpx.path, "answer"], input: Array("hello".utf8))
    #expect(garbage.status == 0 && garbage.text.contains("the question is"), "\(garbage)")
  }
}
