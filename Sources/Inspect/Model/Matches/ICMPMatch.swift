import CSys

/// `-m icmp`, `-m icmp6`: struct ipt_icmp, ip6t_icmp. Type 255 of IPv4 means any.
public struct ICMPMatch: Sendable, Hashable {
  /// IPv4 for `icmp`, IPv6 for `icmp6`: types of one number differ.
  public var family: IPFamily
  /// The type in the ICMP header.
  public var type: UInt8
  /// The codes of the type; 0 to 255 for any.
  public var codes: ClosedRange<UInt8>
  /// `!`: true where the test does not hold.
  public var inverted: Bool
}

extension ICMPMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "icmp", revision: 0, family: .v4, size: sizeof_ipt_icmp) { p throws(XTablesProblem) in
      .icmp(try ICMPMatch(p))
    },
    .init(name: "icmp6", revision: 0, family: .v6, size: sizeof_ipt_icmp) { p throws(XTablesProblem) in
      .icmp(try ICMPMatch(p))
    },
  ]

  /// struct ip6t_icmp has the same fields.
  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    family = p.family
    type = p.u8(ipt_icmp_type)
    codes = try p.closedRange(p.u8(ipt_icmp_code), p.u8(ipt_icmp_code + 1), of: "codes")
    // IPT_ICMP_INV
    inverted = p.u8(ipt_icmp_invflags) & 1 != 0
  }

  func append(to text: inout String) {
    let code = codes == 0...255 ? "" : "/\(codes.lowerBound)"
    switch family {
    case .v4:
      text += " -m icmp"
      let isAny = type == 255 && code.isEmpty
      text.addOption("--icmp-type \(isAny ? "any" : "\(type)\(code)")", inverted: inverted)
    case .v6:
      text += " -m icmp6"
      text.addOption("--icmpv6-type \(type)\(code)", inverted: inverted)
    }
  }
}
