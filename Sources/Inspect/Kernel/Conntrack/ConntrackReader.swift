import CSys

/// The connection table of the network namespace that the calling thread is in when the reader is made.
final class ConntrackReader {
  private let sockets = NetlinkSockets(NETLINK_NETFILTER, reading: "connections")

  /// - Throws: `KernelError.unavailable` where the kernel has no ctnetlink: asking would load its module.
  init() throws(KernelError) {
    guard KernelModule.conntrackNetlink.isPresent else {
      throw .unavailable("connections cannot be read: the module nf_conntrack_netlink is not loaded")
    }
  }

  /// Calls `body` with the entries that `filter` admits. Linux 5.8 looks for them itself; before, and for what it is not
  /// asked for, all come and are looked at here.
  func forEach(_ filter: ConnectionFilter, _ body: (Connection) throws -> Void) throws {
    var socket = try sockets.send(.connections(filter))
    while let message = try socket.next() {
      guard let connection = try ConntrackDecoder.connection(message), filter.admits(connection) else { continue }
      try body(connection)
    }
    sockets.put(socket)
  }

  /// What the kernel answers when it is asked for all connections, of both families, byte for byte.
  func record() throws(KernelError) -> [UInt8] {
    var socket = try NetlinkSocket(NETLINK_NETFILTER, reading: "connections")
    return try socket.record(
      .netfilter(
        subsystem: NFNL_SUBSYS_CTNETLINK, command: IPCTNL_MSG_CT_GET.rawValue, flags: NLM_F_DUMP, reading: "connections"
      ))
  }
}

extension KernelModule {
  static let conntrackNetlink = KernelModule(name: "nf_conntrack_netlink", function: "ctnetlink_dump_table")
}

extension NetlinkRequest {
  /// A dump (IPCTNL_MSG_CT_GET, which, other than IPCTNL_MSG_CT_GET_CTRZERO, leaves counters as they are).
  fileprivate static func connections(_ filter: ConnectionFilter) -> NetlinkRequest {
    var request = NetlinkRequest.netfilter(
      subsystem: NFNL_SUBSYS_CTNETLINK, command: IPCTNL_MSG_CT_GET.rawValue, flags: NLM_F_DUMP,
      family: UInt8(filter.family.addressFamily), reading: "connections")
    let original = filter.original.kernelFlags(filter.transport, filter.family)
    let reply = filter.reply.kernelFlags(nil, filter.family)
    guard original != 0 || reply != 0 else { return request }
    // The kernel wants both, also where one is 0.
    request.nest(Int(CTA_FILTER.rawValue)) {
      $0.append(Int(CTA_FILTER_ORIG_FLAGS.rawValue), number: original)
      $0.append(Int(CTA_FILTER_REPLY_FLAGS.rawValue), number: reply)
    }
    if original != 0 { request.append(CTA_TUPLE_ORIG, filter.original, filter.transport, filter.family) }
    if reply != 0 { request.append(CTA_TUPLE_REPLY, filter.reply, nil, filter.family) }
    return request
  }

  private mutating func append(
    _ type: ctattr_type, _ side: ConnectionFilter.Side, _ transport: TransportProtocol?, _ family: IPFamily
  ) {
    nest(Int(type.rawValue)) { tuple in
      if family == .v4, side.source != nil || side.destination != nil {
        tuple.nest(Int(CTA_TUPLE_IP.rawValue)) {
          if let source = side.source { $0.append(Int(CTA_IP_V4_SRC.rawValue), source.bytes) }
          if let destination = side.destination { $0.append(Int(CTA_IP_V4_DST.rawValue), destination.bytes) }
        }
      }
      guard let transport else { return }
      tuple.nest(Int(CTA_TUPLE_PROTO.rawValue)) {
        $0.append(Int(CTA_PROTO_NUM.rawValue), number: transport.rawValue)
        if let port = side.sourcePort { $0.append(Int(CTA_PROTO_SRC_PORT.rawValue), number: port.bigEndian) }
        if let port = side.destinationPort { $0.append(Int(CTA_PROTO_DST_PORT.rawValue), number: port.bigEndian) }
      }
    }
  }
}

extension ConnectionFilter.Side {
  /// CTA_FILTER_FLAG(...) of nf_internals.h: which fields of a tuple count. The kernel reads ports only of a protocol that it
  /// was told. Of IPv6 it is not asked for addresses: ctnetlink_filter_match_tuple leaves out those that are the same and gives
  /// those that are not (as of 6.18; `ConnectionLiveTests/filters`).
  fileprivate func kernelFlags(_ transport: TransportProtocol?, _ family: IPFamily) -> UInt32 {
    var flags: UInt32 = 0
    if family == .v4, source != nil { flags |= 1 << 0 }
    if family == .v4, destination != nil { flags |= 1 << 1 }
    guard transport != nil else { return flags }
    flags |= 1 << 3
    if sourcePort != nil { flags |= 1 << 4 }
    if destinationPort != nil { flags |= 1 << 5 }
    return flags
  }
}
