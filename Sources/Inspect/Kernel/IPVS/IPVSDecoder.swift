import CSys

/// Reads the messages of the generic netlink family IPVS.
enum IPVSDecoder {
  static let reading = "IPVS"
  /// struct genlmsghdr
  private static let headerSize = 4

  /// A virtual service (IPVS_CMD_NEW_SERVICE); nil for a message without one.
  static func service(_ message: NetlinkMessage) throws(KernelError) -> VirtualService? {
    guard let bytes = try part(IPVS_CMD_ATTR_SERVICE, of: message) else { return nil }
    var raw = RawService()
    var fields = NetlinkAttributes(bytes, reading: reading)
    while let field = try fields.next() { try raw.take(field) }
    return try raw.service
  }

  /// A real server (IPVS_CMD_NEW_DEST); nil for a message without one.
  ///
  /// - Parameter family: its service's; kernels before 3.18 do not say the real server's own.
  static func realServer(_ message: NetlinkMessage, family: IPFamily) throws(KernelError) -> RealServer? {
    guard let bytes = try part(IPVS_CMD_ATTR_DEST, of: message) else { return nil }
    var raw = RawServer(family: family)
    var fields = NetlinkAttributes(bytes, reading: reading)
    while let field = try fields.next() { try raw.take(field) }
    return try raw.complete
  }

  private static func part(_ type: Int, of message: NetlinkMessage) throws(KernelError) -> UnsafeRawBufferPointer? {
    guard message.payload.count >= headerSize else {
      throw .malformed(reading: reading, offset: message.payload.count, problem: "a message without struct genlmsghdr")
    }
    var fields = NetlinkAttributes(message.payload, from: headerSize, reading: reading)
    while let field = try fields.next() {
      if Int(field.type) == type { return field.payload }
    }
    return nil
  }

  /// An address, which takes 16 bytes in either family.
  private static func address(_ bytes: UnsafeRawBufferPointer, _ family: IPFamily) throws(KernelError) -> IPAddress {
    guard let address = IPAddress(bytes: bytes, family: family) else {
      throw .malformed(reading: reading, offset: 0, problem: "an address of \(bytes.count) bytes")
    }
    return address
  }

  private static func missing(_ what: String) -> KernelError {
    .malformed(reading: reading, offset: 0, problem: "\(what) is missing")
  }

  // MARK: - Services

  /// Attributes come in any order, and the address can only be read with the family.
  private struct RawService {
    var family: IPFamily?
    var transport: TransportProtocol?
    var address: UnsafeRawBufferPointer?
    var port: UInt16?
    var mark: UInt32?
    var scheduler = ""
    var flags = VirtualService.Flags()
    var timeout: UInt32 = 0
    var netmask: UnsafeRawBufferPointer?
    var engine: String?
    var statistics = Statistics()

    mutating func take(_ field: NetlinkAttribute) throws(KernelError) {
      switch Int(field.type) {
      case IPVS_SVC_ATTR_AF:
        family = field.number(as: UInt16.self).flatMap { IPFamily(number: UInt8(truncatingIfNeeded: $0)) }
      case IPVS_SVC_ATTR_PROTOCOL:
        transport = field.number(as: UInt16.self).map { TransportProtocol(rawValue: UInt8(truncatingIfNeeded: $0)) }
      case IPVS_SVC_ATTR_ADDR: address = field.payload
      case IPVS_SVC_ATTR_PORT: port = field.bigEndian()
      case IPVS_SVC_ATTR_FWMARK: mark = field.number()
      case IPVS_SVC_ATTR_SCHED_NAME: scheduler = field.string
      // struct ip_vs_flags: flags, mask.
      case IPVS_SVC_ATTR_FLAGS where field.payload.count >= 4:
        flags = VirtualService.Flags(rawValue: field.payload.loadUnaligned(as: UInt32.self))
      case IPVS_SVC_ATTR_TIMEOUT: timeout = field.number() ?? 0
      case IPVS_SVC_ATTR_NETMASK: netmask = field.payload
      case IPVS_SVC_ATTR_PE_NAME: engine = field.string
      case IPVS_SVC_ATTR_STATS: try statistics.take(field, wide: false)
      case IPVS_SVC_ATTR_STATS64: try statistics.take(field, wide: true)
      default: break
      }
    }

    var service: VirtualService {
      get throws(KernelError) {
        guard let family else { throw missing("a service's family") }
        var service = VirtualService(key: try key(family), scheduler: scheduler)
        service.flags = flags
        service.timeout = timeout
        service.persistenceLength = length(family)
        service.persistenceEngine = engine
        service.statistics = statistics.best
        return service
      }
    }

