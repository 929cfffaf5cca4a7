import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// Rules that change between the looks of one question.
private final class ChangingNode: @unchecked Sendable {
  private let looks: [[String]]
  private let change: (FakePacketFilter) -> Void
  /// How often the node was opened.
  private(set) var opened = 0

  /// - Parameter looks: the endpoints that the rules have, look by look; the last ones stay.
  init(_ looks: [[String]], _ change: @escaping (FakePacketFilter) -> Void = { _ in }) {
    self.looks = looks
    self.change = change
  }

  func open() -> any Node {
    let node = serviceRules(endpoints: looks[min(opened, looks.count - 1)])
    node.listeningPorts = [10249]
    change(node)
    opened += 1
    return node
  }
}

@Suite("Where kernel and API disagree, both are read again before that is called an error")
struct SecondLookTests {
  private let right = ["10.244.1.5:8080"]
  private let stale = ["10.244.1.9:8080"]

  /// A session on an API server that has the small cluster.
  private func trace(_ node: ChangingNode, release: Bool = true) throws -> (trace: Trace, requests: Int) {
    let (trace, requests) = try ask(node, release: release) { try $0.trace(.to("ns/svc")) }
    return (trace, requests)
  }

  private func ask<Answer>(
    _ node: ChangingNode, release: Bool = true, _ body: (Session) throws -> Answer
  ) throws -> (answer: Answer, requests: Int) {
    try ProcessNamespace.enter()
    let folder = try ScratchDirectory()
    for (name, kind) in [("services", "Service"), ("endpointslices", "EndpointSlice"), ("nodes", "Node")] {
      let script =
        "import json, sys; o = json.load(sys.stdin)['items']; "
        + "print(json.dumps({'items': [i for i in o if i['kind'] == '\(kind)']}))"
      let items = try runTool(["python3", "-c", script], input: Array(smallCluster.utf8)).text
      _ = try folder.write("\(name).json", items)
    }
    let server = try APIServer("--objects", folder.path)
    var session = session()
    if !release { session.release = .unknown }
    session.nodeName = "node1"
    session.pauseForSync = .milliseconds(10)
    session.openNode = { node.open() }
    session.cluster = .server(
      CredentialSearch(kubeconfig: try server.kubeconfig(), environment: { _ in nil }),
      limits: APILimits(time: .seconds(60)))
    return (try body(session), try server.requests().count)
  }

  @Test("Agreement needs one look")
  func agreement() throws {
    let node = ChangingNode([right])
    let (trace, requests) = try trace(node)
    #expect(trace.exitStatus == 0 && trace.findings == [])
    #expect(node.opened == 1 && requests == 3, "\(trace.notes)")
  }

  @Test("What is gone at the second look is not told")
  func followed() throws {
    let node = ChangingNode([stale, right])
    let (trace, requests) = try trace(node)
    #expect(trace.exitStatus == 0 && trace.findings == [])
    // Three a look, and who is behind the address that is not in the API.
    #expect(node.opened == 2 && requests == 7, "\(trace.notes)")
  }

  @Test("What is still there at the second look is an error")
  func stays() throws {
    let (trace, _) = try trace(ChangingNode([stale]))
    #expect(trace.exitStatus == 1)
    #expect(trace.findings.map(\.id) == [.endpointDrift] && trace.findings[0].severity == .error)
  }

  @Test("Where time is short there is one look, and what kube-proxy says of itself tells whether it may follow")
  func short() throws {
    func drift(_ said: [String: String]) throws -> Finding? {
      let node = ChangingNode([stale, right]) { $0.answers = said }
      let (trace, _) = try ask(node, release: said.isEmpty) { session in
        var session = session
        session.timeForLooks = .zero
        return try session.trace(.to("ns/svc"))
      }
      return trace.findings.first { $0.id == .endpointDrift }
    }
    #expect(try drift([:])?.severity == .error)
    #expect(try drift(answers(lastSync: 20, lastQueued: 1))?.severity == .info)
    #expect(try drift(answers(lastSync: 5, lastQueued: 6))?.severity == .error)
  }

  @Test("Another difference at the second look is a remark: a rollout goes on")
  func rollout() throws {
    let node = ChangingNode([["10.244.1.8:8080", "10.244.1.5:8080"], ["10.244.1.5:8080", "10.244.1.7:8080"]])
    let (trace, _) = try trace(node)
    #expect(trace.exitStatus == 0)
    #expect(trace.findings.map(\.id) == [.endpointDrift] && trace.findings[0].severity == .info)
    #expect(trace.findings[0].advice.map(\.text).joined().contains("about to follow"))
  }

