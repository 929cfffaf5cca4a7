import Inspect
import TestSupport

/// Rules without plan: anything that loads.
struct WildRules {
  let family: IPFamily
  let isNative: Bool
  let isLegacy: Bool
  var random: SeededGenerator
  /// Whether all connections of a client fare alike, so that shares can be measured.
  private var isSteady = false

  init(family: IPFamily, _ backend: OracleBackend, random: SeededGenerator) {
    self.family = family
    isNative = backend == .nft
    isLegacy = backend == .legacy
    self.random = random
  }

  /// Which hooks a chain is called from decides what its rules may do.
  private struct Place {
    var table: String
    var chain: String
    /// Chains that it may call: those after it, so that there are no loops.
    var callable: [String]
    var mayTranslateDestination = false
    var mayTranslateSource = false
    var knowsIn = true
    var knowsOut = true
  }

  mutating func make() -> RuleSet {
    var rules = RuleSet(family: family)
    isSteady = random.happens(50)
    for place in places() {
      let isBase = place.chain.allSatisfy(\.isUppercase)
      var policy: String? = isBase ? "ACCEPT" : nil
      if isBase, place.table == "filter", random.happens(8) { policy = "DROP" }
      let count = isBase ? Int.random(in: 0...4, using: &random) : Int.random(in: 0...5, using: &random)
      let made = (0..<count).map { _ in rule(place) }
      rules.chains.append(.init(table: place.table, name: place.chain, rules: made, policy: policy))
    }
    if random.happens(30) { rules.front = (0..<2).map { _ in front() } }
    return rules
  }

  /// What a firewall or another translator might have, before or behind all other tables.
  private mutating func front() -> RuleSet.Front {
    let hook = random.one(of: ["prerouting", "output", "forward", "input", "postrouting"])
    let isNAT = ["prerouting", "output"].contains(hook) && random.happens(60)
    let place = Place(
      table: hook == "prerouting" || hook == "postrouting" ? "mangle" : "filter", chain: "front", callable: [],
      mayTranslateDestination: isNAT)
    // Sets are the other tables' own.
    let made = (0..<3).map { _ in rule(place) }.filter { rule in
      !rule.matches.contains {
        switch $0 {
        case .set, .portSet: true
        default: false
        }
      }
    }
    // The same priority as another table's only where the kernel's order can be told: all in nf_tables, this one last.
    let same = isLegacy ? [] : isNAT ? [-100] : [0, -150]
    let priority = random.one(of: same + (isNAT ? [-110, -95, -101, 10, 110] : [-160, -10, 10, 110]))
    return RuleSet.Front(isNAT: isNAT, hook: hook, priority: priority, rules: made)
  }

  private func places() -> [Place] {
    let inner = ["a", "b", "c", "d"]
    func group(_ table: String, _ prefix: String, _ bases: [String], _ change: (inout Place) -> Void) -> [Place] {
      let names = inner.map { "\(prefix)-\($0)" }
      let baseNames = bases.map { ($0, names) }
      let own = names.enumerated().map { ($0.element, Array(names[($0.offset + 1)...])) }
      return (baseNames + own).map { name, callable in
        var place = Place(table: table, chain: name, callable: callable)
        change(&place)
        // iptables refuses what a built-in chain cannot know.
        if ["PREROUTING", "INPUT"].contains(name) { place.knowsOut = false }
        if ["OUTPUT", "POSTROUTING"].contains(name) { place.knowsIn = false }
        return place
      }
    }
    return group("mangle", "m", ["PREROUTING", "FORWARD", "OUTPUT", "POSTROUTING"]) { _ in }
      + group("nat", "n", ["PREROUTING", "OUTPUT"]) { $0.mayTranslateDestination = true }
      + group("nat", "p", ["POSTROUTING"]) { $0.mayTranslateSource = true }
      + group("filter", "f", ["INPUT", "FORWARD", "OUTPUT"]) { _ in }
  }

  // MARK: - Rules

  private mutating func rule(_ place: Place) -> RandomRule {
    var matches: [RandomMatch] = []
    var transport: TransportProtocol?
    if random.happens(55) {
      let chosen = random.one(of: [TransportProtocol.tcp, .tcp, .udp, .udp, .sctp])
      transport = chosen
      matches.append(.transport(chosen))
    } else if random.happens(10) {
      matches.append(.transport(random.one(of: [.tcp, .udp]), not: true))
    }
    for _ in 0..<random.one(of: [0, 1, 1, 1, 2, 2, 3]) {
      if let match = match(place, transport) { matches.append(match) }
    }
    // iptables takes an address, a protocol and an interface once.
    var seen: Set<String> = []
    matches = matches.filter { seen.insert($0.kind).inserted }
    return RandomRule(matches: matches, target: target(place, transport))
  }

