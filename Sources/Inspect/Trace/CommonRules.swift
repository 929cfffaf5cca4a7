/// The rules that packets to all frontends meet alike, and what they ask of addresses and ports.
///
/// Rules that are for one destination or one port, as kube-proxy writes one for each frontend, are set apart: no other packet
/// matches them, so that where they lead need not be known.
struct CommonRules {
  /// A rule, and where it stands.
  struct Placed {
    let place: RuleReference
    let rule: Rule
  }

  /// More than this many prefixes, or ranges of ports, are not asked for each address.
  private static let mostTests = 1024
  /// More common rules are not looked at: a node with so many has policies for pods, or lists of addresses.
  private static let mostRules = 4096

  private let localAddresses: [IPPrefix]
  /// Ranges of pods' addresses: of each list it matters whether an address is in any.
  private let podRanges: [[IPPrefix]]
  /// Those that are for one destination.
  private var ofDestination: [IPAddress: [Placed]] = [:]
  /// The ports for which there are rules of their own.
  private var ports: Set<UInt16> = []
  /// What rules ask addresses for, and ports.
  private var prefixes: [IPPrefix] = []
  private var ranges: [ClosedRange<UInt16>] = []
  private var count = 0
  /// Where such rules stand, in ascending order.
  private var numbers: [ChainReference: [Int]] = [:]

  /// nil where a rule asks or does something of which it does not show here which packets it tells apart.
  init?(_ node: any Node, _ family: IPFamily, podRanges: [[IPPrefix]]) throws {
    guard let local = node.localAddresses else { return nil }
    localAddresses = local
    let ofFamily = podRanges.map { $0.filter { $0.family == family } }
    // Of a node's own the first tells who is its pod.
    self.podRanges = ofFamily + ofFamily.map { Array($0.prefix(1)) }
    var known: Set<ChainReference> = []
    var open: [ChainReference] = []
    for hook in Hook.allCases {
      let bases = try node.filter.baseChains(at: hook, family: family)
      guard bases.isEmpty || !hook.isAtInterface else { return nil }
      open += bases.map(\.chain)
    }
    while let chain = open.popLast() {
      guard known.insert(chain).inserted else { continue }
      var isPlain = true
      _ = try node.filter.forEachRule(in: chain, hint: .none) { number, rule in
        isPlain = take(Placed(place: RuleReference(chain: chain, number: number), rule: rule), &open)
        return isPlain
      }
      guard isPlain else { return nil }
    }
  }

  /// - Parameter open: is given the chains to which it sends packets.
  private mutating func take(_ placed: Placed, _ open: inout [ChainReference]) -> Bool {
    let (rule, chain) = (placed.rule, placed.place.chain)
    // The ports of one destination's rules are no other's.
    let isOfOne = rule.onlyDestination != nil
    guard rule.matches.allSatisfy({ note($0, withPorts: !isOfOne) }) else { return false }
    if let address = rule.onlyDestination {
      ofDestination[address, default: []].append(placed)
      return true
    }
    if let port = rule.onlyPort {
      ports.insert(port.port)
      return true
    }
    count += 1
    numbers[chain, default: []].append(placed.place.number)
    if let next = rule.chain { open.append(ChainReference(table: chain.table, name: next)) }
    return count <= Self.mostRules && rule.actions.allSatisfy(\.isPlain)
  }

  /// Notes what a match asks for; false where that does not show, or is too much.
  private mutating func note(_ match: Match, withPorts: Bool) -> Bool {
    switch match {
    // Then the rule is for that destination alone.
    case .destination(let match) where !match.inverted && match.prefix?.isSingle == true: return true
    case .source(let match), .destination(let match):
      guard let prefix = match.prefix else { return false }
      if !prefixes.contains(prefix) { prefixes.append(prefix) }
    case .tcp(let match): if withPorts { note(match.destination.range) }
    case .udp(let match): if withPorts { note(match.destination.range) }
    case .multiport(let match): if withPorts { for range in match.ranges { note(range) } }
    case .addressType(let match): return !match.limitToInInterface && !match.limitToOutInterface
    case .conntrack(let match):
      return match.fields.isSubset(of: [.state, .stateAlias, .status, .direction, .transport])
    case .inInterface, .outInterface, .transport, .fragment, .comment, .mark, .connmark, .statistic, .limit, .nfacct:
      return true
    default: return false
    }
    return max(prefixes.count, ranges.count) <= Self.mostTests
  }

  private mutating func note(_ range: ClosedRange<UInt16>) {
    if range.count > 1, range != 0...65535, !ranges.contains(range) { ranges.append(range) }
    // One port of several that a rule is for.
    if range.count == 1 { ports.insert(range.lowerBound) }
  }

  /// How many rules that are for all stand before one in its chain: what they do to packets, they have done.
  func count(before place: RuleReference) -> Int {
    let all = numbers[place.chain] ?? []
    return all.prefix { $0 < place.number }.count
  }

  /// The rules that are for one destination alone.
  func rules(for destination: IPAddress) -> [Placed] { ofDestination[destination] ?? [] }

  /// The tests by all rules and the node itself that hold for an address; nil for one of another kind than a pod's or a
  /// service's.
  func tests(of address: IPAddress) -> [Int]? {
    guard !address.isMulticast, !address.isLoopback, !isLocal(address) else { return nil }
    let asked = prefixes.indices.filter { prefixes[$0].contains(address) }
    // Numbers that no prefix has.
    let ofPods = podRanges.indices.filter { podRanges[$0].contains { $0.contains(address) } }
    return asked + ofPods.map { -1 - $0 }
  }

  /// The same of a port; nil for one that rules are for alone.
  func tests(of port: UInt16) -> [Int]? {
    ports.contains(port) ? nil : ranges.indices.filter { ranges[$0].contains(port) }
  }

  func isLocal(_ address: IPAddress) -> Bool { localAddresses.contains { $0.contains(address) } }
}

extension Action {
  /// Whether it does the same to all packets, wherever they go.
  fileprivate var isPlain: Bool {
    switch self {
    case .accept, .drop, .reject, .return, .jump, .goto, .mark, .connmark, .conntrack, .masquerade, .snat, .log, .nflog,
      .tcpmss, .checksum:
      true
    default: false
    }
  }
}
