import CSys

/// `-m tcpmss`: struct xt_tcpmss_match_info.
public struct TCPMSSMatch: Sendable, Hashable {
  /// `--mss`: the least and the greatest size that a SYN may announce, in bytes.
  public var range: ClosedRange<UInt16>
  /// `!`: true where the test does not hold.
  public var inverted: Bool
}

extension TCPMSSMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "tcpmss", revision: 0, size: sizeof_xt_tcpmss_match_info) { p throws(XTablesProblem) in
      .tcpmss(
        TCPMSSMatch(
          range: try p.closedRange(
            p.u16(xt_tcpmss_match_info_mss_min), p.u16(xt_tcpmss_match_info_mss_max), of: "sizes"),
          inverted: p.u8(xt_tcpmss_match_info_invert) != 0))
    }
  ]

  func append(to text: inout String) {
    text += " -m tcpmss"
    text.addOption("--mss \(range.text(":"))", inverted: inverted)
  }
}
