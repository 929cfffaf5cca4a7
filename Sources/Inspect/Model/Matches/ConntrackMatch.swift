import CSys

/// States of a connection as `--ctstate` names them: XT_CONNTRACK_STATE_*.
public struct ConntrackState: OptionSet, Sendable, Hashable {
  /// The number as the kernel has it.
  public let rawValue: UInt16
  /// From the number that the kernel has.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// `INVALID`: the packet belongs to no connection that conntrack can make out.
  public static let invalid = ConntrackState(rawValue: 1 << 0)
  /// `ESTABLISHED`: packets went both ways before.
  public static let established = ConntrackState(rawValue: 1 << 1)
  /// `RELATED`: a new connection that belongs to another, or an ICMP error for one.
  public static let related = ConntrackState(rawValue: 1 << 2)
  /// `NEW`: the first packet of a connection, or one that was not answered yet.
  public static let new = ConntrackState(rawValue: 1 << 3)
  /// `SNAT`: the connection's source is translated (IPS_SRC_NAT).
  public static let snat = ConntrackState(rawValue: 1 << 6)
  /// `DNAT`: the connection's destination is translated (IPS_DST_NAT).
  public static let dnat = ConntrackState(rawValue: 1 << 7)
  /// `UNTRACKED`: taken out of connection tracking, as by NOTRACK.
  public static let untracked = ConntrackState(rawValue: 1 << 8)
}

/// `-m conntrack` (and `-m state`): struct xt_conntrack_mtinfo1 to 3.
public struct ConntrackMatch: Sendable, Hashable {
  /// What is tested; XT_CONNTRACK_* bits.
  public struct Fields: OptionSet, Sendable, Hashable {
    /// Bits of `match_flags` and `invert_flags`.
    public let rawValue: UInt16
    /// From the number that the kernel has.
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// `--ctstate`
    public static let state = Fields(rawValue: 1 << 0)
    /// `--ctproto`
    public static let transport = Fields(rawValue: 1 << 1)
    /// `--ctorigsrc`
    public static let originalSource = Fields(rawValue: 1 << 2)
    /// `--ctorigdst`
    public static let originalDestination = Fields(rawValue: 1 << 3)
    /// `--ctreplsrc`
    public static let replySource = Fields(rawValue: 1 << 4)
    /// `--ctrepldst`
    public static let replyDestination = Fields(rawValue: 1 << 5)
    /// `--ctstatus`
    public static let status = Fields(rawValue: 1 << 6)
    /// `--ctexpire`
    public static let expires = Fields(rawValue: 1 << 7)
    /// `--ctorigsrcport`
    public static let originalSourcePort = Fields(rawValue: 1 << 8)
    /// `--ctorigdstport`
    public static let originalDestinationPort = Fields(rawValue: 1 << 9)
    /// `--ctreplsrcport`
    public static let replySourcePort = Fields(rawValue: 1 << 10)
    /// `--ctrepldstport`
    public static let replyDestinationPort = Fields(rawValue: 1 << 11)
    /// `--ctdir`
    public static let direction = Fields(rawValue: 1 << 12)
    /// The state is printed by its older name, `--state`.
    public static let stateAlias = Fields(rawValue: 1 << 13)
  }
  /// The tests made; all must hold.
  public var fields: Fields
  /// Those of them that are inverted.
  public var inverted: Fields = []
  /// `--ctstate`: any of them.
  public var states: ConntrackState = []
  /// IPS_* bits of `--ctstatus`.
  public var status: UInt16 = 0
  /// `--ctproto`: the protocol's number.
  public var transport: UInt16 = 0
  /// `--ctorigsrc`: the source of the connection's first packet; nil if not tested.
  public var originalSource: AddressMatch?
  /// `--ctorigdst`: the destination of the connection's first packet, before any translation; nil if not tested.
  public var originalDestination: AddressMatch?
  /// `--ctreplsrc`: who answers, the endpoint after DNAT; nil if not tested.
  public var replySource: AddressMatch?
  /// `--ctrepldst`: whom answers are sent to, the address after SNAT; nil if not tested.
  public var replyDestination: AddressMatch?
  /// Seconds.
  public var expires: ClosedRange<UInt32> = 0...0
  /// `--ctorigsrcport`; counts with its bit of `fields` alone.
  public var originalSourcePort: ClosedRange<UInt16> = 0...0
  /// `--ctorigdstport`; counts with its bit of `fields` alone.
  public var originalDestinationPort: ClosedRange<UInt16> = 0...0
  /// `--ctreplsrcport`; counts with its bit of `fields` alone.
  public var replySourcePort: ClosedRange<UInt16> = 0...0
  /// `--ctrepldstport`; counts with its bit of `fields` alone.
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

extension ConntrackState {
  /// The states of `ct state`: NF_CT_STATE_*, whose untracked is another bit than xt_conntrack's.
  init?(nft bits: UInt32) {
    guard bits & ~0x4f == 0 else { return nil }
    self.init(rawValue: UInt16(truncatingIfNeeded: bits & 0xf))
    if bits & 0x40 != 0 { insert(.untracked) }
  }
}