    private func key(_ family: IPFamily) throws(KernelError) -> VirtualServiceKey {
      if let mark { return .mark(mark, family: family) }
      guard let transport, let address, let port else { throw missing("a service's address") }
      return .address(SocketAddress(try IPVSDecoder.address(address, family), port: port), transport: transport)
    }

    /// A netmask in network order for IPv4, a length for IPv6.
    private func length(_ family: IPFamily) -> Int {
      guard let netmask, netmask.count == 4 else { return family.bits }
      if family == .v4 { return IPAddress(bytes: netmask, family: .v4)?.maskLength ?? family.bits }
      return min(Int(netmask.loadUnaligned(as: UInt32.self)), family.bits)
    }
  }

  // MARK: - Real servers

  private struct RawServer {
    var family: IPFamily
    var address: UnsafeRawBufferPointer?
    var port: UInt16?
    var server = RealServer(address: SocketAddress(.v4(0), port: 0), method: .masquerading, weight: 0)
    var statistics = Statistics()

    init(family: IPFamily) { self.family = family }

    mutating func take(_ field: NetlinkAttribute) throws(KernelError) {
      switch Int(field.type) {
      case IPVS_DEST_ATTR_ADDR: address = field.payload
      case IPVS_DEST_ATTR_PORT: port = field.bigEndian()
      case IPVS_DEST_ATTR_ADDR_FAMILY:
        let own = field.number(as: UInt16.self).flatMap { IPFamily(number: UInt8(truncatingIfNeeded: $0)) }
        family = own ?? family
      case IPVS_DEST_ATTR_FWD_METHOD: server.method = ForwardingMethod(number: field.number() ?? 0)
      case IPVS_DEST_ATTR_WEIGHT: server.weight = field.number() ?? 0
      case IPVS_DEST_ATTR_U_THRESH: server.upperThreshold = field.number() ?? 0
      case IPVS_DEST_ATTR_L_THRESH: server.lowerThreshold = field.number() ?? 0
      case IPVS_DEST_ATTR_ACTIVE_CONNS: server.activeConnections = field.number() ?? 0
      case IPVS_DEST_ATTR_INACT_CONNS: server.inactiveConnections = field.number() ?? 0
      case IPVS_DEST_ATTR_PERSIST_CONNS: server.persistentConnections = field.number() ?? 0
      case IPVS_DEST_ATTR_TUN_TYPE: server.tunnel.type = field.number() ?? 0
      case IPVS_DEST_ATTR_TUN_PORT: server.tunnel.port = field.bigEndian() ?? 0
      case IPVS_DEST_ATTR_TUN_FLAGS: server.tunnel.flags = field.number() ?? 0
      case IPVS_DEST_ATTR_STATS: try statistics.take(field, wide: false)
      case IPVS_DEST_ATTR_STATS64: try statistics.take(field, wide: true)
      default: break
      }
    }

    var complete: RealServer {
      get throws(KernelError) {
        guard let address, let port else { throw missing("a real server's address") }
        var server = server
        server.address = SocketAddress(try IPVSDecoder.address(address, family), port: port)
        server.statistics = statistics.best
        return server
      }
    }
  }

  // MARK: - Statistics

  /// Since 4.1 there are counters of 64 bits beside those of 32, which overflow.
  private struct Statistics {
    private var narrow = IPVSStatistics()
    private var wide: IPVSStatistics?

    var best: IPVSStatistics { wide ?? narrow }

    mutating func take(_ field: NetlinkAttribute, wide isWide: Bool) throws(KernelError) {
      var found = IPVSStatistics()
      var fields = NetlinkAttributes(field.payload, reading: reading)
      while let field = try fields.next() {
        let value = field.number(as: UInt64.self) ?? field.number(as: UInt32.self).map(UInt64.init) ?? 0
        switch Int(field.type) {
        case IPVS_STATS_ATTR_CONNS: found.connections = value
        case IPVS_STATS_ATTR_INPKTS: found.inPackets = value
        case IPVS_STATS_ATTR_OUTPKTS: found.outPackets = value
        case IPVS_STATS_ATTR_INBYTES: found.inBytes = value
        case IPVS_STATS_ATTR_OUTBYTES: found.outBytes = value
        default: continue
        }
      }
      if isWide { wide = found } else { narrow = found }
    }
  }
}
