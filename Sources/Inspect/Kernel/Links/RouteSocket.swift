import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Asks the kernel about one network namespace's links, addresses, routes and neighbours: the namespace that the thread
/// was in that opened it. It keeps asking there wherever the thread goes.
struct RouteSocket: ~Copyable {
  private let socket: NetlinkSocket
  /// Whether the kernel obeys filters of dumps; without, nothing can be asked about another namespace by its id.
  let isStrict: Bool

  private static let attempts = 5
  /// RTEXT_FILTER_SKIP_STATS
  private static let skipStatistics: UInt32 = 8

  init() throws(KernelError) {
    let socket = try NetlinkSocket(protocol: NETLINK_ROUTE, reading: "the network interfaces")
    isStrict = socket.setStrict()
    self.socket = socket
  }

  /// All interfaces.
  func links(withStatistics: Bool) throws(KernelError) -> [Link] {
    try dump(linkRequest(isDump: true, withStatistics: withStatistics)) { message throws(KernelError) in
      try LinkMessages.link(message)
    }
  }

  /// One interface of this namespace; nil if there is none of this index.
  func link(index: Int32, withStatistics: Bool) throws(KernelError) -> Link? {
    var request = linkRequest(isDump: false, withStatistics: withStatistics)
    request.setHeader(index, at: 4)
    return try absentAsNil { () throws(KernelError) in
      try ask(request) { message throws(KernelError) in try LinkMessages.link(message) }
    }
  }

  /// One interface of this namespace; nil if there is none of this name.
  func link(named name: String, withStatistics: Bool) throws(KernelError) -> Link? {
    // IFNAMSIZ, with its NUL
    guard !name.isEmpty, name.utf8.count < 16 else { return nil }
    var request = linkRequest(isDump: false, withStatistics: withStatistics)
    request.add(IFLA_IFNAME, Array(name.utf8) + [0])
    return try absentAsNil { () throws(KernelError) in
      try ask(request) { message throws(KernelError) in try LinkMessages.link(message) }
    }
  }

  private func linkRequest(isDump: Bool, withStatistics: Bool) -> RouteRequest {
    var request = RouteRequest(RTM_GETLINK, isDump: isDump, headerSize: 16, reading: "the network interfaces")
    if !withStatistics { request.add(IFLA_EXT_MASK, Self.skipStatistics) }
    return request
  }

  /// All addresses of both families; with `target` those of another namespace.
  func addresses(target: Int32? = nil) throws(KernelError) -> [InterfaceAddress] {
    var request = RouteRequest(RTM_GETADDR, isDump: true, headerSize: 8, reading: "the interfaces' addresses")
    if let target { request.add(IFA_TARGET_NETNSID, target) }
    return try dump(request) { message throws(KernelError) in try LinkMessages.address(message) }
  }

  /// All routes of a family, of all tables.
  func routes(_ family: IPFamily) throws(KernelError) -> [Route] {
    let request = RouteRequest(
      RTM_GETROUTE, isDump: true, headerSize: 12, family: family.addressFamily, reading: "the routes")
    return try dump(request) { message throws(KernelError) in try LinkMessages.route(message) }
  }

  /// The route of a packet of this namespace to an address, as `ip route get fibmatch` shows it; nil if there is none.
  func route(to address: IPAddress, mark: UInt32 = 0) throws(KernelError) -> Route? {
    var request = routeRequest(to: address)
    // RTM_F_FIB_MATCH, since Linux 4.13: the route itself and not what it gives for this address. IPv4 names its table
    // only with RTM_F_LOOKUP_TABLE, which IPv6 refuses.
    request.setHeader(UInt32(address.family == .v4 ? 0x3000 : 0x2000), at: 8)
    if mark != 0 { request.add(Int(RTA_MARK.rawValue), mark) }
    do throws(KernelError) {
      return try ask(request) { message throws(KernelError) in try LinkMessages.route(message) }
    } catch .system(_, let code) where [ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL].contains(code) {
      return nil
    }
  }

  /// The rules that choose a routing table, in order.
  func rules(_ family: IPFamily) throws(KernelError) -> [RoutingRule] {
    let request = RouteRequest(
      RTM_GETRULE, isDump: true, headerSize: 12, family: family.addressFamily, reading: "the routing rules")
    return try dump(request) { message throws(KernelError) in try LinkMessages.rule(message) }
  }

