import CSys

// ipsets, with what `IPSetDecoder` reads.
extension Redactor {
  // The two have numbers in common.
  private static let numbersOfSets: Set = [
    IPSET_ATTR_HASHSIZE, IPSET_ATTR_MAXELEM, IPSET_ATTR_BUCKETSIZE, IPSET_ATTR_INITVAL, IPSET_ATTR_NETMASK,
    IPSET_ATTR_MARKMASK, IPSET_ATTR_SIZE, IPSET_ATTR_TIMEOUT, IPSET_ATTR_PORT, IPSET_ATTR_PORT_TO,
    IPSET_ATTR_REFERENCES, IPSET_ATTR_MEMSIZE, IPSET_ATTR_ELEMENTS, IPSET_ATTR_CADT_FLAGS,
  ]
  private static let numbersOfMembers: Set = [
    IPSET_ATTR_CIDR, IPSET_ATTR_CIDR2, IPSET_ATTR_PROTO, IPSET_ATTR_PORT, IPSET_ATTR_PORT_TO, IPSET_ATTR_TIMEOUT,
    IPSET_ATTR_CADT_FLAGS, IPSET_ATTR_PACKETS, IPSET_ATTR_BYTES, IPSET_ATTR_MARK, IPSET_ATTR_SKBMARK,
    IPSET_ATTR_SKBPRIO, IPSET_ATTR_SKBQUEUE,
  ]

