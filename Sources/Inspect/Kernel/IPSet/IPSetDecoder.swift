import CSys

/// One step of listing sets: a set, or a member of the set before.
enum IPSetEvent {
  case set(IPSetHeader)
  case entry(IPSetEntry)
}

/// Reads the messages of IPSET_CMD_LIST, IPSET_CMD_SAVE and IPSET_CMD_HEADER.
///
/// What a set's type or revision adds that kpx does not know is passed over: attributes have the same meaning in all.
struct IPSetDecoder {
  static let reading = "ipsets"
  /// struct nfgenmsg
  private static let headerSize = 4

  /// Gives `body` what a message says: the set, in the first of its messages, and the members.
  func decode(_ message: NetlinkMessage, _ body: (IPSetEvent) throws -> Void) throws {
    guard message.payload.count >= Self.headerSize else {
      throw malformed(message.payload.count, "a message without struct nfgenmsg")
    }
    var fields = NetlinkAttributes(message.payload, from: Self.headerSize, reading: Self.reading)
    var header = RawHeader()
    var members: UnsafeRawBufferPointer?
    while let field = try fields.next() {
      switch Int(field.type) {
      case IPSET_ATTR_PROTOCOL: try checkProtocol(field)
      case IPSET_ATTR_SETNAME: header.name = field.string
      case IPSET_ATTR_TYPENAME: header.type = field.string
      case IPSET_ATTR_REVISION: header.revision = field.number() ?? 0
      case IPSET_ATTR_FAMILY: header.family = field.number(as: UInt8.self).flatMap { IPFamily(number: $0) }
      case IPSET_ATTR_DATA: header.data = field.payload
      case IPSET_ATTR_ADT: members = field.payload
      default: continue
      }
    }
    // Only a set's first message has its type.
    if let set = try header.set { try body(.set(set)) }
    guard let members else { return }
    var entries = NetlinkAttributes(members, reading: Self.reading)
    while let entry = try entries.next() {
      guard Int(entry.type) == IPSET_ATTR_DATA else { continue }
      try body(.entry(try Self.entry(entry.payload)))
    }
  }

  /// Protocol 6 and 7 differ in what may be asked, not in what is answered.
  private func checkProtocol(_ field: NetlinkAttribute) throws(KernelError) {
    guard let version = field.number(as: UInt8.self), version >= 6 else {
      throw .unavailable("ipset in this kernel speaks a protocol that is too old")
    }
  }

  private func malformed(_ offset: Int, _ problem: String) -> KernelError {
    .malformed(reading: Self.reading, offset: offset, problem: problem)
  }

  // MARK: - The set

  private struct RawHeader {
    var name = ""
    var type: String?
    var revision: UInt8 = 0
    var family: IPFamily?
    var data: UnsafeRawBufferPointer?

    /// nil for a message that only has members.
    var set: IPSetHeader? {
      get throws(KernelError) {
        guard let type else { return nil }
        var header = IPSetHeader(name: name, type: type, revision: revision, family: family)
        guard let data else { return header }
        var bounds = Bounds()
        var fields = NetlinkAttributes(data, reading: IPSetDecoder.reading)
        while let field = try fields.next() {
          try bounds.take(field)
          header.take(field)
        }
        header.parameters.addresses = bounds.addresses
        header.parameters.ports = bounds.ports
        return header
      }
    }
  }

  /// The range that a bitmap covers.
  private struct Bounds {
    var from: IPAddress?
    var to: IPAddress?
    var fromPort: UInt16?
    var toPort: UInt16?

    mutating func take(_ field: NetlinkAttribute) throws(KernelError) {
      switch Int(field.type) {
      case IPSET_ATTR_IP: from = try address(field)
      case IPSET_ATTR_IP_TO: to = try address(field)
      case IPSET_ATTR_PORT: fromPort = field.bigEndian()
      case IPSET_ATTR_PORT_TO: toPort = field.bigEndian()
      default: break
      }
    }

    var addresses: ClosedRange<IPAddress>? {
      guard let from, let to, from <= to else { return nil }
      return from...to
    }

    var ports: ClosedRange<UInt16>? {
      guard let fromPort, let toPort, fromPort <= toPort else { return nil }
      return fromPort...toPort
    }
  }

  // MARK: - Members

