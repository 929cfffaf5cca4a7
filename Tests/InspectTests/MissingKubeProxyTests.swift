import TestSupport
import Testing

@testable import Inspect

@Suite("Where no kube-proxy has rules, one sentence says so")
struct MissingKubeProxyTests {
  /// What a trace of a service of the API ends with, on a node with base chains alone.
  private func missing(_ change: (FakePacketFilter) -> Void = { _ in }) throws -> MissingKubeProxy? {
    let node = FakePacketFilter()
    change(node)
    nonisolated(unsafe) let opened = node
    var found: MissingKubeProxy?
    try withDump { dump in
      var session = session(cluster: dump)
      session.release = .unknown
      session.openNode = { opened }
      let query = try TraceQuery.to("ns/svc")
      var list: MissingKubeProxy?
      var all = ServicesQuery()
      all.areAllNamespaces = true
      do {
        _ = try session.trace(query)
      } catch SessionError.noKubeProxy(let missing) {
        found = missing
      }
      do {
        _ = try session.services(all)
      } catch SessionError.noKubeProxy(let missing) {
        list = missing
      }
      #expect(list == found)
    }
    return found
  }

  @Test("A node without its rules has no answer to give, for one service or for all")
  func nothing() throws {
    let text = try missing().map { "\($0)" }
    #expect(
      text
        == "kube-proxy has no rules in this network namespace: it does not run on this node, or this is a pod's namespace"
    )
  }

  @Test("In a network namespace that is not process 1's, the way to the node's is told")
  func pod() throws {
    #expect(try missing { $0.isOfProcess1 = false }?.description.contains("--netns 1") == true)
    #expect(try missing { $0.isOfProcess1 = true }?.description.contains("--netns") == false)
  }

  @Test("A kube-proxy that answers has lost its rules: that is an answer")
  func flushed() throws {
    #expect(try missing { $0.answers["/proxyMode"] = "iptables" } == nil)
  }

  @Test("What other rules do with a service's packets is an answer")
  func otherRules() throws {
    let found = try missing { node in
      node.append("nat", "PREROUTING", [.to("10.96.0.1"), .proto(.tcp), .dport(80...80)], .dnat(to: "10.244.1.5:8080"))
    }
    #expect(found == nil)
  }

  @Test("Without the API, what no rule knows is not called missing from the rules")
  func withoutAPI() throws {
    nonisolated(unsafe) let node = FakePacketFilter()
    var session = session()
    session.openNode = { node }
    for target in ["ns/svc", "10.96.0.1:80", ":30080"] {
      let query = try TraceQuery.to(target)
      #expect(throws: SessionError.noKubeProxy(MissingKubeProxy(others: [], isNodesNamespace: nil)), "\(target)") {
        try session.trace(query)
      }
    }
  }
}
