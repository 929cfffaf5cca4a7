import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

extension APIServer {
  /// A search with one kubeconfig, and without the variables of the process.
  func search(
    user: String = "{}", cluster: String = "", overrides: AccessOverrides = AccessOverrides(),
    environment: [String: String] = [:]
  ) throws -> CredentialSearch {
    CredentialSearch(
      kubeconfig: try kubeconfig(user: user, cluster: cluster), overrides: overrides, environment: { environment[$0] })
  }

  /// What reading a service of the catalogue gives.
  func read(
    _ service: NamespacedName = NamespacedName("yaobank", "summary"), user: String = "{}", cluster: String = "",
    overrides: AccessOverrides = AccessOverrides(), environment: [String: String] = [:],
    limits: APILimits = APILimits(time: .seconds(60))
  ) throws -> ReadCluster {
    let search = try search(user: user, cluster: cluster, overrides: overrides, environment: environment)
    return try readCluster(.service(service), by: search, limits: limits)
  }
}

/// What a reader has found out.
struct ReadCluster {
  var snapshot: ClusterSnapshot
  var notes: [String]
  var source: AccessSource

  func slices(_ name: String = "summary") -> [EndpointSlice] { snapshot.slices(of: NamespacedName("yaobank", name)) }
}

func readCluster(
  _ question: ClusterQuestion, by search: CredentialSearch, limits: APILimits = APILimits(time: .seconds(60)),
  node: NodeGuess = NodeGuess(name: "node1", isHostName: false)
) throws -> ReadCluster {
  try ProcessNamespace.enter()
  let reader = try ClusterReader.read({ _ in question }, node: node, by: search, limits: limits)
  return ReadCluster(snapshot: reader.snapshot, notes: reader.notes, source: reader.access.source)
}

/// Why nothing could be read.
func failure(_ body: () throws -> ReadCluster) -> String {
  do {
    _ = try body()
    return "nothing failed"
  } catch {
    return "\(error)"
  }
}

private let yaobank = APIServer.objects("yaobank")

