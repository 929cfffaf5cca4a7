import CSys

/// MARK: mark = (mark & ~mask) ^ value. struct xt_mark_tginfo2.
public struct MarkAction: Sendable, Hashable {
  /// The bits that are set: mark = (mark & ~mask) ^ value.
  public var value: UInt32
  /// The bits that are cleared before.
  public var mask: UInt32
}

extension MarkAction {
  static let decoders: [XTables.Decoder<Action>] = [
    .init(name: "MARK", revision: 2, size: sizeof_xt_mark_tginfo2) { p in
      .mark(MarkAction(value: p.u32(xt_mark_tginfo2_mark), mask: p.u32(xt_mark_tginfo2_mask)))
    }
  ]

  func append(to text: inout String) {
    text += " -j MARK --set-xmark \(value.hex)/\(mask.hex)"
  }
}
