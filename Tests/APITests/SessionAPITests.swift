import TestSupport
import Testing

@testable import Inspect

/// A node whose kube-proxy has no service yet.
private final class NoServices: Node, PacketFilter {
  let localAddresses: [IPPrefix]? = []
  var filter: any PacketFilter { self }
  private let base = ChainReference(table: Table(backend: .legacy, family: .v4, name: "nat"), name: "PREROUTING")

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    guard hook == .prerouting, family == .v4 else { return [] }
    return [BaseChain(chain: base, hook: hook, priority: -100, isNAT: true, policy: .accept)]
  }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    if chain == base { _ = try body(1, Rule(matches: [], actions: [.jump("KUBE-SERVICES")])) }
    return chain == base || chain.name == "KUBE-SERVICES"
  }
}

@Suite("What a session asks the API, and when")
struct SessionAPITests {
  private func session(_ server: APIServer, release: String) throws -> Session {
    var session = Session()
    session.cluster = .server(try server.search(), limits: APILimits(time: .seconds(60)))
    session.nodeName = "node1"
    session.release = Release(KubeProxyVersion(release), source: "a test")
    session.openNode = { NoServices() }
    session.pauseForSync = .zero
    return session
  }

  @Test(
    "v1 Endpoints are asked for behind the slices, and once a look, where the release that runs goes by them",
    arguments: [("1.18", 1), ("1.34", 0)])
  func endpoints(release: String, count: Int) throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    try ProcessNamespace.enter()
    let trace = try session(server, release: release).trace(TraceQuery(try TraceTarget("yaobank/summary")))
    let paths = try server.requests().map(\.path)
    // The node has none of them, so both are read again.
    #expect(paths.count { $0.contains("/endpoints/summary") } == 2 * count)
    #expect(paths.count { $0.contains("/endpointslices") } == 2)
    if count > 0 { #expect(paths.last?.contains("/endpoints/summary") == true) }
    #expect(trace.api?.server == server.url)
    #expect(trace.frontends.map(\.verdict) == [.unhandled])
  }

  @Test(
    "What nodes are asked takes so many requests, however many nodes there are",
    arguments: [
      (NodeQuestion.Command.trace(target: "yaobank/summary", namespace: ""), 3), (.services(namespace: nil), 3),
      (.check(ids: [], namespace: nil), 4), (.version, 2), (.veth(targets: [], namespace: nil), 2),
      (.connections(target: nil, namespace: nil, selection: ConnectionSelection()), 4),
      (.snapshot(services: [], withConnections: false), 4),
    ])
  func manyNodes(command: NodeQuestion.Command, count: Int) throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    try ProcessNamespace.enter()
    let selection = try NodeSelection("all", labels: nil)
    let question = try FleetQuestion(session(server, release: "1.34"), FleetQuery(command, selection, program: "1"))
    let paths = try server.requests().map(\.path)
    #expect(paths.count == count, "\(paths)")
    #expect(question.nodes.count > 1 && question.notes.isEmpty, "\(question.notes)")
  }

  @Test("The pod of --from is asked for by its name; one that is not there is then looked for on the node")
  func pod() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    try ProcessNamespace.enter()
    var session = try session(server, release: "1.34")
    var query = TraceQuery(try TraceTarget("yaobank/summary"))
    query.origin = .pod(namespace: "default", name: "client-node1")
    let from = try session.trace(query).frontends.compactMap(\.from)
    #expect(from.map { $0.address?.description } == ["10.244.16.5"])
    #expect(try server.requests().count { $0.path.hasSuffix("/pods/client-node1") } == 2)
    session.findPod = { target, _, _ in throw PodError.notFound("\(target)", hint: nil) }
    query.origin = .pod(namespace: "default", name: "nobody")
    #expect(throws: SessionError.noSuchPod(NamespacedName("default", "nobody"))) { try session.trace(query) }
  }

  @Test(
    "A part of a pod's name, what it belongs to and a name alone are looked up by the server",
    arguments: [
      ("customer", "yaobank/customer-624m6gdck-5fkht"), ("deploy/customer", "yaobank/customer-624m6gdck-5fkht"),
      ("svc/customer", "yaobank/customer-624m6gdck-5fkht"), ("client-node1", "default/client-node1"),
    ])
  func partsOfPods(typed: String, pod: String) throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    try ProcessNamespace.enter()
    var session = try session(server, release: "1.34")
    session.findPod = { target, _, _ in throw PodError.notFound("\(target)", hint: nil) }
    var query = TraceQuery(try TraceTarget("yaobank/summary"))
    query.origin = try OriginName(typed)
    #expect(try session.trace(query).frontends.compactMap { $0.from?.pod?.description } == [pod])
  }

  @Test("What names no namespace is in that of the kubeconfig's context")
  func contextNamespace() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    try ProcessNamespace.enter()
    var session = try session(server, release: "1.34")
    let config = try server.kubeconfig(namespace: "yaobank")
    session.cluster = .server(
      CredentialSearch(kubeconfig: config, environment: { _ in nil }), limits: APILimits(time: .seconds(60)))
    #expect(try session.trace(TraceQuery(try TraceTarget("summary"))).service?.namespace == "yaobank")
    let names = try session.services(ServicesQuery()).items.map { $0.service?.name }
    #expect(names == ["customer", "database", "summary"])
  }
}