@Suite("Asking an API server")
struct APIClientTests {
  @Test("A service, its slices and the node are asked for at once, and nothing else")
  func threeRequests() throws {
    let server = try APIServer("--objects", yaobank, "--delay", "0.3")
    let read = try server.read()
    #expect(read.snapshot.services.map(\.metadata.name) == ["summary"])
    #expect(read.slices().map(\.endpoints.count) == [2])
    #expect(read.snapshot.nodes.map(\.metadata.name) == ["node1"])
    #expect(read.notes.isEmpty)
    let requests = try server.requests()
    #expect(
      Set(requests.map(\.path)) == [
        "/api/v1/namespaces/yaobank/services?resourceVersion=0&fieldSelector=metadata.name%3Dsummary",
        "/apis/discovery.k8s.io/v1/namespaces/yaobank/endpointslices"
          + "?labelSelector=kubernetes.io%2Fservice-name%3Dsummary&resourceVersion=0",
        "/api/v1/nodes/node1",
      ])
    // Each takes 0.3 s: the last began before the first ended.
    let lastBegin = try #require(requests.map(\.began).max())
    let firstEnd = try #require(requests.map(\.ended).min())
    #expect(lastBegin < firstEnd)
  }

  @Test(
    "Answers in chunks, packed, or late after a restart are read alike",
    arguments: ["chunked", "gzip", "restarting", "throttled"])
  func transports(fault: String) throws {
    let server = try APIServer("--objects", yaobank, "--fault", fault)
    let read = try server.read()
    #expect(read.slices().map(\.endpoints.count) == [2])
    #expect(read.notes.isEmpty)
  }

  @Test(
    "What goes wrong is said in words to act on",
    arguments: [
      ("failing", "the API answered 500: etcdserver: request timed out"),
      ("html", "gave no proper answer: its answer is not JSON at byte 0"),
      ("lost", "HTTP status 404, and not in the API's words"),
      ("other-kind", "it sent no Service"),
      ("truncated", "gave no proper answer: "),
      ("broken-chunks", "gave no proper answer: "),
      ("throttled-forever", "asks to come back later (429)"),
      ("unavailable", "asks to come back later (503)"),
      ("plain", "the API answered 400: Client sent an HTTP request to an HTTPS server."),
    ])
  func faults(fault: String, words: String) throws {
    let server = try APIServer("--objects", yaobank, "--fault", fault)
    let message = failure { try server.read() }
    #expect(message.contains(words))
    #expect(message.contains(server.url) || ["failing", "plain"].contains(fault))
    #expect(!message.contains("More"))
  }

  @Test("A body without end and one that unpacks to too much are cut off at the limit", arguments: ["endless", "bomb"])
  func endless(fault: String) throws {
    let server = try APIServer("--objects", yaobank, "--fault", fault)
    var limits = APILimits(time: .seconds(20))
    limits.bytes = 2 << 20
    let message = failure { try server.read(limits: limits) }
    #expect(message.contains("sent more than 2 MiB for one question; --api-limit allows more"))
  }

  @Test(
    "Who answers slowly, not at all, or takes the connection and is silent, is waited for no longer than asked",
    arguments: ["slow", "mute"])
  func slow(fault: String) throws {
    let server = try APIServer("--objects", yaobank, "--fault", fault)
    let start = ContinuousClock.now
    let message = failure { try server.read(limits: APILimits(time: .milliseconds(700))) }
    #expect(message.contains("did not answer in time; --request-timeout allows more"))
    #expect(start.duration(to: .now) < .seconds(3))
    if fault == "mute" { #expect(try server.requests().count == 3) }
  }

  @Test("Nobody at the port is said at once")
  func refused() throws {
    let server = try APIServer("--objects", yaobank)
    let message = failure { try server.read(overrides: overrides { $0.server = "https://127.0.0.1:1" }) }
    #expect(message.contains("the API at https://127.0.0.1:1 cannot be reached: "))
  }

  @Test("A server that another authority vouches for, and one with another name, are not trusted")
  func untrusted() throws {
    let certificates = try TestCertificates.made()
    let server = try APIServer("--objects", yaobank)
    let stranger = failure { try server.read(cluster: "certificate-authority: \(certificates.stranger)") }
    #expect(stranger.contains("is not trusted: SSL certificate problem"))
    let unknown = failure { try server.read(cluster: "tls-server-name: ''") }
    #expect(unknown.contains("is not trusted: SSL certificate problem"))
    let misnamed = try APIServer("--objects", yaobank, misnamed: true)
    let name = failure { try misnamed.read() }
    #expect(name.contains("is not trusted: "))
    #expect(name.contains("127.0.0.1"))
    #expect(try server.requests().isEmpty)
    #expect(try misnamed.requests().isEmpty)
  }

  @Test("tls-server-name is what the certificate has to name, and the connection goes to the server all the same")
  func serverName() throws {
    let certificates = try TestCertificates.made()
    let server = try APIServer("--objects", yaobank, misnamed: true)
    let trust =
      "{certificate-authority: \(certificates.authority), server: '\(server.url)', tls-server-name: elsewhere.test}"
    let config = try server.folder.write("named", namedConfig(cluster: trust))
    let search = CredentialSearch(kubeconfig: config, environment: { _ in nil })
    let read = try readCluster(.service(NamespacedName("yaobank", "summary")), by: search)
    #expect(read.slices().count == 1)
    #expect(try server.requests().allSatisfy { $0.line.contains("\"host\": [\"127.0.0.1:\(server.port)\"]") })
  }

  private func namedConfig(cluster: String) -> String {
    """
    contexts: [{name: test, context: {cluster: test}}]
    current-context: test
    clusters: [{name: test, cluster: \(cluster)}]
    """
  }

  @Test("Verification is skipped where the configuration says so")
  func insecure() throws {
    let server = try APIServer("--objects", yaobank, misnamed: true)
    #expect(try server.read(cluster: "insecure-skip-tls-verify: true").slices().count == 1)
  }

  @Test("A redirect within the server is followed; to another one it is not, and that one is told nothing")
  func redirects() throws {
    let moved = try APIServer("--objects", yaobank, "--fault", "redirect:/moved", "--token", "t0ken")
    #expect(try moved.read(user: "{token: t0ken}").slices().count == 1)
    let other = try APIServer("--objects", yaobank)
    let server = try APIServer("--objects", yaobank, "--fault", "redirect:\(other.url)")
    let message = failure { try server.read(user: "{token: t0ken}") }
    #expect(message.contains("redirects to \(other.url), which was not followed: credentials go to no other server"))
    #expect(try other.requests().isEmpty)
  }

  @Test("401 says which credential is not accepted, and 403 what the server said")
  func denied() throws {
    let server = try APIServer("--objects", yaobank, "--token", "right")
    let message = failure { try server.read(user: "{token: wr0ngt0ken}") }
    #expect(message.contains("does not accept the credential ("))
    #expect(message.contains("token"))
    #expect(!message.contains("wr0ngt0ken"))
    #expect(try server.requests().count == 3)
    let strict = try APIServer("--objects", yaobank, "--profile", "none", "--user", "jane")
    let refusal = failure { try strict.read() }
    #expect(
      refusal.contains(
        "the API does not allow it: services is forbidden: User \"jane\" cannot list resource \"services\" in API group \"\" in "
          + "the namespace \"yaobank\""))
    // Who may not list services may be allowed to get the one; that is all that is asked.
    #expect(try strict.requests().count == 4)
  }

  @Test("Long lists come in parts; a list that is gone half way is read anew, whole")
  func paging() throws {
    for fault in ["", "gone"] {
      let server = try APIServer("--objects", yaobank, "--synthetic", "1200", "--fault", fault)
      let read = try readCluster(.all(namespace: nil), by: server.search())
      #expect(read.snapshot.services.count == 1205)
      #expect(read.snapshot.slices(of: NamespacedName("bulk", "bulk-1199")).count == 1)
      let paths = try server.requests().map(\.path)
      #expect(paths.contains("/api/v1/services?resourceVersion=0&limit=500"))
      #expect(paths.contains("/api/v1/services?limit=500&continue=500"))
      #expect(paths.contains("/api/v1/services?resourceVersion=0") == (fault == "gone"))
    }
  }

  @Test("What all answers of one question bring together is limited, not each alone")
  func sum() throws {
    // 0.7 MB of services and 4.4 MB of slices.
    let server = try APIServer("--objects", yaobank, "--synthetic", "3000")
    var limits = APILimits(time: .seconds(60))
    func said() -> String {
      do {
        return try readCluster(.all(namespace: nil), by: server.search(), limits: limits).notes.joined()
      } catch {
        return "\(error)"
      }
    }
    limits.bytes = 4_700_000
    #expect(said().contains("sent more than 4 MiB for one question; --api-limit allows more"))
    limits.bytes = 5_500_000
    #expect(said() == "")
  }

  @Test(
    "A list that goes on for ever ends: at a place where it was before, and at a part that has nothing",
    arguments: [("same-token", 4), ("empty-parts", 2), ("more-and-more", 1002)])
  func endlessList(fault: String, most: Int) throws {
    let server = try APIServer("--objects", yaobank, "--fault", fault)
    let message = failure { try readCluster(.all(namespace: nil), by: server.search()) }
    #expect(message.contains("gave no proper answer: its list of Service objects has no end"))
    #expect(try server.requests().count { $0.path.hasPrefix("/api/v1/services") } <= most)
  }

  @Test("One service of a cluster with 6,000 slices costs at most 4 requests and 64 KiB")
  func cost() throws {
    let server = try APIServer("--objects", yaobank, "--synthetic", "6000")
    _ = try server.read(NamespacedName("bulk", "bulk-4711"))
    let requests = try server.requests()
    #expect(requests.count <= 4)
    #expect(requests.map(\.bytes).reduce(0, +) < 64 << 10)
    #expect(!requests.isEmpty)
  }

  @Test("A service that is asked for by its address is found among all")
  func byAddress() throws {
    let server = try APIServer("--objects", yaobank, "--synthetic", "600")
    let target = try TraceTarget("10.96.188.204:80")
    let read = try readCluster(target.question(namespace: "default"), by: server.search())
    #expect(read.slices().count == 1)
    #expect(read.snapshot.services.count == 605)
    #expect(try server.requests().count == 4)
  }

  @Test("Impersonation is asked for by the headers that the API knows")
  func impersonation() throws {
    let server = try APIServer("--objects", yaobank)
    _ = try server.read(
      user: "{as: jane, as-uid: '7', as-groups: [dev, ops], as-user-extra: {Example.com/Scope: [a, b]}}")
    let line = try #require(try server.requests().first).line
    for header in [
      #""impersonate-user": ["jane"]"#, #""impersonate-uid": ["7"]"#, #""impersonate-group": ["dev", "ops"]"#,
      #""impersonate-extra-example.com%2fscope": ["a", "b"]"#,
    ] {
      #expect(line.contains(header))
    }
    _ = try server.read(
      user: "{as: jane}",
      overrides: overrides {
        $0.impersonated = "root"; $0.groups = ["g"]
      })
    let last = try #require(try server.requests().last).line
    #expect(last.contains(#""impersonate-user": ["root"]"#) && last.contains(#""impersonate-group": ["g"]"#))
  }

  @Test(
    "An API server of 1.20 has slices under an older version, one before 1.17 Endpoints alone: for one service and for all",
    arguments: ["", "plain-404"])
  func oldServers(fault: String) throws {
    let summary = NamespacedName("yaobank", "summary")
    let beta = try APIServer("--objects", yaobank, "--discovery", "v1beta1", "--fault", fault)
    let none = try APIServer("--objects", yaobank, "--discovery", "none", "--fault", fault)
    for question in [ClusterQuestion.service(summary), .all(namespace: nil), .all(namespace: "yaobank")] {
      let slices = try readCluster(question, by: beta.search())
      #expect(slices.slices().count == 1 && slices.notes.isEmpty)
      let endpoints = try readCluster(question, by: none.search())
      #expect(endpoints.snapshot.endpoints(of: summary) != nil && endpoints.notes.isEmpty)
      #expect(!endpoints.snapshot.knows(.endpointSlice))
    }
  }
}

