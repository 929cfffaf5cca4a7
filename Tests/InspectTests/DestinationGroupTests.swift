import TestSupport
import Testing

@testable import Inspect

/// Rules of a service with some endpoints, as kube-proxy writes them, and rules of others around.
private struct RandomService {
  static let virtual = "10.96.0.1"
  /// Neighbours, and others; one is the node's own.
  private static let endpoints =
    (0..<8).map { "10.244.0.\($0)" } + (0..<4).map { "10.244.1.\($0)" } + ["172.16.0.9", "192.0.2.1", "10.96.0.1"]
  private static let prefixes =
    ["10.244.0.0/16", "10.244.0.0/24", "10.244.0.0/30", "10.244.0.2/31", "10.244.0.3", "10.244.0.5", "10.244.1.1"]
    + ["172.16.0.0/12", "172.16.0.8", "192.0.2.1", "192.0.2.0/24", "0.0.0.0/0"]

  let filter = FakePacketFilter()
  private var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    filter.sets = ["pods": ["10.244.0.1", "10.244.0.4", "10.244.1.2"].reduce(into: []) { $0.insert(address($1)) }]
    if random.happens(40) { add(1, to: "raw", "PREROUTING") }
    if random.happens(40) { add(2, to: "mangle", "PREROUTING") }
    addService()
    for (table, chain) in [
      ("mangle", "FORWARD"), ("filter", "FORWARD"), ("filter", "INPUT"), ("filter", "OUTPUT"),
      ("mangle", "POSTROUTING"),
    ] {
      add(random.one(of: [0, 1, 3]), to: table, chain)
    }
    for chain in ["A", "B"] { add(3, to: "filter", chain) }
    for chain in ["C", "D"] { add(1, to: "filter", chain, depth: 1) }
    filter.append("nat", "POSTROUTING", [.marked(0x4000, 0x4000)], .masquerading)
    if random.happens(30) { add(1, to: "nat", "POSTROUTING") }
  }

  private mutating func addService() {
    let here: [Match] = [.to(Self.virtual), .proto(.tcp), .dport(80...80)]
    for hook in ["PREROUTING", "OUTPUT"] { filter.append("nat", hook, [], .jump("KUBE-SERVICES")) }
    filter.append("nat", "KUBE-MARK-MASQ", [], .orMark(0x4000))
    filter.append("nat", "KUBE-SERVICES", here, .jump("KUBE-SVC-A"))
    filter.append("nat", "KUBE-SERVICES", [.destinationIs(.local)], .jump("KUBE-NODEPORTS"))
    filter.append("nat", "KUBE-NODEPORTS", [.proto(.tcp), .dport(30080...30080)], .jump("KUBE-EXT-A"))
    filter.append(
      "nat", "KUBE-SVC-A", [.from(random.one(of: ["10.244.0.0/16", "10.244.0.0/24"]), not: true)] + here,
      .jump("KUBE-MARK-MASQ"))
    let endpoints = addEndpoints()
    // Of itself, and of others.
    filter.elements["hairpin"] = endpoints.filter { _ in random.happens(80) }.map { endpoint in
      let source = random.happens(80) ? endpoint.address : random.one(of: endpoints).address
      return NFTSetElement(
        key: address(source).bytes + address(endpoint.address).bytes + [6, 0, 0, 0] + Self.bytes(endpoint.port) + [
          0, 0,
        ])
    }.uniqued()
    choose(endpoints, in: "KUBE-SVC-A")
    filter.append("nat", "KUBE-EXT-A", [.from("10.244.0.0/16")], .jump("KUBE-SVC-A"))
    choose(endpoints.filter { _ in random.happens(50) }, in: "KUBE-SVL-A")
    filter.append("nat", "KUBE-EXT-A", [], .jump("KUBE-SVL-A"))
  }

  private struct Endpoint {
    let chain: String
    let address: String
    let port: UInt16
  }

  private static func bytes(_ port: UInt16) -> [UInt8] { [UInt8(port >> 8), UInt8(port & 0xff)] }

  private mutating func addEndpoints() -> [Endpoint] {
    // Which of two chains is told for one endpoint means nothing.
    let endpoints = Self.endpoints.shuffled(using: &random).prefix(random.one(of: [1, 2, 4, 8]))
    return endpoints.enumerated().map { index, endpoint in
      let chain = "KUBE-SEP-\(index)"
      if random.happens(5) { filter.append("nat", chain, [.from("10.244.0.0/30")], .drop) }
      if random.happens(95) { filter.append("nat", chain, [.from(endpoint)], .jump("KUBE-MARK-MASQ")) }
      let port: UInt16 = random.happens(85) ? 8080 : 9090
      filter.append("nat", chain, [.proto(random.happens(97) ? .tcp : .udp)], .dnat(to: "\(endpoint):\(port)"))
      return Endpoint(chain: chain, address: endpoint, port: port)
    }
  }

  private mutating func choose(_ endpoints: [Endpoint], in chain: String) {
    filter.append("nat", chain, [.proto(.udp)], .drop)
    switch random.one(of: [0, 1, 2]) {
    case 1 where !endpoints.isEmpty: addVerdictMap(endpoints, to: chain)
    case 2 where !endpoints.isEmpty: addTranslation(endpoints, to: chain)
    default: addChances(endpoints.map(\.chain), to: chain)
    }
  }

  /// `numgen random mod … vmap { 0 : goto …, … }`, now and then with numbers that it does not hold.
  private mutating func addVerdictMap(_ endpoints: [Endpoint], to chain: String) {
    var verdicts: [NFTVerdict] = endpoints.map { random.happens(80) ? .goto($0.chain) : .jump($0.chain) }
    if random.happens(10) { verdicts.append(random.one(of: [.drop, .continue, .return])) }
    if random.happens(10) { verdicts.append(.goto(endpoints[0].chain)) }
    filter.append("nat", chain, [], .native(.verdictMap(choice(verdicts.map { .verdict($0) }))))
    if random.happens(30) { filter.append("nat", chain, [], .jump(endpoints[0].chain)) }
  }

  /// `dnat ip to numgen random mod … map { 0 : 10.244.0.1 . 8080, … }`
  private mutating func addTranslation(_ endpoints: [Endpoint], to chain: String) {
    filter.translatesByMap = true
    let lookup = choice(endpoints.map { .data(address($0.address).bytes + Self.bytes($0.port) + [0, 0]) })
    filter.append(
      "nat", chain, [.proto(.tcp)],
      .native(
        .translation(
          NFTTranslation(
            kind: .destination, family: .v4, address: .slice(.mapped(lookup), offset: 0, length: 4),
            port: .slice(.mapped(lookup), offset: 4, length: 2)))))
  }

  private mutating func choice(_ values: [NFTElementValue]) -> NFTLookup {
    var map = Self.set("__map0", 4)
    map.elements = values.enumerated().map { index, value in
      var element = NFTSetElement(key: UInt32(index).hostBytes)
      element.value = value
      return element
    }
    let modulus = UInt32(values.count + (random.happens(15) ? 1 : 0))
    return NFTLookup(set: map, key: .number(NFTNumberGenerator(isRandom: true, modulus: modulus)))
  }

  private static func set(_ name: String, _ keyLength: Int) -> NFTSet {
    NFTSet(table: Table(backend: .nft, family: .v4, name: "nat"), name: name, keyLength: keyLength)
  }

  private mutating func addChances(_ chains: [String], to chain: String) {
    for (index, target) in chains.enumerated() {
      let rest = chains.count - index
      filter.append("nat", chain, rest == 1 ? [] : [.chance(1 / Double(rest))], .jump(target))
      if random.happens(4) { filter.append("nat", chain, [.from("10.244.0.5")], .drop) }
    }
  }

  private mutating func add(_ count: Int, to table: String, _ chain: String, depth: Int = 0) {
    for _ in 0..<count {
      let matches = (0..<random.one(of: [1, 1, 2])).map { _ in match() }
      switch random.one(of: [0, 1, 2, 3, 4, 5, 6, 7]) {
      case 3 where depth > 0: filter.append(table, chain, matches, .drop)
      case 6 where table == "filter" && depth == 0:
        filter.append(table, chain, random.happens(50) ? [] : matches, .native(.verdictMap(places())))
      case 7: filter.append(table, chain, matches, .native(.set(.mark, mark())))
      case 0: filter.append(table, chain, matches, .drop)
      case 1: filter.append(table, chain, matches, .accept)
      case 2: filter.append(table, chain, matches, .return)
      case 3 where table == "filter" && chain != "B":
        let target = chain == "A" ? "B" : random.one(of: ["A", "B"])
        filter.append(table, chain, matches, random.happens(50) ? .jump(target) : .goto(target))
      case 4 where table == "filter": filter.append(table, chain, matches, .refuse())
      default: filter.append(table, chain, matches, .orMark(random.one(of: [0x1, 0x4000])))
      }
    }
  }

  /// `ip daddr . meta l4proto . th dport vmap { … }`
  private mutating func places() -> NFTLookup {
    var map = Self.set("__map1", 12)
    map.elements = (0..<3).map { _ in
      let place = address(random.one(of: Self.endpoints)).bytes
      var element = NFTSetElement(key: place + [6, 0, 0, 0] + Self.bytes(random.one(of: [8080, 9090])) + [0, 0])
      element.value = .verdict(random.one(of: [.drop, .accept, .goto("C"), .jump("D")]))
      return element
    }.uniqued()
    return NFTLookup(
      set: map,
      key: .concatenation([.field(.destinationAddress(.v4)), .field(.transportProtocol), .field(.destinationPort)]))
  }

  /// `meta mark ^ 0x1`, or of an address.
  private mutating func mark() -> NFTValue {
    random.happens(80)
      ? .bitwise(.field(.mark), mask: [255, 255, 255, 255], xor: UInt32(1).hostBytes)
      : .field(.destinationAddress(.v4))
  }

  private mutating func lookup() -> NFTLookup {
    switch random.one(of: [0, 0, 1, 2]) {
    case 0:
      return NFTLookup(
        set: Self.set("hairpin", 16),
        key: .concatenation([
          .field(.sourceAddress(.v4)), .field(.destinationAddress(.v4)), .field(.transportProtocol),
          .field(.destinationPort),
        ]))
    case let kind:
      var set = Self.set("__set0", 4)
      set.elements = (0..<random.one(of: [1, 3])).map { _ in
        NFTSetElement(key: address(random.one(of: Self.endpoints)).bytes)
      }.uniqued()
      return NFTLookup(set: set, key: .field(kind == 1 ? .sourceAddress(.v4) : .destinationAddress(.v4)))
    }
  }

  private mutating func match() -> Match {
    let not = random.happens(30)
    switch random.one(of: Array(0..<11)) {
    case 9, 10:
      var lookup = lookup()
      lookup.inverted = not
      return .native(.lookup(lookup))
    case 0, 1, 2: return .from(random.one(of: Self.prefixes), not: not)
    case 3, 4: return .to(random.one(of: Self.prefixes), not: not)
    case 5: return .inSet("pods", source: random.happens(50), not: not)
    case 6: return random.happens(50) ? .destinationIs(.local, not: not) : .sourceIs(.local, not: not)
    case 7:
      var match = ConntrackMatch(fields: random.one(of: [.originalSource, .replySource, .originalDestination]))
      let range = AddressMatch(address: address("10.244.0.0"), mask: .mask(29, .v4))
      (match.originalSource, match.replySource, match.originalDestination) = (range, range, range)
      return .conntrack(match)
    default: return random.happens(50) ? .chance(0.25) : .marked(0x4000, 0x4000, not: not)
    }
  }
}

