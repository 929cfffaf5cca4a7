import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Asks the kernel about one network namespace's links, addresses, routes and neighbours: the namespace that the thread
/// was in that opened it. It keeps asking there wherever the thread goes.
struct RouteSocket: ~Copyable {
  private var socket: NetlinkSocket
  /// Whether the kernel obeys filters of dumps; without, nothing can be asked about another namespace by its id.
  let isStrict: Bool

  /// RTEXT_FILTER_SKIP_STATS
  private static let skipStatistics: UInt32 = 8

  init() throws(KernelError) {
    let socket = try NetlinkSocket(NETLINK_ROUTE, reading: "the network interfaces")
    // Since Linux 4.20.
    isStrict = socket.set(NETLINK_GET_STRICT_CHK)
    self.socket = socket
  }

  /// All interfaces.
  mutating func links(withStatistics: Bool) throws(KernelError) -> [Link] {
    try socket.list(Self.linkRequest(flags: NLM_F_DUMP, withStatistics: withStatistics), LinkMessages.link)
  }

  /// One interface of this namespace; nil if there is none of this index.
  mutating func link(index: Int32, withStatistics: Bool) throws(KernelError) -> Link? {
    var request = Self.linkRequest(withStatistics: withStatistics)
    request.setHeader(index, at: 4)
    return try link(request)
  }

  /// One interface of this namespace; nil if there is none of this name.
  mutating func link(named name: String, withStatistics: Bool) throws(KernelError) -> Link? {
    // IFNAMSIZ, with its NUL
    guard !name.isEmpty, name.utf8.count < 16 else { return nil }
    var request = Self.linkRequest(withStatistics: withStatistics)
    request.append(IFLA_IFNAME, text: name)
    return try link(request)
  }

  private mutating func link(_ request: NetlinkRequest) throws(KernelError) -> Link? {
    do throws(KernelError) {
      return try socket.value(request, LinkMessages.link)
    } catch .refused(_, ENODEV, _) {
      return nil
    }
  }

  private static func linkRequest(flags: Int32 = 0, withStatistics: Bool) -> NetlinkRequest {
    var request = NetlinkRequest.route(
      RTM_GETLINK, flags: flags, headerSize: 16, reading: "the network interfaces")
    if !withStatistics { request.append(IFLA_EXT_MASK, number: skipStatistics) }
    return request
  }

  /// All addresses of both families; with `target` those of another namespace.
  mutating func addresses(target: Int32?) throws(KernelError) -> [InterfaceAddress] {
    try socket.list(Self.addressRequest(target), LinkMessages.address)
  }

  private static func addressRequest(_ target: Int32?) -> NetlinkRequest {
    var request = NetlinkRequest.route(
      RTM_GETADDR, flags: NLM_F_DUMP, headerSize: 8, reading: "the interfaces' addresses")
    if let target { request.append(IFA_TARGET_NETNSID, number: target) }
    return request
  }

  /// All routes of a family, of all tables.
  mutating func routes(_ family: IPFamily) throws(KernelError) -> [Route] {
    try socket.list(Self.dump(RTM_GETROUTE, family.addressFamily, "the routes"), LinkMessages.route)
  }

  /// The route of a packet of this namespace to an address, as `ip route get fibmatch` shows it.
  mutating func route(to address: IPAddress, mark: UInt32) throws(KernelError) -> RouteAnswer {
    var request = routeRequest(to: address)
    // RTM_F_FIB_MATCH, since Linux 4.13: the route itself and not what it gives for this address. IPv4 names its table
    // only with RTM_F_LOOKUP_TABLE, which IPv6 refuses.
    request.setHeader(UInt32(address.family == .v4 ? 0x3000 : 0x2000), at: 8)
    if mark != 0 { request.append(Int(RTA_MARK.rawValue), number: mark) }
    do throws(KernelError) {
      let route = try socket.value(request, LinkMessages.route)
      return route.map(RouteAnswer.route) ?? .refused("the kernel has no route", isMissing: true)
    } catch .refused(_, let code, let text) {
      return .matching(code, text, address)
    }
  }

