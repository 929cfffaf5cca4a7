import CSys

// The targets that kpx reads (`Action.decoders`), field by field.
extension ExtensionFields {
  /// Fills in a target's payload.
  /// - Returns: false where it cannot be said of pseudonyms.
  mutating func target(_ name: String, revision: UInt8) -> Bool {
    switch name {
    case "MARK", "CONNMARK", "REJECT", "TCPMSS", "CHECKSUM", "NFQUEUE", "TRACE", "NOTRACK": copy(0, size)
    case "LOG":
      copy(0, xt_log_info_prefix)
      put(text: redactor.text(text(xt_log_info_prefix, capacity: 30)), at: xt_log_info_prefix, capacity: 30)
    case "NFLOG":
      copy(0, xt_nflog_info_prefix)
      put(text: redactor.text(text(xt_nflog_info_prefix, capacity: 64)), at: xt_nflog_info_prefix, capacity: 64)
    case "CT": connectionTracking()
    case "TPROXY": return transparentProxy(revision)
    case "DNAT", "SNAT", "MASQUERADE", "REDIRECT":
      return revision == 0 && family == .v4 ? translationByRanges() : translation()
    default: return false
    }
    return true
  }

  /// struct xt_ct_target_info has no timeout.
  private mutating func connectionTracking() {
    copy(0, xt_ct_target_info_v1_helper)
    let helper = redactor.names.pseudonym(text(xt_ct_target_info_v1_helper, capacity: 16), .helper, longest: 15)
    put(text: helper, at: xt_ct_target_info_v1_helper, capacity: 16)
    guard size >= xt_ct_target_info_v1_timeout + 32 else { return }
    let timeout = redactor.names.pseudonym(text(xt_ct_target_info_v1_timeout, capacity: 32), .object)
    put(text: timeout, at: xt_ct_target_info_v1_timeout, capacity: 32)
  }

  private mutating func transparentProxy(_ revision: UInt8) -> Bool {
    copy(xt_tproxy_target_info_v1_mark_mask, 4)
    copy(xt_tproxy_target_info_v1_mark_value, 4)
    copy(revision == 0 ? xt_tproxy_target_info_lport : xt_tproxy_target_info_v1_lport, 2)
    guard let address = address(xt_tproxy_target_info_v1_laddr) else { return false }
    put(redactor.addresses.pseudonym(address).bytes, at: xt_tproxy_target_info_v1_laddr)
    return true
  }

  /// struct nf_nat_ipv4_multi_range_compat, with one range.
  private mutating func translationByRanges() -> Bool {
    let start = nf_nat_ipv4_multi_range_compat_range
    copy(0, size)
    let (low, high) = (start + nf_nat_ipv4_range_min_ip, start + nf_nat_ipv4_range_max_ip)
    return translated(low, high, flags: number(start + nf_nat_ipv4_range_flags), addressSize: 4)
  }

  /// struct nf_nat_range2, of which struct nf_nat_range is the beginning.
  private mutating func translation() -> Bool {
    copy(0, size)
    return translated(
      nf_nat_range2_min_addr, nf_nat_range2_max_addr, flags: number(nf_nat_range2_flags), addressSize: 16)
  }

  private mutating func translated(_ low: Int, _ high: Int, flags: UInt32, addressSize: Int) -> Bool {
    let none = [UInt8](repeating: 0, count: addressSize)
    put(none, at: low)
    put(none, at: high)
    // NF_NAT_RANGE_MAP_IPS
    return flags & 1 == 0 || range(low, high)
  }
}

extension NameMap {
  /// The name that stands for another, where there is little room.
  func pseudonym(_ name: String, _ kind: Kind, longest: Int) -> String {
    let beginning = String(kind.rawValue.prefix(max(longest - 10, 0)))
    return name.isEmpty || WellKnownNames.of(kind).contains(name)
      ? name : pseudonym(name, kind, after: beginning + "-")
  }
}