extension [NFTSetElement] {
  /// A set holds a key once.
  fileprivate func uniqued() -> [NFTSetElement] {
    var keys: Set<[UInt8]> = []
    return filter { keys.insert($0.key).inserted }
  }
}

@Suite("Destinations that fare alike")
struct DestinationGroupTests {
  /// How packets end, whatever led there: which of them how often.
  private struct Fate: Hashable {
    let packet: Packet
    let end: Inspect.End
    let set: PacketSet
    let share: Int
  }

  private struct End: Hashable {
    let packet: Packet
    let end: Inspect.End
  }

  private func fates(_ branches: [Branch]) -> Set<Fate> {
    var ends: [End: [Branch]] = [:]
    for branch in branches.flatMap(\.toEach) {
      ends[End(packet: branch.packet, end: branch.end), default: []].add(branch)
    }
    return ends.reduce(into: []) { fates, end in
      for portion in end.value {
        fates.insert(
          Fate(
            packet: end.key.packet, end: end.key.end, set: portion.set, share: Int((portion.share * 1e8).rounded())))
      }
    }
  }

  @Test("Each meets what it would meet by itself", arguments: 0..<300)
  func asByThemselves(seed: UInt64) throws {
    let filter = RandomService(seed: seed).filter
    let space = PacketSpace(family: .v4, localAddresses: filter.localAddresses ?? [])
    let walkers = [true, false].map { Walker(filter, space: space, groupsDestinations: $0) }
    for packet in [Packet.to("\(RandomService.virtual):80"), .toNode(30080)] {
      let arriving = try walkers.map {
        fates(try $0.walkArriving(packet, assuming: [Fact(.sourceType(.local), false)]))
      }
      #expect(arriving[0].symmetricDifference(arriving[1]).isEmpty)
      var sent = packet
      sent.source = .local
      let leaving = try walkers.map { fates(try $0.walkLocalOutput(sent)) }
      #expect(leaving[0].symmetricDifference(leaving[1]).isEmpty)
    }
  }

