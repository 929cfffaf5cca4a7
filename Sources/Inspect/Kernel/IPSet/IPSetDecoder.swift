import CSys

/// Reads the messages of IPSET_CMD_LIST, IPSET_CMD_SAVE and IPSET_CMD_HEADER.
///
/// What a set's type or revision adds that kpx does not know is passed over: attributes have the same meaning in all.
enum IPSetDecoder {
  @_lifetime(copy message)
  private static func fields(_ message: NetlinkMessage) throws(KernelError) -> NetlinkAttributes {
    // struct nfgenmsg
    let fields = try message.attributes(of: "ipset", after: 4)
    // Protocol 6 and 7 differ in what may be asked, not in what is answered.
    if let version = try fields.number(IPSET_ATTR_PROTOCOL, "protocol", as: UInt8.self), version < 6 {
      throw .unavailable("ipset in this kernel speaks a protocol that is too old")
    }
    return fields
  }

  /// The set that a message begins; nil for one that only has more members of a set.
  static func header(_ message: NetlinkMessage) throws(KernelError) -> IPSetHeader? {
    let fields = try fields(message)
    guard let type = try fields.first(IPSET_ATTR_TYPENAME)?.string else { return nil }
    var header = IPSetHeader(
      name: try fields.required(IPSET_ATTR_SETNAME, "name").string, type: type,
      revision: try fields.required(IPSET_ATTR_REVISION, "revision").number("revision"),
      family: try fields.number(IPSET_ATTR_FAMILY, "family", as: UInt8.self).flatMap { IPFamily(number: $0) })
    if let data = try fields.first(IPSET_ATTR_DATA)?.nested { try header.take(data) }
    return header
  }

  /// The kernel's number of the set that a message begins, which it tells by protocol 7 alone.
  static func index(_ message: NetlinkMessage) throws(KernelError) -> UInt16? {
    try fields(message).bigEndian(IPSET_ATTR_INDEX, "index")
  }

  /// The members in a message, of the set that was begun last.
  static func entries(_ message: NetlinkMessage) throws(KernelError) -> [IPSetEntry] {
    guard var members = try fields(message).first(IPSET_ATTR_ADT)?.nested(of: "ipset's member") else { return [] }
    var entries: [IPSetEntry] = []
    while let member = try members.next() {
      if member.type == IPSET_ATTR_DATA { entries.append(try entry(member.nested)) }
    }
    return entries
  }

  static func entry(_ fields: NetlinkAttributes) throws(KernelError) -> IPSetEntry {
    var fields = fields
    var entry = IPSetEntry()
    var packets: UInt64?
    var count: UInt64?
    while let field = try fields.next() {
      switch field.type {
      case IPSET_ATTR_IP: entry.network = .init(address: try address(field))
      case IPSET_ATTR_IP_TO: entry.network?.last = try address(field)
      case IPSET_ATTR_CIDR: entry.network?.prefixLength = try field.number("prefix length")
      case IPSET_ATTR_IP2: entry.network2 = .init(address: try address(field))
      case IPSET_ATTR_IP2_TO: entry.network2?.last = try address(field)
      case IPSET_ATTR_CIDR2: entry.network2?.prefixLength = try field.number("second prefix length")
      case IPSET_ATTR_PROTO: entry.transport = TransportProtocol(rawValue: try field.number("protocol"))
      case IPSET_ATTR_PORT: entry.port = try field.bigEndian("port")
      case IPSET_ATTR_PORT_TO: entry.lastPort = try field.bigEndian("last port")
      case IPSET_ATTR_TIMEOUT: entry.timeout = try field.bigEndian("timeout")
      case IPSET_ATTR_CADT_FLAGS: entry.takeFlags(try field.bigEndian("flags"))
      case IPSET_ATTR_PACKETS: packets = try field.bigEndian("packets")
      case IPSET_ATTR_BYTES: count = try field.bigEndian("bytes")
      case IPSET_ATTR_COMMENT: entry.comment = field.string
      default: try entry.takeRare(field)
      }
    }
    if let packets, let count { entry.counters = Counters(packets: packets, bytes: count) }
    return entry
  }

  fileprivate static func address(_ fields: NetlinkAttributes, _ type: Int) throws(KernelError) -> IPAddress? {
    guard let field = try fields.first(type) else { return nil }
    return try address(field)
  }

