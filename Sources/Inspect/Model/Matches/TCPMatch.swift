import CSys

/// `-m tcp`: struct xt_tcp.
public struct TCPMatch: Sendable, Hashable {
  /// `--sport`
  public var source = PortMatch.any
  /// `--dport`
  public var destination = PortMatch.any
  /// `--tcp-option`, 0 for none.
  public var option: UInt8 = 0
  /// `! --tcp-option`: true for packets without the option.
  public var optionInverted = false
  /// `--tcp-flags MASK COMP`: flag bits as in the TCP header (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32).
  public var flagMask: UInt8 = 0
  /// COMP: those of MASK that must be set; the others of MASK must not be.
  public var flagComparison: UInt8 = 0
  /// `! --tcp-flags`
  public var flagsInverted = false
}

extension TCPMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "tcp", revision: 0, size: sizeof_xt_tcp) { p throws(XTablesProblem) in .tcp(try TCPMatch(p)) }
  ]

  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    // XT_TCP_INV_*
    let inverted = p.u8(xt_tcp_invflags)
    source = try PortMatch(p, xt_tcp_spts, inverted: inverted & 1 != 0)
    destination = try PortMatch(p, xt_tcp_dpts, inverted: inverted & 2 != 0)
    flagMask = p.u8(xt_tcp_flg_mask)
    flagComparison = p.u8(xt_tcp_flg_cmp)
    flagsInverted = inverted & 4 != 0
    option = p.u8(xt_tcp_option)
    optionInverted = inverted & 8 != 0
  }

  func append(to text: inout String) {
    text += " -m tcp"
    source.append("--sport", to: &text)
    destination.append("--dport", to: &text)
    if option != 0 || optionInverted { text.addOption("--tcp-option \(option)", inverted: optionInverted) }
    if flagMask != 0 || flagsInverted {
      text.addOption("--tcp-flags \(Self.flags(flagMask)) \(Self.flags(flagComparison))", inverted: flagsInverted)
    }
  }

  private static func flags(_ bits: UInt8) -> String {
    let set = bitNames(bits, ["FIN", "SYN", "RST", "PSH", "ACK", "URG"])
    return set.isEmpty ? "NONE" : set
  }
}
