import CSys

/// States of a connection as `--ctstate` names them: XT_CONNTRACK_STATE_*.
public struct ConntrackState: OptionSet, Sendable, Hashable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let invalid = ConntrackState(rawValue: 1 << 0)
  public static let established = ConntrackState(rawValue: 1 << 1)
  public static let related = ConntrackState(rawValue: 1 << 2)
  public static let new = ConntrackState(rawValue: 1 << 3)
  public static let snat = ConntrackState(rawValue: 1 << 6)
  public static let dnat = ConntrackState(rawValue: 1 << 7)
  public static let untracked = ConntrackState(rawValue: 1 << 8)
}

/// `-m conntrack` (and `-m state`): struct xt_conntrack_mtinfo1 to 3.
public struct ConntrackMatch: Sendable, Hashable {
  /// What is tested; XT_CONNTRACK_* bits.
  public struct Fields: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let state = Fields(rawValue: 1 << 0)
    public static let transport = Fields(rawValue: 1 << 1)
    public static let originalSource = Fields(rawValue: 1 << 2)
    public static let originalDestination = Fields(rawValue: 1 << 3)
    public static let replySource = Fields(rawValue: 1 << 4)
    public static let replyDestination = Fields(rawValue: 1 << 5)
    public static let status = Fields(rawValue: 1 << 6)
    public static let expires = Fields(rawValue: 1 << 7)
    public static let originalSourcePort = Fields(rawValue: 1 << 8)
    public static let originalDestinationPort = Fields(rawValue: 1 << 9)
    public static let replySourcePort = Fields(rawValue: 1 << 10)
    public static let replyDestinationPort = Fields(rawValue: 1 << 11)
    public static let direction = Fields(rawValue: 1 << 12)
    /// The state is printed by its older name, `--state`.
    public static let stateAlias = Fields(rawValue: 1 << 13)
  }
  /// The tests made; all must hold.
  public var fields: Fields
  /// Those of them that are inverted.
  public var inverted: Fields = []
  public var states: ConntrackState = []
  /// IPS_* bits of `--ctstatus`.
  public var status: UInt16 = 0
  public var transport: UInt16 = 0
  public var originalSource: AddressMatch?
  public var originalDestination: AddressMatch?
  public var replySource: AddressMatch?
  public var replyDestination: AddressMatch?
  /// Seconds.
  public var expires: ClosedRange<UInt32> = 0...0
  public var originalSourcePort: ClosedRange<UInt16> = 0...0
  public var originalDestinationPort: ClosedRange<UInt16> = 0...0
  public var replySourcePort: ClosedRange<UInt16> = 0...0
  public var replyDestinationPort: ClosedRange<UInt16> = 0...0
}

