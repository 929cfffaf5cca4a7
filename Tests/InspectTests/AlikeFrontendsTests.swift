import TestSupport
import Testing

@testable import Inspect

/// Some services as kube-proxy writes them, now and then otherwise, and a node's rules around.
private struct RandomServices {
  private static let prefixes =
    ["10.244.0.0/16", "10.244.0.0/24", "10.244.0.0/30", "10.244.1.0/31", "10.244.0.5", "10.244.1.2", "10.96.0.0/12"]
    + ["10.96.0.2", "172.16.0.0/12", "192.0.2.0/24", "0.0.0.0/0"]

  let filter = FakePacketFilter()
  private(set) var frontends: [Frontend] = []
  private var random: SeededGenerator
  /// Of 100 things how many are otherwise than kube-proxy writes them.
  private let strange: Int

  init(seed: UInt64, strange: Int, count: Int = 24) {
    random = SeededGenerator(seed: seed)
    self.strange = strange
    filter.sets = ["pods": [address("10.244.0.1"), address("10.244.1.2")]]
    for hook in ["PREROUTING", "OUTPUT"] { filter.append("nat", hook, [], .jump("KUBE-SERVICES")) }
    filter.append("nat", "KUBE-MARK-MASQ", [], .orMark(0x4000))
    filter.append("nat", "PREROUTING", [.from("10.244.0.0/16")], .jump("ELSEWHERE"))
    if happens(30) { add(to: "mangle", "PREROUTING") }
    for index in 1...count { addService(index) }
    filter.append("nat", "KUBE-SERVICES", [.destinationIs(.local)], .jump("KUBE-NODEPORTS"))
    filter.append("nat", "KUBE-NODEPORTS", [.proto(.tcp), .dport(30080...30080)], .jump("KUBE-SVC-1"))
    for chain in ["FORWARD", "INPUT", "OUTPUT"] where happens(150) { add(to: "filter", chain) }
    filter.append("filter", "FORWARD", [.marked(0x4000, 0x4000)], .accept)
    filter.append("nat", "POSTROUTING", [.marked(0x4000, 0x4000)], .masquerading)
    if happens(60) { add(to: "nat", "POSTROUTING") }
  }

  private mutating func happens(_ timesAsOften: Int) -> Bool { random.happens(min(100, strange * timesAsOften / 10)) }

  private mutating func addService(_ index: Int) {
    let ip = "10.96.0.\(index)"
    let port: UInt16 = random.one(of: [80, 80, 443, 8080])
    frontends.append(
      Frontend(kind: .clusterIP, family: .v4, address: address(ip), port: port, transport: .tcp, portName: "p\(index)"))
    let here: [Match] = [.comment("ns/service-\(index)"), .to(ip), .proto(.tcp), .dport(port...port)]
    let chain = (happens(5) ? "MY-SVC-" : "KUBE-SVC-") + "\(index)"
    if happens(5) { add(to: "nat", "KUBE-SERVICES") }
    let isElsewhere = happens(5)
    filter.append("nat", isElsewhere ? "ELSEWHERE" : "KUBE-SERVICES", here, .jump(chain))
    if happens(5) { filter.append("nat", "KUBE-SERVICES", [.to(ip), .proto(.tcp)], .orMark(1)) }
    if happens(3) { filter.append("filter", "FORWARD", [.to(ip)], .drop) }
    if !happens(5) {
      let pods = happens(5) ? "10.244.0.0/24" : "10.244.0.0/16"
      filter.append("nat", chain, [.from(pods, not: true)] + here, .jump("KUBE-MARK-MASQ"))
    }
    if happens(4) { filter.append("nat", chain, [.from(random.one(of: Self.prefixes))], .drop) }
    addEndpoints(index, chain)
  }

  private mutating func addEndpoints(_ index: Int, _ chain: String) {
    // Far from each other, or beside each other.
    let count = random.one(of: [1, 2, 2, 3])
    let first = random.happens(70) ? index * 4 : random.one(of: Array(0..<8))
    let step = random.happens(80) ? 1 : 64
    let places = Array((0..<count).map { first + $0 * step }.shuffled(using: &random))
    for (number, place) in places.enumerated() {
      let endpoint = "10.244.\(place >> 8).\(place & 255)"
      let target = "KUBE-SEP-\(index)-\(number)"
      let comment = Match.comment(happens(3) ? "other" : "ns/service-\(index)")
      let rest = count - number
      filter.append("nat", chain, rest == 1 ? [comment] : [comment, .chance(1 / Double(rest))], .jump(target))
      // One that stands behind the jump marks nothing.
      let marking = happens(5) ? chain : target
      let sources: [Match] = happens(10) ? [] : [.from(endpoint)]
      if !happens(4) { filter.append("nat", marking, sources + [comment], .jump("KUBE-MARK-MASQ")) }
      if happens(3) { filter.append("nat", target, [comment], .orMark(2)) }
      let port: UInt16 = happens(5) ? 9090 : 8080
      filter.append("nat", target, [.proto(.tcp), comment], .dnat(to: "\(endpoint):\(port)"))
      if happens(2) { filter.append("filter", "FORWARD", [.to(endpoint)], random.happens(50) ? .drop : .orMark(4)) }
    }
  }

