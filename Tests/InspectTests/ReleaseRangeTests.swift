import Testing

@testable import Inspect

@Suite("Which releases of kube-proxy may run beside a kubelet")
struct ReleaseRangeTests {
  /// What rules look like, the kubelet's release, and what may have written the rules.
  struct Case: Sendable {
    var looks: (Int, Int)
    var kubelet: String
    var range: (Int, Int)?
  }

  private func range(_ minors: (Int, Int)) -> ReleaseRange {
    ReleaseRange(lowest: KubeProxyVersion(1, minors.0), highest: KubeProxyVersion(1, minors.1))
  }

  @Test(
    "Three minor releases older or newer, as far as the rules look so",
    arguments: [
      Case(looks: (14, 36), kubelet: "v1.34.2", range: (31, 36)),
      Case(looks: (14, 36), kubelet: "v1.20.0", range: (17, 23)),
      Case(looks: (29, 32), kubelet: "v1.30.3-eks-abc", range: (29, 32)),
      Case(looks: (14, 36), kubelet: "v1.15.0", range: (14, 18)),
      // kube-proxy was left behind: its rules are what tells.
      Case(looks: (17, 22), kubelet: "v1.34.0", range: nil),
      Case(looks: (29, 36), kubelet: "v1.20.0", range: nil),
      // A kubelet newer than any that is known.
      Case(looks: (29, 36), kubelet: "v1.39.0", range: (36, 36)),
      Case(looks: (29, 36), kubelet: "v2.0.0", range: nil),
    ])
  func skew(_ item: Case) throws {
    let kubelet = try #require(KubeProxyVersion(item.kubelet))
    #expect(range(item.looks).within(skewOf: kubelet) == item.range.map(range))
  }

  @Test("The Node object's kubelet bounds what is taken of a kube-proxy that does not tell its release")
  func expectation() throws {
    for (kubelet, lowest, latest) in [("v1.34.0", 31, nil), ("v1.30.0", 29, 33), ("v1.16.0", 29, nil)] {
      var context = ServiceContext()
      context.cluster = try ClusterSnapshot.of(
        #"{"kind":"List","items":[{"kind":"Node","metadata":{"name":"here"},"status":{"nodeInfo":{"kubeletVersion":"\#(kubelet)"}}}]}"#
      )
      context.node = "here"
      let node = FakePacketFilter()
      let expectation = Expectation(
        context: context, layout: range((29, 36)), mode: .iptables, services: [],
        port: KubeProxyPort(of: node, named: context.release))
      #expect(expectation.release.version == KubeProxyVersion(1, lowest), "\(kubelet)")
      #expect(expectation.release.isGuessed)
      #expect(expectation.release.latest?.minor == latest, "\(kubelet)")
    }
  }
}
