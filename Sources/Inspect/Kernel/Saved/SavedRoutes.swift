import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// The links, addresses, routes and neighbours that a kernel listed, asked as the kernel is.
///
/// What the kernel decides by more than it listed, as by the hash of several next hops, is not known.
struct SavedRoutes: RouteSource {
  private let allLinks: [Link]
  private let ownAddresses: [InterfaceAddress]
  private let addressesOfOthers: [Int32: [InterfaceAddress]]
  private let allRoutes: [IPFamily: [Route]]
  private let allRules: [IPFamily: [RoutingRule]]
  private let allNeighbours: [Neighbour]
  private let allBridgePorts: [Neighbour]
  private let sysctls: [String: String]
  /// What the kernel answers where its check of sources refuses a packet (rp_filter).
  private let refusalByFilter: Int32
  private let tables: [IPFamily: RoutingTables]

  /// - Throws: `KernelError` where a member is damaged.
  init(_ members: SavedMembers, _ facts: SavedFacts) throws(KernelError) {
    let links = try members.list(SavedMembers.links, LinkMessages.link)
    let routes = try members.list(SavedMembers.routes, dumps: 2, LinkMessages.route)
    // An IPv6 rule has the family that its dump was asked for.
    var rules: [IPFamily: [RoutingRule]] = [:]
    try members.forEachMessage(of: SavedMembers.routingRules, dumps: 2) { message, dump throws(KernelError) in
      guard IPFamily.allCases.indices.contains(dump) else {
        throw .malformed(
          reading: SavedMembers.routingRules, offset: message.offset, problem: "routing rules of no family")
      }
      if let rule = try LinkMessages.rule(message) { rules[IPFamily.allCases[dump], default: []].append(rule) }
    }
    allLinks = links
    ownAddresses = try members.list(SavedMembers.addresses, LinkMessages.address)
    allNeighbours = try members.list(SavedMembers.neighbours, dumps: 2, LinkMessages.neighbour)
    allBridgePorts = try members.list(SavedMembers.bridgePorts, LinkMessages.neighbour)
    addressesOfOthers = try Self.others(members, links)
    allRoutes = Dictionary(grouping: routes, by: \.destination.address.family)
    allRules = rules
    sysctls = facts.sysctls
    refusalByFilter = facts.kernel.map { KernelRelease($0).hidesWhySourcesAreRefused } ?? true ? EINVAL : EXDEV
    var tables: [IPFamily: RoutingTables] = [:]
    for family in IPFamily.allCases { tables[family] = RoutingTables(rules[family] ?? [], allRoutes[family] ?? []) }
    self.tables = tables
  }

  /// The addresses of the namespaces that bridges' ports lead to, one dump for each id in the links' order.
  private static func others(
    _ members: SavedMembers, _ links: [Link]
  ) throws(KernelError) -> [Int32: [InterfaceAddress]] {
    guard members[SavedMembers.peerAddresses] != nil else { return [:] }
    let ids = links.peerNamespaces
    var found: [Int32: [InterfaceAddress]] = [:]
    try members.forEachMessage(of: SavedMembers.peerAddresses, dumps: ids.count) { message, dump throws(KernelError) in
      guard dump < ids.count, let address = try LinkMessages.address(message) else { return }
      found[ids[dump], default: []].append(address)
    }
    return found
  }

  var isStrict: Bool { true }

  func links(withStatistics: Bool) -> [Link] {
    guard !withStatistics else { return allLinks }
    return allLinks.map { link in
      var link = link
      link.statistics = nil
      return link
    }
  }

  func addresses(target: Int32?) -> [InterfaceAddress] {
    target.map { addressesOfOthers[$0] ?? [] } ?? ownAddresses
  }

  func routes(_ family: IPFamily) -> [Route] { allRoutes[family] ?? [] }

  func rules(_ family: IPFamily) -> [RoutingRule] { allRules[family] ?? [] }

  func neighbours(_ family: IPFamily) -> [Neighbour] { allNeighbours.filter { $0.address?.family == family } }

