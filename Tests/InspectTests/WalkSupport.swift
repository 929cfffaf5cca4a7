@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// A node of rules held in memory, for a walk: chains come into being when rules are appended to them.
final class FakePacketFilter: Node, PacketFilter, IPSets {
  var filter: any PacketFilter { self }
  var ipsets: any IPSets { self }
  let isAvailable = false
  var localAddresses: [IPPrefix]?
  /// What sets hold; one that is not here cannot be asked.
  var sets: [String: Set<IPAddress>] = [:]
  /// The connections that it tracks.
  var connections: any ConnectionTable = NoConnectionTable()
  /// The elements of named sets and maps of nf_tables, by name.
  var elements: [String: [NFTSetElement]] = [:]
  /// Whether they are found by what is known of a key; otherwise all are looked through.
  var indexesElements = true
  var maps: any NFTSets { HeldElements(elements: elements, isIndexed: indexesElements) }
  /// Whether a service's own chain translates.
  var translatesByMap = false
  /// That it stands for.
  var kernel: KernelRelease?
  /// What programs of the node answer over HTTP, by the path.
  var answers: [String: String] = [:]
  /// The ports where programs of the node listen; nil where that is not known.
  var listeningPorts: Set<UInt16>?
  /// Whether it is the network namespace of process 1.
  var isOfProcess1: Bool?
  /// What a second reading finds.
  var verifications: [Verification] = []
  /// How many rules a walk was given.
  private(set) var rulesGiven = 0
  /// Names of chains that were asked for and are not there.
  private(set) var missed: [String] = []
  private var bases: [BaseChain] = []
  /// By table and chain, the same in both families.
  private var chains: [String: [String: [Rule]]] = [:]

  /// Legacy's base chains of the tables named, and the node's own addresses: 192.0.2.1, fd00::1 and the loopback ones.
  init(tables: [String] = ["raw", "mangle", "nat", "filter"], drops: [String] = []) {
    localAddresses = ["127.0.0.0/8", "192.0.2.1", "::1", "fd00::1"].compactMap { IPPrefix($0) }
    let priorities: [String: Int32] = ["raw": -300, "mangle": -150, "nat": -100, "filter": 0]
    let hooks: [String: [Hook]] = [
      "raw": [.prerouting, .output], "mangle": [.prerouting, .input, .forward, .output, .postrouting],
      "nat": [.prerouting, .input, .output, .postrouting],
      "filter": [.input, .forward, .output],
    ]
    for table in tables {
      for hook in hooks[table] ?? [] {
        let priority = table == "nat" && (hook == .input || hook == .postrouting) ? 100 : priorities[table] ?? 0
        let isDropping = drops.contains("\(table) \(hook.chainName)")
        addBase(table, hook.chainName, hook, priority: priority, policy: isDropping ? .drop : .accept)
      }
    }
  }

  func verify() -> [Verification] { verifications }

  func answer(to path: String, at address: SocketAddress, milliseconds: Int) -> String? { answers[path] }

  func listeners(at port: UInt16, _ transport: TransportProtocol) -> [ListeningSocket]? {
    listeningPorts.map { ports in
      ports.contains(port) ? [ListeningSocket(address: KubeProxyStatus.defaultAddress, inode: 1)] : []
    }
  }

  func addBase(_ table: String, _ chain: String, _ hook: Hook, priority: Int32, policy: Policy = .accept) {
    let reference = ChainReference(table: Table(backend: .legacy, family: nil, name: table), name: chain)
    bases.append(
      BaseChain(chain: reference, hook: hook, priority: priority, isNAT: table.hasPrefix("nat"), policy: policy))
    chains[table, default: [:]][chain] = []
  }

  /// Appends a rule; without an action it only counts.
  func append(_ table: String, _ chain: String, _ matches: [Match], _ actions: Action...) {
    chains[table, default: [:]][chain, default: []].append(Rule(matches: matches, actions: actions))
  }

  /// Appends a rule for all packets, which has counted some.
  func append(_ table: String, _ chain: String, counting packets: UInt64, _ action: Action) {
    var rule = Rule(matches: [], actions: [action])
    rule.counters = Counters(packets: packets, bytes: packets * 60)
    chains[table, default: [:]][chain, default: []].append(rule)
  }

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    bases.filter { $0.hook == hook }.sorted { $0.priority < $1.priority }.map { base in
      var base = base
      base.chain.table.family = family
      return base
    }
  }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    guard let rules = chains[chain.table.name]?[chain.name] else {
      missed.append(chain.name)
      return false
    }
    for (index, rule) in rules.enumerated() {
      rulesGiven += 1
      guard try body(index + 1, rule) else { break }
    }
    return true
  }

  func holds(_ match: SetMatch, family: IPFamily, element: SetElement) -> Bool? {
    guard let name = match.name, let set = sets[name] else { return nil }
    let address = match.sourceDimensions.first == true ? element.source : element.destination
    return address.map(set.contains)
  }

  func addresses(in match: SetMatch, family: IPFamily, completing element: SetElement) -> [IPPrefix]? { nil }
}

