import Inspect
import TestSupport

/// Rules as kube-proxy 1.34 lays them out, for services made at random: chains for services, external traffic and
/// endpoints, marks, masquerading, source ranges, rejections, in the order in which it writes them.
struct KubeRules {
  let family: IPFamily
  let isNative: Bool
  var random: SeededGenerator

  private static let masqueradeMark: UInt32 = 0x4000
  private var services: [RandomRule] = []
  private var nodePorts: [RandomRule] = []
  private var firewall: [RandomRule] = []
  private var rejecting: [RandomRule] = []
  private var own: [RuleSet.Chain] = []
  private var byDestination: [(address: String, TransportProtocol, port: UInt16, chain: String)] = []

  init(family: IPFamily, isNative: Bool, random: SeededGenerator) {
    self.family = family
    self.isNative = isNative
    self.random = random
  }

  mutating func make() -> RuleSet {
    let addresses = Site.services(family)
    let ports: [(UInt16, TransportProtocol)] = [(80, .tcp), (443, .tcp), (53, .udp), (80, .sctp)]
    for (index, address) in addresses.enumerated() {
      addService(
        "S\(index)", address, ports[index].0, ports[index].1, nodePort: index < 2 ? [30080, 30443][index] : nil)
    }
    var rules = RuleSet(family: family)
    addNAT(&rules)
    addFilter(&rules)
    return rules
  }

  private var pods: String { Site.podRange[family] ?? "" }

  // MARK: - One service

  private mutating func addService(
    _ name: String, _ address: String, _ port: UInt16, _ transport: TransportProtocol, nodePort: UInt16?
  ) {
    let endpoints = (Site.endpoints[family] ?? []).filter { _ in random.happens(60) }
    let here: [RandomMatch] = [
      .destination(address), .transport(transport), .destinationPort(port...port, transport),
    ]
    guard !endpoints.isEmpty else {
      rejecting.append(
        RandomRule(matches: here, target: .reject(family == .v4 ? "icmp-port-unreachable" : "icmp6-port-unreachable")))
      return
    }
    let isLocal = random.happens(40)
    let hasAffinity = !isNative && random.happens(15)
    let chains = addEndpoints(name, endpoints, transport, hasAffinity: hasAffinity)
    let masquerade = RandomRule(
      matches: [.source(pods, not: true)] + here, target: .jump("KUBE-MARK-MASQ"))
    addChain("KUBE-SVC-\(name)", [masquerade] + choice(chains, remembers: hasAffinity))
    if isNative && random.happens(70) {
      byDestination.append((address, transport, port, "KUBE-SVC-\(name)"))
    } else {
      services.append(RandomRule(matches: here, target: .jump("KUBE-SVC-\(name)")))
    }
    guard let nodePort else { return }
    addExternal(name, chains: chains, isLocal: isLocal)
    nodePorts.append(
      RandomRule(
        matches: [.transport(transport), .destinationPort(nodePort...nodePort, transport)],
        target: .jump("KUBE-EXT-\(name)")))
    addBalancer(name, port, transport)
  }

  private mutating func addEndpoints(
    _ name: String, _ endpoints: [String], _ transport: TransportProtocol, hasAffinity: Bool
  ) -> [String] {
    endpoints.enumerated().map { index, endpoint in
      let chain = "KUBE-SEP-\(name)\(index)"
      var dnat = RandomRule(matches: [.transport(transport)], target: .dnat(endpoint, port: 8080))
      if hasAffinity { dnat.matches.append(.remember(chain)) }
      addChain(chain, [RandomRule(matches: [.source(endpoint)], target: .jump("KUBE-MARK-MASQ")), dnat])
      return chain
    }
  }

  private func choice(_ chains: [String], remembers: Bool) -> [RandomRule] {
    if isNative { return [RandomRule(target: .oneOf(chains))] }
    let remembered = remembers ? chains.map { RandomRule(matches: [.remembered($0)], target: .jump($0)) } : []
    return remembered
      + chains.enumerated().map { index, chain in
        let rest = chains.count - index
        return RandomRule(matches: rest > 1 ? [.chance(1 / Double(rest))] : [], target: .jump(chain))
      }
  }

