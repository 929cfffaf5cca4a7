import TestSupport
import Testing

@testable import Inspect

/// A node with a legacy table of some size, which notes whether rules are asked for.
private final class LargeNode: Node, PacketFilter {
  let rules: Int
  let status: [String: String]
  private(set) var wasRead = false
  var filter: any PacketFilter { self }
  var largestLegacyTable: Int? { rules }

  init(rules: Int, says status: [String: String] = [:]) {
    self.rules = rules
    self.status = status
  }

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    wasRead = true
    return []
  }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    wasRead = true
    return false
  }

  func answer(to path: String, at address: SocketAddress, milliseconds: Int) -> String? { status[path] }
}

@Suite("What kpx version says")
struct VersionSessionTests {
  private static let program = VersionReport.Program(version: "1", commit: nil, missingCapabilities: [])
  private static let kubeProxy = [
    "/proxyMode": "iptables", "/metrics": "kubernetes_build_info{git_version=\"v1.33.2\"} 1\n",
  ]

  private func query() -> VersionQuery {
    var query = VersionQuery(Self.program)
    query.pods.runtimes = []
    query.pods.areRuntimesNamed = true
    return query
  }

  private func report(_ node: LargeNode) throws -> VersionReport {
    var session = Session()
    nonisolated(unsafe) let node = node
    session.openNode = { node }
    return try session.version(query())
  }

  @Test("A large table is not read: kube-proxy says how services are carried out, or it is not known and why")
  func large() throws {
    let node = LargeNode(rules: ProxyGlance.mostRules + 1, says: Self.kubeProxy)
    let report = try report(node)
    #expect(!node.wasRead)
    #expect(report.proxy?.mode == .iptables && report.proxy?.version == Proxy.Versions(min: "1.33", max: "1.33"))
    #expect(report.notes.contains { $0.text.contains("10001 rules") && $0.text.contains("what kube-proxy says") })
    let silent = LargeNode(rules: ProxyGlance.mostRules + 1)
    let unknown = try self.report(silent)
    #expect(!silent.wasRead && unknown.proxy == nil)
    #expect(unknown.unknown.proxyMode?.contains("10001 rules") == true)
    #expect(unknown.unknown.proxyVersion?.contains("--proxy-version") == true)
  }

  @Test("A small one is: what the rules are counts, and not what kube-proxy says")
  func small() throws {
    let node = LargeNode(rules: ProxyGlance.mostRules, says: Self.kubeProxy)
    let report = try report(node)
    #expect(node.wasRead && report.proxy?.mode == Proxy.Mode.none)
    #expect(report.notes.contains { $0.text == "kube-proxy says that it is in iptables mode, and has no rules here" })
  }

  @Test("The server's release, and the node by its name, are asked at once and of nothing else")
  func server() throws {
    let server = try APIServer("--objects", APIServer.objects("yaobank"))
    try ProcessNamespace.enter()
    var session = Session()
    session.cluster = .server(try server.search(), limits: APILimits(time: .seconds(60)))
    session.nodeName = "node1"
    session.openNode = { LargeNode(rules: 0) }
    let report = try session.version(query())
    #expect(report.serverVersion == "v1.34.1+test" && report.api?.server == server.url)
    #expect(report.node.name == "node1" && report.nodeNameSource == "--node" && report.unknown.nodeName == nil)
    #expect(report.unknown.api == nil && report.unknown.serverVersion == nil)
    #expect(try server.requests().map(\.path).sorted() == ["/api/v1/nodes/node1", "/version"])
    session.nodeName = "elsewhere"
    #expect(try session.version(query()).unknown.nodeName?.contains("the API has no node elsewhere") == true)
  }

  @Test("Without the API, and where the kernel may not be asked, it says why and is an answer all the same")
  func nothing() throws {
    try ProcessNamespace.enter()
    var session = Session()
    var search = AccessOverrides()
    search.server = "http://127.0.0.1:9"
    session.cluster = .server(
      CredentialSearch(kubeconfig: nil, overrides: search, environment: { _ in nil }),
      limits: APILimits(time: .seconds(5)))
    session.openNode = { throw KernelError.permission(reading: "rules") }
    session.certificateName = { nil }
    session.hostName = "host1"
    let report = try session.version(query())
    #expect(report.node.name == "host1" && report.nodeNameSource == "the host's name")
    #expect(report.api == nil && report.unknown.api?.contains("127.0.0.1:9") == true)
    #expect(report.proxy == nil && report.unknown.proxyMode?.contains("no permission to read rules") == true)
    #expect(report.machine?.isEmpty == false && report.node.kernel?.isEmpty == false)
  }

  @Test("What the command line names and is not there is an error")
  func wrong() {
    var session = Session()
    session.netns = "there-is-none-of-this-name"
    #expect(throws: SessionError.self) { try session.version(query()) }
  }
}
