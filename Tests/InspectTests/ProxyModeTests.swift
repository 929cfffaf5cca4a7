import Testing

@testable import Inspect

@Suite("Which mode kube-proxy's rules are of")
struct ProxyModeTests {
  private static let service = "KUBE-SVC-PX5FENG4GZJTCELT"

  private func filter(_ rules: ([Match], Action)...) -> FakePacketFilter {
    let filter = FakePacketFilter(tables: ["nat"])
    for hook in ["PREROUTING", "OUTPUT"] { filter.append("nat", hook, [], .jump("KUBE-SERVICES")) }
    for (matches, action) in rules { filter.append("nat", "KUBE-SERVICES", matches, action) }
    return filter
  }

  @Test(
    "A service's own chain tells iptables mode, and no name that a large table would be passed through for is looked for"
  )
  func iptables() throws {
    let filter = filter(
      ([.to("10.96.0.1"), .from("10.0.0.0/8", not: true)], .jump("KUBE-MARK-MASQ")),
      ([.to("10.96.0.1")], .jump(Self.service)))
    let rules = try ProxyRules(
      filter, families: [.v4], others: [], port: KubeProxyPort(of: filter, named: .unknown))
    #expect(rules.installations.map(\.mode) == [.iptables])
    #expect(filter.missed == [])
  }

  @Test("Before the first service the chain that only IPVS mode has tells", arguments: [true, false])
  func empty(hasChain: Bool) throws {
    let filter = filter(([.to("192.0.2.1")], .jump("KUBE-NODEPORTS")))
    if hasChain { filter.append("nat", "KUBE-NODE-PORT", [], .return) }
    let rules = try ProxyRules(
      filter, families: [.v4], others: [], port: KubeProxyPort(of: filter, named: .unknown))
    #expect(rules.installations.map(\.mode) == [hasChain ? .ipvs : .iptables])
  }
}
