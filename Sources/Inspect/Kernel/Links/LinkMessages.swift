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
    var attributes = try message.attributes(of: "interface", after: linkHeader)
    var link = Link(
      name: "", index: attributes.header(4), mtu: 0, flags: attributes.header(8), state: operationalState(0))
    var lowerIndex: Int32?
    var lowerNamespace: Int32?
    while let attribute = try attributes.next() {
      switch attribute.type {
      case IFLA_IFNAME: link.name = attribute.string
      case IFLA_ADDRESS: link.mac = attribute.payload.isEmpty ? nil : MACAddress(attribute.bytes)
      case IFLA_MTU: link.mtu = try attribute.number("MTU")
      case IFLA_MASTER: link.master = try attribute.number("master")
      case IFLA_LINK: lowerIndex = try attribute.number("link")
      case IFLA_LINK_NETNSID: lowerNamespace = try attribute.number("id of the link's namespace")
      case IFLA_OPERSTATE: link.state = operationalState(try attribute.number("operational state"))
      case IFLA_CARRIER: link.hasCarrier = try attribute.number("carrier", as: UInt8.self) != 0
      case IFLA_LINKINFO: try read(attribute.nested, into: &link)
      case IFLA_STATS64: link.statistics = try statistics(attribute)
      default: break
      }
    }
    // A VXLAN interface has it among its own settings.
    let bound = link.lower.map { LinkKey(netnsid: lowerNamespace, index: $0.index) }
    link.lower = bound ?? lower(of: link, index: lowerIndex, namespace: lowerNamespace)
    return link
  }

  private static func read(_ info: NetlinkAttributes, into link: inout Link) throws(KernelError) {
    link.kind = try info.first(IFLA_INFO_KIND)?.string
    if try info.first(IFLA_INFO_SLAVE_KIND)?.string == "bridge", let port = try info.first(IFLA_INFO_SLAVE_DATA)?.nested
    {
      link.isReflecting = try port.number(IFLA_BRPORT_MODE, "port's hairpin mode", as: UInt8.self) == 1
    }
    if link.kind == "vxlan", let tunnel = try info.first(IFLA_INFO_DATA)?.nested {
      link.tunnelPort = try tunnel.bigEndian(IFLA_VXLAN_PORT, "VXLAN's port", as: UInt16.self)
      if let index = try tunnel.number(IFLA_VXLAN_LINK, "VXLAN's interface", as: Int32.self), index > 0 {
        link.lower = LinkKey(netnsid: nil, index: index)
      }
    }
    guard link.kind == "bridge", let bridge = try info.first(IFLA_INFO_DATA)?.nested else { return }
    func isSet(_ type: Int) throws(KernelError) -> Bool {
      try bridge.number(type, "bridge's setting", as: UInt8.self) == 1
    }
    if try isSet(IFLA_BR_NF_CALL_IPTABLES) { link.filteredFamilies.insert(.v4) }
    if try isSet(IFLA_BR_NF_CALL_IP6TABLES) { link.filteredFamilies.insert(.v6) }
  }

  /// Kernels before 5.10 leave IFLA_LINK out where the other end, in another namespace, has this end's own index.
  private static func lower(of link: Link, index: Int32?, namespace: Int32?) -> LinkKey? {
    // 0: the kernel has nothing to name, as for a veth whose other end is being removed.
    if let index { return index > 0 ? LinkKey(netnsid: namespace, index: index) : nil }
    return namespace.map { LinkKey(netnsid: $0, index: link.index) }
  }

  private static func operationalState(_ number: UInt8) -> String {
    let names = ["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"]
    return number < names.count ? names[Int(number)] : "UNKNOWN"
  }

  /// The first eight numbers of struct rtnl_link_stats64; later kernels append to it.
  private static func statistics(_ attribute: NetlinkAttribute) throws(KernelError) -> LinkStatistics {
    guard attribute.payload.byteCount >= 64 else { throw attribute.wrongSize("statistics", wanted: 64) }
    func number(_ place: Int) -> UInt64 {
      attribute.payload.unsafeLoadUnaligned(fromByteOffset: place * 8, as: UInt64.self)
    }
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
    var attributes = try message.attributes(of: "interface's address", after: addressHeader)
    guard let family = IPFamily(number: attributes.header(0)) else { return nil }
    var local: IPAddress?
    var other: IPAddress?
    while let attribute = try attributes.next() {
      switch attribute.type {
      case IFA_LOCAL: local = try attribute.address("address", family)
      case IFA_ADDRESS: other = try attribute.address("peer's address", family)
      default: break
      }
    }
    // On a point-to-point link IFA_ADDRESS is the other end's.
    guard let address = local ?? other else { return nil }
    let scope = attributes.header(3, as: UInt8.self)
    return InterfaceAddress(
      address: address, prefixLength: Int(attributes.header(1, as: UInt8.self)), index: attributes.header(4),
      isLinkLocal: scope == RT_SCOPE_LINK.rawValue, isGlobal: scope == RT_SCOPE_UNIVERSE.rawValue,
      isSecondary: attributes.header(2, as: UInt8.self) & UInt8(IFA_F_SECONDARY) != 0)
  }

  // MARK: - Routes

  /// struct rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type, flags.
  private static let routeHeader = 12

  /// The route of an RTM_NEWROUTE; nil for another message and for families other than IP.
  static func route(_ message: NetlinkMessage) throws(KernelError) -> Route? {
    guard Int(message.type) == RTM_NEWROUTE else { return nil }
    var attributes = try message.attributes(of: "route", after: routeHeader)
    guard let family = IPFamily(number: attributes.header(0)) else { return nil }
    let length = Int(attributes.header(1, as: UInt8.self))
    var route = Route(
      destination: IPPrefix(.any(family), length: length), table: UInt32(attributes.header(4, as: UInt8.self)),
      type: attributes.header(7))
    route.tos = attributes.header(3)
    route.isOfKernel = attributes.header(5, as: UInt8.self) == UInt8(RTPROT_KERNEL)
    let flags: UInt32 = attributes.header(8)
    (route.isDead, route.isLinkDown) = (flags & UInt32(RTNH_F_DEAD) != 0, flags & UInt32(RTNH_F_LINKDOWN) != 0)
    while let attribute = try attributes.next() {
      switch attribute.type {
      case Int(RTA_DST.rawValue):
        route.destination = IPPrefix(try attribute.address("destination", family), length: length)
      case Int(RTA_OIF.rawValue): route.interface = try attribute.number("interface")
      case Int(RTA_GATEWAY.rawValue): route.gateway = try attribute.address("gateway", family)
      case Int(RTA_PREFSRC.rawValue): route.source = try attribute.address("source", family)
      case Int(RTA_TABLE.rawValue): route.table = try attribute.number("table")
      case Int(RTA_PRIORITY.rawValue): route.metric = try attribute.number("metric")
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
    var attributes = try message.attributes(of: "routing rule", after: ruleHeader)
    guard let family = IPFamily(number: attributes.header(0)) else { return nil }
    var rule = RoutingRule(table: UInt32(attributes.header(4) as UInt8))
    let lengths: (destination: UInt8, source: UInt8) = (attributes.header(1), attributes.header(2))
    let (tos, flags): (UInt8, UInt32) = (attributes.header(3), attributes.header(8))
    rule.action = RoutingRule.Action(rawValue: attributes.header(7))
    // FIB_RULE_INVERT
    rule.isInverted = flags & 2 != 0
    rule.asksOther = tos != 0
    while let attribute = try attributes.next() {
      switch attribute.type {
      case FRA_DST:
        rule.destination = IPPrefix(try attribute.address("destination", family), length: Int(lengths.destination))
      case FRA_SRC: rule.source = IPPrefix(try attribute.address("source", family), length: Int(lengths.source))
      case FRA_IIFNAME: rule.inInterface = attribute.string
      case FRA_OIFNAME: rule.outInterface = attribute.string
      case FRA_PRIORITY: rule.priority = try attribute.number("priority")
      case FRA_GOTO: rule.target = try attribute.number("target")
      case FRA_TABLE: rule.table = try attribute.number("table")
      case FRA_FWMARK: rule.mark = try attribute.number("mark")
      case FRA_FWMASK: rule.markMask = try attribute.number("mask of the mark")
      case FRA_SUPPRESS_PREFIXLEN:
        let length: UInt32 = try attribute.number("suppressed length")
        rule.suppressedLength = length == .max ? nil : length
      case FRA_SUPPRESS_IFGROUP:
        if try attribute.number("suppressed group", as: UInt32.self) != .max { rule.asksOther = true }
      case FRA_FLOW, FRA_PROTOCOL, FRA_PAD: break
      default: rule.asksOther = true
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
    var attributes = try message.attributes(of: "neighbour", after: neighbourHeader)
    let family = IPFamily(number: attributes.header(0))
    var neighbour = Neighbour(index: attributes.header(4))
    while let attribute = try attributes.next() {
      switch attribute.type {
      case Int(NDA_DST): if let family { neighbour.address = try attribute.address("address", family) }
      case Int(NDA_LLADDR): neighbour.mac = MACAddress(attribute.bytes)
      case Int(NDA_MASTER): neighbour.master = try attribute.number("bridge")
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
    let attributes = try message.attributes(of: "network namespace", after: 4)
    guard let id: Int32 = try attributes.number(NETNSA_NSID, "id"), id >= 0 else { return nil }
    return id
  }
}
