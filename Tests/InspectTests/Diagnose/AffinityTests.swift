import TestSupport
import Testing

@testable import Inspect

@Suite("Clients that session affinity keeps at their endpoint")
struct AffinityTests {
  private static let endpoints = ["10.244.1.5:8080", "10.244.2.5:8080"]

  /// What is found of a service that keeps clients for 600 s, beside how the check ended.
  private func check(
    _ lists: [String: RecentList]?, affinity: UInt32? = 600, _ change: (FakePacketFilter) -> Void = { _ in }
  ) throws -> (result: CheckReport.Check?, findings: [Finding]) {
    let rules = serviceRules(endpoints: Self.endpoints, affinity: affinity)
    change(rules)
    let node = DescribedNode(rules)
    node.recentLists = lists
    var context = ServiceContext()
    context.families = [.v4]
    context.release = Release(KubeProxyVersion(1, 34), source: "a test")
    let (checks, findings) = try CheckedNode.check(node, context)
    return (checks.first { $0.id == .affinity }, findings.filter { $0.id == .affinity })
  }

  @Test(
    "A full list of which none has been away for the affinity's time is found; one with room, or whose first is over, is not",
    arguments: [(100, 100, 594, true), (99, 100, 10, false), (100, 100, 600, false), (1000, 10000, 10, false)])
  func full(count: Int, limit: Int, oldest: Int, isFound: Bool) throws {
    let list = RecentList(ages: [Int](repeating: 3, count: count - 1) + [oldest], limit: limit)
    let (result, findings) = try check(["KUBE-SEP-1": list])
    guard isFound else {
      #expect(findings == [] && result?.result == .ok)
      return
    }
    let finding = try #require(findings.first)
    #expect(finding.severity == .warning && finding.confidence == .likely)
    #expect(
      finding.message
        == "clients lose their endpoint before the 600 s of session affinity are over: the kernel remembers 100 clients of an "
        + "endpoint, and 1 of 2 endpoints have had as many")
    #expect(finding.subject.service == NamespacedName("ns", "svc"))
    #expect(
      finding.evidence.map(\.text) == [
        "/proc/net/xt_recent/KUBE-SEP-1: 100 clients of 10.244.2.5:8080, the first to go was there 594 s ago",
        "/sys/module/xt_recent/parameters/ip_list_tot = 100",
      ])
    #expect(
      finding.advice.first?.command == "echo 'options xt_recent ip_list_tot=1000' > /etc/modprobe.d/xt_recent.conf")
  }

  @Test("A service without affinity has no lists; lists that cannot be read are not well")
  func unknown() throws {
    #expect(try check(nil, affinity: nil).result?.result == .ok)
    let unread = try check(nil).result
    #expect(unread?.result == .skipped && unread?.reason == "/proc/net/xt_recent/KUBE-SEP-0 cannot be read")
    let limitless = try check(["KUBE-SEP-0": RecentList(ages: [1], limit: nil)]).result
    #expect(limitless?.result == .skipped && limitless?.reason?.contains("ip_list_tot") == true)
  }

  /// A third endpoint that a chain leads remembered clients to.
  private func left(isForOthers: Bool = false) throws -> (FakePacketFilter) -> Void {
    let name = try #require(
      ChainName.names(.service, of: ServicePortName("ns", "svc", port: "http"), transport: .tcp).first)
    return { rules in
      let check = RecentMatch(operation: .check, name: "KUBE-SEP-9", seconds: 600, mask: .mask(32, .v4))
      rules.append("nat", "\(name)", [.recent(check)], .jump("KUBE-SEP-9"))
      if isForOthers { rules.append("nat", "\(name)", [], .jump("KUBE-SEP-9")) }
      rules.append("nat", "KUBE-SEP-9", [], .dnat(to: "10.244.9.9:8080"))
    }
  }

  @Test(
    "Clients that remembered ways alone lead to an endpoint are found while they are within the time, and only then")
  func leftBehind() throws {
    let now = ["KUBE-SEP-9": RecentList(ages: [3, 100, 700], limit: 100)]
    let finding = try #require(check(now, left()).findings.first)
    #expect(
      finding.message == "2 clients are kept by session affinity at an endpoint that no new client is sent to")
    #expect(finding.evidence.first?.endpoint == SocketAddress("10.244.9.9:8080"))
    #expect(finding.advice.first?.command == "echo / > /proc/net/xt_recent/KUBE-SEP-9")
    #expect(try check(["KUBE-SEP-9": RecentList(ages: [700], limit: 100)], left()).findings == [])
    #expect(try check(now, left(isForOthers: true)).findings == [])
    #expect(try check(now).findings == [])
  }

  @Test("A line of the kernel's list says when a client was noted last")
  func line() {
    #expect(
      RecentLists.stamp("src=10.1.2.3 ttl: 64 last_seen: 4304064997 oldest_pkt: 2 4304064990, 4304064997")
        == 4_304_064_997)
    #expect(RecentLists.stamp("src=fd00:0000:0000:0000:0000:0000:0000:0001 ttl: 0 last_seen: 7 oldest_pkt: 1 7") == 7)
    for odd in ["", "10.1.2.3", "src=10.1.2.3 ttl: 64 last_seen:", "src=10.1.2.3 ttl: 64 last_seen: x"] {
      #expect(RecentLists.stamp(odd) == nil)
    }
  }

  @Test("What a damaged snapshot says of ages is no crash")
  func damaged() {
    let list = RecentList(ages: [.min, .max], limit: 2)
    #expect(!list.forgets(within: 600) && list.count(within: 600) == 1)
  }

  @Test("Ticks are seconds ago; a time to come beyond the clocks' difference is none")
  func ticks() {
    let now = Ticks(count: 1_000_000, perSecond: 250)
    #expect(now.seconds(since: 1_000_000 - 2500) == 10)
    #expect(now.seconds(since: 1_000_100) == 0)
    #expect(now.seconds(since: 1_010_000) == nil)
  }
}
