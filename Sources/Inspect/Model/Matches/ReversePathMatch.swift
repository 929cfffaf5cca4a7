import CSys

/// `-m rpfilter`: struct xt_rpfilter_info.
public struct ReversePathMatch: Sendable, Hashable {
  /// XT_RPFILTER_LOOSE 1, VALID_MARK 2, ACCEPT_LOCAL 4, INVERT 8.
  public var flags: UInt8
}

extension ReversePathMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "rpfilter", revision: 0, size: sizeof_xt_rpfilter_info) { p in
      .reversePath(ReversePathMatch(flags: p.u8(xt_rpfilter_info_flags)))
    }
  ]

  func append(to text: inout String) {
    text += " -m rpfilter"
    for (bit, option) in [(1, "--loose"), (2, "--validmark"), (4, "--accept-local"), (8, "--invert")]
    where flags & UInt8(bit) != 0 {
      text += " \(option)"
    }
  }
}
