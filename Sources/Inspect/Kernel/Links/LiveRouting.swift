#if canImport(Glibc)
  import Glibc
#endif

/// The routing of the network namespace that the calling thread was in when it was made, asked packet by packet as
/// `ip route get` does: policy rules, marks and the check of sources by the interface they come by included.
public final class LiveRouting: NodeRouting {
  private var socket: RouteSocket
  private let links: [Link]
  private let addresses: [InterfaceAddress]
  private var rules: [IPFamily: [RoutingRule]] = [:]
  private var routes: [IPFamily: [Route]] = [:]
  private var leaving: [LeavingKey: Routing?] = [:]
  private var arrivals: [IPFamily: Arrivals] = [:]
  /// Whether packets of a family that arrive may leave again by some interface.
  private var isForwarding: [IPFamily: Bool] = [:]
  private var local: LocalInterfaces?
  private var bridges: [IPFamily: [Bridge]] = [:]

  /// What leaves for addresses of one prefix, once there were many questions.
  private var leavingByPrefix: [PrefixKey: Routing?] = [:]
  private var prefixes: [IPFamily: RoutePrefixes] = [:]
  /// A trace of one service asks less often, and a node may have a great many routes.
  private static let questionsBeforePrefixes = 256

  private struct LeavingKey: Hashable {
    let destination: IPAddress
    let mark: Mark
  }

  private struct PrefixKey: Hashable {
    let prefix: IPPrefix
    let mark: Mark
  }

  /// Reads the links and addresses of the calling thread's network namespace.
  public init() throws(KernelError) {
    var socket = try RouteSocket()
    links = try socket.links(withStatistics: false)
    addresses = try socket.addresses()
    self.socket = socket
  }

  /// Asked of the kernel's routing tables.
  public func route(_ packet: Packet) throws(KernelError) -> Routing? {
    guard case .known(let source) = packet.source, case .known(let destination) = packet.destination else { return nil }
    var query = RouteQuery(destination: destination, source: source)
    // An unknown bit could choose another table.
    if packet.mark.known == .max { query.mark = packet.mark.value }
    if case .known(let name) = packet.inInterface, name != "lo" {
      guard let link = links.first(where: { $0.name == name }) else { return nil }
      query.inInterface = link.index
    }
    let answer = try socket.look(up: query)
    // Where the interface does not forward the kernel answers as if there were no route (ip_route_input_slow).
    if case .refused = answer, let refusal = try refusalToForward(packet) { return .refused(refusal) }
    return routing(answer)
  }

  private func routing(_ answer: RouteAnswer) -> Routing? {
    switch answer {
    case .refused(let why, _): return .refused(Refusal(.route, why))
    case .route(let route):
      // RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST; a multicast packet may do both.
      if [2, 3, 4].contains(route.type) { return .local }
      guard route.isUnicast, let link = links.first(where: { $0.index == route.interface }) else { return nil }
      return .out(interface: link.name)
    }
  }

  /// Asked of the kernel, as POSTROUTING sees the packet.
  public func departure(of packet: Packet) throws(KernelError) -> Routing? {
    guard case .known(let destination) = packet.destination else { return nil }
    let key = LeavingKey(destination: destination, mark: packet.mark)
    if let known = leaving[key] { return known }
    guard leaving.count >= Self.questionsBeforePrefixes else {
      let found = try findDeparture(to: destination, mark: packet.mark)
      leaving[key] = .some(found)
      return found
    }
    // What was asked for is the route itself and not what it gives for an address (RTM_F_FIB_MATCH).
    let ofPrefix = PrefixKey(prefix: try prefixes(destination.family).innermost(of: destination), mark: packet.mark)
    if let known = leavingByPrefix[ofPrefix] { return known }
    let found = try findDeparture(to: destination, mark: packet.mark)
    if case .refused = found {
      // The words name the address.
      leaving[key] = .some(found)
    } else {
      leavingByPrefix[ofPrefix] = .some(found)
    }
    return found
  }

  /// Of all tables, and of the rules that choose one.
  private func prefixes(_ family: IPFamily) throws(KernelError) -> RoutePrefixes {
    if let known = prefixes[family] { return known }
    let made = RoutePrefixes(try routes(family).map(\.destination) + rules(family).compactMap(\.destination))
    prefixes[family] = made
    return made
  }

