import CSys

/// `-m iprange`: struct xt_iprange_mtinfo.
public struct AddressRangeMatch: Sendable, Hashable {
  /// `--src-range`; nil if not tested.
  public var source: ClosedRange<IPAddress>?
  /// `! --src-range`
  public var sourceInverted = false
  /// `--dst-range`; nil if not tested.
  public var destination: ClosedRange<IPAddress>?
  /// `! --dst-range`
  public var destinationInverted = false
}

extension AddressRangeMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "iprange", revision: 1, size: sizeof_xt_iprange_mtinfo) { p throws(XTablesProblem) in
      .addressRange(try AddressRangeMatch(p))
    }
  ]

  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    // IPRANGE_SRC 1, DST 2, SRC_INV 16, DST_INV 32
    let flags = p.u8(xt_iprange_mtinfo_flags)
    if flags & 1 != 0 {
      source = try p.closedRange(
        p.address(xt_iprange_mtinfo_src_min), p.address(xt_iprange_mtinfo_src_max), of: "addresses")
      sourceInverted = flags & 16 != 0
    }
    if flags & 2 != 0 {
      destination = try p.closedRange(
        p.address(xt_iprange_mtinfo_dst_min), p.address(xt_iprange_mtinfo_dst_max), of: "addresses")
      destinationInverted = flags & 32 != 0
    }
  }

  func append(to text: inout String) {
    text += " -m iprange"
    if let source {
      text.addOption("--src-range \(source.lowerBound)-\(source.upperBound)", inverted: sourceInverted)
    }
    if let destination {
      text.addOption("--dst-range \(destination.lowerBound)-\(destination.upperBound)", inverted: destinationInverted)
    }
  }
}
