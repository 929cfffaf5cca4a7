import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// IPVS of the network namespace that the calling thread is in when the reader is made.
public final class IPVSReader {
  private let sockets = NetlinkSockets(NETLINK_GENERIC, reading: IPVSDecoder.reading)
  /// The number that generic netlink gave the family.
  private let family: UInt16

  /// Whether IPVS is in the kernel. Its file is looked for: asking generic netlink for the family would load the module.
  public static var isPresent: Bool {
    // Of this thread: it may have entered a network namespace that the process's first thread is not in.
    access("/proc/thread-self/net/ip_vs", F_OK) == 0
  }

  /// - Throws: `KernelError.unavailable` where IPVS is not in the kernel.
  public init() throws(KernelError) {
    guard Self.isPresent else {
      throw .noIPVS
    }
    family = try Self.resolve(sockets)
  }

  // MARK: - Services

  /// All virtual services, without their real servers, in the kernel's order.
  public func services() throws(KernelError) -> [VirtualService] {
    try sockets.list(serviceRequest, IPVSDecoder.service)
  }

  private var serviceRequest: NetlinkRequest {
    request(IPVS_CMD_GET_SERVICE, flags: NLM_F_DUMP, "virtual services")
  }

  /// One virtual service, without its real servers; nil if there is none.
  public func service(_ key: VirtualServiceKey) throws(KernelError) -> VirtualService? {
    var request = request(IPVS_CMD_GET_SERVICE, "virtual service \(key)")
    request.append(key)
    do throws(KernelError) {
      return try sockets.value(request, IPVSDecoder.service)
    } catch .refused(_, ESRCH, _) {
      return nil
    }
  }

  /// The real servers of a virtual service, in the kernel's order; none if there is no such service.
  public func realServers(of key: VirtualServiceKey) throws(KernelError) -> [RealServer] {
    try sockets.list(serverRequest(key)) { message throws(KernelError) in
      try IPVSDecoder.realServer(message, family: key.family)
    }
  }

  private func serverRequest(_ key: VirtualServiceKey) -> NetlinkRequest {
    var request = request(IPVS_CMD_GET_DEST, flags: NLM_F_DUMP, "real servers of \(key)")
    request.append(key)
    return request
  }

  /// What the kernel answers when it is asked for all services and for the real servers of each, byte for byte.
  func record() throws(KernelError) -> (services: [UInt8], servers: [UInt8]) {
    var socket = try NetlinkSocket(NETLINK_GENERIC, reading: IPVSDecoder.reading)
    let services = try socket.record(serviceRequest)
    var servers: [UInt8] = []
    var messages = NetlinkMessages(services.span.bytes, reading: IPVSDecoder.reading)
    while let message = try messages.next() {
      // NLMSG_MIN_TYPE; those below are netlink's own.
      guard message.type >= 16, let service = try IPVSDecoder.service(message) else { continue }
      servers += try socket.record(serverRequest(service.key))
    }
    return (services, servers)
  }

  /// The size of the connection table (IPVS_CMD_GET_INFO), and IPVS's version.
  public func info() throws(KernelError) -> (version: String, tableSize: UInt32) {
    let request = request(IPVS_CMD_GET_INFO, IPVSDecoder.reading)
    let info = try sockets.value(request) { message throws(KernelError) -> (UInt32, UInt32)? in
      let fields = try message.attributes(of: "IPVS", after: IPVSDecoder.headerSize)
      return (
        try fields.required(IPVS_INFO_ATTR_VERSION, "version").number("version"),
        try fields.required(IPVS_INFO_ATTR_CONN_TAB_SIZE, "table size").number("table size")
      )
    }
    guard let (version, size) = info else { throw .unavailable("IPVS does not tell its version") }
    return ("\(version >> 16 & 0xff).\(version >> 8 & 0xff).\(version & 0xff)", size)
  }

  // MARK: - Messages

  private func request(_ command: Int, flags: Int32 = 0, _ reading: String) -> NetlinkRequest {
    .generic(
      family: family, command: command, version: UInt8(IPVS_GENL_VERSION), flags: flags, reading: reading)
  }

  private static func resolve(_ sockets: NetlinkSockets) throws(KernelError) -> UInt16 {
    // GENL_ID_CTRL is NLMSG_MIN_TYPE.
    var request = NetlinkRequest.generic(
      family: 0x10, command: Int(CTRL_CMD_GETFAMILY), version: 1, reading: "generic netlink's family IPVS")
    request.append(Int(CTRL_ATTR_FAMILY_NAME), text: IPVS_GENL_NAME)
    let number = try sockets.value(request) { message throws(KernelError) -> UInt16? in
      try message.attributes(of: "generic netlink family", after: IPVSDecoder.headerSize)
        .number(Int(CTRL_ATTR_FAMILY_ID), "number")
    }
    guard let number else { throw .unavailable("no IPVS here: generic netlink has no such family") }
    return number
  }
}

extension KernelError {
  static let noIPVS = KernelError.unavailable("no IPVS here: the kernel has none, or its module ip_vs is not loaded")
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