func overrides(_ change: (inout AccessOverrides) -> Void) -> AccessOverrides {
  var overrides = AccessOverrides()
  change(&overrides)
  return overrides
}

@Suite("What a node's credentials may read")
struct ReadingRightsTests {
  @Test("kube-proxy may list and not get: the service is found by a list of one")
  func kubeProxy() throws {
    let server = try APIServer("--objects", yaobank, "--profile", "kube-proxy", "--user", "system:kube-proxy")
    let read = try server.read()
    #expect(read.snapshot.services.map(\.metadata.name) == ["summary"])
    #expect(read.slices().count == 1)
    #expect(read.snapshot.nodes.count == 1)
    #expect(read.notes.isEmpty)
    #expect(try server.requests().count == 3)
  }

  @Test("Who may get a service and list none is told it by its name")
  func getter() throws {
    let server = try APIServer("--objects", yaobank, "--profile", "getter", "--user", "jane")
    let read = try server.read()
    #expect(read.snapshot.services.map(\.metadata.name) == ["summary"])
    #expect(try server.requests().count == 4)
  }

  @Test("Lists of Endpoints are read where slices may not be")
  func listsWithoutSlices() throws {
    let server = try APIServer("--objects", yaobank, "--profile", "no-slices", "--user", "jane")
    let read = try readCluster(.all(namespace: "yaobank"), by: server.search())
    #expect(read.snapshot.endpoints(of: NamespacedName("yaobank", "summary")) != nil)
    #expect(read.notes.isEmpty)
  }

