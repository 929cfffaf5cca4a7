/// The frontends that kube-proxy's rules speak of: in iptables mode read off the chains that lead to services and off
/// their comments, in nftables mode off its maps and the names of its chains.
///
/// The names of services stand nowhere else in the kernel. Where comments were dropped, a frontend has no name.
struct RuleIndex {
  /// A rule that stands for a frontend.
  struct Entry: Hashable {
    var frontend: Frontend
    /// nil where the rule has no comment.
    var service: ServicePortName?
  }

  /// In the order of the rules, each frontend once.
  private(set) var entries: [Entry] = []
  /// The releases that write such rules, those of a mode that is left over aside.
  private(set) var layout = ReleaseRange()
  private var seen: Set<FrontendAddress> = []

  /// Reads the frontends of every installation of kube-proxy's.
  /// - Parameter mode: the one in charge; nil where the releases are not asked for.
  init(_ node: any Node, _ installations: [ProxyInstallation], mode: ProxyMode? = nil) throws {
    let filter = node.filter
    for installation in installations {
      let before = layout
      defer { if let mode, installation.mode != mode { layout = before } }
      switch installation.mode {
      case .iptables: try addChains(filter, installation.backend, installation.family)
      case .ipvs: try noteIPVSRelease(filter, installation.backend, installation.family)
      case .nftables: try addMaps(node.maps, installation.family)
      }
    }
  }

  /// KUBE-SERVICES, KUBE-NODEPORTS and, for services without endpoints, the filter table's chains.
  private mutating func addChains(_ filter: any PacketFilter, _ backend: Backend, _ family: IPFamily) throws {
    for (table, chain) in [
      ("nat", WellKnownChain.services), ("nat", .nodePorts), ("filter", .services), ("filter", .externalServices),
    ] {
      let reference = ChainReference(
        table: Table(backend: backend, family: family, name: table), name: chain.rawValue)
      _ = try filter.forEachRule(in: reference, hint: .none) { _, rule in
        add(rule, family: family, isNodePortChain: chain == .nodePorts)
        noteRelease(rule, isServiceChain: chain == .services && table == "nat")
        return true
      }
    }
    try noteRelease(filter, backend: backend, family: family)
  }

  /// In IPVS mode no rule names a service; the chains that there are tell of the release.
  private mutating func noteIPVSRelease(
    _ filter: any PacketFilter, _ backend: Backend, _ family: IPFamily
  ) throws {
    func has(_ chain: WellKnownChain, in table: String) throws -> Bool {
      let table = Table(backend: backend, family: family, name: table)
      return try filter.forEachRule(in: ChainReference(table: table, name: chain.rawValue), hint: .none) { _, _ in false
      }
    }
    if try has(.ipvsOutFilter, in: "filter") {
      layout.atLeast(29)
    } else if try has(.ipvsFilter, in: "filter") {
      layout.atLeast(26)
    } else if try has(.proxyFirewall, in: "filter") {
      layout.atLeast(25)
    } else {
      layout.atMost(24)
    }
    if try has(.ipvsNodePort, in: "filter") { layout.atLeast(21) } else { layout.atMost(20) }
  }

  /// service-ips and service-nodeports; for services without endpoints no-endpoint-services and no-endpoint-nodeports.
  private mutating func addMaps(_ maps: any NFTSets, _ family: IPFamily) throws {
    let table = Table(backend: .nft, family: family, name: "kube-proxy")
    layout.atLeast(29)
    for name in ["service-ips", "no-endpoint-services", "service-nodeports", "no-endpoint-nodeports"] {
      guard let map = try maps.namedSet(name, in: table) else { continue }
      for element in try maps.elements(of: map) {
        guard let key = ServiceMapKey(element.key, family: family) else { continue }
        var chain: NftablesName?
        if case .verdict(.goto(let target)) = element.value { chain = NftablesName(target) }
        let port = chain?.port ?? element.comment.flatMap { ServicePortName($0) }
        let isClusterIP = chain.map { $0.kind == .service || $0.kind == .local }
        var frontend = Frontend(
          kind: key.address == nil ? .nodePort : isClusterIP == true ? .clusterIP : nil, family: family,
          address: key.address, port: key.port, transport: key.transport, portName: port?.port)
        frontend.isExternal = key.address == nil || isClusterIP == false
        add(Entry(frontend: frontend, service: port))
      }
    }
  }

  private mutating func add(_ entry: Entry) {
    if seen.insert(entry.frontend.place).inserted { entries.append(entry) }
  }

