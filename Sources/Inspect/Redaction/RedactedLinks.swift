import CSys

#if canImport(Glibc)
  import Glibc
#endif

// Interfaces, addresses, routes, routing rules and neighbours, with what `LinkMessages` reads.
extension Redactor {
  /// RTM_NEWLINK
  func links(_ name: String, _ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    try rewrite(name, bytes, headerSize: 16) { _, attributes, writer throws(KernelError) in
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch attribute.type {
        case IFLA_IFNAME: writer.append(attribute.type, text: interfaces.pseudonym(attribute.string))
        case IFLA_ADDRESS: writer.append(attribute.type, names.hardwareAddress(attribute.bytes))
        case IFLA_MTU, IFLA_MASTER, IFLA_LINK, IFLA_LINK_NETNSID, IFLA_OPERSTATE, IFLA_CARRIER:
          copyNumber(attribute, &writer)
        case IFLA_LINKINFO: try linkInfo(attribute, &writer)
        // The eight numbers that kpx reads of struct rtnl_link_stats64.
        case IFLA_STATS64: writer.append(attribute.type, Array(attribute.bytes.prefix(64)))
        default: leaveOut("attributes that kpx does not read")
        }
      }
    }
  }

  private func linkInfo(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) throws(KernelError) {
    let kind = try attribute.nested.first(IFLA_INFO_KIND)?.string
    let slaveKind = try attribute.nested.first(IFLA_INFO_SLAVE_KIND)?.string
    try rewrite(nested: attribute, &writer) { field, writer throws(KernelError) in
      switch field.type {
      case IFLA_INFO_KIND, IFLA_INFO_SLAVE_KIND: copyKernelName(field, &writer)
      case IFLA_INFO_SLAVE_DATA where slaveKind == "bridge":
        try copyNumbers([IFLA_BRPORT_MODE], in: field, &writer)
      case IFLA_INFO_DATA where kind == "vxlan":
        try copyNumbers([IFLA_VXLAN_PORT, IFLA_VXLAN_LINK], in: field, &writer)
      case IFLA_INFO_DATA where kind == "bridge":
        try copyNumbers([IFLA_BR_NF_CALL_IPTABLES, IFLA_BR_NF_CALL_IP6TABLES], in: field, &writer)
      default: leaveOut("attributes that kpx does not read")
      }
    }
  }

  /// RTM_NEWADDR
  func interfaceAddresses(_ name: String, _ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    try rewrite(name, bytes, headerSize: 8) { _, attributes, writer throws(KernelError) in
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch attribute.type {
        case IFA_LOCAL, IFA_ADDRESS: try address(attribute, &writer)
        default: leaveOut("attributes that kpx does not read")
        }
      }
    }
  }

  /// RTM_NEWROUTE
  func routes(_ name: String, _ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    try rewrite(name, bytes, headerSize: 12) { _, attributes, writer throws(KernelError) in
      // struct rtmsg: rtm_dst_len
      let length = Int(attributes.header(1, as: UInt8.self))
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch attribute.type {
        case Int(RTA_DST.rawValue): try address(attribute, length: length, &writer)
        case Int(RTA_GATEWAY.rawValue), Int(RTA_PREFSRC.rawValue): try address(attribute, &writer)
        case Int(RTA_OIF.rawValue), Int(RTA_TABLE.rawValue), Int(RTA_PRIORITY.rawValue):
          copyNumber(attribute, &writer)
        default: leaveOut("attributes that kpx does not read")
        }
      }
    }
  }

  /// RTM_NEWRULE. That there is another attribute says that the rule asks for more.
  func routingRules(_ name: String, _ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    try rewrite(name, bytes, headerSize: 12) { _, attributes, writer throws(KernelError) in
      // struct fib_rule_hdr: dst_len, src_len
      let lengths = (Int(attributes.header(1, as: UInt8.self)), Int(attributes.header(2, as: UInt8.self)))
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch attribute.type {
        case FRA_DST: try address(attribute, length: lengths.0, &writer)
        case FRA_SRC: try address(attribute, length: lengths.1, &writer)
        case FRA_IIFNAME, FRA_OIFNAME: writer.append(attribute.type, text: interfaces.pseudonym(attribute.string))
        case FRA_PRIORITY, FRA_GOTO, FRA_TABLE, FRA_FWMARK, FRA_FWMASK, FRA_SUPPRESS_PREFIXLEN, FRA_SUPPRESS_IFGROUP:
          copyNumber(attribute, &writer)
        default: writer.append(attribute.type, [])
        }
      }
    }
  }

  /// RTM_NEWNEIGH
  func neighbours(_ name: String, _ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    try rewrite(name, bytes, headerSize: 12) { _, attributes, writer throws(KernelError) in
      let family = IPFamily(number: attributes.header(0))
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch attribute.type {
        case NDA_DST where family != nil: try address(attribute, &writer)
        case NDA_LLADDR: writer.append(attribute.type, names.hardwareAddress(attribute.bytes))
        case NDA_MASTER: copyNumber(attribute, &writer)
        default: leaveOut("attributes that kpx does not read")
        }
      }
    }
  }
}