  private func findDeparture(to destination: IPAddress, mark: Mark) throws(KernelError) -> Routing? {
    switch try socket.route(to: destination, mark: mark.value) {
    case .route(let route):
      guard route.isUnicast, try isChosen(route.table, for: destination, mark),
        let link = links.first(where: { $0.index == route.interface })
      else { return nil }
      return .out(interface: link.name)
    case .refused(let why, let isMissing):
      // A namespace without any route is no node: rules were loaded there to be looked at.
      if isMissing, try !hasRoutes(destination.family) { return nil }
      return try isRefused(destination, mark) ? .refused(Refusal(.route, why)) : nil
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
    let read = try socket.routes(family)
    routes[family] = read
    return read
  }

  private func rules(_ family: IPFamily) throws(KernelError) -> [RoutingRule] {
    if let known = rules[family] { return known }
    let read = try socket.rules(family)
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
  public func refusalToForward(_ packet: Packet) throws(KernelError) -> Refusal? {
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
    let isOff = Sysctl.read(family == .v4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding") == "0"
    let hasOwn = isOff && links.contains { !$0.isLoopback && forwards(family, $0.name) }
    var found = !isOff || hasOwn
    if !found { found = try !hasRoutes(family) }
    isForwarding[family] = found
    return found
  }

  private func forwards(_ family: IPFamily, _ name: String) -> Bool {
    switch family {
    case .v4: Sysctl.read("net/ipv4/conf/\(name)/forwarding") != "0"
    // force_forwarding is there since Linux 6.17.
    case .v6:
      Sysctl.read("net/ipv6/conf/all/forwarding") != "0"
        || Sysctl.read("net/ipv6/conf/\(name)/force_forwarding") == "1"
    }
  }

  /// A link that is down takes no packet. Where pods have routes of their own, one that leaves by a router has lost its own.
  public func obstacle(toPod address: IPAddress, leavingBy interface: String) throws(KernelError) -> Refusal? {
    guard let link = links.first(where: { $0.name == interface }) else { return nil }
    if link.isDown { return Refusal(.link, "\(interface), which leads to the pod, is down") }
    if link.kind == "bridge", let port = try self.interface(leadingTo: address), port.isDown {
      return Refusal(.link, "\(port.name), the port of \(interface) that leads to the pod, is down")
    }
    // A pod whose gateway is proxy ARP's finds it only where the interface forwards (arp_process).
    if address.family == .v4, link.isPair, !forwards(.v4, interface),
      Sysctl.read("net/ipv4/conf/\(interface)/proxy_arp") == "1"
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
    if local == nil { local = try LocalInterfaces() }
    return try local?.link(for: address)
  }

  /// Asked of the kernel's routing tables.
  public func way(to address: IPAddress) throws(KernelError) -> Way? {
    guard case .route(let route) = try socket.look(up: RouteQuery(destination: address)),
      let link = links.first(where: { $0.index == route.interface })
    else { return nil }
    return Way(interface: link.name, source: route.source, hasGateway: route.gateway != nil)
  }

  /// An address that a route of its own sends to a pair of virtual interfaces is a pod's. What other routes lead to by the
  /// same interface, with a gateway, shows that it is an uplink.
  public func arrivals(_ family: IPFamily) throws(KernelError) -> Arrivals? {
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
  public func addresses(of interface: String, family: IPFamily) -> [IPAddress]? {
    links.first { $0.name == interface }.map { link in
      addresses.filter { $0.index == link.index && $0.address.family == family && !$0.isLinkLocal }.map(\.address)
    }
  }

  /// IPv4 (inet_select_addr): the first global primary address of the interface whose network has the next hop in it,
  /// else the first; where it has none, the first of any interface. IPv6 (ipv6_dev_get_saddr) weighs all addresses; one
  /// alone on the interface is sure.
  public func masqueradeAddress(of packet: Packet) throws(KernelError) -> IPAddress? {
    guard case .known(let name) = packet.outInterface, case .known(let destination) = packet.destination,
      let link = links.first(where: { $0.name == name })
    else { return nil }
    let all = addresses.filter { $0.address.family == packet.family && $0.isGlobal && !$0.isSecondary }
    let own = all.filter { $0.index == link.index }
    if packet.family == .v6 { return own.count == 1 ? own[0].address : nil }
    let hop = try gateway(to: destination) ?? destination
    let near = own.first { IPPrefix($0.address, length: $0.prefixLength).contains(hop) }
    return (near ?? own.first ?? all.min { $0.index < $1.index })?.address
  }

  /// By br_netfilter's switches for all bridges of the namespace (brnf_call_iptables), or the bridge's own. Without the
  /// module there are none.
  public func filteredBridges(_ family: IPFamily) -> [Bridge]? {
    if let known = bridges[family] { return known }
    let variable = family == .v4 ? "bridge-nf-call-iptables" : "bridge-nf-call-ip6tables"
    let all = Sysctl.read("net/bridge/\(variable)")
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
  public func port(leadingTo address: IPAddress) throws(KernelError) -> String? {
    guard let link = try interface(leadingTo: address), link.master != nil else { return nil }
    return link.name
  }

  /// As the links were when this was made.
  public func interface(number: Int32) -> String? { links.first { $0.index == number }?.name }

  /// As the links were when this was made.
  public func bridge(ofPort name: String) -> String? {
    guard let master = links.first(where: { $0.name == name })?.master else { return nil }
    return links.first { $0.index == master && $0.kind == "bridge" }?.name
  }

  private func gateway(to address: IPAddress) throws(KernelError) -> IPAddress? {
    if case .route(let route) = try socket.look(up: RouteQuery(destination: address)) { route.gateway } else { nil }
  }
}
