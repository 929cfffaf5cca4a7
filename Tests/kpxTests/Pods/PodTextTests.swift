import Testing

@testable import Inspect
@testable import kpx

@Suite("The table of pods")
struct PodTextTests {
  @Test("In 80 columns no line wraps: the interfaces' numbers go before that")
  func narrow() {
    var sandbox = PodSandbox()
    sandbox.name = Sourced(NamespacedName("kube-system", "coredns-7db6d8ff4d-abcde"), .podLogs)
    sandbox.pid = Sourced(123456, .process)
    let inside = Link(name: "eth0", index: 12345, kind: "veth", mtu: 1500, flags: 1, state: "UP")
    let outside = Link(name: "cali1fd33f62979", index: 12346, kind: "veth", mtu: 1500, flags: 1, state: "UP")
    let pod = PodNetwork(
      sandbox: sandbox,
      interfaces: [PodInterface(link: inside, addresses: [], side: .pair(HostInterface(link: outside)))])
    let text = PodText(
      PodInterfaces(pods: [pod]), terminal: Terminal(width: 80, hasColor: false), isWide: false, isList: true,
      hasHeaders: true)
    let lines = text.text.split(separator: "\n")
    #expect(lines.count == 2 && lines.allSatisfy { $0.count <= 80 }, "\(text.text)")
    #expect(text.text.contains("cali1fd33f62979"))
    let narrower = PodText(
      PodInterfaces(pods: [pod]), terminal: Terminal(width: 72, hasColor: false), isWide: false, isList: true,
      hasHeaders: true)
    #expect(!narrower.text.contains("12345") && narrower.text.split(separator: "\n").allSatisfy { $0.count <= 72 })
  }
}
