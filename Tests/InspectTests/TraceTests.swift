import Testing

@testable import Inspect

/// Rules as kube-proxy writes them for one ClusterIP service, for a walk.
func serviceRules(
  endpoints: [String], affinity: UInt32? = nil, local: [String] = ["127.0.0.0/8", "192.0.2.1"]
) -> FakePacketFilter {
  let filter = FakePacketFilter(tables: ["nat", "filter"])
  filter.localAddresses = local.map(prefix)
  for hook in ["PREROUTING", "OUTPUT"] { filter.append("nat", hook, [], .jump("KUBE-SERVICES")) }
  filter.append(
    "nat", "KUBE-SERVICES", [.to("10.96.0.1"), .proto(.tcp), .comment("ns/svc:http cluster IP"), .dport(80...80)],
    .jump("KUBE-SVC-AAAAAAAAAAAAAAAA"))
  filter.append(
    "nat", "KUBE-SVC-AAAAAAAAAAAAAAAA", [.from("10.244.0.0/16", not: true), .to("10.96.0.1")], .jump("KUBE-MARK-MASQ"))
  filter.append("nat", "KUBE-MARK-MASQ", [], .orMark(0x4000))
  let chain = { (index: Int) in "KUBE-SEP-\(index)" }
  for index in endpoints.indices {
    guard let affinity else { break }
    let check = RecentMatch(operation: .check, name: chain(index), seconds: affinity, mask: .mask(32, .v4))
    filter.append("nat", "KUBE-SVC-AAAAAAAAAAAAAAAA", [.recent(check)], .jump(chain(index)))
  }
  for (index, endpoint) in endpoints.enumerated() {
    let rest = endpoints.count - index
    let chance: [Match] = rest > 1 ? [.chance(1 / Double(rest))] : []
    filter.append("nat", "KUBE-SVC-AAAAAAAAAAAAAAAA", chance, .jump(chain(index)))
    let own = endpoint.split(separator: ":").first.map(String.init) ?? ""
    filter.append("nat", chain(index), [.from(own)], .jump("KUBE-MARK-MASQ"))
    let set = RecentMatch(operation: .set, name: chain(index), mask: .mask(32, .v4))
    filter.append("nat", chain(index), affinity == nil ? [] : [.recent(set)], .dnat(to: endpoint))
  }
  filter.append("nat", "POSTROUTING", [], .jump("KUBE-POSTROUTING"))
  filter.append("nat", "KUBE-POSTROUTING", [.marked(0x4000, 0x4000, not: true)], .return)
  filter.append("nat", "KUBE-POSTROUTING", [], .masquerading)
  return filter
}

private func trace(_ filter: FakePacketFilter) throws -> FrontendTrace {
  let target = TraceTarget.address(address("10.96.0.1"), port: 80, transport: .tcp)
  let trace = try ServiceTracer.trace(TraceRequest(target: target), filter)
  return try #require(trace.frontends.first).trace
}

@Suite("Trace")
struct TraceTests {
  @Test("What drops either way is lost for certain, and what only an undecided match drops is not said to be lost")
  func lossesBehindUndecided() throws {
    let address = "10.244.1.5:8080"
    let either = serviceRules(endpoints: [address])
    either.append("filter", "FORWARD", [.geoip], .orMark(0x100000))
    either.append("filter", "FORWARD", [.from("10.244.9.0/24")], .drop)
    let lost = try trace(either).losses.map(\.when?.text)
    #expect(lost == ["source in 10.244.9.0/24"])
    let perhaps = serviceRules(endpoints: [address])
    perhaps.append("filter", "FORWARD", [.from("10.244.9.0/24")], .orMark(0x100000))
    perhaps.append("filter", "FORWARD", [.from("10.244.9.0/24")], .drop)
    perhaps.append("filter", "FORWARD", [.geoip], .drop)
    let certainlyLost = try trace(perhaps).losses.map(\.when?.text)
    #expect(certainlyLost == ["source in 10.244.9.0/24"])
    let only = serviceRules(endpoints: [address])
    only.append("filter", "FORWARD", [.geoip], .drop)
    #expect(try trace(only).losses.isEmpty)
  }

