import Testing

@testable import Inspect

@Suite("The one pod that a program is to run in")
struct PodSessionTests {
  private let target = PodTarget.word("eth1", namespace: nil)

  @Test("One that is found is it")
  func one() throws {
    #expect(try PodInterfaces(pods: [pod("a")]).only(target).sandbox.name?.value.name == "a")
  }

  @Test("None is said with what the interface leads to instead")
  func none() {
    #expect(throws: SessionError.leadsToNoPod(target, reason: "nothing is known of it")) {
      try PodInterfaces().only(target)
    }
  }

  @Test("Of several it is asked which")
  func several() {
    let both = PodInterfaces(pods: [pod("a"), pod(nil)])
    #expect(throws: SessionError.ambiguousPod(target, pods: ["ns/a", "one without a known name"])) {
      try both.only(target)
    }
  }

  @Test("Of one name the one that lives is it, then the one that a runtime has; of those alike uids are told")
  func oneName() throws {
    var dead = pod("a")
    dead.sandbox.state = .dead
    dead.sandbox.runtime = "containerd"
    var listed = pod("a")
    listed.sandbox.runtime = "containerd"
    listed.sandbox.uid = Sourced("u1", .runtime)
    var old = pod("a")
    old.sandbox.uid = Sourced("u2", .process)
    let chosen = try PodInterfaces(pods: [dead, old, listed]).only(target)
    #expect(chosen.sandbox.uid?.value == "u1")
    #expect(chosen.remarks == ["the latest of 3 pods of that name, ns/a (uid u1); not ns/a (dead), ns/a (uid u2)"])
    listed.sandbox.runtime = nil
    #expect(throws: SessionError.ambiguousPod(target, pods: ["ns/a (uid u2)", "ns/a (uid u1)"])) {
      try PodInterfaces(pods: [old, listed]).only(target)
    }
  }

  @Test("A dead pod, and one on the node's network, are said to be that")
  func remarks() throws {
    var pod = pod("a")
    pod.sandbox.state = .dead
    #expect(
      try PodInterfaces(pods: [pod]).only(target).remarks == ["ns/a is dead; its network namespace is still there"])
    pod.sandbox.isHostNetwork = Sourced(true, .runtime)
    #expect(
      try PodInterfaces(pods: [pod]).only(target).remarks == ["ns/a is on the node's own network: so is the program"])
  }

  @Test("A namespace without pods is an error, unless not all pods are known")
  func namespaces() throws {
    var answer = PodInterfaces(pods: [pod("a"), pod(nil)])
    #expect(throws: PodError.notFound("in the namespace other", hint: nil)) { try answer.keep(namespace: "other") }
    try answer.keep(namespace: "ns")
    #expect(answer.pods.map { $0.sandbox.name?.value.name } == ["a"])
    answer.isIncomplete = true
    try answer.keep(namespace: "other")
    #expect(answer.pods.isEmpty)
  }

  @Test(
    "A pod with hardware for an interface is of the node whose processes are seen; one tied elsewhere is of another")
  func ofThisNode() {
    var pod = pod(nil)
    pod.sandbox.uid = Sourced("u", .process)
    #expect(pod.isOfThisNode(ownsProcesses: true) && !pod.isOfThisNode(ownsProcesses: false))
    let link = Link(name: "eth0", index: 2, mtu: 1500, flags: 1, state: "UP")
    pod.interfaces = [PodInterface(link: link, addresses: [], side: .none)]
    #expect(pod.isOfThisNode(ownsProcesses: true))
    pod.interfaces.append(PodInterface(link: link, addresses: [], side: .elsewhere(LinkKey(netnsid: 3, index: 4))))
    #expect(!pod.isOfThisNode(ownsProcesses: true))
  }

  private func pod(_ name: String?) -> PodNetwork {
    var sandbox = PodSandbox()
    if let name { sandbox.name = Sourced(NamespacedName("ns", name), .process) }
    return PodNetwork(withoutNamespace: sandbox)
  }
}
