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

  @Test("A pod without a namespace is in that of the question")
  func inNamespace() throws {
    try withDump { dump in
      var query = try TraceQuery.to("ns/svc", from: "client")
      query.namespace = "other"
      #expect(try session(cluster: dump).trace(query).frontends.map { $0.from?.pod?.description } == ["other/client"])
      query.namespace = "ns"
      #expect(throws: SessionError.noSuchPod(NamespacedName("ns", "client"))) {
        try session(cluster: dump).trace(query)
      }
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
        session.findPod = { name, _ in found(name, address: "10.244.1.7") }
        let from = try origins(name, session)
        #expect(from.map(\.pod?.description) == [name])
        #expect(from.map { $0.address?.description } == ["10.244.1.7"])
      }
    }
  }

  @Test("A pod on the node's network is the node")
  func hostNetwork() throws {
    var session = session()
    session.findPod = { name, _ in found(name, address: nil, isHostNetwork: true) }
    #expect(try origins("kube-system/kube-proxy", session).map(\.kind) == [.node])
  }

  @Test("A pod without an address, and what is wrong with it, ends the question")
  func withoutAddress() throws {
    var session = session()
    session.findPod = { name, _ in found(name, address: nil, problem: "its sandbox is dead") }
    #expect(throws: SessionError.podWithoutAddress(NamespacedName("ns", "pod"), problem: "its sandbox is dead")) {
      try session.trace(.to("ns/svc", from: "ns/pod"))
    }
  }

  private func origins(_ name: String, _ session: Session) throws -> [OriginReport] {
    try session.trace(.to("ns/svc", from: name)).frontends.compactMap(\.from)
  }
}

/// A pod as it is found on the node.
private func found(
  _ name: NamespacedName, address text: String?, isHostNetwork: Bool = false, problem: String? = nil
) -> PodInterfaces {
  var sandbox = PodSandbox()
  sandbox.name = Sourced(name, .process)
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
