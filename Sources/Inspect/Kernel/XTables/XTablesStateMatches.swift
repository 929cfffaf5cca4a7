extension XTables {
  /// Matches on what the kernel remembers: connections, lists, sets, counts.
  static let stateMatches: [Decoder<Match>] = [
    Decoder(name: "conntrack", revision: 1, size: 152) { p throws(XTablesProblem) in .conntrack(try conntrack(p, 1)) },
    Decoder(name: "conntrack", revision: 2, size: 156) { p throws(XTablesProblem) in .conntrack(try conntrack(p, 2)) },
    Decoder(name: "conntrack", revision: 3, size: 164) { p throws(XTablesProblem) in .conntrack(try conntrack(p, 3)) },
    Decoder(name: "state", revision: 0, size: 4) { p throws(XTablesProblem) in .conntrack(try state(p)) },
    Decoder(name: "statistic", revision: 0, size: 24) { p throws(XTablesProblem) in .statistic(try statistic(p)) },
    Decoder(name: "recent", revision: 0, size: 212) { p throws(XTablesProblem) in
      .recent(try recent(p, mask: .mask(p.family.bits, p.family)))
    },
    Decoder(name: "recent", revision: 1, size: 228) { p throws(XTablesProblem) in
      .recent(try recent(p, mask: p.address(212)))
    },
    Decoder(name: "limit", revision: 0, size: 40) { p in .limit(LimitMatch(average: p.u32(0), burst: p.u32(4))) },
    Decoder(name: "nfacct", revision: 0, size: 40) { p in .nfacct(p.string(0, capacity: 32)) },
    Decoder(name: "nfacct", revision: 1, size: 40) { p in .nfacct(p.string(0, capacity: 32)) },
    Decoder(name: "set", revision: 0, size: 32) { p in .set(set0(p)) },
    Decoder(name: "set", revision: 1, size: 4) { p throws(XTablesProblem) in .set(try set1(p)) },
    Decoder(name: "set", revision: 2, size: 4) { p throws(XTablesProblem) in .set(try set1(p)) },
    Decoder(name: "set", revision: 3, size: 48) { p throws(XTablesProblem) in .set(try set3(p, 3)) },
    Decoder(name: "set", revision: 4, size: 48) { p throws(XTablesProblem) in .set(try set3(p, 4)) },
  ]

  /// struct xt_conntrack_mtinfo1 to 3: four addresses with masks, expires_min, expires_max, l4proto, four ports,
  /// match_flags, invert_flags, state_mask, status_mask (of 8 bits in revision 1), and in revision 3 (whose ports are
  /// in host order) the ports' upper ends.
  private static func conntrack(_ p: XTablesPayload, _ revision: Int) throws(XTablesProblem) -> ConntrackMatch {
    typealias Fields = ConntrackMatch.Fields
    let fields = Fields(rawValue: p.u16(146))
    let inverted = Fields(rawValue: p.u16(148))
    func address(_ offset: Int, _ field: Fields) -> AddressMatch? {
      guard fields.contains(field) else { return nil }
      return AddressMatch(
        address: p.address(offset), mask: p.address(offset + 16), inverted: inverted.contains(field))
    }
    func ports(_ low: Int, _ high: Int, _ field: Fields) throws(XTablesProblem) -> ClosedRange<UInt16> {
      guard fields.contains(field) else { return 0...0 }
      guard revision == 3 else { return p.be16(low)...p.be16(low) }
      return try p.ports(p.u16(low), p.u16(high))
    }
    var match = ConntrackMatch(fields: fields, inverted: inverted)
    match.originalSource = address(0, .originalSource)
    match.originalDestination = address(32, .originalDestination)
    match.replySource = address(64, .replySource)
    match.replyDestination = address(96, .replyDestination)
    if fields.contains(.expires) { match.expires = try p.closedRange(p.u32(128), p.u32(132), of: "seconds") }
    match.transport = p.u16(136)
    match.originalSourcePort = try ports(138, 154, .originalSourcePort)
    match.originalDestinationPort = try ports(140, 156, .originalDestinationPort)
    match.replySourcePort = try ports(142, 158, .replySourcePort)
    match.replyDestinationPort = try ports(144, 160, .replyDestinationPort)
    match.states = ConntrackState(rawValue: revision == 1 ? UInt16(p.u8(150)) : p.u16(150))
    match.status = revision == 1 ? UInt16(p.u8(151)) : p.u16(152)
    return match
  }

  /// struct xt_state_info: statemask. XT_STATE_UNTRACKED is bit 6, where conntrack has SNAT.
  private static func state(_ p: XTablesPayload) throws(XTablesProblem) -> ConntrackMatch {
    let mask = p.u32(0)
    guard mask & ~0x4f == 0 else { throw XTablesProblem(reason: "states that are not known") }
    var match = ConntrackMatch(fields: [.state, .stateAlias])
    match.states = ConntrackState(rawValue: UInt16(mask & 0xf))
    if mask & 0x40 != 0 { match.states.insert(.untracked) }
    return match
  }

  /// struct xt_statistic_info: mode, flags, then probability or every, packet, count. `every` is one less than what
  /// the user gave.
  private static func statistic(_ p: XTablesPayload) throws(XTablesProblem) -> StatisticMatch {
    let inverted = p.u16(2) & 1 != 0
    switch p.u16(0) {
    case 0:
      return .random(numerator: p.u32(4), inverted: inverted)
    case 1:
      let (every, overflow) = p.u32(4).addingReportingOverflow(1)
      guard !overflow else { throw XTablesProblem(reason: "interval out of range") }
      return .nth(every: every, offset: p.u32(8), inverted: inverted)
    default:
      throw XTablesProblem(reason: "mode \(p.u16(0)) is not known")
    }
  }

  /// struct xt_recent_mtinfo: seconds, hit_count, check_set (XT_RECENT_*), invert, name[200], side; _v1 adds mask.
  private static func recent(_ p: XTablesPayload, mask: IPAddress) throws(XTablesProblem) -> RecentMatch {
    let flags = p.u8(8)
    guard let operation = RecentMatch.Operation(rawValue: flags & 0xf) else {
      throw XTablesProblem(reason: "operation \(flags & 0xf) is not known")
    }
    return RecentMatch(
      operation: operation, name: p.string(10, capacity: 200), seconds: p.u32(0), hitCount: p.u32(4),
      reap: flags & 0x20 != 0, sameTTL: flags & 0x10 != 0, usesDestination: p.u8(210) != 0, mask: mask,
      inverted: p.u8(9) != 0)
  }

  /// struct xt_set_info_v0: index, flags[7], one for each dimension (IPSET_SRC 1, IPSET_DST 2) until 0; the first one
  /// also has IPSET_MATCH_INV 4.
  private static func set0(_ p: XTablesPayload) -> SetMatch {
    let flags = (0..<6).map { p.u32(4 + 4 * $0) }.prefix { $0 & 3 != 0 }
    return SetMatch(
      name: p.setNames(p.u16(0)), index: p.u16(0), sourceDimensions: flags.map { $0 & 1 != 0 },
      inverted: p.u32(4) & 4 != 0)
  }

  /// struct xt_set_info: index, dim, flags: bit 0 inverts, bit n is whether dimension n is `src`, bit 7 is
  /// IPSET_RETURN_NOMATCH.
  private static func set1(_ p: XTablesPayload) throws(XTablesProblem) -> SetMatch {
    let dimensions = p.u8(2)
    let flags = p.u8(3)
    // IPSET_DIM_MAX
    guard dimensions <= 6 else { throw XTablesProblem(reason: "\(dimensions) dimensions") }
    var match = SetMatch(
      name: p.setNames(p.u16(0)), index: p.u16(0),
      sourceDimensions: (0..<dimensions).map { flags >> ($0 + 1) & 1 != 0 }, inverted: flags & 1 != 0)
    match.returnNoMatch = flags & 0x80 != 0
    return match
  }

  /// struct xt_set_info_match_v3, _v4: xt_set_info, then a comparison of packets and one of bytes (op, value in
  /// revision 3; value, op in revision 4), then flags (IPSET_FLAG_*).
  private static func set3(_ p: XTablesPayload, _ revision: Int) throws(XTablesProblem) -> SetMatch {
    let (value, operation) = revision == 3 ? (8, 0) : (0, 8)
    func comparison(_ offset: Int) throws(XTablesProblem) -> SetMatch.CounterMatch? {
      let comparison = p.u8(offset + operation)
      guard comparison <= 4 else { throw XTablesProblem(reason: "comparison \(comparison) is not known") }
      return comparison == 0 ? nil : SetMatch.CounterMatch(comparison: comparison, value: p.u64(offset + value))
    }
    let flags = p.u32(40)
    var match = try set1(p)
    match.packets = try comparison(8)
    match.bytes = try comparison(24)
    match.skipCounterUpdate = flags & 0x08 != 0
    match.skipSubcounterUpdate = flags & 0x10 != 0
    match.returnNoMatch = match.returnNoMatch || flags & 0x80 != 0
    return match
  }
}
