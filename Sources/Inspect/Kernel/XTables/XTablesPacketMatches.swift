extension XTables {
  /// Matches on a packet and what the kernel notes beside it.
  static let packetMatches: [Decoder<Match>] = [
    Decoder(name: "comment", revision: 0, size: 256) { p in .comment(p.string(0, capacity: 256)) },
    Decoder(name: "mark", revision: 1, size: 12) { p in .mark(mark(p)) },
    Decoder(name: "connmark", revision: 1, size: 12) { p in .connmark(mark(p)) },
    Decoder(name: "addrtype", revision: 0, family: .v4, size: 12) { p in .addressType(addressType0(p)) },
    Decoder(name: "addrtype", revision: 1, size: 8) { p in .addressType(addressType1(p)) },
    Decoder(name: "mac", revision: 0, size: 12) { p in
      .mac(MACMatch(address: (0..<6).map { p.u8($0) }, inverted: p.u32(8) != 0))
    },
    Decoder(name: "physdev", revision: 0, size: 66) { p throws(XTablesProblem) in .physdev(try physdev(p)) },
    Decoder(name: "owner", revision: 1, size: 18) { p throws(XTablesProblem) in .owner(try owner(p)) },
    Decoder(name: "rpfilter", revision: 0, size: 1) { p in .reversePath(ReversePathMatch(flags: p.u8(0))) },
    Decoder(name: "ipvs", revision: 0, size: 40) { p in .ipvs(ipvs(p)) },
  ]

  /// struct xt_mark_mtinfo1, xt_connmark_mtinfo1: mark, mask, invert.
  private static func mark(_ p: XTablesPayload) -> MarkMatch {
    MarkMatch(value: p.u32(0), mask: p.u32(4), inverted: p.u8(8) != 0)
  }

  /// struct xt_addrtype_info: source, dest, invert_source, invert_dest.
  private static func addressType0(_ p: XTablesPayload) -> AddressTypeMatch {
    var match = AddressTypeMatch()
    if p.u16(0) != 0 { match.source = AddressType(rawValue: p.u16(0)) }
    match.sourceInverted = p.u32(4) != 0
    if p.u16(2) != 0 { match.destination = AddressType(rawValue: p.u16(2)) }
    match.destinationInverted = p.u32(8) != 0
    return match
  }

  /// struct xt_addrtype_info_v1: source, dest, flags (XT_ADDRTYPE_*).
  private static func addressType1(_ p: XTablesPayload) -> AddressTypeMatch {
    let flags = p.u32(4)
    var match = AddressTypeMatch()
    if p.u16(0) != 0 { match.source = AddressType(rawValue: p.u16(0)) }
    match.sourceInverted = flags & 1 != 0
    if p.u16(2) != 0 { match.destination = AddressType(rawValue: p.u16(2)) }
    match.destinationInverted = flags & 2 != 0
    match.limitToInInterface = flags & 4 != 0
    match.limitToOutInterface = flags & 8 != 0
    return match
  }

  /// struct xt_physdev_info: physindev[16], in_mask[16], physoutdev[16], out_mask[16], invert, bitmask.
  private static func physdev(_ p: XTablesPayload) throws(XTablesProblem) -> PhysdevMatch {
    typealias Fields = PhysdevMatch.Fields
    let fields = Fields(rawValue: p.u8(65))
    let inverted = Fields(rawValue: p.u8(64))
    var match = PhysdevMatch(fields: fields, inverted: inverted)
    func interface(_ offset: Int, _ field: Fields) throws(XTablesProblem) -> InterfaceMatch? {
      guard fields.contains(field) else { return nil }
      return try InterfaceMatch.masked(
        p.bytes, name: offset, mask: offset + 16, inverted: inverted.contains(field))
    }
    match.inName = try interface(0, .inName)
    match.outName = try interface(32, .outName)
    return match
  }

  /// struct xt_owner_match_info: uid_min, uid_max, gid_min, gid_max, match, invert (XT_OWNER_*).
  private static func owner(_ p: XTablesPayload) throws(XTablesProblem) -> OwnerMatch {
    let tested = p.u8(16)
    let inverted = p.u8(17)
    var match = OwnerMatch()
    if tested & 1 != 0 {
      match.users = try p.closedRange(p.u32(0), p.u32(4), of: "users")
      match.usersInverted = inverted & 1 != 0
    }
    if tested & 2 != 0 {
      match.groups = try p.closedRange(p.u32(8), p.u32(12), of: "groups")
      match.groupsInverted = inverted & 2 != 0
    }
    if tested & 4 != 0 { match.socketExists = inverted & 4 == 0 }
    match.supplementaryGroups = tested & 8 != 0
    return match
  }

  /// struct xt_ipvs_mtinfo: vaddr, vmask, vport, l4proto, fwd_method, vportctl, invert, bitmask.
  private static func ipvs(_ p: XTablesPayload) -> IPVSMatch {
    typealias Fields = IPVSMatch.Fields
    var match = IPVSMatch(fields: Fields(rawValue: p.u8(39)), inverted: Fields(rawValue: p.u8(38)))
    if match.fields.contains(.address) {
      match.address = AddressMatch(
        address: p.address(0), mask: p.address(16), inverted: match.inverted.contains(.address))
    }
    match.port = p.be16(32)
    match.transport = UInt16(p.u8(34))
    match.forwardingMethod = p.u8(35)
    match.controlPort = p.be16(36)
    return match
  }
}

extension InterfaceMatch {
  /// An interface's name under a mask of its characters, 16 bytes each, as struct ipt_ip has them: a mask over the
  /// name and its NUL is that name alone, a shorter one is `name+`.
  static func masked(
    _ bytes: UnsafeRawBufferPointer, name: Int, mask: Int, inverted: Bool
  ) throws(XTablesProblem) -> InterfaceMatch {
    guard name >= 0, mask >= 0, name + 16 <= bytes.count, mask + 16 <= bytes.count else {
      throw XTablesProblem(reason: "interface name cut off")
    }
    let covered = bytes[mask..<mask + 16].prefix { $0 == 0xff }.count
    guard bytes[mask + covered..<mask + 16].allSatisfy({ $0 == 0 }) else {
      throw XTablesProblem(reason: "interface mask with holes")
    }
    let text = bytes.cString(at: name, capacity: covered)
    return InterfaceMatch(
      name: text, wildcard: covered < 16 && text.utf8.count == covered, inverted: inverted)
  }
}
