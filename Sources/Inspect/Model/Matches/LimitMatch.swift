import CSys

/// `-m limit`: struct xt_rateinfo.
public struct LimitMatch: Sendable, Hashable {
  /// XT_LIMIT_SCALE (10000) times the mean seconds between two packets.
  public var average: UInt32
  /// How many packets may come at once before the mean counts.
  public var burst: UInt32
}

extension LimitMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "limit", revision: 0, size: sizeof_xt_rateinfo) { p in
      .limit(LimitMatch(average: p.u32(xt_rateinfo_avg), burst: p.u32(xt_rateinfo_burst)))
    }
  ]

  func append(to text: inout String) {
    text += " -m limit --limit \(rate)"
    // XT_LIMIT_BURST
    if burst != 5 { text += " --limit-burst \(burst)" }
  }

  /// Packets in the shortest unit of time in which their number is a good approximation.
  private var rate: String {
    guard average != 0 else { return "inf" }
    // XT_LIMIT_SCALE times the seconds.
    let units: [(name: String, length: UInt32)] = [
      ("day", 864_000_000), ("hour", 36_000_000), ("min", 600_000), ("sec", 10_000),
    ]
    let longer = units.dropFirst().prefix {
      average <= $0.length && $0.length / average >= $0.length % average
    }
    let unit = longer.last ?? units[0]
    return "\(unit.length / average)/\(unit.name)"
  }
}
