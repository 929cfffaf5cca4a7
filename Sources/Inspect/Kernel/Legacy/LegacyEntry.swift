import CSys

/// Where one entry of a table is. Its extents have been checked against the table's.
struct LegacyEntry {
  let offset: Int
  /// Where its target is, counted from the table's beginning.
  let target: Int
  /// sizeof the target, header included.
  let targetSize: Int
  /// Where the next entry is, counted from the table's beginning.
  let next: Int
}

/// What a standard target says: struct xt_standard_target's verdict.
enum LegacyVerdict: Equatable {
  case accept
  case drop
  case queue
  case `return`
  /// To the entry at an offset.
  case jump(Int)

  /// A negative number but XT_RETURN is -NF_* - 1; the rest is an offset.
  init?(_ number: Int32) {
    switch number {
    case -1: self = .drop
    case -2: self = .accept
    case -4: self = .queue
    case Int32(CSYS_XT_RETURN): self = .return
    case 0...: self = .jump(Int(number))
    default: return nil
    }
  }
}
