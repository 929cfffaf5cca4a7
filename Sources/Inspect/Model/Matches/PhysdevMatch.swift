import CSys

/// `-m physdev`: struct xt_physdev_info. The bridge ports that a bridged packet passes.
public struct PhysdevMatch: Sendable, Hashable {
  /// XT_PHYSDEV_OP_*: what is tested, and what of it is inverted.
  public struct Fields: OptionSet, Sendable, Hashable {
    /// Bits of `bitmask` and `invert`.
    public let rawValue: UInt8
    /// From the number that the kernel has.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `--physdev-in NAME`
    public static let inName = Fields(rawValue: 0x01)
    /// `--physdev-out NAME`
    public static let outName = Fields(rawValue: 0x02)
    /// `--physdev-is-bridged`
    public static let isBridged = Fields(rawValue: 0x04)
    /// `--physdev-is-in`
    public static let isIn = Fields(rawValue: 0x08)
    /// `--physdev-is-out`
    public static let isOut = Fields(rawValue: 0x10)
  }
  /// The tests made; all must hold.
  public var fields: Fields
  /// Those of them that are inverted.
  public var inverted: Fields
  /// `--physdev-in`: the port that a packet came by; nil if not tested.
  public var inName: InterfaceMatch?
  /// `--physdev-out`: the port that a packet leaves by; nil if not tested.
  public var outName: InterfaceMatch?
}

extension PhysdevMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "physdev", revision: 0, size: sizeof_xt_physdev_info) { p throws(XTablesProblem) in
      .physdev(try PhysdevMatch(p))
    }
  ]

  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    let fields = Fields(rawValue: p.u8(xt_physdev_info_bitmask))
    let inverted = Fields(rawValue: p.u8(xt_physdev_info_invert))
    func interface(_ name: Int, _ mask: Int, _ field: Fields) throws(XTablesProblem) -> InterfaceMatch? {
      guard fields.contains(field) else { return nil }
      return try InterfaceMatch.masked(p.bytes, name: name, mask: mask, inverted: inverted.contains(field))
    }
    self.fields = fields
    self.inverted = inverted
    inName = try interface(xt_physdev_info_physindev, xt_physdev_info_in_mask, .inName)
    outName = try interface(xt_physdev_info_physoutdev, xt_physdev_info_out_mask, .outName)
  }

  func append(to text: inout String) {
    text += " -m physdev"
    func add(_ field: Fields, _ option: String) {
      if fields.contains(field) { text.addOption(option, inverted: inverted.contains(field)) }
    }
    add(.isIn, "--physdev-is-in")
    add(.inName, "--physdev-in \(inName?.text ?? "")")
    add(.isOut, "--physdev-is-out")
    add(.outName, "--physdev-out \(outName?.text ?? "")")
    add(.isBridged, "--physdev-is-bridged")
  }
}
