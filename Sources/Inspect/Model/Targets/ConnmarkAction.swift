import CSys

/// CONNMARK: struct xt_connmark_tginfo1, xt_connmark_tginfo2.
public struct ConnmarkAction: Sendable, Hashable {
  /// Which way marks go.
  public enum Mode: UInt8, Sendable, Hashable {
    /// ctmark = (ctmark & ~ctmask) ^ value
    case set = 0
    /// ctmark = (ctmark & ~ctmask) ^ (nfmark & nfmask)
    case save = 1
    /// nfmark = (nfmark & ~nfmask) ^ (ctmark & ctmask)
    case restore = 2
  }
  /// Which way the mark goes.
  public var mode: Mode
  /// `ctmark`: what is set; for `set` alone.
  public var value: UInt32
  /// `ctmask`: bits of the connection's mark.
  public var connectionMask: UInt32
  /// `nfmask`: bits of the packet's mark.
  public var packetMask: UInt32
  /// Bits to the left (or right) before masking, revision 2.
  public var shift: UInt8 = 0
  /// Whether bits go to the right (D_SHIFT_RIGHT).
  public var shiftsRight = false
}

extension ConnmarkAction {
  static let decoders: [XTables.Decoder<Action>] = [
    .init(name: "CONNMARK", revision: 1, size: sizeof_xt_connmark_tginfo1) { p throws(XTablesProblem) in
      .connmark(try ConnmarkAction(p, mode: p.u8(xt_connmark_tginfo1_mode)))
    },
    .init(name: "CONNMARK", revision: 2, size: sizeof_xt_connmark_tginfo2) { p throws(XTablesProblem) in
      var action = try ConnmarkAction(p, mode: p.u8(xt_connmark_tginfo2_mode))
      action.shiftsRight = p.u8(xt_connmark_tginfo2_shift_dir) == 1
      action.shift = p.u8(xt_connmark_tginfo2_shift_bits)
      return .connmark(action)
    },
  ]

  /// What both revisions begin with.
  private init(_ p: XTablesPayload, mode number: UInt8) throws(XTablesProblem) {
    // XT_CONNMARK_SET 0, SAVE 1, RESTORE 2
    guard let mode = Mode(rawValue: number) else { throw XTablesProblem(reason: "mode \(number) is not known") }
    self.init(
      mode: mode, value: p.u32(xt_connmark_tginfo2_ctmark), connectionMask: p.u32(xt_connmark_tginfo2_ctmask),
      packetMask: p.u32(xt_connmark_tginfo2_nfmask))
  }

  func append(to text: inout String) {
    text += " -j CONNMARK "
    switch mode {
    case .set: text += "--set-xmark \(value.hex)/\(connectionMask.hex)"
    case .save: text += "--save-mark --nfmask \(packetMask.hex) --ctmask \(connectionMask.hex)"
    case .restore: text += "--restore-mark --nfmask \(packetMask.hex) --ctmask \(connectionMask.hex)"
    }
    if shift != 0 { text += " --\(shiftsRight ? "right" : "left")-shift-mark \(shift)" }
  }
}