  func bridgePorts() -> [Neighbour] { allBridgePorts }

  func sysctl(_ path: String) -> String? { sysctls[path] }
}

extension SavedRoutes {
  func route(to address: IPAddress, mark: UInt32) -> RouteAnswer {
    if address.isForMany { return .unknown }
    switch look(up: RoutingTables.Key(destination: address, inInterface: "lo", mark: mark)) {
    case .route(let route): return .route(route)
    case .unknown: return .unknown
    case .none: return .matching(ENETUNREACH, nil, address)
    case .refused(let code): return .matching(code, nil, address)
    }
  }

  func look(up query: RouteQuery) -> RouteAnswer {
    if query.destination.isForMany || query.source?.isForMany ?? false { return .unknown }
    let found: Outcome
    if let index = query.inInterface {
      guard let link = allLinks.first(where: { $0.index == index }), let source = query.source else { return .unknown }
      found = arriving(query, from: source, by: link)
    } else {
      found = sent(query)
    }
    switch found {
    case .route(let route): return .route(route)
    case .refused(let code): return .refused(RouteAnswer.reason(code, nil, query), isMissing: code == ENETUNREACH)
    case .unknown: return .unknown
    }
  }

  private enum Outcome {
    case route(Route)
    case refused(Int32)
    case unknown
  }

  private func look(up key: RoutingTables.Key) -> RoutingTables.Result {
    tables[key.destination.family]?.look(up: key) ?? .none
  }

  // MARK: - What this node sends

  /// ip_route_output_key_hash_rcu, ip6_route_output
  private func sent(_ query: RouteQuery) -> Outcome {
    // ENETUNREACH or EINVAL, by the release.
    if let source = query.source, source.family == .v4, !isOwn(source) { return .unknown }
    let key = RoutingTables.Key(
      destination: query.destination, source: query.source, inInterface: "lo", mark: query.mark)
    switch look(up: key) {
    case .none: return .refused(ENETUNREACH)
    case .refused(let code): return .refused(code)
    case .unknown: return .unknown
    case .route(var route):
      if route.type == UInt8(RTN_LOCAL) {
        route.interface = loopback?.index
        route.source = query.destination
        return .route(route)
      }
      guard let interface = route.interface else { return .unknown }
      // __mkroute_output
      if query.source?.family == .v4, query.source?.isLoopback == true,
        !(allLinks.first { $0.index == interface }.map { isSet("route_localnet", $0) } ?? false)
      {
        return .refused(EINVAL)
      }
      route.source =
        query.source ?? route.source ?? ownAddresses.chosen(on: interface, near: route.gateway ?? query.destination)
      return .route(route)
    }
  }

  private var loopback: Link? { allLinks.first(where: \.isLoopback) }

  private func isOwn(_ address: IPAddress) -> Bool {
    routes(address.family).contains { route in
      LocalAddresses.local(route).map { $0.contains(address) } ?? false
    }
  }

  // MARK: - What arrives

  /// ip_route_input_slow, ip6_route_input_lookup
  private func arriving(_ query: RouteQuery, from source: IPAddress, by link: Link) -> Outcome {
    let family = query.destination.family
    if family == .v4, query.destination.isLoopback || source.isLoopback, !isSet("route_localnet", link) {
      return .refused(EINVAL)
    }
    // Only by the interface that has it (rt6_need_strict).
    if family == .v6, query.destination.isLoopback { return .unknown }
    let key = RoutingTables.Key(
      destination: query.destination, source: source, inInterface: link.name, mark: query.mark)
    let isForwarding = family == .v6 || sysctl("net/ipv4/conf/\(link.name)/forwarding") != "0"
    switch look(up: key) {
    case .none: return .refused(isForwarding ? ENETUNREACH : EHOSTUNREACH)
    case .refused(let code): return .refused(isForwarding ? code : EHOSTUNREACH)
    case .unknown: return .unknown
    case .route(let route):
      if family == .v6 { return route.isUnicast && route.interface == nil ? .unknown : .route(route) }
      if route.type == UInt8(RTN_BROADCAST) { return .unknown }
      if route.isUnicast {
        if !isForwarding { return .refused(EHOSTUNREACH) }
        if route.interface == nil { return .unknown }
      }
      switch checkSource(source, of: query, by: link, leavingBy: route.isUnicast ? route.interface : nil) {
      case .some(0): return .route(route)
      case .some(let code): return .refused(code)
      case nil: return .unknown
      }
    }
  }