private struct HeldElements: NFTSets {
  let elements: [String: [NFTSetElement]]
  let isIndexed: Bool

  func elements(of set: NFTSet) -> [NFTSetElement] { set.elements ?? elements[set.name] ?? [] }

  func elements(of set: NFTSet, having parts: [NFTKeyPart]) -> [NFTSetElement] {
    isIndexed ? NFTSetIndex(elements(of: set), of: set).elements(having: parts) : elements(of: set)
  }

  func namedSet(_ name: String, in table: Table) -> NFTSet? { nil }
}

// MARK: - Rules in few words

func address(_ text: String) -> IPAddress { IPAddress(text) ?? .v4(0) }

func prefix(_ text: String) -> IPPrefix { IPPrefix(text) ?? IPPrefix(.v4(0)) }

private func addressMatch(_ text: String, inverted: Bool) -> AddressMatch {
  let range = prefix(text)
  return AddressMatch(
    address: range.address, mask: .mask(range.length, range.family), inverted: inverted)
}

extension Match {
  static func from(_ text: String, not: Bool = false) -> Match { .source(addressMatch(text, inverted: not)) }

  static func to(_ text: String, not: Bool = false) -> Match { .destination(addressMatch(text, inverted: not)) }

  /// An interface; a `+` at its end stands for any rest.
  static func `in`(_ name: String, not: Bool = false) -> Match {
    .inInterface(
      InterfaceMatch(name: name.filter { $0 != "+" }, wildcard: name.hasSuffix("+"), inverted: not))
  }

  static func out(_ name: String, not: Bool = false) -> Match {
    .outInterface(
      InterfaceMatch(name: name.filter { $0 != "+" }, wildcard: name.hasSuffix("+"), inverted: not))
  }

  static func proto(_ number: TransportProtocol, not: Bool = false) -> Match {
    .transport(TransportMatch(number, inverted: not))
  }

  static func dport(_ range: ClosedRange<UInt16>, not: Bool = false) -> Match {
    var match = TCPMatch()
    match.destination = PortMatch(range, inverted: not)
    return .tcp(match)
  }

  static func sport(_ range: ClosedRange<UInt16>, not: Bool = false) -> Match {
    var match = TCPMatch()
    match.source = PortMatch(range, inverted: not)
    return .tcp(match)
  }

  static func marked(_ value: UInt32, _ mask: UInt32 = .max, not: Bool = false) -> Match {
    .mark(MarkMatch(value: value, mask: mask, inverted: not))
  }

  static func connmarked(_ value: UInt32, _ mask: UInt32 = .max, not: Bool = false) -> Match {
    .connmark(MarkMatch(value: value, mask: mask, inverted: not))
  }

  static func sourceIs(_ type: AddressType, not: Bool = false) -> Match {
    var match = AddressTypeMatch()
    match.source = type
    match.sourceInverted = not
    return .addressType(match)
  }

  static func destinationIs(_ type: AddressType, ofInterface: Bool = false, not: Bool = false) -> Match {
    var match = AddressTypeMatch()
    match.destination = type
    match.destinationInverted = not
    match.limitToInInterface = ofInterface
    return .addressType(match)
  }

  static func state(_ states: ConntrackState, not: Bool = false) -> Match {
    var match = ConntrackMatch(fields: .state, inverted: not ? .state : [])
    match.states = states
    return .conntrack(match)
  }

  static func chance(_ probability: Double, not: Bool = false) -> Match {
    .statistic(.random(numerator: UInt32(probability * 2_147_483_648), inverted: not))
  }

  static func multiport(
    _ side: MultiportMatch.Side, _ ranges: ClosedRange<UInt16>..., not: Bool = false
  ) -> Match {
    .multiport(MultiportMatch(side: side, ranges: ranges, inverted: not))
  }

  static func inSet(_ name: String, source: Bool, not: Bool = false) -> Match {
    .set(SetMatch(name: name, index: 1, sourceDimensions: [source], inverted: not))
  }

  /// A hardware address, `02:00:` and four bytes of a number, which no trace knows.
  static func sender(_ number: UInt32) -> Match {
    let bytes = withUnsafeBytes(of: number.bigEndian, Array.init)
    return .mac(MACMatch(address: [2, 0] + bytes, inverted: false))
  }

  static let geoip = Match.unknown(
    UnknownExtension(name: "geoip", revision: 1, bytes: [], reason: "not known to kpx"))
}

