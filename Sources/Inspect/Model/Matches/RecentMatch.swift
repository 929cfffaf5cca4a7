import CSys

/// `-m recent`: struct xt_recent_mtinfo, xt_recent_mtinfo_v1.
public struct RecentMatch: Sendable, Hashable {
  /// What is done with the list.
  public enum Operation: UInt8, Sendable, Hashable {
    /// Notes the address; always true.
    case set = 2
    /// Whether it was noted.
    case check = 1
    /// As check, and notes it anew.
    case update = 4
    /// Forgets it; true if it was there.
    case remove = 8
  }
  /// What is done with the list, and when it is true.
  public var operation: Operation
  /// The list, as in /proc/net/xt_recent.
  public var name: String
  /// Noted within so many seconds; 0: at any time.
  public var seconds: UInt32 = 0
  /// Seen at least so often; 0: once.
  public var hitCount: UInt32 = 0
  /// `--reap`: addresses older than `seconds` are forgotten.
  public var reap = false
  /// `--rttl`: only where the packet's TTL is that of the packet that was noted.
  public var sameTTL = false
  /// The destination is looked up instead of the source.
  public var usesDestination = false
  /// The bits of the address that are noted.
  public var mask: IPAddress
  /// `!`: true where the address is not in the list.
  public var inverted = false
}

extension RecentMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "recent", revision: 0, size: sizeof_xt_recent_mtinfo) { p throws(XTablesProblem) in
      .recent(try RecentMatch(p, mask: .mask(p.family.bits, p.family)))
    },
    .init(name: "recent", revision: 1, size: sizeof_xt_recent_mtinfo_v1) { p throws(XTablesProblem) in
      .recent(try RecentMatch(p, mask: p.address(xt_recent_mtinfo_v1_mask)))
    },
  ]

  /// struct xt_recent_mtinfo ends where the mask of struct xt_recent_mtinfo_v1 begins.
  private init(_ p: XTablesPayload, mask: IPAddress) throws(XTablesProblem) {
    // XT_RECENT_SET 2, CHECK 1, UPDATE 4, REMOVE 8, TTL 16, REAP 32
    let flags = p.u8(xt_recent_mtinfo_v1_check_set)
    guard let operation = Operation(rawValue: flags & 0xf) else {
      throw XTablesProblem(reason: "operation \(flags & 0xf) is not known")
    }
    self.init(
      operation: operation,
      // XT_RECENT_NAME_LEN
      name: p.string(xt_recent_mtinfo_v1_name, capacity: 200), seconds: p.u32(xt_recent_mtinfo_v1_seconds),
      hitCount: p.u32(xt_recent_mtinfo_v1_hit_count), reap: flags & 0x20 != 0, sameTTL: flags & 0x10 != 0,
      usesDestination: p.u8(xt_recent_mtinfo_v1_side) != 0, mask: mask,
      inverted: p.u8(xt_recent_mtinfo_v1_invert) != 0)
  }

  func append(to text: inout String) {
    text += " -m recent"
    let option =
      switch operation {
      case .set: "--set"
      case .check: "--rcheck"
      case .update: "--update"
      case .remove: "--remove"
      }
    text.addOption(option, inverted: inverted)
    if seconds != 0 { text += " --seconds \(seconds)" }
    if reap { text += " --reap" }
    if hitCount != 0 { text += " --hitcount \(hitCount)" }
    if sameTTL { text += " --rttl" }
    text += " --name \(name) --mask \(mask) \(usesDestination ? "--rdest" : "--rsource")"
  }
}
