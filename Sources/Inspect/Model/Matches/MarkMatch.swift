import CSys

/// `-m mark`, `-m connmark`: (mark & mask) == value.
public struct MarkMatch: Sendable, Hashable {
  /// What the masked mark must be.
  public var value: UInt32
  /// The bits of the mark that count; all of them where the rule names no mask.
  public var mask: UInt32
  /// `!`: true where the test does not hold.
  public var inverted = false
}

extension MarkMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "mark", revision: 1, size: sizeof_xt_mark_mtinfo1) { p in .mark(MarkMatch(p)) },
    .init(name: "connmark", revision: 1, size: sizeof_xt_connmark_mtinfo1) { p in .connmark(MarkMatch(p)) },
  ]

  /// struct xt_connmark_mtinfo1 has the same fields as xt_mark_mtinfo1.
  private init(_ p: XTablesPayload) {
    value = p.u32(xt_mark_mtinfo1_mark)
    mask = p.u32(xt_mark_mtinfo1_mask)
    inverted = p.u8(xt_mark_mtinfo1_invert) != 0
  }

  func append(_ module: String, to text: inout String) {
    text += " -m \(module)"
    text.addOption("--mark \(value.hex)\(mask == .max ? "" : "/" + mask.hex)", inverted: inverted)
  }
}