  @Test("The kubelet may not read slices: the service's Endpoints are read by name")
  func kubelet() throws {
    let server = try APIServer("--objects", yaobank, "--profile", "kubelet", "--user", "system:node:node1")
    let read = try server.read()
    #expect(read.snapshot.endpoints(of: NamespacedName("yaobank", "summary")) != nil)
    #expect(!read.snapshot.knows(.endpointSlice))
    #expect(read.snapshot.nodes.count == 1)
    #expect(try server.requests().count == 4)
  }

  @Test("Services alone are better than nothing, and what is missing is said")
  func servicesOnly() throws {
    let server = try APIServer("--objects", yaobank, "--profile", "services-only", "--user", "jane")
    let read = try server.read()
    #expect(read.snapshot.services.count == 1)
    #expect(!read.snapshot.knows(.endpointSlice) && !read.snapshot.knows(.endpoints) && !read.snapshot.knows(.node))
    #expect(
      read.notes.contains {
        $0.hasPrefix("the endpoints of yaobank/summary are not known: the API does not allow it: ")
      })
    #expect(read.notes.contains { $0.hasPrefix("the node node1 may not be read: ") })
  }

  @Test("A service that is not there is known not to be there")
  func missing() throws {
    let server = try APIServer("--objects", yaobank)
    let read = try server.read(NamespacedName("yaobank", "nosuch"))
    #expect(read.snapshot.services.isEmpty && read.snapshot.knows(.service))
    #expect(read.notes.isEmpty)
  }

  @Test("A node that has another name than its host is found by its label")
  func nodeByLabel() throws {
    let server = try APIServer("--objects", yaobank)
    let nodes = try readCluster(
      .service(NamespacedName("yaobank", "summary")), by: server.search(),
      node: NodeGuess(name: "nosuch", isHostName: true)
    ).snapshot
    #expect(nodes.nodes.isEmpty && nodes.knows(.node))
    #expect(try server.requests().contains { $0.path.contains("labelSelector=kubernetes.io%2Fhostname%3Dnosuch") })
  }
}