  @Test("Elements found by what is known of a key lead packets as all elements do", arguments: 0..<200)
  func indexedElements(seed: UInt64) throws {
    let filter = RandomService(seed: seed).filter
    let space = PacketSpace(family: .v4, localAddresses: filter.localAddresses ?? [])
    for packet in [Packet.to("\(RandomService.virtual):80"), .toNode(30080)] {
      let ways = try [true, false].map { isIndexed in
        filter.indexesElements = isIndexed
        return fates(try Walker(filter, space: space).walkArriving(packet))
      }
      #expect(ways[0] == ways[1])
    }
  }

  @Test("Maps that choose by a number are met once for all endpoints, whether they lead to chains or translate")
  func mapsMetOnce() throws {
    for isOfChains in [true, false] {
      let count = 500
      let filter = mapped(count, isOfChains: isOfChains)
      let walker = Walker(
        filter, space: PacketSpace(family: .v4, localAddresses: []), budget: WalkBudget(evaluations: 400),
        groupsDestinations: true)
      let branches = try walker.walkArriving(.to("10.96.0.1:80"))
      #expect(!branches.contains { !$0.isCertain })
      #expect(branches.count < 10)
      let endpoints = branches.flatMap(\.toEach).filter { $0.end == .forwarded }.compactMap(\.packet.endpoint)
      #expect(Set(endpoints).count == count)
    }
  }

