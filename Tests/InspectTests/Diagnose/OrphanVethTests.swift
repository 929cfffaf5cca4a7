import TestSupport
import Testing

@testable import Inspect

@Suite("Interfaces that lead to what is left of pods")
struct OrphanVethTests {
  private static let name = "cni-0f0f0f0f-1111-2222-3333-444455556666"

  private func orphan(_ namespace: String?, since: Double? = 600) -> OrphanInterface {
    let link = Link.described("veth9", 9, kind: "veth", lower: LinkKey(netnsid: 7, index: 2))
    return OrphanInterface(
      link: link, master: "cni0", reason: "eth0 in a namespace",
      empty: namespace.map { EmptyNamespace(name: $0, since: since) })
  }

  /// A pod with an interface of its own.
  private var pod: PodNetwork {
    var pod = PodNetwork(sandbox: PodSandbox())
    pod.sandbox.name = Sourced(NamespacedName("ns", "web"), .kubelet)
    let link = Link.described("eth0", 2, kind: "veth", lower: LinkKey(netnsid: 0, index: 5))
    let address = InterfaceAddress(address: address("10.244.1.5"), prefixLength: 24, index: 2, isLinkLocal: false)
    let end = HostInterface(link: .described("veth5", 5, kind: "veth"), netnsid: 3)
    pod.interfaces = [PodInterface(link: link, addresses: [address], side: .pair(end))]
    return pod
  }

  private func check(
    _ orphans: [OrphanInterface], isIncomplete: Bool = false, hidesProcesses: Bool = false,
    ways: [String: String] = ["10.244.1.5": "veth5"]
  ) throws -> (result: CheckReport.Check?, findings: [Finding]) {
    let node = DescribedNode(serviceRules(endpoints: ["10.244.1.5:8080"]))
    for (way, name) in ways { node.ways[address(way)] = name }
    let pods = PodInterfaces(pods: [pod], orphans: orphans, isIncomplete: isIncomplete, hidesProcesses: hidesProcesses)
    var context = ServiceContext()
    context.families = [.v4]
    context.release = Release(KubeProxyVersion(1, 34), source: "a test")
    // It is the 1000th second.
    let (checks, findings) = try CheckedNode.check(node, context, pods: pods)
    return (checks.first { $0.id == .orphanVeth }, findings.filter { $0.id == .orphanVeth })
  }

  @Test("A namespace that a runtime made for a pod, without process and pod, is found once it is not just being made")
  func left() throws {
    for name in [Self.name, "0f0f0f0f-1111-2222-3333-444455556666"] {
      let finding = try #require(check([orphan(name)]).findings.first)
      #expect(finding.severity == .info && finding.confidence == .likely)
      #expect(finding.message == "veth9 leads to what is left of a pod that is gone")
      #expect(finding.evidence.map(\.text) == ["veth9 leads to eth0 in a namespace"])
      #expect(finding.advice.first?.command == "ip netns delete \(name)")
    }
  }

  @Test("One that is young, that somebody else has named, or that a process is in, is not")
  func others() throws {
    for other in [orphan(Self.name, since: 800), orphan(Self.name, since: nil), orphan("vpn"), orphan(nil)] {
      let (result, findings) = try check([other])
      #expect(findings == [] && result?.result == .ok)
    }
  }

  @Test("Where packets to a pod leave by it, it is an error; where they leave by the pod's own, it is not")
  func taken() throws {
    let finding = try #require(check([orphan(Self.name)], ways: ["10.244.1.5": "veth9"]).findings.first)
    #expect(finding.severity == .error)
    #expect(finding.message == "packets to pod ns/web go to what is left of another pod, by veth9")
    #expect(
      finding.evidence.last?.text == "packets to 10.244.1.5 of pod ns/web leave by veth9, and not by veth5")
  }

  @Test("Where a runtime gave no answer, or no pods were looked for, it is not said that all is well")
  func unknown() throws {
    for (isIncomplete, hidesProcesses) in [(true, false), (false, true)] {
      let (result, findings) = try check([orphan(nil)], isIncomplete: isIncomplete, hidesProcesses: hidesProcesses)
      #expect(findings == [] && result?.result == .skipped)
    }
    var unseen = orphan(nil)
    unseen.isUnseen = true
    let (result, _) = try check([unseen])
    #expect(result?.result == .skipped && result?.reason == "where veth9 leads is not seen from here")
    let checked = try CheckedNode()
    let without = try CheckedNode.check(checked.node, checked.captured.context(.all), pods: nil).checks
    #expect(without.first { $0.id == .orphanVeth }?.result == .skipped)
  }
}