  /// What routing makes of one packet, as `ip route get` asks.
  func look(up query: RouteQuery) throws(KernelError) -> RouteAnswer {
    var request = routeRequest(to: query.destination)
    if let source = query.source {
      request.setHeader(UInt8(source.family.bits), at: 2)
      request.add(Int(RTA_SRC.rawValue), source.bytes)
    }
    if let index = query.inInterface { request.add(Int(RTA_IIF.rawValue), index) }
    if query.mark != 0 { request.add(Int(RTA_MARK.rawValue), query.mark) }
    do throws(KernelError) {
      let route = try ask(request) { message throws(KernelError) in try LinkMessages.route(message) }
      return route.map(RouteAnswer.route) ?? .refused("the kernel has no route")
    } catch .system(_, let code) {
      return .refused(RouteAnswer.reason(code, query))
    }
  }

  private func routeRequest(to address: IPAddress) -> RouteRequest {
    var request = RouteRequest(
      RTM_GETROUTE, isDump: false, headerSize: 12, family: address.family.addressFamily, reading: "a route")
    request.setHeader(UInt8(address.family.bits), at: 1)
    request.add(Int(RTA_DST.rawValue), address.bytes)
    return request
  }

  /// Who has which address on the links, of a family.
  func neighbours(_ family: IPFamily) throws(KernelError) -> [Neighbour] {
    let request = RouteRequest(
      RTM_GETNEIGH, isDump: true, headerSize: 12, family: family.addressFamily, reading: "the neighbours")
    return try dump(request) { message throws(KernelError) in try LinkMessages.neighbour(message) }
  }

  /// Behind which port a bridge has seen which MAC address, of all bridges.
  func bridgePorts() throws(KernelError) -> [Neighbour] {
    let request = RouteRequest(
      RTM_GETNEIGH, isDump: true, headerSize: 12, family: AF_BRIDGE, reading: "the bridges' tables")
    return try dump(request) { message throws(KernelError) in try LinkMessages.neighbour(message) }
  }

  /// The id by which this namespace knows another; nil if it has given it none.
  ///
  /// By descriptor and never by a dump: a dump of ids is cut short on some kernels, without a word.
  func namespaceID(of descriptor: Int32) throws(KernelError) -> Int32? {
    var request = RouteRequest(RTM_GETNSID, isDump: false, headerSize: 1, reading: "a network namespace's id")
    request.add(NETNSA_FD, descriptor)
    return try ask(request) { message throws(KernelError) in try LinkMessages.namespaceID(message) }
  }

  // MARK: - Conversation

  private func dump<Value>(
    _ request: RouteRequest, _ decode: (NetlinkMessage) throws(KernelError) -> Value?
  ) throws(KernelError) -> [Value] {
    for _ in 0..<Self.attempts {
      var values: [Value] = []
      let isWhole = try converse(request) { message throws(KernelError) in
        if let value = try decode(message) { values.append(value) }
      }
      if isWhole { return values }
    }
    throw .changing(reading: request.reading, attempts: Self.attempts)
  }

  private func ask<Value>(
    _ request: RouteRequest, _ decode: (NetlinkMessage) throws(KernelError) -> Value?
  ) throws(KernelError) -> Value? {
    var value: Value?
    _ = try converse(request) { message throws(KernelError) in value = try decode(message) }
    return value
  }

  /// Sends a request and gives `body` what answers it.
  /// - Returns: false if what is dumped changed while it was dumped.
  private func converse(
    _ request: RouteRequest, _ body: (NetlinkMessage) throws(KernelError) -> Void
  ) throws(KernelError) -> Bool {
    var bytes = request.bytes
    let sequence = try socket.send(&bytes)
    var isWhole = true
    // An error in the middle of a dump leaves answers in the socket; the next request tells them by their number.
    while true {
      var messages = NetlinkMessages(try socket.receive(), reading: request.reading)
      while let message = try messages.next() {
        guard message.sequence == sequence else { continue }
        if message.isInterrupted { isWhole = false }
        switch Int32(message.type) {
        case NLMSG_NOOP: continue
        case NLMSG_ERROR, NLMSG_DONE:
          try check(message, request.reading)
          return isWhole
        default:
          try body(message)
          // NLM_F_MULTI: more to come
          if message.flags & 2 == 0 { return isWhole }
        }
      }
    }
  }

  private func check(_ message: NetlinkMessage, _ reading: String) throws(KernelError) {
    guard message.payload.count >= 4 else {
      // NLMSG_DONE of old kernels may have no number.
      if Int32(message.type) == NLMSG_DONE { return }
      throw .malformed(reading: reading, offset: 0, problem: "an error without a number")
    }
    let number = message.payload.loadUnaligned(as: Int32.self)
    if number != 0 { throw KernelError(errno: number == .min ? EPROTO : abs(number), reading: reading) }
  }

  private func absentAsNil<Value>(_ body: () throws(KernelError) -> Value?) throws(KernelError) -> Value? {
    do throws(KernelError) {
      return try body()
    } catch .system(_, ENODEV) {
      return nil
    }
  }
}