  static func entry(_ bytes: UnsafeRawBufferPointer) throws(KernelError) -> IPSetEntry {
    var entry = IPSetEntry()
    var packets: UInt64?
    var count: UInt64?
    var fields = NetlinkAttributes(bytes, reading: reading)
    while let field = try fields.next() {
      switch Int(field.type) {
      case IPSET_ATTR_IP: entry.network = .init(address: try address(field))
      case IPSET_ATTR_IP_TO: entry.network?.last = try address(field)
      case IPSET_ATTR_CIDR: entry.network?.prefixLength = field.number()
      case IPSET_ATTR_IP2: entry.network2 = .init(address: try address(field))
      case IPSET_ATTR_IP2_TO: entry.network2?.last = try address(field)
      case IPSET_ATTR_CIDR2: entry.network2?.prefixLength = field.number()
      case IPSET_ATTR_PROTO: entry.transport = field.number().map(TransportProtocol.init(rawValue:))
      case IPSET_ATTR_PORT: entry.port = field.bigEndian()
      case IPSET_ATTR_PORT_TO: entry.lastPort = field.bigEndian()
      case IPSET_ATTR_TIMEOUT: entry.timeout = field.bigEndian()
      case IPSET_ATTR_CADT_FLAGS: entry.takeFlags(field.bigEndian() ?? 0)
      case IPSET_ATTR_PACKETS: packets = field.bigEndian()
      case IPSET_ATTR_BYTES: count = field.bigEndian()
      case IPSET_ATTR_COMMENT: entry.comment = field.string
      default: entry.takeRare(field)
      }
    }
    if let packets, let count { entry.counters = Counters(packets: packets, bytes: count) }
    return entry
  }

  /// IPSET_ATTR_IPADDR_IPV4 or _IPV6, inside.
  private static func address(_ field: NetlinkAttribute) throws(KernelError) -> IPAddress {
    var inner = NetlinkAttributes(field.payload, reading: reading)
    if let bytes = try inner.next()?.payload {
      let family: IPFamily = bytes.count == 4 ? .v4 : .v6
      if bytes.count == family.bits / 8, let address = IPAddress(bytes: bytes, family: family) { return address }
    }
    throw .malformed(reading: reading, offset: 0, problem: "an address of \(field.payload.count) bytes")
  }
}

extension IPSetHeader {
  fileprivate mutating func take(_ field: NetlinkAttribute) {
    switch Int(field.type) {
    case IPSET_ATTR_HASHSIZE: parameters.hashSize = field.bigEndian()
    case IPSET_ATTR_MAXELEM: parameters.maximumElements = field.bigEndian()
    case IPSET_ATTR_BUCKETSIZE: parameters.bucketSize = field.number()
    case IPSET_ATTR_INITVAL: parameters.initialValue = field.bigEndian()
    case IPSET_ATTR_NETMASK: parameters.netmask = field.number()
    // Alone among these in the machine's own order.
    case IPSET_ATTR_MARKMASK: parameters.markMask = field.number()
    case IPSET_ATTR_SIZE: parameters.size = field.bigEndian()
    case IPSET_ATTR_TIMEOUT: parameters.timeout = field.bigEndian()
    case IPSET_ATTR_REFERENCES: references = field.bigEndian() ?? 0
    case IPSET_ATTR_MEMSIZE: memorySize = field.bigEndian() ?? 0
    case IPSET_ATTR_ELEMENTS: elementCount = field.bigEndian()
    case IPSET_ATTR_CADT_FLAGS:
      let flags: UInt32 = field.bigEndian() ?? 0
      parameters.hasCounters = flags & IPSET_FLAG_WITH_COUNTERS.rawValue != 0
      parameters.hasComments = flags & IPSET_FLAG_WITH_COMMENT.rawValue != 0
      parameters.hasSkbinfo = flags & IPSET_FLAG_WITH_SKBINFO.rawValue != 0
      parameters.isForced = flags & IPSET_FLAG_WITH_FORCEADD.rawValue != 0
    default: break
    }
  }
}

extension IPSetEntry {
  fileprivate mutating func takeFlags(_ flags: UInt32) {
    isPhysdev = flags & IPSET_FLAG_PHYSDEV.rawValue != 0
    isException = flags & IPSET_FLAG_NOMATCH.rawValue != 0
    isWildcard = flags & IPSET_FLAG_IFACE_WILDCARD.rawValue != 0
  }

  fileprivate mutating func takeRare(_ field: NetlinkAttribute) {
    switch Int(field.type) {
    case IPSET_ATTR_MARK: mark = field.bigEndian()
    case IPSET_ATTR_ETHER where field.payload.count == 6: hardwareAddress = Array(field.payload)
    case IPSET_ATTR_IFACE: interface = field.string
    case IPSET_ATTR_NAME: setName = field.string
    case IPSET_ATTR_SKBMARK:
      // Value and mask, in one number of 64 bits.
      skbMark = field.bigEndian(as: UInt64.self).map {
        SkbMark(value: UInt32(truncatingIfNeeded: $0 >> 32), mask: UInt32(truncatingIfNeeded: $0))
      }
    case IPSET_ATTR_SKBPRIO: skbPriority = field.bigEndian()
    case IPSET_ATTR_SKBQUEUE: skbQueue = field.bigEndian()
    default: break
    }
  }
}

extension IPFamily {
  /// By AF_INET or AF_INET6, which are NFPROTO_IPV4 and NFPROTO_IPV6 too; nil for another.
  init?(number: UInt8) {
    switch Int32(number) {
    case IPFamily.v4.addressFamily: self = .v4
    case IPFamily.v6.addressFamily: self = .v6
    default: return nil
    }
  }
}
