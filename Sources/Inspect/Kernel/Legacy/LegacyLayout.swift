import CSys

/// Where the fields of struct ipt_entry or ip6t_entry are; struct ipt_ip or ip6t_ip6 is at its beginning.
struct LegacyLayout: Sendable {
  /// sizeof: the matches follow.
  let size: Int
  let source: Int
  let destination: Int
  let sourceMask: Int
  let destinationMask: Int
  let inInterface: Int
  let outInterface: Int
  let inInterfaceMask: Int
  let outInterfaceMask: Int
  let transport: Int
  let flags: Int
  let inversions: Int
  let targetOffset: Int
  let nextOffset: Int
  let counters: Int
  /// The bit of `flags` that makes a jump a goto (IPT_F_GOTO, IP6T_F_GOTO).
  let gotoFlag: UInt8

  static func of(_ family: IPFamily) -> LegacyLayout { family == .v4 ? v4 : v6 }

  private static let v4 = LegacyLayout(
    size: sizeof_ipt_entry, source: ipt_ip_src, destination: ipt_ip_dst, sourceMask: ipt_ip_smsk,
    destinationMask: ipt_ip_dmsk, inInterface: ipt_ip_iniface, outInterface: ipt_ip_outiface,
    inInterfaceMask: ipt_ip_iniface_mask, outInterfaceMask: ipt_ip_outiface_mask, transport: ipt_ip_proto,
    flags: ipt_ip_flags, inversions: ipt_ip_invflags, targetOffset: ipt_entry_target_offset,
    nextOffset: ipt_entry_next_offset, counters: ipt_entry_counters, gotoFlag: 2)

  private static let v6 = LegacyLayout(
    size: sizeof_ip6t_entry, source: ip6t_ip6_src, destination: ip6t_ip6_dst, sourceMask: ip6t_ip6_smsk,
    destinationMask: ip6t_ip6_dmsk, inInterface: ip6t_ip6_iniface, outInterface: ip6t_ip6_outiface,
    inInterfaceMask: ip6t_ip6_iniface_mask, outInterfaceMask: ip6t_ip6_outiface_mask, transport: ip6t_ip6_proto,
    flags: ip6t_ip6_flags, inversions: ip6t_ip6_invflags, targetOffset: ip6t_entry_target_offset,
    nextOffset: ip6t_entry_next_offset, counters: ip6t_entry_counters, gotoFlag: 4)

  /// The entry in front of a chain's first rule, which holds its name: no matches, and struct xt_error_target.
  var headSize: Int { size + sizeof_xt_error_target }

  /// struct xt_entry_match, xt_entry_target; the payload follows.
  static let extensionHeaderSize = sizeof_xt_entry_match
  static let extensionName = xt_entry_match_name
  static let extensionNameSize = Int(XT_EXTENSION_MAXNAMELEN)
  static let extensionRevision = xt_entry_match_revision

  /// IPT_INV_*; IPv6 has the same bits.
  struct Inversions: OptionSet {
    let rawValue: UInt8
    static let inInterface = Inversions(rawValue: 0x01)
    static let outInterface = Inversions(rawValue: 0x02)
    static let source = Inversions(rawValue: 0x08)
    static let destination = Inversions(rawValue: 0x10)
    static let fragment = Inversions(rawValue: 0x20)
    static let transport = Inversions(rawValue: 0x40)
  }
}