  @Test(
    "An endpoint that all packets may reach has no condition, whether or not the node has an address among its pods'",
    arguments: [["192.0.2.1"], ["192.0.2.1", "10.244.1.1"]])
  func unconditional(local: [String]) throws {
    let trace = try trace(serviceRules(endpoints: ["10.244.1.5:8080", "10.244.2.5:8080"], local: local))
    #expect(trace.verdict == .forward)
    #expect(trace.when == nil)
    #expect(trace.endpoints.map { "\($0.address)" } == ["10.244.1.5:8080", "10.244.2.5:8080"])
    #expect(trace.endpoints.map(\.when) == [nil, nil])
    #expect(trace.endpoints.map(\.share) == [0.5, 0.5])
    #expect(trace.endpoints.map(\.isHairpinMasqueraded) == [true, true])
    #expect(trace.masquerade.when?.text == "source outside 10.244.0.0/16")
  }

  @Test("Affinity is told, of one endpoint too", arguments: 1...3)
  func affinity(count: Int) throws {
    let endpoints = (1...count).map { "10.244.1.\($0):8080" }
    #expect(try trace(serviceRules(endpoints: endpoints, affinity: 600)).affinitySeconds == 600)
    let found = try trace(serviceRules(endpoints: endpoints, affinity: 600)).endpoints
    #expect(found.count == count && found.allSatisfy { abs(($0.share ?? 0) - 1 / Double(count)) < 1e-6 })
    #expect(try trace(serviceRules(endpoints: endpoints)).affinitySeconds == nil)
  }

  @Test("A rule that kpx cannot decide makes the verdict uncertain, names the rule, and hides nothing")
  func uncertain() throws {
    let filter = serviceRules(endpoints: ["10.244.1.5:8080"])
    filter.append("filter", "FORWARD", [.geoip], .drop)
    let found = try trace(filter)
    #expect(found.verdict == .uncertain)
    #expect(found.reason?.text.contains("filter FORWARD rule 1") == true)
    #expect(found.endpoints.map { "\($0.address)" } == ["10.244.1.5:8080"])
  }

  @Test("A rule that kpx cannot decide and that changes nothing leaves the verdict alone")
  func undecidedDetour() throws {
    let filter = serviceRules(endpoints: ["10.244.1.5:8080"])
    filter.append("filter", "FORWARD", [.geoip], .accept)
    #expect(try trace(filter).verdict == .forward)
  }

  @Test("What is dropped by another's rule behind the translation is dropped, for those it is for")
  func droppedLater() throws {
    let filter = serviceRules(endpoints: ["10.244.1.5:8080"])
    filter.append("filter", "FORWARD", [.to("10.244.1.5")], .drop)
    #expect(try trace(filter).verdict == .drop)
    let partly = serviceRules(endpoints: ["10.244.1.5:8080"])
    partly.append("filter", "FORWARD", [.in("eth0")], .drop)
    let found = try trace(partly)
    #expect(found.verdict == .forward)
    #expect(found.when?.text == "not arriving by eth0")
  }

  @Test("A thousand endpoints are traced in good time", .timeLimit(.minutes(2)))
  func thousandEndpoints() throws {
    let endpoints = (0..<1000).map { "10.244.\($0 / 250).\($0 % 250 + 1):8080" }
    let filter = serviceRules(endpoints: endpoints)
    var found: FrontendTrace?
    let took = try cpuSeconds { found = try trace(filter) }
    #expect(found?.endpoints.count == 1000)
    #expect(found?.endpoints.allSatisfy { $0.when == nil && abs(($0.share ?? 0) - 0.001) < 1e-6 } == true)
    #expect(took < 20)
  }
}
