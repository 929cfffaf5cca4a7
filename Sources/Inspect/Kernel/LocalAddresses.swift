import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// The addresses that a node takes for its own: routes of type local in the routing table local.
enum LocalAddresses {
  /// Both families' addresses in the network namespace that the calling thread is in.
  static func read() throws(KernelError) -> [IPPrefix] {
    try read(.v4) + read(.v6)
  }

  private static let reading = "the routing table local"
  /// sizeof(struct rtmsg)
  private static let routeSize = 12
  private static let attempts = 5

  private static func read(_ family: IPFamily) throws(KernelError) -> [IPPrefix] {
    for _ in 0..<attempts {
      var prefixes: [IPPrefix] = []
      let interrupted = try Netlink.request(protocol: NETLINK_ROUTE, request(family), reading: reading) {
        message throws(KernelError) in
        if let prefix = try local(message, family) { prefixes.append(prefix) }
      }
      if !interrupted { return prefixes }
    }
    throw .changing(reading: reading, attempts: attempts)
  }

  /// struct nlmsghdr and struct rtmsg: RTM_GETROUTE of a family's table local. A kernel before 4.20 gives all tables.
  static func request(_ family: IPFamily) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 16 + routeSize)
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: UInt32($0.count), as: UInt32.self)
      $0.storeBytes(of: UInt16(RTM_GETROUTE), toByteOffset: 4, as: UInt16.self)
      $0.storeBytes(of: UInt16(NLM_F_REQUEST | NLM_F_DUMP), toByteOffset: 6, as: UInt16.self)
      $0[16] = UInt8(family.addressFamily)
    }
    return bytes
  }

  /// The prefix of one route, if it is one of the node's own addresses.
  ///
  /// struct rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type, flags.
  static func local(_ message: NetlinkMessage, _ family: IPFamily) throws(KernelError) -> IPPrefix? {
    guard Int(message.type) == RTM_NEWROUTE else { return nil }
    let route = message.payload
    guard route.count >= routeSize else {
      throw .malformed(reading: reading, offset: route.count, problem: "a route cut off")
    }
    guard route[0] == UInt8(family.addressFamily), route[7] == UInt8(RTN_LOCAL) else { return nil }
    var table = UInt32(route[4])
    var destination = IPAddress.any(family)
    var attributes = NetlinkAttributes(route, from: routeSize, reading: reading)
    while let attribute = try attributes.next() {
      switch Int(attribute.type) {
      case Int(RTA_DST.rawValue):
        guard let address = IPAddress(bytes: attribute.payload, family: family) else {
          throw .malformed(reading: reading, offset: 0, problem: "an address of \(attribute.payload.count) bytes")
        }
        destination = address
      case Int(RTA_TABLE.rawValue): table = attribute.number() ?? table
      default: break
      }
    }
    return table == UInt32(RT_TABLE_LOCAL.rawValue) ? IPPrefix(destination, length: Int(route[1])) : nil
  }
}