  /// What a rule that leads to a service tells of the release (each first seen or last seen in the one named).
  private mutating func noteRelease(_ rule: Rule, isServiceChain: Bool) {
    // A port without a name is "ns/name:" up to 1.19.
    if let name = rule.comments.first?.split(separator: " ").first, name.contains("/") {
      if name.last == ":" { layout.atMost(19) } else if !name.contains(":") { layout.atLeast(20) }
    }
    guard let target = rule.chain else { return }
    switch ChainName(target)?.kind {
    case .external?, .local?: layout.atLeast(24)
    case .externalLocal?: layout.atMost(23)
    default: break
    }
    // In KUBE-NODEPORTS what comes from loopback addresses is marked up to 1.23.
    if isServiceChain, target == WellKnownChain.markMasquerade.rawValue { layout.atMost(21) }
    if rule.matches.contains(where: { if case .nfacct = $0 { true } else { false } }) { layout.atLeast(31) }
  }

  /// What chains that are there once tell of the release.
  private mutating func noteRelease(_ filter: any PacketFilter, backend: Backend, family: IPFamily) throws {
    func chain(_ table: String, _ name: WellKnownChain) -> ChainReference {
      ChainReference(table: Table(backend: backend, family: family, name: table), name: name.rawValue)
    }
    var targets: Set<String> = []
    for base in try filter.baseChains(at: .forward, family: family) where base.chain.table.name == "filter" {
      _ = try filter.forEachRule(in: base.chain, hint: .none) { _, rule in
        if let target = rule.chain { targets.insert(target) }
        return true
      }
    }
    guard targets.contains(WellKnownChain.services.rawValue) else { return }
    // KUBE-PROXY-FIREWALL came with 1.25, KUBE-EXTERNAL-SERVICES in FORWARD with 1.20, and what begins KUBE-POSTROUTING with
    // 1.19. The last two are in later patches of earlier releases, too: in 1.18.6, and the latter from 1.16 on
    // (kubernetes#92035).
    if targets.contains(WellKnownChain.proxyFirewall.rawValue) { layout.atLeast(25) } else { layout.atMost(24) }
    if targets.contains(WellKnownChain.externalServices.rawValue) { layout.atLeast(16) } else { layout.atMost(19) }
    _ = try filter.forEachRule(in: chain("nat", .postrouting), hint: .none) { _, rule in
      if rule.actions.first == .return { layout.atLeast(16) } else { layout.atMost(18) }
      return false
    }
  }

  /// The frontends of one service.
  func entries(of service: NamespacedName) -> [Entry] {
    entries.filter { $0.service?.service == service }
  }

  /// All services that rules name.
  var services: [NamespacedName] { Set(entries.compactMap { $0.service?.service }).sorted() }

  private mutating func add(_ rule: Rule, family: IPFamily, isNodePortChain: Bool) {
    guard let header = RuleHeader(rule), let port = header.port, let transport = header.transport else { return }
    let comment = rule.kubeProxyComment
    let isNodePort = isNodePortChain || (header.isToLocal && header.address == nil)
    guard isNodePort || header.address != nil else { return }
    var frontend = Frontend(
      kind: isNodePort ? .nodePort : comment?.frontend, family: family, address: isNodePort ? nil : header.address,
      port: port, transport: transport)
    frontend.portName = comment?.port.port
    add(Entry(frontend: frontend, service: comment?.port))
  }
}

/// What a rule's header demands, where it demands one destination port and at most one address.
private struct RuleHeader {
  var address: IPAddress?
  var port: UInt16?
  var transport: TransportProtocol?
  var isToLocal = false

  /// nil where the rule is for a range or for all but something.
  init?(_ rule: Rule) {
    for match in rule.matches {
      switch match {
      case .destination(let destination):
        // 127.0.0.0/8 stands before the ordinary rule of a node port since 1.31.
        guard !destination.inverted, let prefix = destination.prefix else { return nil }
        if prefix.isSingle { address = prefix.address } else if !prefix.address.isLoopback { return nil }
      case .transport(let match):
        guard !match.inverted else { return nil }
        transport = match.number
      case .tcp(let match): guard take(match.destination) else { return nil }
      case .udp(let match): guard take(match.destination) else { return nil }
      case .sctp(let match): guard take(match.destination) else { return nil }
      case .addressType(let match): isToLocal = match.destination == .local && !match.destinationInverted
      default: continue
      }
    }
  }

  private mutating func take(_ match: PortMatch) -> Bool {
    guard !match.inverted, match.range.lowerBound == match.range.upperBound else { return match == .any }
    port = match.range.lowerBound
    return true
  }
}
