extension XTables {
  /// Matches on the headers of transport protocols.
  static let portMatches: [Decoder<Match>] = [
    Decoder(name: "tcp", revision: 0, size: 12) { p throws(XTablesProblem) in .tcp(try tcp(p)) },
    Decoder(name: "udp", revision: 0, size: 10) { p throws(XTablesProblem) in .udp(try udp(p)) },
    Decoder(name: "sctp", revision: 0, size: 292) { p throws(XTablesProblem) in .sctp(try sctp(p)) },
    Decoder(name: "multiport", revision: 0, size: 32) { p throws(XTablesProblem) in
      .multiport(try multiport(p, hasRanges: false))
    },
    Decoder(name: "multiport", revision: 1, size: 48) { p throws(XTablesProblem) in
      .multiport(try multiport(p, hasRanges: true))
    },
    Decoder(name: "icmp", revision: 0, family: .v4, size: 4) { p throws(XTablesProblem) in .icmp(try icmp(p)) },
    Decoder(name: "icmp6", revision: 0, family: .v6, size: 4) { p throws(XTablesProblem) in .icmp(try icmp(p)) },
    Decoder(name: "tcpmss", revision: 0, size: 6) { p throws(XTablesProblem) in
      .tcpmss(TCPMSSMatch(range: try p.closedRange(p.u16(0), p.u16(2), of: "sizes"), inverted: p.u8(4) != 0))
    },
  ]

  /// struct xt_tcp: spts[2], dpts[2], option, flg_mask, flg_cmp, invflags (XT_TCP_INV_*).
  private static func tcp(_ p: XTablesPayload) throws(XTablesProblem) -> TCPMatch {
    let inverted = p.u8(11)
    var match = TCPMatch()
    match.source = PortMatch(try p.ports(p.u16(0), p.u16(2)), inverted: inverted & 1 != 0)
    match.destination = PortMatch(try p.ports(p.u16(4), p.u16(6)), inverted: inverted & 2 != 0)
    match.flagMask = p.u8(9)
    match.flagComparison = p.u8(10)
    match.flagsInverted = inverted & 4 != 0
    match.option = p.u8(8)
    match.optionInverted = inverted & 8 != 0
    return match
  }

  /// struct xt_udp: spts[2], dpts[2], invflags (XT_UDP_INV_*).
  private static func udp(_ p: XTablesPayload) throws(XTablesProblem) -> UDPMatch {
    let inverted = p.u8(8)
    var match = UDPMatch()
    match.source = PortMatch(try p.ports(p.u16(0), p.u16(2)), inverted: inverted & 1 != 0)
    match.destination = PortMatch(try p.ports(p.u16(4), p.u16(6)), inverted: inverted & 2 != 0)
    return match
  }

  /// struct xt_sctp_info: dpts[2], spts[2], chunkmap[64 words], chunk_match_type, flag_info[4], flag_count, flags,
  /// invflags. What is tested is in flags: XT_SCTP_SRC_PORTS 1, DEST_PORTS 2, CHUNK_TYPES 4.
  private static func sctp(_ p: XTablesPayload) throws(XTablesProblem) -> SCTPMatch {
    let tested = p.u32(284)
    let inverted = p.u32(288)
    var match = SCTPMatch()
    if tested & 1 != 0 {
      match.source = PortMatch(try p.ports(p.u16(4), p.u16(6)), inverted: inverted & 1 != 0)
    }
    if tested & 2 != 0 {
      match.destination = PortMatch(try p.ports(p.u16(0), p.u16(2)), inverted: inverted & 2 != 0)
    }
    if tested & 4 != 0 { match.chunks = try sctpChunks(p, inverted: inverted & 4 != 0) }
    return match
  }

  private static func sctpChunks(
    _ p: XTablesPayload, inverted: Bool
  ) throws(XTablesProblem) -> SCTPMatch.Chunks {
    let flagCount = p.u32(280)
    guard flagCount <= 4 else { throw XTablesProblem(reason: "more than 4 chunk flags") }
    // SCTP_CHUNKMAP_SET divides the type by sizeof(__u32) * 8.
    let types = (UInt8.min...UInt8.max).filter { p.u32(8 + Int($0) / 32 * 4) >> (UInt32($0) % 32) & 1 != 0 }
    let flags = (0..<Int(flagCount)).map {
      SCTPMatch.Chunks.Flags(type: p.u8(268 + 3 * $0), mask: p.u8(270 + 3 * $0), value: p.u8(269 + 3 * $0))
    }
    return SCTPMatch.Chunks(scope: p.u32(264), types: types, flags: flags, inverted: inverted)
  }

  /// struct xt_multiport: flags, count, ports[15]; xt_multiport_v1 adds pflags[15] (1: a range begins), invert.
  private static func multiport(_ p: XTablesPayload, hasRanges: Bool) throws(XTablesProblem) -> MultiportMatch {
    let count = Int(p.u8(1))
    guard let side = MultiportMatch.Side(rawValue: p.u8(0)), count <= 15 else {
      throw XTablesProblem(reason: "side or count of ports out of range")
    }
    var ranges: [ClosedRange<UInt16>] = []
    var index = 0
    while index < count {
      let first = p.u16(2 + 2 * index)
      if hasRanges && p.u8(32 + index) != 0 {
        guard index + 1 < count else { throw XTablesProblem(reason: "a range of ports without its end") }
        index += 1
      }
      ranges.append(try p.ports(first, p.u16(2 + 2 * index)))
      index += 1
    }
    return MultiportMatch(side: side, ranges: ranges, inverted: hasRanges && p.u8(47) != 0)
  }

  /// struct ipt_icmp, ip6t_icmp: type, code[2], invflags.
  private static func icmp(_ p: XTablesPayload) throws(XTablesProblem) -> ICMPMatch {
    ICMPMatch(
      family: p.family, type: p.u8(0), codes: try p.closedRange(p.u8(1), p.u8(2), of: "codes"),
      inverted: p.u8(3) & 1 != 0)
  }
}