  private mutating func add(to table: String, _ chain: String) {
    var matches: [Match] = [match()]
    if random.happens(30) { matches.append(match()) }
    filter.append(
      table, chain, matches, random.one(of: [.drop, .accept, .return, .orMark(0x1), .orMark(0x4000), .refuse()]))
  }

  private mutating func match() -> Match {
    let not = random.happens(30)
    switch random.one(of: Array(0..<10)) {
    case 0, 1, 2: return .from(random.one(of: Self.prefixes), not: not)
    case 3, 4: return .to(random.one(of: Self.prefixes), not: not)
    case 5: return random.happens(50) ? .multiport(.destination, 80...90, 8000...8080) : .dport(8000...9000, not: not)
    case 6: return random.happens(30) ? .inSet("pods", source: random.happens(50), not: not) : .in("eth0", not: not)
    case 7: return random.happens(50) ? .destinationIs(.local, not: not) : .sourceIs(.local, not: not)
    case 8: return .state(.new, not: not)
    default: return random.happens(20) ? .geoip : .marked(0x4000, 0x4000, not: not)
    }
  }
}

@Suite("Frontends whose rules are alike")
struct AlikeFrontendsTests {
  private static let (own, all) = ([prefix("10.244.0.0/24")], [prefix("10.244.0.0/16")])

  /// All that is told of a frontend.
  private func told(_ trace: FrontendTrace) -> [String] {
    var told = Mirror(reflecting: trace).children.map { "\($0.label ?? ""): \($0.value)" }
    func rules(_ steps: [Step]) -> String { "\(steps.compactMap(\.rule).map { ($0.place, $0.rule, $0.target) })" }
    told.append("path: \(rules(trace.path))")
    told.append("endpoints: \(rules(trace.endpoints.compactMap(\.translation)))")
    return told
  }

  /// How many of a node's frontends were walked, where others were given an answer that was found before.
  /// - Parameter knowsRanges: whether the ranges of pods are known, and not by the rules alone.
  private func walked(
    _ services: RandomServices, localPods: Set<IPAddress> = [], knowsRanges: Bool = true
  ) throws -> Int {
    let filter = services.filter
    let (own, all) = knowsRanges ? (Self.own, Self.all) : ([], [])
    let tracer = FrontendTracer(
      node: filter, budget: WalkBudget(), tellsFates: false, nodePodRanges: own, podRanges: all,
      localPods: localPods, sharesAfter: .max)
    let alike = AlikeFrontends(filter, podRanges: [own, all + own], localPods: localPods, after: 0)
    var walked = 0
    for frontend in services.frontends {
      let shared = try alike.trace(frontend, isShared: { _ in true }) {
        walked += 1
        return try tracer.trace(frontend)
      }
      let alone = try tracer.trace(frontend)
      let differing = zip(told(shared), told(alone)).filter { $0 != $1 }
      #expect(differing.isEmpty, "\(frontend.text): \(differing)")
    }
    return walked
  }

  @Test("What is told of a frontend is the same, whether it or one like it was walked", arguments: 0..<60)
  func asByThemselves(seed: UInt64) throws {
    for strange in [0, 3, 10] {
      _ = try walked(RandomServices(seed: seed, strange: strange), knowsRanges: seed % 2 == 0)
    }
  }

  @Test("Of many services that differ in addresses, ports and names few are walked")
  func sharing() throws {
    let count = 60
    let walks = try (0..<10).map { try walked(RandomServices(seed: $0, strange: 0, count: count)) }
    #expect(walks.reduce(0, +) < 10 * count / 2, "\(walks)")
  }

  @Test("One whose endpoint is a pod of this node is walked")
  func localPods() throws {
    let services = RandomServices(seed: 1, strange: 0, count: 12)
    let pods = Set((0..<512).map { address("10.244.\($0 >> 8).\($0 & 255)") })
    #expect(try walked(services, localPods: pods) == 12)
  }
}
