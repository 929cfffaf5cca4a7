import CSys

// The matches that kpx reads (`Match.decoders`), field by field.
extension ExtensionFields {
  /// Fills in a match's payload.
  /// - Returns: false where it cannot be said of pseudonyms.
  mutating func match(_ name: String) -> Bool {
    switch name {
    case "tcp", "udp", "sctp", "multiport", "icmp", "icmp6", "tcpmss", "mark", "connmark", "addrtype", "socket",
      "owner",
      "rpfilter", "state", "set":
      copy(0, size)
    case "statistic": copy(0, xt_statistic_info_packet + 4)
    case "limit":
      copy(xt_rateinfo_avg, 4)
      copy(xt_rateinfo_burst, 4)
    case "comment":
      put(
        text: redactor.comment(text(xt_comment_info_comment, capacity: size)), at: xt_comment_info_comment,
        capacity: size)
    case "conntrack": return conntrack()
    case "ipvs": return ipvs()
    case "iprange": return addressRanges()
    case "mac":
      put(
        redactor.names.hardwareAddress(Array(payload[xt_mac_info_srcaddr..<xt_mac_info_srcaddr + 6])),
        at: xt_mac_info_srcaddr)
      copy(xt_mac_info_invert, 4)
    case "physdev": return ports()
    case "recent": recent()
    case "nfacct":
      let counter = redactor.names.pseudonym(text(xt_nfacct_match_info_name, capacity: 32), .counter)
      put(text: counter, at: xt_nfacct_match_info_name, capacity: 32)
    default: return false
    }
    return true
  }

  /// struct xt_conntrack_mtinfo3, of which the earlier ones are beginnings.
  private mutating func conntrack() -> Bool {
    copy(0, size)
    let fields = ConntrackMatch.Fields(rawValue: number(xt_conntrack_mtinfo3_match_flags))
    let addresses: [(ConntrackMatch.Fields, address: Int, mask: Int)] = [
      (.originalSource, xt_conntrack_mtinfo3_origsrc_addr, xt_conntrack_mtinfo3_origsrc_mask),
      (.originalDestination, xt_conntrack_mtinfo3_origdst_addr, xt_conntrack_mtinfo3_origdst_mask),
      (.replySource, xt_conntrack_mtinfo3_replsrc_addr, xt_conntrack_mtinfo3_replsrc_mask),
      (.replyDestination, xt_conntrack_mtinfo3_repldst_addr, xt_conntrack_mtinfo3_repldst_mask),
    ]
    // union nf_inet_addr
    let none = [UInt8](repeating: 0, count: 16)
    for (field, address, mask) in addresses {
      put(none, at: address)
      put(none, at: mask)
      guard !fields.contains(field) || network(address, mask: mask) else { return false }
    }
    return true
  }

  private mutating func ipvs() -> Bool {
    copy(xt_ipvs_mtinfo_vport, size - xt_ipvs_mtinfo_vport)
    let fields = IPVSMatch.Fields(rawValue: u8(xt_ipvs_mtinfo_bitmask))
    return !fields.contains(.address) || network(xt_ipvs_mtinfo_vaddr, mask: xt_ipvs_mtinfo_vmask)
  }

  private mutating func addressRanges() -> Bool {
    copy(xt_iprange_mtinfo_flags, 1)
    // IPRANGE_SRC 1, DST 2
    let flags = u8(xt_iprange_mtinfo_flags)
    return (flags & 1 == 0 || range(xt_iprange_mtinfo_src_min, xt_iprange_mtinfo_src_max))
      && (flags & 2 == 0 || range(xt_iprange_mtinfo_dst_min, xt_iprange_mtinfo_dst_max))
  }

  private mutating func ports() -> Bool {
    copy(xt_physdev_info_invert, 1)
    copy(xt_physdev_info_bitmask, 1)
    let fields = PhysdevMatch.Fields(rawValue: u8(xt_physdev_info_bitmask))
    return (!fields.contains(.inName) || interface(xt_physdev_info_physindev, mask: xt_physdev_info_in_mask))
      && (!fields.contains(.outName) || interface(xt_physdev_info_physoutdev, mask: xt_physdev_info_out_mask))
  }

  /// Revision 1 has a mask of 16 bytes behind the others' fields.
  private mutating func recent() {
    copy(0, size)
    let name = text(xt_recent_mtinfo_v1_name, capacity: 200)
    put(text: redactor.recentList(name), at: xt_recent_mtinfo_v1_name, capacity: 200)
  }
}

extension Redactor {
  /// The name of a list of `-m recent`, which kube-proxy gives the name of an endpoint's chain.
  func recentList(_ name: String) -> String {
    name == "DEFAULT" ? name : ChainName(name) != nil ? chains.pseudonym(name) : names.pseudonym(name, .recent)
  }
}
