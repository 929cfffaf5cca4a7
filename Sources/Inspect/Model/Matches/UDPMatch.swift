import CSys

/// `-m udp`: struct xt_udp.
public struct UDPMatch: Sendable, Hashable {
  /// `--sport`
  public var source = PortMatch.any
  /// `--dport`
  public var destination = PortMatch.any
}

extension UDPMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "udp", revision: 0, size: sizeof_xt_udp) { p throws(XTablesProblem) in .udp(try UDPMatch(p)) }
  ]

  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    // XT_UDP_INV_*
    let inverted = p.u8(xt_udp_invflags)
    source = try PortMatch(p, xt_udp_spts, inverted: inverted & 1 != 0)
    destination = try PortMatch(p, xt_udp_dpts, inverted: inverted & 2 != 0)
  }

  func append(to text: inout String) {
    text += " -m udp"
    source.append("--sport", to: &text)
    destination.append("--dport", to: &text)
  }
}