  /// A service with endpoints that a map chooses among, and rules of kube-proxy's that packets to each meet later.
  private func mapped(_ count: Int, isOfChains: Bool) -> FakePacketFilter {
    let filter = FakePacketFilter(tables: ["nat", "filter"])
    let table = Table(backend: .nft, family: .v4, name: "nat")
    func map(_ name: String, _ keyLength: Int) -> NFTSet { NFTSet(table: table, name: name, keyLength: keyLength) }
    filter.append("nat", "PREROUTING", [.to("10.96.0.1")], .jump("service"))
    filter.append("nat", "mark", [], .orMark(0x4000))
    var choice = map("__map0", 4)
    choice.elements = (0..<count).map { index in
      let endpoint = address("10.244.\(index >> 8).\(index & 255)")
      let chain = "endpoint-\(index)"
      filter.append("nat", chain, [.from("\(endpoint)")], .jump("mark"))
      filter.append("nat", chain, [.proto(.tcp)], .dnat(to: "\(endpoint):8080"))
      var element = NFTSetElement(key: UInt32(index).hostBytes)
      element.value = isOfChains ? .verdict(.goto(chain)) : .data(endpoint.bytes + [0x1f, 0x90, 0, 0])
      return element
    }
    let lookup = NFTLookup(
      set: choice, key: .number(NFTNumberGenerator(isRandom: true, modulus: UInt32(count))))
    filter.append(
      "nat", "service", [],
      .native(
        isOfChains
          ? .verdictMap(lookup)
          : .translation(
            NFTTranslation(
              kind: .destination, family: .v4, address: .slice(.mapped(lookup), offset: 0, length: 4),
              port: .slice(.mapped(lookup), offset: 4, length: 2)))))
    filter.elements["hairpin"] = (0..<count).map { index in
      let endpoint = address("10.244.\(index >> 8).\(index & 255)").bytes
      return NFTSetElement(key: endpoint + endpoint + [6, 0, 0, 0, 0x1f, 0x90, 0, 0])
    }
    let fields: [NFTValue] = [.field(.destinationAddress(.v4)), .field(.transportProtocol), .field(.destinationPort)]
    filter.append(
      "filter", "FORWARD", [],
      .native(.verdictMap(NFTLookup(set: map("no-endpoint-services", 12), key: .concatenation(fields)))))
    filter.append(
      "nat", "POSTROUTING",
      [
        .native(
          .lookup(
            NFTLookup(set: map("hairpin", 16), key: .concatenation([.field(.sourceAddress(.v4))] + fields))))
      ], .masquerading)
    return filter
  }

