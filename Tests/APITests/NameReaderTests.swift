import TestSupport
import Testing

@testable import Inspect

@Suite("Names for a command line that is being typed")
struct NameReaderTests {
  private func session(_ server: APIServer, namespace: String = "default", limit: Duration = .seconds(20)) throws
    -> Session
  {
    var session = Session()
    let config = try server.kubeconfig(namespace: namespace)
    session.cluster = .server(
      CredentialSearch(kubeconfig: config, environment: { _ in nil }), limits: APILimits(time: limit))
    session.openNode = { throw KernelError.permission(reading: "rules") }
    return session
  }

  @Test("Where no namespace is named there are all of them, and the services of the context's")
  func top() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    try ProcessNamespace.enter()
    let names = try session(server, namespace: "yaobank").names(.services(namespace: nil), within: .seconds(20))
    #expect(names.namespaces.isSuperset(of: ["default", "kube-system", "yaobank"]))
    #expect(names.defaultNamespace == "yaobank")
    #expect(names.objects == Set(["customer", "database", "summary"].map { NamespacedName("yaobank", $0) }))
  }

  @Test("Of one namespace one list is asked for, without what the objects hold")
  func one() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    try ProcessNamespace.enter()
    let session = try session(server)
    #expect(session.names(.services(namespace: "yaobank"), within: .seconds(20)).objects.count == 3)
    #expect(!session.names(.pods(namespace: "yaobank"), within: .seconds(20)).objects.isEmpty)
    #expect(session.names(.nodes, within: .seconds(20)).nodes.contains("node1"))
    let requests = try server.requests()
    #expect(
      requests.map(\.path) == [
        "/api/v1/namespaces/yaobank/services?limit=500", "/api/v1/namespaces/yaobank/pods?limit=500",
        "/api/v1/nodes?limit=500",
      ])
    #expect(requests.allSatisfy { $0.line.contains("as=PartialObjectMetadataList") })
  }

  @Test("Who may not list namespaces has those of the services", arguments: ["kube-proxy", "kubelet"])
  func forbidden(profile: String) throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--profile", profile)
    try ProcessNamespace.enter()
    let session = try session(server)
    #expect(session.names(.namespaces, within: .seconds(20)).namespaces == ["default", "kube-system", "yaobank"])
    #expect(session.names(.services(namespace: nil), within: .seconds(20)).namespaces.contains("yaobank"))
    #expect(session.names(.pods(namespace: nil), within: .seconds(20)).isEmpty)
  }

  @Test("A long list is read in parts, up to 5,000 names")
  func pages() throws {
    let server = try APIServer("--synthetic", "6000")
    try ProcessNamespace.enter()
    let names = try session(server).names(.services(namespace: "bulk"), within: .seconds(60))
    #expect(names.objects.count == 5000)
    #expect(try server.requests().count == 10)
  }

  @Test("A server that is silent costs what is allowed, and leaves no name")
  func silent() throws {
    let server = try APIServer("--fault", "mute")
    try ProcessNamespace.enter()
    let session = try session(server, limit: .milliseconds(150))
    let clock = ContinuousClock()
    let time = clock.measure { #expect(session.names(.services(namespace: nil), within: .seconds(20)).isEmpty) }
    // It would be silent for 30 seconds.
    #expect(time < .seconds(10))
  }

  @Test("What hangs is not waited for")
  func hanging() throws {
    var session = Session()
    session.openNode = {
      _ = try runTool(["sleep", "20"])
      throw KernelError.permission(reading: "rules")
    }
    let asked = session
    let time = ContinuousClock().measure {
      #expect(asked.names(.services(namespace: nil), within: .milliseconds(50)).isEmpty)
    }
    #expect(time < .seconds(10))
  }

  @Test("Answers that are no list of names leave none", arguments: ["html", "truncated", "other-kind", "plain"])
  func broken(fault: String) throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"), "--fault", fault)
    try ProcessNamespace.enter()
    #expect(try session(server).names(.services(namespace: nil), within: .seconds(20)).isEmpty)
  }

  @Test("Contexts are those of the first kubeconfig that is there; what is none has none")
  func contexts() throws {
    let folder = try ScratchDirectory()
    let config = try folder.write(
      "config", "contexts: [{name: b, context: {cluster: c}}, {name: a, context: {cluster: c}}]\n")
    let search = { (path: String) in CredentialSearch(kubeconfig: path, environment: { _ in nil }) }
    #expect(search(config).contexts(within: .seconds(1)) == ["a", "b"])
    #expect(search("\(folder.path)/none").contexts(within: .seconds(1)) == [])
    #expect(search(try folder.write("no", "contexts: 3\n")).contexts(within: .seconds(1)) == [])
    #expect(search(try folder.pipe("pipe")).contexts(within: .milliseconds(50)) == [])
  }
}
