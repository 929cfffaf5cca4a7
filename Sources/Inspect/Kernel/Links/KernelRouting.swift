#if canImport(Glibc)
  import Glibc
#endif

/// What is asked of packets that leave. Within the generic class each question would look its type up.
private struct LeavingKey: Hashable {
  let destination: IPAddress
  let mark: Mark
}

private struct PrefixKey: Hashable {
  let prefix: IPPrefix
  let mark: Mark
}

/// The routing of one network namespace, asked packet by packet as `ip route get` does: policy rules, marks and the check of
/// sources by the interface they come by included.
final class KernelRouting<Source: RouteSource & ~Copyable>: NodeRouting {
  private var source: Source
  private let links: [Link]
  private let addresses: [InterfaceAddress]
  private var rules: [IPFamily: [RoutingRule]] = [:]
  private var routes: [IPFamily: [Route]] = [:]
  private var leaving: [LeavingKey: Routing?] = [:]
  private var arrivals: [IPFamily: Arrivals] = [:]
  /// Whether packets of a family that arrive may leave again by some interface.
  private var isForwarding: [IPFamily: Bool] = [:]
  private var local: LocalInterfaces
  private var bridges: [IPFamily: [Bridge]] = [:]

  /// What leaves for addresses of one prefix, once there were many questions.
  private var leavingByPrefix: [PrefixKey: Routing?] = [:]
  private var prefixes: [IPFamily: RoutePrefixes] = [:]
  /// A trace of one service asks less often, and a node may have a great many routes.
  private static var questionsBeforePrefixes: Int { 256 }

  /// Reads the links and addresses.
  init(_ source: consuming Source) throws(KernelError) {
    links = try source.links(withStatistics: false)
    addresses = try source.addresses(target: nil)
    local = LocalInterfaces(links)
    self.source = source
  }

  /// Asked of the kernel's routing tables.
  func route(_ packet: Packet) throws(KernelError) -> Routing? {
    guard case .known(let source) = packet.source, case .known(let destination) = packet.destination else { return nil }
    var query = RouteQuery(destination: destination, source: source)
    // An unknown bit could choose another table.
    if packet.mark.known == .max { query.mark = packet.mark.value }
    if case .known(let name) = packet.inInterface, name != "lo" {
      guard let link = links.first(where: { $0.name == name }) else { return nil }
      query.inInterface = link.index
    }
    let answer = try self.source.look(up: query)
    // Where the interface does not forward the kernel answers as if there were no route (ip_route_input_slow).
    if case .refused = answer, let refusal = try refusalToForward(packet) { return .refused(refusal) }
    return routing(answer)
  }

  private func routing(_ answer: RouteAnswer) -> Routing? {
    switch answer {
    case .refused(let why, _): return .refused(Refusal(.route, why))
    case .unknown: return nil
    case .route(let route):
      // RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST; a multicast packet may do both.
      if [2, 3, 4].contains(route.type) { return .local }
      guard route.isUnicast, let link = links.first(where: { $0.index == route.interface }) else { return nil }
      return .out(interface: link.name)
    }
  }

  /// Asked of the kernel, as POSTROUTING sees the packet.
  func departure(of packet: Packet) throws(KernelError) -> Routing? {
    guard case .known(let destination) = packet.destination else { return nil }
    let key = LeavingKey(destination: destination, mark: packet.mark)
    guard leaving.count >= Self.questionsBeforePrefixes else {
      if let known = leaving[key] { return known }
      let found = try findDeparture(to: destination, mark: packet.mark)
      leaving[key] = .some(found)
      return found
    }
    // What was asked for is the route itself and not what it gives for an address (RTM_F_FIB_MATCH).
    let ofPrefix = PrefixKey(prefix: try prefixes(destination.family).innermost(of: destination), mark: packet.mark)
    if let known = leavingByPrefix[ofPrefix] ?? leaving[key] { return known }
    let found = try findDeparture(to: destination, mark: packet.mark)
    if case .refused = found {
      // The words name the address.
      leaving[key] = .some(found)
    } else {
      leavingByPrefix[ofPrefix] = .some(found)
    }
    return found
  }

  /// Of all tables and rules.
  func routePrefix(of address: IPAddress) throws(KernelError) -> IPPrefix? {
    try prefixes(address.family).innermost(of: address)
  }

  /// Of all tables, and of the rules that choose one.
  private func prefixes(_ family: IPFamily) throws(KernelError) -> RoutePrefixes {
    if let known = prefixes[family] { return known }
    let made = RoutePrefixes(try routes(family).map(\.destination) + rules(family).compactMap(\.destination))
    prefixes[family] = made
    return made
  }

  private func findDeparture(to destination: IPAddress, mark: Mark) throws(KernelError) -> Routing? {
    switch try source.route(to: destination, mark: mark.value) {
    case .route(let route):
      guard route.isUnicast, try isChosen(route.table, for: destination, mark),
        let link = links.first(where: { $0.index == route.interface })
      else { return nil }
      return .out(interface: link.name)
    case .refused(let why, let isMissing):
      // A namespace without any route is no node: rules were loaded there to be looked at.
      if isMissing, try !hasRoutes(destination.family) { return nil }
      return try isRefused(destination, mark) ? .refused(Refusal(.route, why)) : nil
    case .unknown: return nil
    }
  }