  @Test("What is told of a service does not depend on whether its endpoints are walked together", arguments: 0..<300)
  func sameAnswer(seed: UInt64) throws {
    let filter = RandomService(seed: seed).filter
    for frontend in [
      Frontend(kind: .clusterIP, family: .v4, address: address(RandomService.virtual), port: 80, transport: .tcp),
      Frontend(kind: .nodePort, family: .v4, address: nil, port: 30080, transport: .tcp),
    ] {
      // A picture shows each way by itself.
      let reports = try [false, true].map { hasGraph in
        let tracer = FrontendTracer(
          node: filter, budget: WalkBudget(), hasGraph: hasGraph, nodePodRanges: [prefix("10.244.0.0/24")],
          podRanges: [prefix("10.244.0.0/16")], localPods: [])
        var report = FrontendReport(
          FrontendAnswer(trace: try tracer.trace(frontend), expected: nil, cluster: nil, node: nil))
        report.graph = nil
        // Of several ways or rules that are as good one is told, by their order.
        report.path = nil
        // Of several ways to say one condition, likewise.
        (report.when, report.masqueradeWhen, report.reason) = (nil, nil, nil)
        // Sums of fractions differ in the last digits, likewise.
        func rounded(_ share: Double) -> Double { (share * 1e8).rounded() }
        for index in report.endpoints.indices {
          // Of several cases of an endpoint's own packets one is told, likewise; which there are `asByThemselves` compares.
          report.endpoints[index].hairpinMasquerade = nil
          // Of chains that translate to one endpoint, one by itself and one for all, likewise.
          if filter.translatesByMap { (report.endpoints[index].chain, report.endpoints[index].rule) = (nil, nil) }
          report.endpoints[index].share = report.endpoints[index].share.map(rounded)
        }
        // In the order of addresses; of two conditions of one address either may come first.
        report.endpoints.sort { ($0.place, "\($0)") < ($1.place, "\($1)") }
        report.exceptions = report.exceptions?.map { exception in
          ExceptionReport(
            verdict: exception.verdict, reason: nil, when: exception.when, share: rounded(exception.share))
        }.sorted { "\($0)" < "\($1)" }
        return report
      }
      // The fields alone, whose values are long.
      let fields = reports.map { Mirror(reflecting: $0).children.map { ($0.label ?? "", "\($0.value)") } }
      let differing = zip(fields[0], fields[1]).filter { $0 != $1 }.map(\.0.0)
      #expect(differing == [])
    }
  }

  /// A service with endpoints, and rules that packets to each meet later.
  private func service(_ count: Int) -> FakePacketFilter {
    let filter = FakePacketFilter(tables: ["nat", "filter"])
    filter.append("nat", "PREROUTING", [.to("10.96.0.1")], .jump("KUBE-SVC-A"))
    filter.append("nat", "KUBE-MARK-MASQ", [], .orMark(0x4000))
    for index in 0..<count {
      let chain = "KUBE-SEP-\(index)"
      let endpoint = "10.244.\(index >> 8).\(index & 255)"
      filter.append("nat", "KUBE-SVC-A", index < count - 1 ? [.chance(1 / Double(count - index))] : [], .jump(chain))
      filter.append("nat", chain, [.from(endpoint)], .jump("KUBE-MARK-MASQ"))
      filter.append("nat", chain, [.proto(.tcp)], .dnat(to: "\(endpoint):8080"))
    }
    for _ in 0..<20 { filter.append("filter", "FORWARD", [.marked(0x1000, 0x1000)], .drop) }
    filter.append("filter", "FORWARD", [.to("10.244.0.7")], .drop)
    return filter
  }

  @Test("Rules behind the choice are met once for all, and once more for what they tell apart")
  func metOnce() throws {
    let count = 1000
    let filter = service(count)
    // Each rule of the choice for two ways at most, and some beside.
    let walker = Walker(
      filter, space: PacketSpace(family: .v4, localAddresses: []), budget: WalkBudget(evaluations: 2 * count + 400),
      groupsDestinations: true)
    let branches = try walker.walkArriving(.to("10.96.0.1:80"))
    #expect(!branches.contains { !$0.isCertain })
    #expect(branches.count < 10)
    let dropped = Set(branches.filter { $0.end == .dropped }.map(\.packet.destination))
    #expect(dropped == [.known(address("10.244.0.7"))])
    // The rules of the choice, and those of each endpoint.
    #expect(filter.rulesGiven < 3 * count + 200)
  }

  @Test("Ten times the endpoints take some ten times the time")
  func growth() throws {
    func seconds(_ count: Int) throws -> Double {
      let filter = service(count)
      let frontend = Frontend(kind: .clusterIP, family: .v4, address: address("10.96.0.1"), port: 80, transport: .tcp)
      return try cpuSeconds {
        let trace = try FrontendTracer(
          node: filter, budget: WalkBudget(), nodePodRanges: [], podRanges: [], localPods: []
        ).trace(
          frontend)
        #expect(trace.sentTo.count == count)
      }
    }
    _ = try seconds(100)
    let few = try (0..<3).map { _ in try seconds(300) }.min() ?? 0
    let many = try seconds(3000)
    #expect(many < 25 * few)
  }
}