  /// fib_validate_source: 0 or the error number; nil where it cannot be told.
  private func checkSource(
    _ source: IPAddress, of query: RouteQuery, by link: Link, leavingBy out: Int32?
  ) -> Int32? {
    let filter = [value("rp_filter", "all"), value("rp_filter", link.name)].compactMap { Int($0 ?? "") }.max() ?? 0
    let acceptsOwn = isSet("accept_local", link)
    if filter == 0, out != link.index || !isSet("send_redirects", link), acceptsOwn || !hasOwnRouting {
      return !acceptsOwn && isOwn(source) ? EINVAL : 0
    }
    let refusal = filter > 0 ? refusalByFilter : 0
    var key = RoutingTables.Key(destination: source, source: query.destination, inInterface: "lo")
    if isSet("src_valid_mark", link) { key.mark = query.mark }
    switch look(up: key) {
    case .unknown: return nil
    case .none, .refused: return refusal
    case .route(let route):
      guard route.isUnicast || route.type == UInt8(RTN_LOCAL) && acceptsOwn else { return EINVAL }
      guard let interface = route.interface else { return route.isUnicast ? nil : EINVAL }
      if interface == link.index || !route.isUnicast && link.isLoopback { return 0 }
      guard ownAddresses.contains(where: { $0.index == link.index && $0.address.family == .v4 }) else { return refusal }
      return filter == 1 ? refusalByFilter : 0
    }
  }

  /// Whether somebody has added rules, or addresses as routes: sources are looked up then (fib_validate_source).
  private var hasOwnRouting: Bool {
    tables[.v4]?.hasOwnRules ?? false || routes(.v4).contains { $0.type == UInt8(RTN_LOCAL) && !$0.isOfKernel }
  }

  /// A switch that holds where it is set for all interfaces or for the one (IN_DEV_ORCONF).
  private func isSet(_ name: String, _ link: Link) -> Bool {
    [value(name, "all"), value(name, link.name)].contains("1")
  }

  private func value(_ name: String, _ interface: String) -> String? { sysctl("net/ipv4/conf/\(interface)/\(name)") }
}

extension [Link] {
  /// The ids of the namespaces that ports of bridges lead to, each once.
  var peerNamespaces: [Int32] {
    var ids: [Int32] = []
    for link in self where link.master != nil {
      if let id = link.peer?.netnsid, id >= 0, !ids.contains(id) { ids.append(id) }
    }
    return ids
  }
}

extension [InterfaceAddress] {
  /// The address that a packet without one is given (inet_select_addr): of IPv4 the first global primary address of the interface
  /// whose network has the next hop in it, else its first; where it has none, the first of any interface. IPv6
  /// (ipv6_dev_get_saddr) weighs all addresses: one alone on the interface is sure.
  func chosen(on interface: Int32, near hop: IPAddress) -> IPAddress? {
    let all = filter { $0.address.family == hop.family && $0.isGlobal && !$0.isSecondary }
    let own = all.filter { $0.index == interface }
    if hop.family == .v6 { return own.count == 1 ? own[0].address : nil }
    let near = own.first { IPPrefix($0.address, length: $0.prefixLength).contains(hop) }
    return (near ?? own.first ?? all.min { $0.index < $1.index })?.address
  }
}

extension IPAddress {
  /// Multicast, IPv4's address of all, IPv6's link-local ones: the kernel asks for more than the routes.
  fileprivate var isForMany: Bool {
    switch self {
    case .v4(let bits): bits >> 28 == 0xe || bits == .max || bits >> 24 == 0
    case .v6(let high, _): high >> 56 == 0xff || high >> 54 == 0x3fa
    }
  }
}