  /// IPSET_CMD_LIST
  func ipsets(_ name: String, _ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    // Of the set whose members come: those of a set with a mask are networks.
    var netmask: UInt8?
    return try rewrite(name, bytes, headerSize: 4) { _, attributes, writer throws(KernelError) in
      if try attributes.first(IPSET_ATTR_TYPENAME) != nil {
        netmask = try attributes.first(IPSET_ATTR_DATA)?.nested.number(IPSET_ATTR_NETMASK, "netmask")
      }
      let mask = netmask
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch attribute.type {
        case IPSET_ATTR_SETNAME: writer.append(attribute.type, text: ipset(attribute.string))
        case IPSET_ATTR_TYPENAME: copyKernelName(attribute, &writer)
        case IPSET_ATTR_PROTOCOL, IPSET_ATTR_REVISION, IPSET_ATTR_FAMILY, IPSET_ATTR_INDEX:
          copyNumber(attribute, &writer)
        case IPSET_ATTR_DATA: try parameters(attribute, &writer)
        case IPSET_ATTR_ADT:
          try rewrite(nested: attribute, &writer) { member, writer throws(KernelError) in
            if member.type == IPSET_ATTR_DATA { try ipsetMember(member, netmask: mask, &writer) }
          }
        default: leaveOut("attributes that kpx does not read")
        }
      }
    }
  }

  /// kube-proxy's have names of their own; others keep what tells whose they are.
  func ipset(_ name: String) -> String {
    let isOfKubeProxy =
      name.hasPrefix("KUBE-") && !name.hasPrefix("KUBE-SRC-") && !name.hasPrefix("KUBE-DST-")
      && name.utf8.allSatisfy { $0 == 0x2d || (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) }
    if isOfKubeProxy || name.isEmpty { return name }
    let beginning = ["KUBE-SRC-", "KUBE-DST-", "cali40", "cali60", "weave-", "felix-"].first { name.hasPrefix($0) }
    return names.pseudonym(name, .ipset, after: beginning ?? "set-")
  }

  /// What a set was made with.
  private func parameters(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) throws(KernelError) {
    let data = attribute.nested
    let covered = Network(
      address: try data.ipsetAddress(IPSET_ATTR_IP), last: try data.ipsetAddress(IPSET_ATTR_IP_TO), length: nil)
    var fields = attribute.nested
    try writer.nest(attribute.type) { writer throws(KernelError) in
      append(covered, IPSET_ATTR_IP, IPSET_ATTR_IP_TO, &writer)
      while let field = try fields.next() {
        switch field.type {
        case IPSET_ATTR_IP, IPSET_ATTR_IP_TO: break
        case _ where Self.numbersOfSets.contains(field.type): copyNumber(field, &writer)
        default: leaveOut("attributes that kpx does not read")
        }
      }
    }
  }

  private func ipsetMember(
    _ attribute: NetlinkAttribute, netmask: UInt8?, _ writer: inout MessageWriter
  ) throws(KernelError) {
    let data = attribute.nested
    let first = Network(
      address: try data.ipsetAddress(IPSET_ATTR_IP), last: try data.ipsetAddress(IPSET_ATTR_IP_TO),
      length: try data.number(IPSET_ATTR_CIDR, "prefix length") ?? netmask)
    let second = Network(
      address: try data.ipsetAddress(IPSET_ATTR_IP2), last: try data.ipsetAddress(IPSET_ATTR_IP2_TO),
      length: try data.number(IPSET_ATTR_CIDR2, "second prefix length"))
    let flags: UInt32 = try data.bigEndian(IPSET_ATTR_CADT_FLAGS, "flags") ?? 0
    let isBeginning = flags & IPSET_FLAG_IFACE_WILDCARD.rawValue != 0
    var fields = attribute.nested
    try writer.nest(attribute.type) { writer throws(KernelError) in
      append(first, IPSET_ATTR_IP, IPSET_ATTR_IP_TO, &writer)
      append(second, IPSET_ATTR_IP2, IPSET_ATTR_IP2_TO, &writer)
      while let field = try fields.next() {
        switch field.type {
        case IPSET_ATTR_IP, IPSET_ATTR_IP_TO, IPSET_ATTR_IP2, IPSET_ATTR_IP2_TO: break
        case IPSET_ATTR_ETHER: writer.append(field.type, names.hardwareAddress(field.bytes))
        case IPSET_ATTR_IFACE: writer.append(field.type, text: interface(field.string, isBeginning: isBeginning))
        case IPSET_ATTR_NAME: writer.append(field.type, text: ipset(field.string))
        case IPSET_ATTR_COMMENT: writer.append(field.type, text: comment(field.string))
        case _ where Self.numbersOfMembers.contains(field.type): copyNumber(field, &writer)
        default: leaveOut("attributes that kpx does not read")
        }
      }
    }
  }

  private func interface(_ name: String, isBeginning: Bool) -> String {
    guard isBeginning, interfaces.pseudonym(ofBeginning: name) == nil else { return interfaces.pseudonym(name) }
    // No interface's name, nor the beginning of one.
    leaveOut("conditions of sets")
    return "/"
  }

  /// An address, a network or a range.
  private struct Network {
    let address: IPAddress?
    let last: IPAddress?
    let length: UInt8?
  }

  private func append(_ network: Network, _ type: Int, _ lastType: Int, _ writer: inout MessageWriter) {
    guard let address = network.address else { return }
    if let last = network.last, last != address {
      guard address < last, let image = addresses.pseudonym(address...last) else {
        return leaveOut("ranges of addresses")
      }
      append(image.lowerBound, type, &writer)
      append(image.upperBound, lastType, &writer)
    } else {
      let length = network.length.map { Int($0) } ?? address.family.bits
      append(addresses.pseudonym(IPPrefix(address, length: length)).address, type, &writer)
      if let last = network.last { append(addresses.pseudonym(last), lastType, &writer) }
    }
  }

  private func append(_ address: IPAddress, _ type: Int, _ writer: inout MessageWriter) {
    writer.nest(type) {
      $0.append(address.family == .v4 ? IPSET_ATTR_IPADDR_IPV4 : IPSET_ATTR_IPADDR_IPV6, address.bytes)
    }
  }
}

extension NetlinkAttributes {
  /// IPSET_ATTR_IPADDR_IPV4 or _IPV6, within an attribute of a type; nil if there is none.
  fileprivate func ipsetAddress(_ type: Int) throws(KernelError) -> IPAddress? {
    guard let field = try first(type) else { return nil }
    var inner = field.nested
    guard let address = try inner.next() else { throw field.malformed("no address") }
    return try address.address("address", address.type == IPSET_ATTR_IPADDR_IPV4 ? .v4 : .v6)
  }
}