  private mutating func addExternal(_ name: String, chains: [String], isLocal: Bool) {
    guard isLocal else {
      addChain(
        "KUBE-EXT-\(name)",
        [RandomRule(target: .jump("KUBE-MARK-MASQ")), RandomRule(target: .jump("KUBE-SVC-\(name)"))])
      return
    }
    addChain("KUBE-SVL-\(name)", choice(Array(chains.prefix(1)), remembers: false))
    addChain(
      "KUBE-EXT-\(name)",
      [
        RandomRule(matches: [.source(pods)], target: .jump("KUBE-SVC-\(name)")),
        RandomRule(matches: [.isLocal(source: true)], target: .jump("KUBE-MARK-MASQ")),
        RandomRule(matches: [.isLocal(source: true)], target: .jump("KUBE-SVC-\(name)")),
        RandomRule(target: .jump("KUBE-SVL-\(name)")),
      ])
  }

  /// A load balancer's address, perhaps with ranges of sources.
  private mutating func addBalancer(_ name: String, _ port: UInt16, _ transport: TransportProtocol) {
    let address = family == .v4 ? "203.0.113.1\(name.last ?? "0")" : "2001:db8:b::\(name.last ?? "0")"
    let here: [RandomMatch] = [
      .destination(address), .transport(transport), .destinationPort(port...port, transport),
    ]
    services.append(RandomRule(matches: here, target: .jump("KUBE-EXT-\(name)")))
    guard random.happens(50), let allowed = Site.prefixes[family]?[4] else { return }
    addChain(
      "KUBE-FW-\(name)", [RandomRule(matches: [.source(allowed)], target: .return), RandomRule(target: .drop)],
      table: "filter")
    let original: [RandomMatch] = [.transport(transport), .originalDestination(address)]
    firewall.append(RandomRule(matches: original, target: .jump("KUBE-FW-\(name)")))
  }

  private mutating func addChain(_ name: String, _ rules: [RandomRule], table: String = "nat") {
    own.append(.init(table: table, name: name, rules: rules))
  }

  // MARK: - What is there once

  private func addNAT(_ rules: inout RuleSet) {
    let jump = RandomRule(target: .jump("KUBE-SERVICES"))
    let maps = byDestination.isEmpty ? [] : [RandomRule(target: .byDestination(byDestination))]
    let local: [RandomMatch] =
      [.isLocal(source: false)] + (family == .v4 ? [.destination("127.0.0.0/8", not: true)] : [])
    let mark = Self.masqueradeMark
    rules.chains += [
      .init(table: "nat", name: "PREROUTING", rules: [jump], policy: "ACCEPT"),
      .init(table: "nat", name: "OUTPUT", rules: [jump], policy: "ACCEPT"),
      .init(
        table: "nat", name: "POSTROUTING", rules: [RandomRule(target: .jump("KUBE-POSTROUTING"))], policy: "ACCEPT"),
      .init(
        table: "nat", name: "KUBE-SERVICES",
        rules: maps + services + [RandomRule(matches: local, target: .jump("KUBE-NODEPORTS"))]),
      .init(table: "nat", name: "KUBE-NODEPORTS", rules: nodePorts),
      .init(
        table: "nat", name: "KUBE-MARK-MASQ", rules: [RandomRule(target: .mark(mark, mask: mark))]),
      .init(
        table: "nat", name: "KUBE-POSTROUTING",
        rules: [
          RandomRule(matches: [.mark(mark, mask: mark, not: true)], target: .return),
          RandomRule(target: .mark(mark, mask: 0)), RandomRule(target: .masquerade),
        ]),
    ]
    rules.chains += own.filter { $0.table == "nat" }
  }

  private func addFilter(_ rules: inout RuleSet) {
    let mark = Self.masqueradeMark
    let early = ["KUBE-PROXY-FIREWALL", "KUBE-REJECT"].map { RandomRule(matches: [.state("NEW")], target: .jump($0)) }
    rules.chains += [
      .init(table: "filter", name: "INPUT", rules: early, policy: "ACCEPT"),
      .init(
        table: "filter", name: "FORWARD", rules: early + [RandomRule(target: .jump("KUBE-FORWARD"))], policy: "ACCEPT"),
      .init(table: "filter", name: "OUTPUT", rules: early, policy: "ACCEPT"),
      .init(table: "filter", name: "KUBE-PROXY-FIREWALL", rules: firewall),
      .init(table: "filter", name: "KUBE-REJECT", rules: rejecting),
      .init(
        table: "filter", name: "KUBE-FORWARD",
        rules: [
          RandomRule(matches: [.state("INVALID")], target: .drop),
          RandomRule(matches: [.mark(mark, mask: mark)], target: .accept),
        ]),
    ]
    rules.chains += own.filter { $0.table == "filter" }
  }
}