extension ConntrackMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "conntrack", revision: 1, size: sizeof_xt_conntrack_mtinfo1) { p throws(XTablesProblem) in
      var match = try ConntrackMatch(p, hasPortRanges: false)
      match.states = ConntrackState(rawValue: UInt16(p.u8(xt_conntrack_mtinfo1_state_mask)))
      match.status = UInt16(p.u8(xt_conntrack_mtinfo1_status_mask))
      return .conntrack(match)
    },
    .init(name: "conntrack", revision: 2, size: sizeof_xt_conntrack_mtinfo2) { p throws(XTablesProblem) in
      .conntrack(try ConntrackMatch(p, hasPortRanges: false))
    },
    .init(name: "conntrack", revision: 3, size: sizeof_xt_conntrack_mtinfo3) { p throws(XTablesProblem) in
      .conntrack(try ConntrackMatch(p, hasPortRanges: true))
    },
    .init(name: "state", revision: 0, size: sizeof_xt_state_info) { p throws(XTablesProblem) in
      .conntrack(try ConntrackMatch(state: p))
    },
  ]

  /// Earlier revisions are beginnings of struct xt_conntrack_mtinfo3, but for the masks of revision 1, which are of 8
  /// bits, and the ports, which are in network order before revision 3.
  private init(_ p: XTablesPayload, hasPortRanges: Bool) throws(XTablesProblem) {
    let fields = Fields(rawValue: p.u16(xt_conntrack_mtinfo3_match_flags))
    let inverted = Fields(rawValue: p.u16(xt_conntrack_mtinfo3_invert_flags))
    self.init(fields: fields, inverted: inverted)
    func address(_ address: Int, _ mask: Int, _ field: Fields) -> AddressMatch? {
      guard fields.contains(field) else { return nil }
      return AddressMatch(address: p.address(address), mask: p.address(mask), inverted: inverted.contains(field))
    }
    func ports(_ low: Int, _ high: Int, _ field: Fields) throws(XTablesProblem) -> ClosedRange<UInt16> {
      guard fields.contains(field) else { return 0...0 }
      guard hasPortRanges else { return p.be16(low)...p.be16(low) }
      return try p.ports(p.u16(low), p.u16(high))
    }
    originalSource = address(xt_conntrack_mtinfo3_origsrc_addr, xt_conntrack_mtinfo3_origsrc_mask, .originalSource)
    originalDestination = address(
      xt_conntrack_mtinfo3_origdst_addr, xt_conntrack_mtinfo3_origdst_mask, .originalDestination)
    replySource = address(xt_conntrack_mtinfo3_replsrc_addr, xt_conntrack_mtinfo3_replsrc_mask, .replySource)
    replyDestination = address(xt_conntrack_mtinfo3_repldst_addr, xt_conntrack_mtinfo3_repldst_mask, .replyDestination)
    if fields.contains(.expires) {
      expires = try p.closedRange(
        p.u32(xt_conntrack_mtinfo3_expires_min), p.u32(xt_conntrack_mtinfo3_expires_max), of: "seconds")
    }
    transport = p.u16(xt_conntrack_mtinfo3_l4proto)
    originalSourcePort = try ports(
      xt_conntrack_mtinfo3_origsrc_port, xt_conntrack_mtinfo3_origsrc_port_high, .originalSourcePort)
    originalDestinationPort = try ports(
      xt_conntrack_mtinfo3_origdst_port, xt_conntrack_mtinfo3_origdst_port_high, .originalDestinationPort)
    replySourcePort = try ports(
      xt_conntrack_mtinfo3_replsrc_port, xt_conntrack_mtinfo3_replsrc_port_high, .replySourcePort)
    replyDestinationPort = try ports(
      xt_conntrack_mtinfo3_repldst_port, xt_conntrack_mtinfo3_repldst_port_high, .replyDestinationPort)
    states = ConntrackState(rawValue: p.u16(xt_conntrack_mtinfo3_state_mask))
    status = p.u16(xt_conntrack_mtinfo3_status_mask)
  }

  /// struct xt_state_info. XT_STATE_UNTRACKED is bit 6, where conntrack has SNAT.
  private init(state p: XTablesPayload) throws(XTablesProblem) {
    let mask = p.u32(xt_state_info_statemask)
    guard mask & ~0x4f == 0 else { throw XTablesProblem(reason: "states that are not known") }
    self.init(fields: [.state, .stateAlias])
    states = ConntrackState(rawValue: UInt16(mask & 0xf))
    if mask & 0x40 != 0 { states.insert(.untracked) }
  }

  func append(to text: inout String) {
    let usesAlias = fields.contains(.stateAlias)
    text += usesAlias ? " -m state" : " -m conntrack"
    func add(_ field: Fields, _ option: String) {
      if fields.contains(field) { text.addOption(option, inverted: inverted.contains(field)) }
    }
    add(.state, (usesAlias ? "--state " : "--ctstate ") + states.text)
    add(.transport, "--ctproto \(transport)")
    add(.originalSource, "--ctorigsrc \(originalSource?.text ?? "")")
    add(.originalDestination, "--ctorigdst \(originalDestination?.text ?? "")")
    add(.replySource, "--ctreplsrc \(replySource?.text ?? "")")
    add(.replyDestination, "--ctrepldst \(replyDestination?.text ?? "")")
    add(.originalSourcePort, "--ctorigsrcport \(originalSourcePort.text(":"))")
    add(.originalDestinationPort, "--ctorigdstport \(originalDestinationPort.text(":"))")
    add(.replySourcePort, "--ctreplsrcport \(replySourcePort.text(":"))")
    add(.replyDestinationPort, "--ctrepldstport \(replyDestinationPort.text(":"))")
    add(.status, "--ctstatus \(statusText)")
    add(.expires, "--ctexpire \(expires.text(":"))")
    // The direction's inversion is the other direction.
    if fields.contains(.direction) { text += " --ctdir \(inverted.contains(.direction) ? "REPLY" : "ORIGINAL")" }
  }

  private var statusText: String {
    // IPS_EXPECTED, IPS_SEEN_REPLY, IPS_ASSURED, IPS_CONFIRMED
    status == 0 ? "NONE" : bitNames(status, ["EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"])
  }
}

extension ConntrackState {
  fileprivate var text: String {
    let names: [(ConntrackState, String)] = [
      (.invalid, "INVALID"), (.new, "NEW"), (.related, "RELATED"), (.established, "ESTABLISHED"),
      (.untracked, "UNTRACKED"), (.snat, "SNAT"), (.dnat, "DNAT"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: ",")
  }
}
