import Testing

@testable import Inspect

@Suite("The one pod that a program is to run in")
struct PodSessionTests {
  private let target = PodTarget.word("eth1", namespace: nil)

  @Test("One that is found is it")
  func one() throws {
    #expect(try PodInterfaces(pods: [pod("a")]).only(target).name?.value.name == "a")
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

  private func pod(_ name: String?) -> PodNetwork {
    var sandbox = PodSandbox()
    if let name { sandbox.name = Sourced(NamespacedName("ns", name), .process) }
    return PodNetwork(withoutNamespace: sandbox)
  }
}
