import CSys

/// `-m statistic`: struct xt_statistic_info.
public enum StatisticMatch: Sendable, Hashable {
  /// True with a probability of `numerator` / 2^31.
  case random(numerator: UInt32, inverted: Bool)
  /// True for one packet in `every`; `offset` is the first (`--packet`).
  case nth(every: UInt32, offset: UInt32, inverted: Bool)

  /// How often it is true, 0 to 1.
  public var probability: Double {
    switch self {
    case .random(let numerator, let inverted):
      let p = Double(numerator) / 2_147_483_648
      return inverted ? 1 - p : p
    case .nth(let every, _, let inverted):
      let p = 1 / Double(max(every, 1))
      return inverted ? 1 - p : p
    }
  }
}

extension StatisticMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "statistic", revision: 0, size: sizeof_xt_statistic_info) { p throws(XTablesProblem) in
      .statistic(try StatisticMatch(p))
    }
  ]

  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    // XT_STATISTIC_INVERT
    let inverted = p.u16(xt_statistic_info_flags) & 1 != 0
    switch p.u16(xt_statistic_info_mode) {
    case 0:
      self = .random(numerator: p.u32(xt_statistic_info_probability), inverted: inverted)
    case 1:
      // One less than what the user gave.
      let (every, overflow) = p.u32(xt_statistic_info_every).addingReportingOverflow(1)
      guard !overflow else { throw XTablesProblem(reason: "interval out of range") }
      self = .nth(every: every, offset: p.u32(xt_statistic_info_packet), inverted: inverted)
    case let mode:
      throw XTablesProblem(reason: "mode \(mode) is not known")
    }
  }

  func append(to text: inout String) {
    switch self {
    case .random(let numerator, let inverted):
      text += " -m statistic --mode random"
      text.addOption("--probability \(Self.fraction(numerator))", inverted: inverted)
    case .nth(let every, let offset, let inverted):
      text += " -m statistic --mode nth"
      text.addOption("--every \(every)", inverted: inverted)
      text += " --packet \(offset)"
    }
  }

  /// `numerator` / 2^31 with eleven decimals, rounded as printf does: half to even.
  private static func fraction(_ numerator: UInt32) -> String {
    let scale: UInt128 = 100_000_000_000
    let product = UInt128(numerator) * scale
    let remainder = product & 0x7fff_ffff
    var rounded = product >> 31
    if remainder > 0x4000_0000 || (remainder == 0x4000_0000 && rounded & 1 != 0) { rounded += 1 }
    let decimals = String(rounded % scale)
    return "\(rounded / scale)." + String(repeating: "0", count: 11 - decimals.count) + decimals
  }
}
