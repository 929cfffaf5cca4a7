import TestSupport
import Testing

@testable import Inspect

@Suite("A trace, from what was asked to the answer")
struct TraceSessionTests {
  @Test("Without the API the rules alone answer, the node has the host's name, and a note says what is not known")
  func withoutAPI() throws {
    let trace = try session().trace(.to("ns/svc"))
    #expect(trace.frontends.map(\.verdict) == [.forward])
    #expect(trace.node.name == "host1")
    #expect(trace.api == nil)
    #expect(trace.notes.map(\.subject) == [.api])
    #expect(trace.notes[0].text.hasPrefix("without the API: "))
  }

  @Test("With the API the Node object is found by its host's name, and pods have their names")
  func withAPI() throws {
    try withDump { dump in
      let trace = try session(cluster: dump).trace(.to("ns/svc"))
      #expect(trace.node.name == "node1")
      #expect(trace.api?.source.hasSuffix("cluster.json") == true)
      #expect(
        trace.frontends.flatMap(\.endpoints).compactMap(\.pod) == [.some(ObjectName(NamespacedName("ns", "server")))])
      #expect(trace.notes == [])
    }
  }

  @Test("Pods that are named later take nothing from what is known of their endpoints already")
  func namedLater() throws {
    var request = TraceRequest(target: .address(address("10.96.0.1"), port: 80, transport: .tcp))
    request.context.families = [.v4]
    var trace = try ServiceTracer.trace(request, serviceRules(endpoints: ["10.244.1.5:8080"]))
    trace.frontends[0].explanation = "why"
    trace.frontends[0].otherAddresses = []
    trace.frontends[0].endpoints[0].interface = "veth1"
    let cluster = try ClusterSnapshot.decode(Array(smallCluster.utf8), path: "a test")
    let named = trace.named(by: cluster).frontends[0]
    #expect(named.endpoints.map(\.pod) == [NamespacedName("ns", "server")])
    #expect(named.endpoints[0].interface == "veth1" && named.explanation == "why" && named.otherAddresses == [])
  }

  @Test("Strays are told with the pod that has their address now, with null where no pod has it, else without a word")
  func strays() throws {
    func trace(_ cluster: ClusterSource) throws -> Trace {
      var session = session(cluster: cluster)
      session.openNode = {
        let node = serviceRules(endpoints: ["10.244.1.5:8080"])
        node.connections = FakeConnections([
          connection("10.244.2.9:8080"), connection("10.244.2.9:8080", from: "1.2.3.4:1"),
          connection("10.244.1.99:8080"),
          connection("10.96.0.1:80", from: "1.2.3.4:2", state: .tcp(1), isAnswered: false),
        ])
        return node
      }
      return try session.trace(.to("ns/svc"))
    }
    try withDump { dump in
      let found = try trace(dump)
      let strays = try #require(found.frontends.first?.strays)
      #expect(strays.map(\.place.address) == ["10.244.2.9", "10.96.0.1", "10.244.1.99"].map(address), "\(strays)")
      #expect(strays.map(\.pod) == [.some(ObjectName(NamespacedName("other", "client"))), nil, .some(Known.none)])
      #expect(
        strays.map(\.text) == [
          "2 connections to 10.244.2.9:8080, which is no endpoint; pod other/client has that address now",
          "1 connection that nothing translates (1 unanswered)",
          "1 connection to 10.244.1.99:8080, which is no endpoint; no pod has that address now",
        ])
      let stale = try #require(found.findings.first { $0.id == .conntrackStale })
      #expect(stale.evidence.map(\.text) == ["10.96.0.1:80/TCP: 1 connection that nothing translates (1 unanswered)"])
    }
    #expect(try trace(.noAPI).frontends.first?.strays?.allSatisfy { $0.pod == nil } == true)
  }

  @Test("That no Node object is the host's is said last, and the answer stands without it")
  func unknownNode() throws {
    try withDump { dump in
      var session = session(cluster: dump)
      session.hostName = "host9"
      let trace = try session.trace(.to("ns/svc"))
      #expect(trace.node.name == nil)
      #expect(trace.frontends.map(\.verdict) == [.forward])
      #expect(trace.notes.last?.subject == .node)
      #expect(trace.notes.last?.text.contains("no node named host9") == true)
    }
  }

  @Test("A service without a namespace is in the one that was named, else in default")
  func namespace() throws {
    var query = try TraceQuery.to("svc")
    query.namespace = "ns"
    #expect(try session().trace(query).service?.namespace == "ns")
    query.namespace = nil
    #expect(untraceable(query, session())?.error.description.contains("no service default/svc ") == true)
  }

  @Test("svc/NAME is what kubectl means by it, unless there is such a service in a namespace of that name")
  func kind() throws {
    func dump(_ namespaces: [String]) throws -> Session {
      let services = namespaces.map {
        """
        {"kind": "Service", "metadata": {"namespace": "\($0)", "name": "a"},
          "spec": {"clusterIPs": ["10.96.0.9"], "ports": [{"port": 80}]}}
        """
      }
      let text = #"{"kind": "List", "items": [\#(services.joined(separator: ","))]}"#
      return session(cluster: .dump(path: try folder.write("\(namespaces.count).json", text), timeLimit: nil))
    }
    let folder = try ScratchDirectory()
    #expect(try dump(["default"]).trace(.to("svc/a")).service?.namespace == "default")
    #expect(try dump(["default", "svc"]).trace(.to("svc/a")).service?.namespace == "svc")
  }

  @Test("Of a headless service it is told where its name leads, and which endpoints are not ready")
  func headless() throws {
    let cluster = """
      {"kind": "List", "items": [
        {"kind": "Service", "metadata": {"namespace": "ns", "name": "db"}, "spec": {"clusterIP": "None", "ports": [{"port": 1}]}},
        {"kind": "EndpointSlice", "addressType": "IPv4", "ports": [{"port": 1}],
          "metadata": {"namespace": "ns", "name": "db-1", "labels": {"kubernetes.io/service-name": "db"}},
          "endpoints": [{"addresses": ["10.244.1.5"]},
            {"addresses": ["10.244.1.6"], "conditions": {"ready": false},
              "targetRef": {"kind": "Pod", "namespace": "ns", "name": "db-1"}}]}
      ]}
      """
    try withDump(cluster) { dump in
      let notes = try session(cluster: dump).trace(.to("ns/db")).notes.map(\.text)
      #expect(notes.contains("its name in DNS leads to 10.244.1.5; not ready: 10.244.1.6 (pod ns/db-1)"))
    }
  }

  @Test("The namespace of a kubeconfig's context counts, whether or not the API answers or is asked")
  func contextWithoutAPI() throws {
    let folder = try ScratchDirectory()
    let config = try folder.write(
      "config",
      """
      {current-context: a, contexts: [{name: a, context: {cluster: b, namespace: ns}}],
        clusters: [{name: b, cluster: {server: "https://127.0.0.1:1"}}]}
      """)
    let search = CredentialSearch(kubeconfig: config, environment: { _ in nil })
    for source in [ClusterSource.contextAlone(search), .server(search, limits: APILimits(time: .seconds(5)))] {
      let trace = try session(cluster: source).trace(.to("svc"))
      #expect(trace.service?.namespace == "ns" && trace.api == nil)
    }
  }

  @Test("A second reading of the rules is a part of the answer only where it is asked for")
  func verification() throws {
    var query = try TraceQuery.to("ns/svc")
    #expect(try session().trace(query).verification == nil)
    query.verifies = true
    #expect(try session(doubtfully: true).trace(query).exitStatus == 2)
  }

  @Test("Where there is no such service it is told how the rules were read, and whether the API knows")
  func noService() throws {
    var query = try TraceQuery.to("ns/svd")
    let alone = try #require(untraceable(query, session()))
    #expect(!alone.hasAPI && alone.apiNotes == [] && alone.verification == nil)
    try withDump { dump in
      query.verifies = true
      let asked = try #require(untraceable(query, session(cluster: dump, doubtfully: true)))
      #expect(asked.hasAPI && asked.verification?.map(\.isDoubtful) == [true])
      #expect(asked.error == .noSuchService("ns/svd", nearest: ["ns/svc"], hasAPI: true))
    }
  }

  @Test("An API that cannot be asked is a note of an answer, and part of what is said where there is none")
  func noCredential() throws {
    let folder = try ScratchDirectory()
    let search = CredentialSearch(kubeconfig: nil, environment: { _ in nil }, node: folder.path)
    let session = session(cluster: .server(search, limits: APILimits(time: .seconds(5))))
    let trace = try session.trace(.to("ns/svc"))
    #expect(trace.frontends.map(\.verdict) == [.forward])
    #expect(trace.notes.first?.text.hasPrefix("the API was not asked: no kubeconfig was found") == true)
    let found = try #require(untraceable(try .to("ns/none"), session))
    #expect(!found.hasAPI && found.apiNotes.count == 1)
    #expect(SessionError.untraceable(found).description.contains("; the API was not asked: "))
  }

  @Test("A kubeconfig or dump that was named and is not there ends the question")
  func missing() throws {
    let limits = APILimits(time: .seconds(5))
    let config = session(
      cluster: .server(CredentialSearch(kubeconfig: "/nowhere/config", environment: { _ in nil }), limits: limits))
    let dump = session(cluster: .dump(path: "/nowhere/dump", timeLimit: nil))
    #expect { try config.trace(.to("ns/svc")) } throws: {
      if case SessionError.kubeconfig(.file("/nowhere/config", _, _)) = $0 { true } else { false }
    }
    #expect { try dump.trace(.to("ns/svc")) } throws: {
      if case SessionError.dump = $0 { true } else { false }
    }
  }

  @Test("A node that cannot be opened is said as it is")
  func noNode() throws {
    var session = session()
    session.openNode = { throw KernelError.permission(reading: "rules") }
    #expect(throws: SessionError.kernel(.permission(reading: "rules"))) { try session.trace(.to("ns/svc")) }
    session.netns = "/nowhere/netns"
    #expect {
      try session.trace(.to("ns/svc"))
    } throws: {
      $0 as? SessionError == .noNetworkNamespace("/nowhere/netns", nearest: [])
    }
  }

  private func untraceable(_ query: TraceQuery, _ session: Session) -> SessionError.Untraceable? {
    do throws(SessionError) {
      _ = try session.trace(query)
    } catch .untraceable(let found) {
      return found
    } catch {}
    return nil
  }
}
