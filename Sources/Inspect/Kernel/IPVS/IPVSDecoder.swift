import CSys

/// Reads the messages of the generic netlink family IPVS.
enum IPVSDecoder {
  static let reading = "IPVS"
  /// struct genlmsghdr
  static let headerSize = 4

  /// A virtual service (IPVS_CMD_NEW_SERVICE); nil for a message without one.
  static func service(_ message: NetlinkMessage) throws(KernelError) -> VirtualService? {
    let all = try message.attributes(of: "virtual service", after: headerSize)
    guard let fields = try all.first(IPVS_CMD_ATTR_SERVICE)?.nested else { return nil }
    let family = try family(fields.required(IPVS_SVC_ATTR_AF, "address family"))
    var service = VirtualService(
      key: try key(fields, family), scheduler: try fields.required(IPVS_SVC_ATTR_SCHED_NAME, "scheduler").string)
    if let flags = try fields.first(IPVS_SVC_ATTR_FLAGS) {
      // struct ip_vs_flags: flags, mask.
      guard flags.payload.byteCount == 8 else { throw flags.wrongSize("flags", wanted: 8) }
      service.flags = VirtualService.Flags(rawValue: flags.payload.unsafeLoadUnaligned(as: UInt32.self))
    }
    service.timeout = try fields.number(IPVS_SVC_ATTR_TIMEOUT, "timeout") ?? 0
    service.persistenceLength = try persistenceLength(fields, family)
    service.persistenceEngine = try fields.first(IPVS_SVC_ATTR_PE_NAME)?.string
    service.statistics = try statistics(fields, IPVS_SVC_ATTR_STATS64, IPVS_SVC_ATTR_STATS)
    return service
  }

  /// A real server (IPVS_CMD_NEW_DEST); nil for a message without one.
  ///
  /// - Parameter family: its service's; kernels before 3.18 do not say the real server's own.
  static func realServer(_ message: NetlinkMessage, family: IPFamily) throws(KernelError) -> RealServer? {
    let all = try message.attributes(of: "real server", after: headerSize)
    guard let fields = try all.first(IPVS_CMD_ATTR_DEST)?.nested else { return nil }
    var family = family
    if let own = try fields.first(IPVS_DEST_ATTR_ADDR_FAMILY) { family = try Self.family(own) }
    var server = RealServer(
      address: SocketAddress(
        try address(fields.required(IPVS_DEST_ATTR_ADDR, "address"), family),
        port: try fields.required(IPVS_DEST_ATTR_PORT, "port").bigEndian("port")),
      method: ForwardingMethod(
        number: try fields.required(IPVS_DEST_ATTR_FWD_METHOD, "forwarding method").number("forwarding method")),
      weight: try fields.required(IPVS_DEST_ATTR_WEIGHT, "weight").number("weight"))
    server.upperThreshold = try fields.number(IPVS_DEST_ATTR_U_THRESH, "upper threshold") ?? 0
    server.lowerThreshold = try fields.number(IPVS_DEST_ATTR_L_THRESH, "lower threshold") ?? 0
    server.activeConnections = try fields.number(IPVS_DEST_ATTR_ACTIVE_CONNS, "active connections") ?? 0
    server.inactiveConnections = try fields.number(IPVS_DEST_ATTR_INACT_CONNS, "inactive connections") ?? 0
    server.persistentConnections = try fields.number(IPVS_DEST_ATTR_PERSIST_CONNS, "persistent connections") ?? 0
    server.tunnel.type = try fields.number(IPVS_DEST_ATTR_TUN_TYPE, "tunnel type") ?? 0
    server.tunnel.port = try fields.bigEndian(IPVS_DEST_ATTR_TUN_PORT, "tunnel port") ?? 0
    server.tunnel.flags = try fields.number(IPVS_DEST_ATTR_TUN_FLAGS, "tunnel flags") ?? 0
    server.statistics = try statistics(fields, IPVS_DEST_ATTR_STATS64, IPVS_DEST_ATTR_STATS)
    return server
  }

  private static func key(
    _ fields: NetlinkAttributes, _ family: IPFamily
  ) throws(KernelError) -> VirtualServiceKey {
    if let mark = try fields.number(IPVS_SVC_ATTR_FWMARK, "mark", as: UInt32.self) {
      return .mark(mark, family: family)
    }
    let transport = try fields.required(IPVS_SVC_ATTR_PROTOCOL, "protocol").number("protocol", as: UInt16.self)
    let address = try address(fields.required(IPVS_SVC_ATTR_ADDR, "address"), family)
    let port: UInt16 = try fields.required(IPVS_SVC_ATTR_PORT, "port").bigEndian("port")
    return .address(
      SocketAddress(address, port: port), transport: TransportProtocol(rawValue: UInt8(truncatingIfNeeded: transport)))
  }

  private static func family(_ field: NetlinkAttribute) throws(KernelError) -> IPFamily {
    let number = try field.number("address family", as: UInt16.self)
    guard let family = UInt8(exactly: number).flatMap(IPFamily.init(number:)) else {
      throw field.malformed("address family \(number)")
    }
    return family
  }

  /// An address, which takes 16 bytes in either family.
  private static func address(_ field: NetlinkAttribute, _ family: IPFamily) throws(KernelError) -> IPAddress {
    guard let address = field.payload.withUnsafeBytes({ IPAddress(bytes: $0, family: family) }) else {
      throw field.wrongSize("address", wanted: 16)
    }
    return address
  }

  /// A netmask in network order for IPv4, a length for IPv6.
  private static func persistenceLength(_ fields: NetlinkAttributes, _ family: IPFamily) throws(KernelError) -> Int {
    guard let netmask = try fields.first(IPVS_SVC_ATTR_NETMASK) else { return family.bits }
    if family == .v4 { return try netmask.address("netmask", .v4).maskLength ?? family.bits }
    return min(Int(try netmask.number("netmask", as: UInt32.self)), family.bits)
  }

  /// Since 4.1 there are counters of 64 bits beside those of 32, which overflow.
  private static func statistics(
    _ fields: NetlinkAttributes, _ wide: Int, _ narrow: Int
  ) throws(KernelError) -> IPVSStatistics {
    if let counters = try fields.first(wide)?.nested { return try statistics(counters, UInt64.self) }
    if let counters = try fields.first(narrow)?.nested { return try statistics(counters, UInt32.self) }
    return IPVSStatistics()
  }

  /// Counters; bytes have 64 bits in either.
  private static func statistics(
    _ fields: NetlinkAttributes, _ counter: (some FixedWidthInteger & BitwiseCopyable).Type
  ) throws(KernelError) -> IPVSStatistics {
    var found = IPVSStatistics()
    found.connections = UInt64(try fields.number(IPVS_STATS_ATTR_CONNS, "connections", as: counter) ?? 0)
    found.inPackets = UInt64(try fields.number(IPVS_STATS_ATTR_INPKTS, "incoming packets", as: counter) ?? 0)
    found.outPackets = UInt64(try fields.number(IPVS_STATS_ATTR_OUTPKTS, "outgoing packets", as: counter) ?? 0)
    found.inBytes = try fields.number(IPVS_STATS_ATTR_INBYTES, "incoming bytes") ?? 0
    found.outBytes = try fields.number(IPVS_STATS_ATTR_OUTBYTES, "outgoing bytes") ?? 0
    return found
  }
}
