/// One kube-proxy's rules on a node: where they are, and whether a packet gets to them.
struct ProxyInstallation: Hashable {
  var mode: ProxyMode
  var backend: Backend
  var family: IPFamily
  /// Whether a hook leads to them.
  var isReached: Bool
  /// Whether what arrives gets to them, from pods and from elsewhere; true where nothing does, as that is told by itself.
  var isReachedFromOutside = true

  /// In words, for a finding.
  var text: String {
    switch mode {
    case .nftables: "nftables mode, table \(family == .v4 ? "ip" : "ip6") kube-proxy"
    case .iptables, .ipvs:
      "\(mode.rawValue) mode, \(backend == .legacy ? "legacy" : "nf_tables") \(family.rawValue) nat table"
    }
  }
}

/// What kube-proxy's rules say of it as a whole: whether it is there, in which mode, whether a packet gets to them.
struct ProxyRules {
  let installations: [ProxyInstallation]
  /// The systems that may handle services where no rule shows it.
  let others: [OtherDataplane]
  /// What kube-proxy says of itself, asked only where the rules leave it open.
  private let stated: ProxyMode?
  /// Whether the kernel has IPVS; nil where that is not known, and in other modes.
  private let hasIPVS: Bool?
  private let knowsAddresses: Bool

  /// Looks at the base chains of nat, and at how KUBE-SERVICES begins.
  init(_ node: any Node, families: [IPFamily], others: [OtherDataplane], port: KubeProxyPort) throws {
    self.others = others
    installations = try families.flatMap { try Self.installations(node.filter, $0) }
    let modes = Set(installations.map(\.mode))
    hasIPVS = modes.contains(.ipvs) ? try node.ipvs.isPresent : nil
    knowsAddresses = node.localAddresses != nil
    stated = modes.count > 1 ? port.ask()?.mode : nil
  }

  /// Those of one family.
  static func installations(_ filter: any PacketFilter, _ family: IPFamily) throws -> [ProxyInstallation] {
    var found: [ProxyInstallation] = []
    let hooked = try [Hook.prerouting, .output].flatMap { try filter.baseChains(at: $0, family: family) }
    for backend in [Backend.nft, .legacy] {
      let table = Table(backend: backend, family: family, name: "nat")
      let base = hooked.filter { $0.chain.table == table }.map(\.chain)
      let isReached = try base.contains { try jumpsToServices($0, filter) }
      let services = ChainReference(table: table, name: WellKnownChain.services.rawValue)
      guard try !base.isEmpty && (isReached || isThere(services, filter)) else { continue }
      // Only IPVS mode has this chain; before the first service of a family it has no rule with a set. To look for a name
      // that no jump shows takes a pass through a legacy table.
      let nodePort = ChainReference(table: table, name: WellKnownChain.ipvsNodePort.rawValue)
      let mode = try modeByBeginning(of: services, filter) ?? (isThere(nodePort, filter) ? .ipvs : .iptables)
      var installation = ProxyInstallation(mode: mode, backend: backend, family: family, isReached: isReached)
      if isReached {
        let arriving = try filter.baseChains(at: .prerouting, family: family).map(\.chain).filter { $0.table == table }
        installation.isReachedFromOutside = try arriving.contains { try leadsToServices($0, filter) }
      }
      found.append(installation)
    }
    let table = Table(backend: .nft, family: family, name: "kube-proxy")
    if hooked.contains(where: { $0.chain.table == table && $0.isNAT }) {
      found.append(ProxyInstallation(mode: .nftables, backend: .nft, family: family, isReached: true))
    }
    return found
  }

  /// The installation that answers are about: the one kube-proxy speaks of, else the first that packets get to.
  private var leading: ProxyInstallation? {
    let spokenOf = installations.first { $0.mode == stated }
    return spokenOf ?? installations.first(where: \.isReached) ?? installations.first
  }

  /// Who programs services, for an answer.
  func identity(release: Release) -> Proxy {
    Proxy(
      mode: leading.map { Proxy.Mode($0.mode) } ?? .none, backend: leading?.backend, version: Proxy.Versions(release),
      versionSource: release.version == nil ? nil : release.source)
  }

  /// The mode that the API's services are to be compared with.
  var expectedMode: ProxyMode { leading?.mode ?? .iptables }

  /// The nat table that the answers are about.
  func natTable(_ family: IPFamily) -> Table? {
    guard let leading, leading.mode != .nftables else { return nil }
    return Table(backend: leading.backend, family: family, name: "nat")
  }

  /// The releases that may run here, by the mode alone.
  var layout: ReleaseRange {
    var range = ReleaseRange()
    if expectedMode == .nftables { range.atLeast(29) }
    return range
  }

  /// What makes every verdict uncertain, as it decides and could not be asked: which addresses are the node's own, what IPVS
  /// holds. nil for nothing.
  var doubt: Reason? {
    if expectedMode == .ipvs, hasIPVS == nil {
      return Reason(.undecided, "kube-proxy is in IPVS mode, and what IPVS holds is not known")
    }
    return knowsAddresses ? nil : Reason(.undecided, "which addresses are the node's own is not known")
  }

  /// The system that may handle services where no rule shows it; nil where there are rules of kube-proxy's.
  var hiddenSystem: OtherDataplane? { installations.isEmpty ? others.first : nil }

