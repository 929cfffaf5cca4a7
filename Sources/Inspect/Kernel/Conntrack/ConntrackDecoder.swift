import CSys

/// Reads the messages of ctnetlink (linux/netfilter/nfnetlink_conntrack.h). Numbers are in network byte order.
enum ConntrackDecoder {
  /// An entry; nil for a message that is none.
  static func connection(_ message: NetlinkMessage) throws(KernelError) -> Connection? {
    guard Int32(message.type) == NFNL_SUBSYS_CTNETLINK << 8 | Int32(IPCTNL_MSG_CT_NEW.rawValue) else { return nil }
    var attributes = try message.netfilterAttributes(of: "connection")
    guard let family = IPFamily(number: attributes.protocolFamily) else { return nil }
    var original: ConnectionTuple?
    var reply: ConnectionTuple?
    var fields = Fields()
    while let attribute = try attributes.next() {
      switch ctattr_type(UInt32(attribute.type)) {
      case CTA_TUPLE_ORIG: original = try tuple(attribute.nested, family)
      case CTA_TUPLE_REPLY: reply = try tuple(attribute.nested, family)
      case CTA_STATUS: fields.status = try attribute.bigEndian("status")
      case CTA_TIMEOUT: fields.timeout = try attribute.bigEndian("timeout")
      case CTA_MARK: fields.mark = try attribute.bigEndian("mark")
      case CTA_ZONE: fields.zone = try attribute.bigEndian("zone")
      case CTA_PROTOINFO: fields.state = try state(attribute.nested)
      case CTA_COUNTERS_ORIG: fields.original = try count(attribute.nested)
      case CTA_COUNTERS_REPLY: fields.reply = try count(attribute.nested)
      case CTA_TIMESTAMP:
        fields.start = try attribute.nested.bigEndian(Int(CTA_TIMESTAMP_START.rawValue), "time")
      default: break
      }
    }
    guard let original, let reply else { return nil }
    return fields.connection(original, reply)
  }

  /// What an entry has beside its directions.
  private struct Fields {
    var status: UInt32 = 0
    var timeout: UInt32 = 0
    var mark: UInt32 = 0
    var zone: UInt16 = 0
    var state: ConnectionState?
    var start: UInt64?
    var original: Connection.Count?
    var reply: Connection.Count?

    func connection(_ tuple: ConnectionTuple, _ answer: ConnectionTuple) -> Connection {
      var connection = Connection(
        original: tuple, reply: answer, status: Connection.Status(rawValue: status), timeout: timeout)
      connection.mark = mark
      connection.zone = zone
      connection.state = state
      connection.start = start
      if let original { connection.counts = (original, reply ?? Connection.Count(packets: 0, bytes: 0)) }
      return connection
    }
  }

  private static func tuple(_ attributes: NetlinkAttributes, _ family: IPFamily) throws(KernelError) -> ConnectionTuple
  {
    let addresses = try attributes.required(Int(CTA_TUPLE_IP.rawValue), "addresses").nested
    let (from, to) = family == .v4 ? (CTA_IP_V4_SRC, CTA_IP_V4_DST) : (CTA_IP_V6_SRC, CTA_IP_V6_DST)
    var tuple = ConnectionTuple(
      source: try addresses.required(Int(from.rawValue), "source").address("source", family),
      destination: try addresses.required(Int(to.rawValue), "destination").address("destination", family),
      transport: TransportProtocol(rawValue: 0), sourcePort: 0, destinationPort: 0)
    var fields = try attributes.required(Int(CTA_TUPLE_PROTO.rawValue), "protocol").nested
    while let field = try fields.next() {
      switch ctattr_l4proto(UInt32(field.type)) {
      case CTA_PROTO_NUM: tuple.transport = TransportProtocol(rawValue: try field.number("protocol"))
      case CTA_PROTO_SRC_PORT, CTA_PROTO_ICMP_ID, CTA_PROTO_ICMPV6_ID: tuple.sourcePort = try field.bigEndian("port")
      case CTA_PROTO_DST_PORT: tuple.destinationPort = try field.bigEndian("port")
      case CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMPV6_TYPE:
        tuple.destinationPort |= UInt16(try field.number("type", as: UInt8.self)) << 8
      case CTA_PROTO_ICMP_CODE, CTA_PROTO_ICMPV6_CODE:
        tuple.destinationPort |= UInt16(try field.number("code", as: UInt8.self))
      default: break
      }
    }
    return tuple
  }

  private static func state(_ attributes: NetlinkAttributes) throws(KernelError) -> ConnectionState? {
    if let tcp = try attributes.first(Int(CTA_PROTOINFO_TCP.rawValue))?.nested {
      return try tcp.number(Int(CTA_PROTOINFO_TCP_STATE.rawValue), "state", as: UInt8.self).map { .tcp($0) }
    }
    guard let sctp = try attributes.first(Int(CTA_PROTOINFO_SCTP.rawValue))?.nested else { return nil }
    return try sctp.number(Int(CTA_PROTOINFO_SCTP_STATE.rawValue), "state", as: UInt8.self).map { .sctp($0) }
  }

  private static func count(_ attributes: NetlinkAttributes) throws(KernelError) -> Connection.Count {
    Connection.Count(
      packets: try attributes.bigEndian(Int(CTA_COUNTERS_PACKETS.rawValue), "packets") ?? 0,
      bytes: try attributes.bigEndian(Int(CTA_COUNTERS_BYTES.rawValue), "bytes") ?? 0)
  }
}