  /// IPSET_ATTR_IPADDR_IPV4 or _IPV6, inside.
  private static func address(_ field: NetlinkAttribute) throws(KernelError) -> IPAddress {
    var inner = field.nested
    guard let address = try inner.next() else { throw field.malformed("no address") }
    return try address.address("address", address.type == IPSET_ATTR_IPADDR_IPV4 ? .v4 : .v6)
  }
}

extension IPSetHeader {
  fileprivate mutating func take(_ data: NetlinkAttributes) throws(KernelError) {
    parameters.hashSize = try data.bigEndian(IPSET_ATTR_HASHSIZE, "hash size")
    parameters.maximumElements = try data.bigEndian(IPSET_ATTR_MAXELEM, "maximum of elements")
    parameters.bucketSize = try data.number(IPSET_ATTR_BUCKETSIZE, "bucket size")
    parameters.initialValue = try data.bigEndian(IPSET_ATTR_INITVAL, "initial value")
    parameters.netmask = try data.number(IPSET_ATTR_NETMASK, "netmask")
    // Alone among these in the machine's own order.
    parameters.markMask = try data.number(IPSET_ATTR_MARKMASK, "mark mask")
    parameters.size = try data.bigEndian(IPSET_ATTR_SIZE, "size")
    parameters.timeout = try data.bigEndian(IPSET_ATTR_TIMEOUT, "timeout")
    parameters.addresses = try Self.range(
      IPSetDecoder.address(data, IPSET_ATTR_IP), IPSetDecoder.address(data, IPSET_ATTR_IP_TO))
    parameters.ports = try Self.range(
      data.bigEndian(IPSET_ATTR_PORT, "first port"), data.bigEndian(IPSET_ATTR_PORT_TO, "last port"))
    references = try data.bigEndian(IPSET_ATTR_REFERENCES, "references") ?? 0
    memorySize = try data.bigEndian(IPSET_ATTR_MEMSIZE, "memory size") ?? 0
    elementCount = try data.bigEndian(IPSET_ATTR_ELEMENTS, "number of elements")
    let flags: UInt32 = try data.bigEndian(IPSET_ATTR_CADT_FLAGS, "flags") ?? 0
    parameters.hasCounters = flags & IPSET_FLAG_WITH_COUNTERS.rawValue != 0
    parameters.hasComments = flags & IPSET_FLAG_WITH_COMMENT.rawValue != 0
    parameters.hasSkbinfo = flags & IPSET_FLAG_WITH_SKBINFO.rawValue != 0
    parameters.isForced = flags & IPSET_FLAG_WITH_FORCEADD.rawValue != 0
  }

  /// What a bitmap covers.
  private static func range<Bound>(_ first: Bound?, _ last: Bound?) -> ClosedRange<Bound>? {
    guard let first, let last, first <= last else { return nil }
    return first...last
  }
}

extension IPSetEntry {
  fileprivate mutating func takeFlags(_ flags: UInt32) {
    isPhysdev = flags & IPSET_FLAG_PHYSDEV.rawValue != 0
    isException = flags & IPSET_FLAG_NOMATCH.rawValue != 0
    isWildcard = flags & IPSET_FLAG_IFACE_WILDCARD.rawValue != 0
  }

  fileprivate mutating func takeRare(_ field: NetlinkAttribute) throws(KernelError) {
    switch field.type {
    case IPSET_ATTR_MARK: mark = try field.bigEndian("mark")
    case IPSET_ATTR_ETHER:
      guard field.payload.byteCount == 6 else { throw field.wrongSize("hardware address", wanted: 6) }
      hardwareAddress = field.bytes
    case IPSET_ATTR_IFACE: interface = field.string
    case IPSET_ATTR_NAME: setName = field.string
    case IPSET_ATTR_SKBMARK:
      // Value and mask, in one number of 64 bits.
      let both: UInt64 = try field.bigEndian("skb mark")
      skbMark = SkbMark(value: UInt32(truncatingIfNeeded: both >> 32), mask: UInt32(truncatingIfNeeded: both))
    case IPSET_ATTR_SKBPRIO: skbPriority = try field.bigEndian("skb priority")
    case IPSET_ATTR_SKBQUEUE: skbQueue = try field.bigEndian("skb queue")
    default: break
    }
  }
}