  @Test("A check of the whole node, too, tells what stays as an error, and what passes as nothing or a remark")
  func check() throws {
    func drift(_ looks: [[String]]) throws -> [Finding] {
      let node = ChangingNode(looks)
      var query = CheckQuery()
      query.families = [.v4]
      let report = try ask(node) { try $0.check(query) }.answer
      let drift = report.findings.filter { $0.id == .endpointDrift }
      #expect(
        report.checks.first { $0.id == .endpointDrift }?.result == (drift.isEmpty ? .ok : .found), "\(report.notes)")
      #expect((node.opened == 1) == (looks == [right]))
      return drift
    }
    #expect(try drift([right]) == [])
    #expect(try drift([stale, right]) == [])
    #expect(try drift([stale]).map(\.severity) == [.error])
    let rollout = [["10.244.1.8:8080", "10.244.1.5:8080"], ["10.244.1.5:8080", "10.244.1.7:8080"]]
    #expect(try drift(rollout).map(\.severity) == [.info])
  }

  @Test("Without an API server there is nothing to look at again")
  func dump() throws {
    try withDump { dump in
      let node = ChangingNode([stale, right])
      var session = session(cluster: dump)
      session.openNode = { node.open() }
      let trace = try session.trace(.to("ns/svc"))
      #expect(trace.exitStatus == 1 && node.opened == 1)
    }
  }

  // MARK: - What kube-proxy says of itself

  /// What a kube-proxy answers that wrote rules and learnt of changes so many seconds ago.
  private func answers(lastSync: Int, lastQueued: Int) -> [String: String] {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return [
      "/proxyMode": "iptables",
      "/metrics": """
      kubernetes_build_info{git_version="v1.34.1",major="1"} 1
      kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds \(now.tv_sec - lastQueued)
      kubeproxy_sync_proxy_rules_last_timestamp_seconds \(now.tv_sec - lastSync)

      """,
    ]
  }

  @Test("While kube-proxy says that a sync is due, a difference is a remark")
  func due() throws {
    let said = answers(lastSync: 20, lastQueued: 1)
    let (trace, _) = try trace(ChangingNode([stale]) { $0.answers = said }, release: false)
    #expect(trace.exitStatus == 0)
    #expect(trace.findings.map(\.severity) == [.info])
  }

  @Test("A sync that is due for long is an error of kube-proxy's, and says since when")
  func late() throws {
    let said = answers(lastSync: 7300, lastQueued: 600)
    let (trace, _) = try trace(ChangingNode([stale]) { $0.answers = said }, release: false)
    #expect(trace.exitStatus == 1)
    try #require(trace.findings.map(\.id) == [.proxyStalled, .endpointDrift], "\(trace.notes)")
    #expect(trace.findings[0].message == "kube-proxy on this node should have written rules 10 min ago, and has not")
    #expect(trace.findings[0].evidence.map(\.text) == ["it wrote rules last 2 h ago"])
  }

  @Test("A kube-proxy that says that all is written is quoted: it does not hear the API, or somebody changed its rules")
  func upToDate() throws {
    let said = answers(lastSync: 5, lastQueued: 6)
    let (trace, _) = try trace(ChangingNode([stale]) { $0.answers = said }, release: false)
    #expect(trace.findings.map(\.id) == [.endpointDrift])
    #expect(trace.notes.contains { $0.text.hasPrefix("kube-proxy says that it has written all that it knows of, ") })
  }

  @Test("A kube-proxy of which the health check alone listens has its metrics elsewhere: it is not said to hang")
  func metricsElsewhere() throws {
    let (trace, _) = try trace(ChangingNode([stale]) { $0.listeningPorts = [10256] }, release: false)
    #expect(trace.findings.map(\.id) == [.endpointDrift])
  }

  @Test("That kube-proxy was asked is told, once, and not where its release was named")
  func asked() throws {
    let said = answers(lastSync: 5, lastQueued: 6)
    for named in [true, false] {
      let (trace, _) = try trace(ChangingNode([stale]) { $0.answers = said }, release: named)
      #expect(trace.notes.count { $0.text.hasPrefix("asked 127.0.0.1:10249 ") } == (named ? 0 : 1))
    }
  }

  @Test("A kube-proxy that hangs, or is not there, is told beside the difference", arguments: [true, false])
  func silent(listens: Bool) throws {
    let (trace, _) = try trace(ChangingNode([stale]) { $0.listeningPorts = listens ? [10249] : [] }, release: false)
    #expect(trace.findings.map(\.id) == [.proxyStalled, .endpointDrift])
    let message = trace.findings[0].message
    #expect(
      message
        == (listens
          ? "kube-proxy on this node does not answer"
          : "kube-proxy does not run on this node, or not with its usual ports"))
  }
}