  /// What may stand in front of the rules unseen.
  var notes: [Note] {
    guard !installations.isEmpty else { return [] }
    return others.map { Note(.node, "\($0.text), and may handle services before a packet meets these rules") }
  }

  var findings: [Finding] { withoutIPVS + unreached + mixed + leftovers }

  private var withoutIPVS: [Finding] {
    guard expectedMode == .ipvs, hasIPVS == false else { return [] }
    return [
      Finding(
        .ipvsMissing, .error, .likely, subject: .node,
        message: "kube-proxy's rules are of IPVS mode, and this kernel has no IPVS: no service is carried out",
        evidence: [Finding.Evidence(.proc, "/proc/net/ip_vs is not there")],
        advice: [
          Finding.Advice(
            "the module ip_vs was never loaded, or was removed; or the rules are left over from another mode")
        ])
    ]
  }

  private var unreached: [Finding] {
    jumpMissing(
      installations.filter { !$0.isReached },
      "no packet gets to kube-proxy's rules: nothing jumps to KUBE-SERVICES")
      + jumpMissing(
        installations.filter { !$0.isReachedFromOutside },
        "what pods and others send does not get to kube-proxy's rules: nothing in PREROUTING jumps to KUBE-SERVICES")
  }

  private func jumpMissing(_ cut: [ProxyInstallation], _ message: String) -> [Finding] {
    guard !cut.isEmpty else { return [] }
    return [
      Finding(
        .jumpMissing, .error, subject: subject(of: cut), message: message, evidence: evidence(cut),
        advice: [
          Finding.Advice(
            "something flushed these chains; restarting kube-proxy on this node writes the jumps anew",
            command: cut.contains { $0.family == .v4 }
              ? "iptables -t nat -S PREROUTING" : "ip6tables -t nat -S PREROUTING")
        ])
    ]
  }

  /// Rules of one mode in both kinds of tables (kubernetes#71305).
  private var mixed: [Finding] {
    let families = Set(installations.map(\.family)).filter { family in
      let tables = installations.filter { $0.family == family && $0.mode != .nftables }
      return Set(tables.map(\.backend)).count > 1
    }
    guard !families.isEmpty else { return [] }
    let both = installations.filter { families.contains($0.family) && $0.mode != .nftables }
    return [
      Finding(
        .backendMixed, .error, subject: subject(of: both),
        message: "kube-proxy's rules are in legacy tables and in nf_tables, and packets meet both",
        evidence: evidence(both),
        advice: [
          Finding.Advice(
            "one of them is left over: kube-proxy and kubelet must use the iptables that the node uses, "
              + "and the other tables' KUBE- chains be flushed")
        ])
    ]
  }

  private var leftovers: [Finding] {
    guard let leading, Set(installations.map(\.mode)).count > 1 else { return [] }
    let others = installations.filter { $0.mode != leading.mode }
    return [
      Finding(
        .modeLeftovers, .warning, stated == nil ? .likely : .certain, subject: subject(of: others),
        message: "rules of another mode of kube-proxy are left; \(leading.mode.rawValue) mode is "
          + (stated == nil ? "taken to be in charge" : "in charge, as kube-proxy says"),
        evidence: evidence(others),
        advice: [
          Finding.Advice(
            "`kube-proxy --cleanup` in a pod of the former mode removes them", command: "kube-proxy --cleanup")
        ])
    ]
  }

  private func evidence(_ installations: [ProxyInstallation]) -> [Finding.Evidence] {
    installations.map { Finding.Evidence(.netfilter, $0.text) }
  }

  private func subject(of installations: [ProxyInstallation]) -> Subject {
    let families = Set(installations.map(\.family))
    var node = Subject.node
    if families.count == 1 { node.family = families.first }
    return node
  }
}

private func jumpsToServices(_ chain: ChainReference, _ filter: any PacketFilter) throws -> Bool {
  var jumps = false
  _ = try filter.forEachRule(in: chain, hint: .none) { _, rule in
    jumps = rule.chain == WellKnownChain.services.rawValue
    return !jumps
  }
  return jumps
}

/// The same by chains that others put between, as firewalls do; asked only where the jump is not where kube-proxy writes it.
private func leadsToServices(_ chain: ChainReference, _ filter: any PacketFilter) throws -> Bool {
  if try jumpsToServices(chain, filter) { return true }
  var between: Set<String> = []
  _ = try filter.forEachRule(in: chain, hint: .none) { _, rule in
    if let next = rule.chain { between.insert(next) }
    return true
  }
  return try between.contains { try jumpsToServices(ChainReference(table: chain.table, name: $0), filter) }
}

private func isThere(_ chain: ChainReference, _ filter: any PacketFilter) throws -> Bool {
  try filter.forEachRule(in: chain, hint: .none) { _, _ in false }
}

/// IPVS mode decides by sets; in iptables mode each service has a chain of its own. nil where the first rules have neither.
private func modeByBeginning(of chain: ChainReference, _ filter: any PacketFilter) throws -> ProxyMode? {
  var mode: ProxyMode?
  _ = try filter.forEachRule(in: chain, hint: .none) { number, rule in
    let asksSet = rule.matches.contains {
      if case .set(let match) = $0 { match.name?.hasPrefix("KUBE-") ?? true } else { false }
    }
    if asksSet {
      mode = .ipvs
    } else if rule.chain.flatMap({ ChainName($0) }) != nil {
      mode = .iptables
    }
    return mode == nil && number < 8
  }
  return mode
}
