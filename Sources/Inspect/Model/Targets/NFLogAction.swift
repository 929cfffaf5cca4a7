import CSys

/// NFLOG: struct xt_nflog_info.
public struct NFLogAction: Sendable, Hashable {
  /// `--nflog-group`: the netlink group that is told.
  public var group: UInt16
  /// The most bytes of a packet that are sent; counts with its flag alone.
  public var length: UInt32
  /// `--nflog-threshold`: how many packets are sent at once.
  public var threshold: UInt16
  /// XT_NFLOG_F_COPY_LEN 1: `length` counts.
  public var flags: UInt16
  /// `--nflog-prefix`, at most 63 bytes.
  public var prefix: String
}

extension NFLogAction {
  static let decoders: [XTables.Decoder<Action>] = [
    .init(name: "NFLOG", revision: 0, size: sizeof_xt_nflog_info) { p in
      .nflog(
        NFLogAction(
          group: p.u16(xt_nflog_info_group), length: p.u32(xt_nflog_info_len),
          threshold: p.u16(xt_nflog_info_threshold), flags: p.u16(xt_nflog_info_flags),
          prefix: p.string(xt_nflog_info_prefix, capacity: 64)))
    }
  ]

  func append(to text: inout String) {
    text += " -j NFLOG"
    if !prefix.isEmpty {
      text += " --nflog-prefix"
      text.addQuoted(prefix)
    }
    if group != 0 { text += " --nflog-group \(group)" }
    // XT_NFLOG_F_COPY_LEN
    if flags & 1 != 0 {
      text += " --nflog-size \(length)"
    } else if length != 0 {
      text += " --nflog-range \(length)"
    }
    if threshold != 0 { text += " --nflog-threshold \(threshold)" }
  }
}