extension Action {
  static func dnat(to text: String) -> Action {
    let parts = text.split(separator: "-").map(String.init)
    if let end = SocketAddress(text) {
      return .dnat(Translation(addresses: end.address...end.address, ports: end.port...end.port))
    }
    return .dnat(Translation(addresses: address(parts[0])...address(parts[parts.count - 1])))
  }

  static func redirect(to port: UInt16) -> Action { .redirect(Translation(ports: port...port)) }

  static func snat(to text: String) -> Action {
    let parts = text.split(separator: "-").map(String.init)
    return .snat(Translation(addresses: address(parts[0])...address(parts[parts.count - 1])))
  }

  static let masquerading = Action.masquerade(Translation())

  static func orMark(_ bits: UInt32) -> Action { .mark(MarkAction(value: bits, mask: bits)) }

  static func refuse(_ with: String = "icmp-port-unreachable") -> Action { .reject(RejectAction(with: with)) }

  static let notrack = Action.conntrack(
    ConntrackAction(
      flags: 1, zone: 0, connectionEvents: 0, expectationEvents: 0, helper: "", timeout: ""))

  static let strange = Action.unknown(
    UnknownExtension(name: "STRANGE", revision: 7, bytes: [], reason: "not known to kpx"))
}

extension Packet {
  /// A TCP packet to an address and port, from anywhere by any interface.
  static func to(_ text: String, from source: String? = nil, by interface: String? = nil) -> Packet {
    let end = SocketAddress(text) ?? SocketAddress(.v4(0), port: 0)
    var packet = Packet(
      transport: .tcp, family: end.address.family, source: source.map { .known(address($0)) } ?? .any,
      destination: .known(end.address), destinationPort: end.port)
    if let interface { packet.inInterface = .known(interface) }
    return packet
  }

  /// A TCP packet to a port of the node, at whichever of its addresses.
  static func toNode(_ port: UInt16) -> Packet {
    Packet(transport: .tcp, family: .v4, destination: .local, destinationPort: port)
  }
}

// MARK: - Ways in few words

extension Branch {
  /// `source in 10.0.0.0/8: forwarded to 10.1.0.1:80, 50%, mark 0x1`
  var text: String {
    var text = when.map { "\($0): " } ?? ""
    switch end {
    case .forwarded, .delivered:
      text += end == .forwarded ? "forwarded" : "delivered"
      if let endpoint = packet.endpoint {
        text += " to \(endpoint)"
      } else {
        let place =
          switch packet.destination {
          case .known(let address): "\(address)"
          case .local: "this node"
          case .any: "anywhere"
          case .translated: "a chosen address"
          }
        text += " to \(place), port " + (packet.destinationPort.map { "\($0)" } ?? "any")
      }
    case .dropped: text += "dropped"
    case .taken: text += "taken by a program"
    case .portClosed(let port): text += "refused at port \(port), where nothing listens"
    case .unroutable(let why): text += "refused: \(why)"
    case .rejected(let with): text += "rejected with \(with)"
    case .unanswered(let step): text += "not answered: \(step)"
    case .uncertain(let why): text += "uncertain: \(why)"
    }
    if share != 1 { text += ", \((share * 1e6).rounded() / 1e4)%" }
    switch packet.sourceTranslation {
    case .none: break
    case .masquerade: text += ", masqueraded"
    case .snat: text += ", source translated"
    }
    if packet.mark.value != 0 { text += ", mark \(packet.mark.value)" }
    return text
  }

  /// `nat PREROUTING 1`, the rules met.
  var path: [String] {
    steps.map { step in
      guard let chain = step.chain else { return step.description }
      return "\(chain.table.name) \(chain.name) " + (step.rule.map { "\($0.place.number)" } ?? "policy")
    }
  }
}

extension Walker {
  convenience init(_ node: any Node, budget: WalkBudget = WalkBudget()) {
    self.init(node, family: .v4, budget: budget)
  }
}

/// The ways of a packet that arrives, as texts in order.
func arriving(_ packet: Packet, _ filter: FakePacketFilter, assuming: [Fact] = []) throws -> [String] {
  try Walker(filter, family: packet.family).walkArriving(packet, assuming: assuming).map(\.text).sorted()
}

/// The ways of a packet that the node sends, as texts in order.
func sent(_ packet: Packet, _ filter: FakePacketFilter, assuming: [Fact] = []) throws -> [String] {
  try Walker(filter, family: packet.family).walkLocalOutput(packet, assuming: assuming).map(\.text).sorted()
}

/// The CPU time that `body` takes in this thread, in seconds: other tests run beside it.
func cpuSeconds(_ body: () throws -> Void) rethrows -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
  let started = now()
  try body()
  return now() - started
}
