import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// rtnetlink's messages, decoded. All bytes come from outside and are checked.
enum LinkMessages {
  // MARK: - Links

  /// struct ifinfomsg: family, padding, type, index, flags, change.
  private static let linkHeader = 16

  /// The interface of an RTM_NEWLINK; nil for another message.
  static func link(_ message: NetlinkMessage) throws(KernelError) -> Link? {
    guard Int(message.type) == RTM_NEWLINK else { return nil }
    let bytes = message.payload
    guard bytes.count >= linkHeader else { throw short("an interface", bytes) }
    var link = Link(
      name: "", index: bytes.loadUnaligned(fromByteOffset: 4, as: Int32.self), mtu: 0,
      flags: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self), state: operationalState(0))
    var lowerIndex: Int32?
    var lowerNamespace: Int32?
    var attributes = NetlinkAttributes(bytes, from: linkHeader, reading: "an interface")
    while let attribute = try attributes.next() {
      switch Int(attribute.type) {
      case IFLA_IFNAME: link.name = attribute.string
      case IFLA_ADDRESS: link.mac = attribute.payload.isEmpty ? nil : MACAddress(attribute.payload)
      case IFLA_MTU: link.mtu = attribute.number() ?? link.mtu
      case IFLA_MASTER: link.master = attribute.number()
      case IFLA_LINK: lowerIndex = attribute.number()
      case IFLA_LINK_NETNSID: lowerNamespace = attribute.number()
      case IFLA_OPERSTATE: link.state = operationalState(attribute.number() ?? 0)
      case IFLA_LINKINFO: link.kind = try kind(attribute)
      case IFLA_STATS64: link.statistics = statistics(attribute.payload)
      default: break
      }
    }
    link.lower = lower(of: link, index: lowerIndex, namespace: lowerNamespace)
    return link
  }

  /// Kernels before 5.10 leave IFLA_LINK out where the other end, in another namespace, has this end's own index.
  private static func lower(of link: Link, index: Int32?, namespace: Int32?) -> LinkKey? {
    // 0: the kernel has nothing to name, as for a veth whose other end is being removed.
    if let index { return index > 0 ? LinkKey(netnsid: namespace, index: index) : nil }
    return namespace.map { LinkKey(netnsid: $0, index: link.index) }
  }

  private static func kind(_ info: NetlinkAttribute) throws(KernelError) -> String? {
    var attributes = NetlinkAttributes(info.payload, reading: "an interface's kind")
    while let attribute = try attributes.next() {
      if Int(attribute.type) == IFLA_INFO_KIND { return attribute.string }
    }
    return nil
  }

  private static func operationalState(_ number: UInt8) -> String {
    let names = ["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"]
    return number < names.count ? names[Int(number)] : "UNKNOWN"
  }

  /// The first eight numbers of struct rtnl_link_stats64; later kernels append to it.
  private static func statistics(_ bytes: UnsafeRawBufferPointer) -> LinkStatistics? {
    guard bytes.count >= 64 else { return nil }
    func number(_ place: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self) }
    return LinkStatistics(
      rxPackets: number(0), txPackets: number(1), rxBytes: number(2), txBytes: number(3),
      rxErrors: number(4), txErrors: number(5), rxDropped: number(6), txDropped: number(7))
  }

  // MARK: - Addresses

  /// struct ifaddrmsg: family, prefixlen, flags, scope, index.
  private static let addressHeader = 8

  /// The address of an RTM_NEWADDR; nil for another message and for families other than IP.
  static func address(_ message: NetlinkMessage) throws(KernelError) -> InterfaceAddress? {
    guard Int(message.type) == RTM_NEWADDR else { return nil }
    let bytes = message.payload
    guard bytes.count >= addressHeader else { throw short("an interface's address", bytes) }
    guard let family = IPFamily(number: bytes[0]) else { return nil }
    var local: IPAddress?
    var other: IPAddress?
    var attributes = NetlinkAttributes(bytes, from: addressHeader, reading: "an interface's address")
    while let attribute = try attributes.next() {
      switch Int(attribute.type) {
      case IFA_LOCAL: local = try ip(attribute, family)
      case IFA_ADDRESS: other = try ip(attribute, family)
      default: break
      }
    }
    // On a point-to-point link IFA_ADDRESS is the other end's.
    guard let address = local ?? other else { return nil }
    return InterfaceAddress(
      address: address, prefixLength: Int(bytes[1]), index: bytes.loadUnaligned(fromByteOffset: 4, as: Int32.self),
      isLinkLocal: bytes[3] == UInt8(RT_SCOPE_LINK.rawValue), isGlobal: bytes[3] == UInt8(RT_SCOPE_UNIVERSE.rawValue),
      isSecondary: bytes[2] & UInt8(IFA_F_SECONDARY) != 0)
  }

  // MARK: - Routes

  /// struct rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type, flags.
  private static let routeHeader = 12

  /// The route of an RTM_NEWROUTE; nil for another message and for families other than IP.
  static func route(_ message: NetlinkMessage) throws(KernelError) -> Route? {
    guard Int(message.type) == RTM_NEWROUTE else { return nil }
    let bytes = message.payload
    guard bytes.count >= routeHeader else { throw short("a route", bytes) }
    guard let family = IPFamily(number: bytes[0]) else { return nil }
    var route = Route(
      destination: IPPrefix(.any(family), length: Int(bytes[1])), table: UInt32(bytes[4]), type: bytes[7])
    var attributes = NetlinkAttributes(bytes, from: routeHeader, reading: "a route")
    while let attribute = try attributes.next() {
      switch Int(attribute.type) {
      case Int(RTA_DST.rawValue):
        route.destination = IPPrefix(try ip(attribute, family), length: Int(bytes[1]))
      case Int(RTA_OIF.rawValue): route.interface = attribute.number()
      case Int(RTA_GATEWAY.rawValue): route.gateway = try ip(attribute, family)
      case Int(RTA_PREFSRC.rawValue): route.source = try ip(attribute, family)
      case Int(RTA_TABLE.rawValue): route.table = attribute.number() ?? route.table
      default: break
      }
    }
    return route
  }

  // MARK: - Routing rules

  /// struct fib_rule_hdr: family, dst_len, src_len, tos, table, 2 reserved bytes, action, flags.
  private static let ruleHeader = 12

  /// The rule of an RTM_NEWRULE; nil for another message and for families other than IP.
  static func rule(_ message: NetlinkMessage) throws(KernelError) -> RoutingRule? {
    guard Int(message.type) == RTM_NEWRULE else { return nil }
    let bytes = message.payload
    guard bytes.count >= ruleHeader else { throw short("a routing rule", bytes) }
    guard let family = IPFamily(number: bytes[0]) else { return nil }
    // FR_ACT_TO_TBL is 1; FIB_RULE_INVERT is 2.
    var rule = RoutingRule(table: UInt32(bytes[4]))
    rule.asksMore =
      bytes[2] != 0 || bytes[3] != 0 || bytes[7] != 1
      || bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self) & 2 != 0
    var attributes = NetlinkAttributes(bytes, from: ruleHeader, reading: "a routing rule")
    while let attribute = try attributes.next() {
      switch Int(attribute.type) {
      case FRA_DST: rule.destination = IPPrefix(try ip(attribute, family), length: Int(bytes[1]))
      case FRA_TABLE: rule.table = attribute.number() ?? rule.table
      case FRA_FWMARK: rule.mark = attribute.number() ?? 0
      case FRA_FWMASK: rule.markMask = attribute.number() ?? 0
      case FRA_PRIORITY, FRA_FLOW, FRA_SUPPRESS_IFGROUP, FRA_SUPPRESS_PREFIXLEN, FRA_PROTOCOL, FRA_PAD: break
      default: rule.asksMore = true
      }
    }
    return rule
  }

  // MARK: - Neighbours

  /// struct ndmsg: family, padding of 3, ifindex, state, flags, type.
  private static let neighbourHeader = 12

  /// The neighbour, or the entry of a bridge's table, of an RTM_NEWNEIGH; nil for another message.
  static func neighbour(_ message: NetlinkMessage) throws(KernelError) -> Neighbour? {
    guard Int(message.type) == RTM_NEWNEIGH else { return nil }
    let bytes = message.payload
    guard bytes.count >= neighbourHeader else { throw short("a neighbour", bytes) }
    let family = IPFamily(number: bytes[0])
    var neighbour = Neighbour(index: bytes.loadUnaligned(fromByteOffset: 4, as: Int32.self))
    var attributes = NetlinkAttributes(bytes, from: neighbourHeader, reading: "a neighbour")
    while let attribute = try attributes.next() {
      switch Int(attribute.type) {
      case Int(NDA_DST): if let family { neighbour.address = try ip(attribute, family) }
      case Int(NDA_LLADDR): neighbour.mac = MACAddress(attribute.payload)
      case Int(NDA_MASTER): neighbour.master = attribute.number()
      default: break
      }
    }
    return neighbour
  }

  // MARK: - Namespaces

  /// The id in an RTM_NEWNSID; nil for another message, and where the namespace has no id here.
  static func namespaceID(_ message: NetlinkMessage) throws(KernelError) -> Int32? {
    guard Int(message.type) == RTM_NEWNSID else { return nil }
    // struct rtgenmsg, padded
    var attributes = NetlinkAttributes(message.payload, from: 4, reading: "a namespace's id")
    while let attribute = try attributes.next() {
      guard Int(attribute.type) == NETNSA_NSID else { continue }
      guard let id: Int32 = attribute.number(), id >= 0 else { return nil }
      return id
    }
    return nil
  }

  // MARK: -

  private static func short(_ reading: String, _ bytes: UnsafeRawBufferPointer) -> KernelError {
    .malformed(reading: reading, offset: bytes.count, problem: "cut off")
  }

  private static func ip(_ attribute: NetlinkAttribute, _ family: IPFamily) throws(KernelError) -> IPAddress {
    guard attribute.payload.count == family.bits / 8, let ip = IPAddress(bytes: attribute.payload, family: family)
    else {
      throw .malformed(reading: "an address", offset: 0, problem: "\(attribute.payload.count) bytes")
    }
    return ip
  }
}
