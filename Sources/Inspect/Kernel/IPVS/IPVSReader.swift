import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// IPVS of the network namespace that the calling thread is in when the reader is made.
public final class IPVSReader {
  private let exchange = NetlinkExchange(protocol: NETLINK_GENERIC, reading: IPVSDecoder.reading)
  /// The number that generic netlink gave the family.
  private let family: UInt16

  /// Whether IPVS is in the kernel. Its file is looked for: asking generic netlink for the family would load the module.
  public static var isPresent: Bool {
    // Of this thread: it may have entered a network namespace that the process's first thread is not in.
    access("/proc/thread-self/net/ip_vs", F_OK) == 0
  }

  /// - Throws: `KernelError.unavailable` where IPVS is not in the kernel.
  public init() throws {
    guard Self.isPresent else {
      throw KernelError.unavailable("no IPVS here: the kernel has none, or its module ip_vs is not loaded")
    }
    family = try Self.resolve(exchange)
  }

  /// Whether connections through IPVS are tracked, so that rules can masquerade them (net.ipv4.vs.conntrack).
  public static var tracksConnections: Bool {
    get throws(KernelError) {
      do throws(KernelError) {
        return try NodeFile.text("/proc/sys/net/ipv4/vs/conntrack").hasPrefix("1")
      } catch .system(_, ENOENT) {
        // A kernel without CONFIG_IP_VS_NFCT.
        return false
      }
    }
  }

  // MARK: - Services

  /// All virtual services, without their real servers, in the kernel's order.
  public func services() throws -> [VirtualService] {
    try unchanged {
      var services: [VirtualService] = []
      let interrupted = try exchange.send(
        request(IPVS_CMD_GET_SERVICE, flags: NLM_F_DUMP), reading: "virtual services"
      ) { message in
        if let service = try IPVSDecoder.service(message) { services.append(service) }
      }
      return interrupted ? nil : services
    }
  }

  /// One virtual service, without its real servers; nil if there is none.
  public func service(_ key: VirtualServiceKey) throws -> VirtualService? {
    var found: VirtualService?
    var request = request(IPVS_CMD_GET_SERVICE, flags: 0)
    request.append(key)
    do {
      try exchange.send(request, reading: "virtual service \(key)") { message in
        if let service = try IPVSDecoder.service(message) { found = service }
      }
    } catch KernelError.system(_, ESRCH) {
      return nil
    }
    return found
  }

  /// The real servers of a virtual service, in the kernel's order; none if there is no such service.
  public func realServers(of key: VirtualServiceKey) throws -> [RealServer] {
    try unchanged {
      var servers: [RealServer] = []
      var request = request(IPVS_CMD_GET_DEST, flags: NLM_F_DUMP)
      request.append(key)
      let interrupted = try exchange.send(request, reading: "real servers of \(key)") { message in
        if let server = try IPVSDecoder.realServer(message, family: key.family) { servers.append(server) }
      }
      return interrupted ? nil : servers
    }
  }

  /// The size of the connection table (IPVS_CMD_GET_INFO), and IPVS's version.
  public func info() throws -> (version: String, tableSize: UInt32) {
    var version: UInt32 = 0
    var size: UInt32 = 0
    try exchange.send(request(IPVS_CMD_GET_INFO, flags: 0), reading: IPVSDecoder.reading) { message in
      guard message.payload.count >= 4 else { return }
      var fields = NetlinkAttributes(message.payload, from: 4, reading: IPVSDecoder.reading)
      while let field = try fields.next() {
        switch Int(field.type) {
        case IPVS_INFO_ATTR_VERSION: version = field.number() ?? 0
        case IPVS_INFO_ATTR_CONN_TAB_SIZE: size = field.number() ?? 0
        default: continue
        }
      }
    }
    return ("\(version >> 16 & 0xff).\(version >> 8 & 0xff).\(version & 0xff)", size)
  }

  // MARK: - Messages

  private func request(_ command: Int, flags: Int32) -> NetlinkRequest {
    .generic(family: family, command: command, version: UInt8(IPVS_GENL_VERSION), flags: flags)
  }

  private static let attempts = 5

  private func unchanged<Value>(_ read: () throws -> Value?) throws -> Value {
    for _ in 0..<Self.attempts {
      if let value = try read() { return value }
    }
    throw KernelError.changing(reading: IPVSDecoder.reading, attempts: Self.attempts)
  }

  private static func resolve(_ exchange: NetlinkExchange) throws -> UInt16 {
    // GENL_ID_CTRL is NLMSG_MIN_TYPE.
    var request = NetlinkRequest.generic(family: 0x10, command: Int(CTRL_CMD_GETFAMILY), version: 1, flags: 0)
    request.append(Int(CTRL_ATTR_FAMILY_NAME), text: "IPVS")
    var number: UInt16?
    try exchange.send(request, reading: "generic netlink's family IPVS") { message in
      guard message.payload.count >= 4 else { return }
      var fields = NetlinkAttributes(message.payload, from: 4, reading: IPVSDecoder.reading)
      while let field = try fields.next() {
        if Int(field.type) == Int(CTRL_ATTR_FAMILY_ID) { number = field.number() }
      }
    }
    guard let number else { throw KernelError.unavailable("no IPVS here: generic netlink has no such family") }
    return number
  }
}

extension NetlinkRequest {
  /// IPVS_CMD_ATTR_SERVICE, as far as it tells one service from the others.
  fileprivate mutating func append(_ key: VirtualServiceKey) {
    nest(IPVS_CMD_ATTR_SERVICE) { service in
      service.append(IPVS_SVC_ATTR_AF, number: UInt16(key.family.addressFamily))
      switch key {
      case .mark(let mark, _): service.append(IPVS_SVC_ATTR_FWMARK, number: mark)
      case .address(let address, let transport):
        service.append(IPVS_SVC_ATTR_PROTOCOL, number: UInt16(transport.rawValue))
        service.append(
          IPVS_SVC_ATTR_ADDR,
          address.address.bytes + [UInt8](repeating: 0, count: 12).prefix(address.address.family == .v4 ? 12 : 0))
        service.append(IPVS_SVC_ATTR_PORT, number: address.port.bigEndian)
      }
    }
  }
}
