import Testing

@testable import Inspect

@Suite("What --from means")
struct OriginLookupTests {
  @Test("A pod that the API knows sends from its address, whichever node it is on")
  func byName() throws {
    try withDump { dump in
      let from = try origins("other/client", session(cluster: dump))
      #expect(from.map(\.kind) == [.pod])
      #expect(from.map(\.pod?.description) == ["other/client"])
      #expect(from.map { $0.address?.description } == ["10.244.2.9"])
    }
  }

  @Test("A pod without a namespace is in the service's, in that of the question, or the only one of its name")
  func withoutNamespace() throws {
    try withDump { dump in
      #expect(try origins("server", session(cluster: dump)).map(\.pod?.description) == ["ns/server"])
      for namespace in ["other", nil] {
        var query = try TraceQuery.to("ns/svc", from: "client")
        query.namespace = namespace
        let trace = try session(cluster: dump).trace(query)
        #expect(trace.frontends.map { $0.from?.pod?.description } == ["other/client"])
        #expect(
          trace.notes.map(\.text) == (namespace == nil ? ["client is taken for pod other/client"] : []))
      }
    }
  }

  @Test("A part of a name is enough where it is one pod's, and what a pod belongs to; which pod was taken is said")
  func parts() throws {
    try withDump(deployed) { dump in
      for (typed, says) in [
        ("serv", "serv is taken for pod ns/server, the only one whose name begins so"),
        ("ns/serv", "ns/serv is taken for pod ns/server, the only one whose name begins so"),
        ("svc/svc", "svc/svc is taken for pod ns/server, its only one"),
        ("deploy/web", "deploy/web is taken for pod ns/web-6c755fccd5-b, one of its 2"),
      ] {
        let trace = try session(cluster: dump).trace(.to("ns/svc", from: typed))
        #expect(trace.notes.map(\.text) == [says], "\(typed)")
      }
    }
  }

  @Test(
    "What is no pod is said with what is near",
    arguments: [
      ("ns/servre", ["ns/server"]), ("cleint", ["other/client"]), ("other/server", ["ns/server"]), ("host1", ["node"]),
      ("node1", ["node"]), ("localhost", ["node"]), ("extrenal", ["external"]),
      ("web", ["ns/web-6c755fccd5-a", "ns/web-6c755fccd5-b"]),
    ])
  func near(typed: String, nearest: [String]) throws {
    try withDump(deployed) { dump in
      let parts = typed.split(separator: "/").map(String.init)
      let name = NamespacedName(parts.count == 2 ? parts[0] : "ns", parts[parts.count - 1])
      #expect(throws: SessionError.noSuchPod(name, nearest: nearest)) {
        try session(cluster: dump).trace(.to("ns/svc", from: typed))
      }
    }
  }

  @Test("Without the API a pod of this node is enough, in the service's namespace before others")
  func severalOnNode() throws {
    var session = session()
    session.findPod = { _, _, _ in
      PodInterfaces(
        pods: ["a", "ns"].flatMap { found(.name(NamespacedName($0, "client")), address: "10.244.1.7").pods })
    }
    #expect(try origins("client", session).map(\.pod?.description) == ["ns/client"])
    session.findPod = { _, _, _ in
      PodInterfaces(
        pods: ["a", "b"].flatMap { found(.name(NamespacedName($0, "client")), address: "10.244.1.7").pods })
    }
    #expect(throws: SessionError.ambiguousPod(.word("client", namespace: nil), pods: ["a/client", "b/client"])) {
      try session.trace(.to("ns/svc", from: "client"))
    }
  }

  @Test("A pod that has ended sends nothing")
  func ended() throws {
    try withDump { dump in
      #expect(throws: SessionError.podHasEnded(NamespacedName("ns", "job"), phase: "Succeeded")) {
        try session(cluster: dump).trace(.to("ns/svc", from: "ns/job"))
      }
    }
  }

  @Test("A pod that nobody knows is in neither the API nor the node, as far as they were asked")
  func unknown() throws {
    try withDump { dump in
      #expect(throws: SessionError.noSuchPod(NamespacedName("ns", "nobody"))) {
        try session(cluster: dump).trace(.to("ns/svc", from: "ns/nobody"))
      }
    }
    #expect(throws: SessionError.pod(.notFound("ns/nobody", hint: nil))) {
      try session().trace(.to("ns/svc", from: "ns/nobody"))
    }
  }

  @Test("A pod that the API does not know, or not the address of, is looked for on the node")
  func onNode() throws {
    try withDump { dump in
      for (source, name) in [(dump, "ns/young"), (.noAPI, "ns/lonely")] {
        var session = session(cluster: source)
        session.findPod = { target, _, _ in found(target, address: "10.244.1.7") }
        let from = try origins(name, session)
        #expect(from.map(\.pod?.description) == [name])
        #expect(from.map { $0.address?.description } == ["10.244.1.7"])
      }
    }
  }

  @Test("A pod on the node's network is the node")
  func hostNetwork() throws {
    var session = session()
    session.findPod = { target, _, _ in found(target, address: nil, isHostNetwork: true) }
    #expect(try origins("kube-system/kube-proxy", session).map(\.kind) == [.node])
  }

  @Test("A pod without an address, and what is wrong with it, ends the question")
  func withoutAddress() throws {
    var session = session()
    session.findPod = { target, _, _ in found(target, address: nil, problem: "its sandbox is dead") }
    #expect(throws: SessionError.podWithoutAddress(NamespacedName("ns", "pod"), problem: "its sandbox is dead")) {
      try session.trace(.to("ns/svc", from: "ns/pod"))
    }
  }

  private func origins(_ name: String, _ session: Session) throws -> [OriginReport] {
    try session.trace(.to("ns/svc", from: name)).frontends.compactMap(\.from)
  }
}

/// The small cluster with a Deployment's pods, one of them on this node.
private let deployed: String = {
  let pods = [("a", "node2"), ("b", "node1")].map { name, node in
    """
    {"kind": "Pod", "metadata": {"namespace": "ns", "name": "web-6c755fccd5-\(name)"}, "spec": {"nodeName": "\(node)"},
      "status": {"phase": "Running", "podIP": "10.244.3.1", "podIPs": [{"ip": "10.244.3.1"}]}},
    """
  }
  return smallCluster.replacing("\"items\": [\n", with: "\"items\": [\n" + pods.joined())
}()

/// A pod as it is found on the node.
private func found(
  _ target: PodTarget, address text: String?, isHostNetwork: Bool = false, problem: String? = nil
) -> PodInterfaces {
  var sandbox = PodSandbox()
  if case .name(let name) = target { sandbox.name = Sourced(name, .process) }
  if case .word(let word, _) = target { sandbox.name = Sourced(NamespacedName("ns", word), .process) }
  sandbox.isHostNetwork = Sourced(isHostNetwork, .process)
  var pod = PodNetwork(withoutNamespace: sandbox)
  pod.problem = problem
  if let text {
    let link = Link(name: "eth0", index: 2, mtu: 1500, flags: 1, state: "UP")
    let own = InterfaceAddress(address: address(text), prefixLength: 24, index: 2, isLinkLocal: false)
    pod.interfaces = [PodInterface(link: link, addresses: [own], side: .none)]
  }
  return PodInterfaces(pods: [pod])
}