  /// The rules that choose a routing table, in order.
  mutating func rules(_ family: IPFamily) throws(KernelError) -> [RoutingRule] {
    try socket.list(Self.dump(RTM_GETRULE, family.addressFamily, "the routing rules"), LinkMessages.rule)
  }

  /// What routing makes of one packet, as `ip route get` asks.
  mutating func look(up query: RouteQuery) throws(KernelError) -> RouteAnswer {
    var request = routeRequest(to: query.destination)
    if let source = query.source {
      request.setHeader(UInt8(source.family.bits), at: 2)
      request.append(Int(RTA_SRC.rawValue), source.bytes)
    }
    if let index = query.inInterface { request.append(Int(RTA_IIF.rawValue), number: index) }
    if query.mark != 0 { request.append(Int(RTA_MARK.rawValue), number: query.mark) }
    do throws(KernelError) {
      let route = try socket.value(request, LinkMessages.route)
      return route.map(RouteAnswer.route) ?? .refused("the kernel has no route", isMissing: true)
    } catch .refused(_, let code, let text) {
      return .refused(RouteAnswer.reason(code, text, query), isMissing: code == ENETUNREACH)
    }
  }

  private func routeRequest(to address: IPAddress) -> NetlinkRequest {
    var request = NetlinkRequest.route(
      RTM_GETROUTE, headerSize: 12, family: address.family.addressFamily, reading: "a route")
    request.setHeader(UInt8(address.family.bits), at: 1)
    request.append(Int(RTA_DST.rawValue), address.bytes)
    return request
  }

  /// Who has which address on the links, of a family.
  mutating func neighbours(_ family: IPFamily) throws(KernelError) -> [Neighbour] {
    try socket.list(Self.dump(RTM_GETNEIGH, family.addressFamily, "the neighbours"), LinkMessages.neighbour)
  }

  /// Behind which port a bridge has seen which MAC address, of all bridges.
  mutating func bridgePorts() throws(KernelError) -> [Neighbour] {
    try socket.list(Self.dump(RTM_GETNEIGH, AF_BRIDGE, "the bridges' tables"), LinkMessages.neighbour)
  }

  /// The id by which this namespace knows another; nil if it has given it none.
  ///
  /// By descriptor and never by a dump: a dump of ids is cut short on some kernels, without a word.
  mutating func namespaceID(of descriptor: Int32) throws(KernelError) -> Int32? {
    var request = NetlinkRequest.route(
      RTM_GETNSID, headerSize: 1, reading: "a network namespace's id")
    request.append(NETNSA_FD, number: descriptor)
    return try socket.value(request, LinkMessages.namespaceID)
  }

  /// A dump of what is described by 12 bytes: struct rtmsg, fib_rule_hdr, ndmsg.
  private static func dump(_ type: Int, _ family: Int32, _ reading: String) -> NetlinkRequest {
    .route(type, flags: NLM_F_DUMP, headerSize: 12, family: family, reading: reading)
  }

  // MARK: - As they are

  /// What the kernel answers when it is asked for one of these, byte for byte.
  mutating func record(_ recorded: Recorded) throws(KernelError) -> [UInt8] {
    switch recorded {
    case .links: try socket.record(Self.linkRequest(flags: NLM_F_DUMP, withStatistics: true))
    case .addresses(let target): try socket.record(Self.addressRequest(target))
    case .routes(let family): try socket.record(Self.dump(RTM_GETROUTE, family.addressFamily, "the routes"))
    case .rules(let family): try socket.record(Self.dump(RTM_GETRULE, family.addressFamily, "the routing rules"))
    case .neighbours(let family): try socket.record(Self.dump(RTM_GETNEIGH, family.addressFamily, "the neighbours"))
    case .bridgePorts: try socket.record(Self.dump(RTM_GETNEIGH, AF_BRIDGE, "the bridges' tables"))
    }
  }

  /// What can be recorded.
  enum Recorded {
    case links
    /// nil: of this namespace.
    case addresses(of: Int32?)
    case routes(IPFamily)
    case rules(IPFamily)
    case neighbours(IPFamily)
    case bridgePorts
  }
}
