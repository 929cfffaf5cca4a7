import TestSupport
import Testing

@testable import Inspect

/// A node without any rule.
private final class NoRules: Node, PacketFilter {
  let localAddresses: [IPPrefix]? = []
  var filter: any PacketFilter { self }

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] { [] }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    false
  }
}

@Suite("What a session asks the API, and when")
struct SessionAPITests {
  private func session(_ server: APIServer, release: String) throws -> Session {
    var session = Session()
    session.cluster = .server(try server.search(), limits: APILimits(time: .seconds(60)))
    session.nodeName = "node1"
    session.release = Release(KubeProxyVersion(release), source: "a test")
    session.openNode = { NoRules() }
    return session
  }

  @Test(
    "v1 Endpoints are asked for behind the slices, and once, where the release that runs goes by them",
    arguments: [("1.18", 1), ("1.34", 0)])
  func endpoints(release: String, count: Int) throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    try ProcessNamespace.enter()
    let trace = try session(server, release: release).trace(TraceQuery(try TraceTarget("yaobank/summary")))
    let paths = try server.requests().map(\.path)
    #expect(paths.count { $0.contains("/endpoints/summary") } == count)
    #expect(paths.count { $0.contains("/endpointslices") } == 1)
    if count > 0 { #expect(paths.last?.contains("/endpoints/summary") == true) }
    #expect(trace.api?.server == server.url)
    #expect(trace.frontends.map(\.verdict) == [.unhandled])
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
    #expect(try server.requests().count { $0.path.hasSuffix("/pods/client-node1") } == 1)
    session.findPod = { name, _ in throw PodError.notFound("\(name)", hint: nil) }
    query.origin = .pod(namespace: "default", name: "nobody")
    #expect(throws: SessionError.noSuchPod(NamespacedName("default", "nobody"))) { try session.trace(query) }
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