  /// Whether what the kernel answers of one packet holds for all to a destination: no rule asks for more than destination
  /// and mark before a table that refuses it is asked.
  private func isRefused(_ destination: IPAddress, _ mark: Mark) throws(KernelError) -> Bool {
    for rule in try rules(destination.family) {
      guard !rule.asksMore, let hasMark = mark.matches(value: rule.mark, mask: rule.markMask) else { return false }
      guard hasMark, rule.destination?.contains(destination) ?? true else { continue }
      let own = try routes(destination.family).filter {
        $0.table == rule.table && $0.destination.contains(destination)
      }
      if own.max(by: { $0.destination.length < $1.destination.length })?.isRefusal == true { return true }
    }
    return true
  }

  private func hasRoutes(_ family: IPFamily) throws(KernelError) -> Bool {
    try routes(family).contains { route in
      route.isUnicast && links.contains { $0.index == route.interface && $0.name != "lo" }
    }
  }

  /// All routes, as they were when they were first asked for.
  private func routes(_ family: IPFamily) throws(KernelError) -> [Route] {
    if let known = routes[family] { return known }
    let read = try source.routes(family)
    routes[family] = read
    return read
  }

  private func rules(_ family: IPFamily) throws(KernelError) -> [RoutingRule] {
    if let known = rules[family] { return known }
    let read = try source.rules(family)
    rules[family] = read
    return read
  }

  /// Whether all packets to a destination come to a table: no rule before the one that leads there asks for more than
  /// what is known.
  private func isChosen(_ table: UInt32, for destination: IPAddress, _ mark: Mark) throws(KernelError) -> Bool {
    for rule in try rules(destination.family) {
      guard !rule.asksMore, let hasMark = mark.matches(value: rule.mark, mask: rule.markMask) else { return false }
      if hasMark, rule.destination?.contains(destination) ?? true, rule.table == table { return true }
    }
    return false
  }

  /// IPv6 goes by one switch for all interfaces (ip6_forward), IPv4 by the interface's own. Of a packet that may come by any
  /// interface it is told where none forwards.
  func refusalToForward(_ packet: Packet) throws(KernelError) -> Refusal? {
    switch packet.inInterface {
    case .known(let name):
      if forwards(packet.family, name) { return nil }
      let variable = packet.family == .v4 ? "net.ipv4.conf.\(name).forwarding" : "net.ipv6.conf.all.forwarding"
      return Refusal(.forwarding, "the node does not forward what comes by \(name) (\(variable) is 0)")
    case .unknown:
      if try forwards(packet.family) { return nil }
      let variable = packet.family == .v4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding"
      return Refusal(.forwarding, "the node forwards no packets (\(variable) is 0)")
    case .none: return nil
    }
  }