  private mutating func match(_ place: Place, _ transport: TransportProtocol?) -> RandomMatch? {
    let prefixes = Site.prefixes[family] ?? []
    let not = random.happens(30)
    let interfaces = ["cl0", "pod0", "pod1", "ext0", "pod+", "lo"]
    switch Int.random(in: 0..<17, using: &random) {
    case 0, 1: return .source(random.one(of: prefixes), not: not)
    case 2, 3: return .destination(random.one(of: prefixes), not: not)
    case 4, 5:
      guard let transport else { return nil }
      return .destinationPort(range(), transport, not: not)
    case 6:
      guard let transport, !isSteady else { return nil }
      return .sourcePort(random.one(of: [10000...25000, 0...30000, 40000...65535]), transport, not: not)
    case 7:
      guard let transport else { return nil }
      return .ports([random.one(of: Site.ports), random.one(of: Site.ports)].uniqued, transport, not: not)
    case 8: return place.knowsIn ? .inInterface(random.one(of: interfaces), not: not) : nil
    case 9: return place.knowsOut ? .outInterface(random.one(of: interfaces), not: not) : nil
    case 10, 11:
      let mask = random.one(of: [UInt32(0x1), 0x4000, 0x3, 0xff00])
      return .mark(random.one(of: [mask, mask & 0x1, 0]), mask: mask, not: not)
    case 12: return .isLocal(source: random.happens(40), not: not)
    case 13:
      return .set(random.one(of: ["addresses", "networks"]), source: random.happens(50), not: not)
    case 14: return transport == nil ? nil : .portSet("ports", not: not)
    case 15: return .state(random.one(of: ["NEW", "ESTABLISHED", "DNAT"]), not: not)
    default:
      if random.happens(30) { return .originalDestination(random.one(of: prefixes), not: not) }
      if !isNative, random.happens(20) { return random.happens(50) ? .remember("seen") : .remembered("seen", not: not) }
      if random.happens(30) { return .connectionMark(random.one(of: [0, 1]), mask: 1, not: not) }
      return isSteady || random.happens(50) ? .chance(random.one(of: [0.25, 0.5, 0.9])) : .every(3, packet: 1)
    }
  }

  private mutating func range() -> ClosedRange<UInt16> {
    let port = random.one(of: Site.ports)
    return random.one(of: [port...port, port...port, 1...1024, 8000...9000, 30000...32767])
  }

  // MARK: - Targets

  private mutating func target(_ place: Place, _ transport: TransportProtocol?) -> RandomTarget {
    let call = place.callable.isEmpty ? nil : random.one(of: place.callable)
    if let call, random.happens(40) { return random.happens(35) ? .goto(call) : .jump(call) }
    if isNative, place.callable.count > 1, random.happens(10) { return .oneOf(Array(place.callable.prefix(3))) }
    if place.mayTranslateDestination, random.happens(50) { return destination(transport) }
    if place.mayTranslateSource, random.happens(50) {
      return random.happens(50) ? .masquerade : .snat(family == .v4 ? "192.0.2.77" : "2001:db8:2::77")
    }
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return .accept
    case 1: return .return
    case 2, 3, 4:
      let mask = random.one(of: [UInt32(0x1), 0x4000, 0x3, 0xff00, 0xffff_ffff])
      return .mark(random.one(of: [0x1, 0x4000, 0x4001, 0]) & mask, mask: mask)
    case 5: return random.happens(50) ? .saveMark : .restoreMark
    case 6 where place.table == "filter": return .drop
    case 6 where place.table == "mangle" && random.happens(20): return .drop
    case 7 where place.table == "filter": return reject(transport)
    default: return .count
    }
  }

  private mutating func destination(_ transport: TransportProtocol?) -> RandomTarget {
    let endpoint = random.one(of: Site.endpoints[family] ?? [])
    guard transport != nil else { return .dnat(endpoint, port: nil) }
    if random.happens(10) { return .redirect(8080) }
    if random.happens(8), let all = Site.endpoints[family] { return .dnatRange(all[0], all[1]) }
    return .dnat(endpoint, port: random.happens(85) ? random.one(of: [8080, 9000, 80]) : nil)
  }

  private mutating func reject(_ transport: TransportProtocol?) -> RandomTarget {
    if transport == .tcp, random.happens(40) { return .reject("tcp-reset") }
    return .reject(
      random.one(
        of: family == .v4
          ? ["icmp-port-unreachable", "icmp-host-unreachable", "icmp-admin-prohibited"]
          : ["icmp6-port-unreachable", "icmp6-adm-prohibited", "icmp6-no-route"]))
  }
}

extension RandomMatch {
  /// Matches of one kind stand once in a rule.
  fileprivate var kind: String { String("\(self)".prefix { $0 != "(" }) }
}

extension [UInt16] {
  fileprivate var uniqued: [UInt16] { Array(Set(self)).sorted() }
}
