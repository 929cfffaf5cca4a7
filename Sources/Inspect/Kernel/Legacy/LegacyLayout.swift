/// Where the fields of struct ipt_entry or ip6t_entry are.
struct LegacyLayout: Sendable {
  /// sizeof: the matches follow.
  let size: Int
  let source: Int
  let destination: Int
  let sourceMask: Int
  let destinationMask: Int
  let inInterface: Int
  let outInterface: Int
  let inInterfaceMask: Int
  let outInterfaceMask: Int
  let transport: Int
  let flags: Int
  let inversions: Int
  let targetOffset: Int
  let nextOffset: Int
  let counters: Int
  /// The bit of `flags` that makes a jump a goto (IPT_F_GOTO, IP6T_F_GOTO).
  let gotoFlag: UInt8

  static func of(_ family: IPFamily) -> LegacyLayout { family == .v4 ? v4 : v6 }

  private static let v4 = LegacyLayout(
    size: 112, source: 0, destination: 4, sourceMask: 8, destinationMask: 12, inInterface: 16, outInterface: 32,
    inInterfaceMask: 48, outInterfaceMask: 64, transport: 80, flags: 82, inversions: 83, targetOffset: 88,
    nextOffset: 90, counters: 96, gotoFlag: 2)

  private static let v6 = LegacyLayout(
    size: 168, source: 0, destination: 16, sourceMask: 32, destinationMask: 48, inInterface: 64, outInterface: 80,
    inInterfaceMask: 96, outInterfaceMask: 112, transport: 128, flags: 131, inversions: 132, targetOffset: 140,
    nextOffset: 142, counters: 152, gotoFlag: 4)

  /// The entry in front of a chain's first rule, which holds its name: no matches, and struct xt_error_target.
  var headSize: Int { size + 64 }

  /// struct xt_entry_match, xt_entry_target: size (16 bits), name (29 bytes), revision; the payload follows.
  static let extensionHeaderSize = 32
  static let extensionNameSize = 29

  /// IPT_INV_*; IPv6 has the same bits.
  struct Inversions: OptionSet {
    let rawValue: UInt8
    static let inInterface = Inversions(rawValue: 0x01)
    static let outInterface = Inversions(rawValue: 0x02)
    static let source = Inversions(rawValue: 0x08)
    static let destination = Inversions(rawValue: 0x10)
    static let fragment = Inversions(rawValue: 0x20)
    static let transport = Inversions(rawValue: 0x40)
  }
}