  /// Whether any interface forwards. A namespace without any route is no node: rules were loaded there to be looked at.
  private func forwards(_ family: IPFamily) throws(KernelError) -> Bool {
    if let known = isForwarding[family] { return known }
    let isOff = source.sysctl(family == .v4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding") == "0"
    let hasOwn = isOff && links.contains { !$0.isLoopback && forwards(family, $0.name) }
    var found = !isOff || hasOwn
    if !found { found = try !hasRoutes(family) }
    isForwarding[family] = found
    return found
  }

  private func forwards(_ family: IPFamily, _ name: String) -> Bool {
    switch family {
    case .v4: source.sysctl("net/ipv4/conf/\(name)/forwarding") != "0"
    // force_forwarding is there since Linux 6.17.
    case .v6:
      source.sysctl("net/ipv6/conf/all/forwarding") != "0"
        || source.sysctl("net/ipv6/conf/\(name)/force_forwarding") == "1"
    }
  }

  /// A link that is down takes no packet. Where pods have routes of their own, one that leaves by a router has lost its own.
  func obstacle(toPod address: IPAddress, leavingBy interface: String) throws(KernelError) -> Refusal? {
    guard let link = links.first(where: { $0.name == interface }) else { return nil }
    if link.isDown { return Refusal(.link, "\(interface), which leads to the pod, is down") }
    if link.kind == "bridge", let port = try self.interface(leadingTo: address), port.isDown {
      return Refusal(.link, "\(port.name), the port of \(interface) that leads to the pod, is down")
    }
    // A pod whose gateway is proxy ARP's finds it only where the interface forwards (arp_process).
    if address.family == .v4, link.isPair, !forwards(.v4, interface),
      source.sysctl("net/ipv4/conf/\(interface)/proxy_arp") == "1"
    {
      return Refusal(
        .forwarding,
        "the pod cannot answer: \(interface) does not forward, so its gateway answers no ARP request "
          + "(net.ipv4.conf.\(interface).forwarding is 0)")
    }
    guard let arrivals = try arrivals(address.family), !arrivals.attached.isEmpty,
      arrivals.uplinks.contains(interface), try gateway(to: address) != nil
    else { return nil }
    return Refusal(.route, "the pod is on this node, and no route leads to it: its packets leave by \(interface)")
  }

  /// The interface that leads to a pod of this node; nil where the address is no such pod's.
  func interface(leadingTo address: IPAddress) throws(KernelError) -> Link? {
    try local.link(for: address, &source)
  }

  /// The interfaces that lead to pods of this node, by the pods' addresses.
  func interfaces(leadingTo addresses: [IPAddress]) throws(KernelError) -> [IPAddress: String] {
    var found: [IPAddress: String] = [:]
    for address in addresses where found[address] == nil {
      found[address] = try interface(leadingTo: address)?.name
    }
    return found
  }

  /// Asked of the kernel's routing tables.
  func way(to address: IPAddress) throws(KernelError) -> Way? {
    guard case .route(let route) = try source.look(up: RouteQuery(destination: address)),
      let link = links.first(where: { $0.index == route.interface })
    else { return nil }
    return Way(interface: link.name, source: route.source, hasGateway: route.gateway != nil)
  }

  /// An address that a route of its own sends to a pair of virtual interfaces is a pod's. What other routes lead to by the
  /// same interface, with a gateway, shows that it is an uplink.
  func arrivals(_ family: IPFamily) throws(KernelError) -> Arrivals? {
    if let known = arrivals[family] { return known }
    // RT_TABLE_MAIN
    let routes = try routes(family).filter { $0.table == 254 && $0.isUnicast }
    let uplinks = Set(routes.filter { $0.gateway != nil || $0.destination.length == 0 }.compactMap(\.interface))
    let pairs = Dictionary(links.filter { $0.isPair && !uplinks.contains($0.index) }.map { ($0.index, $0.name) }) {
      first, _ in first
    }
    let defaults = routes.filter { $0.destination.length == 0 }
    let names = defaults.compactMap { route in links.first { $0.index == route.interface }?.name }
    var found = Arrivals(
      attached: [:], interfaces: links.map(\.name),
      uplinks: names.count == defaults.count ? Set(names).sorted() : [])
    for route in routes where route.gateway == nil {
      if route.destination.isSingle {
        guard let name = route.interface.flatMap({ pairs[$0] }) else { continue }
        found.attached[name, default: []].append(route.destination.address)
      } else if let link = links.first(where: { $0.index == route.interface }) {
        found.networks[route.destination] = link.name
      }
    }
    arrivals[family] = found
    return found
  }

  /// As they were when this was made, without link-local ones.
  func addresses(of interface: String, family: IPFamily) -> [IPAddress]? {
    links.first { $0.name == interface }.map { link in
      addresses.filter { $0.index == link.index && $0.address.family == family && !$0.isLinkLocal }.map(\.address)
    }
  }

  /// As the kernel chooses one for what leaves by an interface.
  func masqueradeAddress(of packet: Packet) throws(KernelError) -> IPAddress? {
    guard case .known(let name) = packet.outInterface, case .known(let destination) = packet.destination,
      let link = links.first(where: { $0.name == name })
    else { return nil }
    // Of IPv6 the next hop does not count.
    let hop = packet.family == .v4 ? try gateway(to: destination) : nil
    return addresses.chosen(on: link.index, near: hop ?? destination)
  }

  /// By br_netfilter's switches for all bridges of the namespace (brnf_call_iptables), or the bridge's own. Without the
  /// module there are none.
  func filteredBridges(_ family: IPFamily) -> [Bridge]? {
    if let known = bridges[family] { return known }
    let variable = family == .v4 ? "bridge-nf-call-iptables" : "bridge-nf-call-ip6tables"
    let all = source.sysctl("net/bridge/\(variable)")
    let filtered =
      all == nil ? [] : links.filter { $0.kind == "bridge" && (all != "0" || $0.filteredFamilies.contains(family)) }
    let found = filtered.map { bridge in
      let ports = links.filter { $0.master == bridge.index }
      return Bridge(
        name: bridge.name, ports: ports.map(\.name), reflectingPorts: Set(ports.filter(\.isReflecting).map(\.name)))
    }
    bridges[family] = found
    return found
  }

  /// By what the bridge has behind its ports.
  func port(leadingTo address: IPAddress) throws(KernelError) -> String? {
    guard let link = try interface(leadingTo: address), link.master != nil else { return nil }
    return link.name
  }

  /// As the links were when this was made.
  func interface(number: Int32) -> String? { links.first { $0.index == number }?.name }

  /// As the links were when this was made.
  func bridge(ofPort name: String) -> String? {
    guard let master = links.first(where: { $0.name == name })?.master else { return nil }
    return links.first { $0.index == master && $0.kind == "bridge" }?.name
  }

  private func gateway(to address: IPAddress) throws(KernelError) -> IPAddress? {
    if case .route(let route) = try source.look(up: RouteQuery(destination: address)) { route.gateway } else { nil }
  }
}

/// That of the network namespace that the calling thread was in when it was made.
typealias LiveRouting = KernelRouting<RouteSocket>

extension KernelRouting where Source == RouteSocket {
  /// Reads the links and addresses of the calling thread's network namespace.
  convenience init() throws(KernelError) { try self.init(RouteSocket()) }
}
