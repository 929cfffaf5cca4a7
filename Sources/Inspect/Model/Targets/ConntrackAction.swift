import CSys

/// CT: struct xt_ct_target_info, xt_ct_target_info_v1.
public struct ConntrackAction: Sendable, Hashable {
  /// XT_CT_*: NOTRACK 1, NOTRACK_ALIAS 2, ZONE_DIR_ORIG 4, ZONE_DIR_REPL 8, ZONE_MARK 16.
  public var flags: UInt16
  /// `--zone`: connections of different zones do not know each other.
  public var zone: UInt16 = 0
  /// `--ctevents`: bits of enum ip_conntrack_events; 0 where the rule names none.
  public var connectionEvents: UInt32 = 0
  /// `--expevents`: bits of enum ip_conntrack_expect_events; 0 where the rule names none.
  public var expectationEvents: UInt32 = 0
  /// `--helper`; empty for none.
  public var helper = ""
  /// `--timeout`: the name of a policy; empty for none.
  public var timeout = ""

  /// Whether the packet is taken out of connection tracking, and with it out of nat.
  public var isNotrack: Bool { flags & 3 != 0 }
}

extension ConntrackAction {
  static let decoders: [XTables.Decoder<Action>] = [
    .init(name: "CT", revision: 0, size: sizeof_xt_ct_target_info) { p in
      .conntrack(ConntrackAction(p, hasTimeout: false))
    },
    .init(name: "CT", revision: 1, size: sizeof_xt_ct_target_info_v1) { p in
      .conntrack(ConntrackAction(p, hasTimeout: true))
    },
    .init(name: "CT", revision: 2, size: sizeof_xt_ct_target_info_v1) { p in
      .conntrack(ConntrackAction(p, hasTimeout: true))
    },
    .init(name: "NOTRACK", revision: 0, size: 0) { _ in .conntrack(ConntrackAction(flags: 1)) },
  ]

  /// The fields of struct xt_ct_target_info end where the timeout of struct xt_ct_target_info_v1 begins.
  private init(_ p: XTablesPayload, hasTimeout: Bool) {
    self.init(
      flags: p.u16(xt_ct_target_info_v1_flags), zone: p.u16(xt_ct_target_info_v1_zone),
      connectionEvents: p.u32(xt_ct_target_info_v1_ct_events),
      expectationEvents: p.u32(xt_ct_target_info_v1_exp_events),
      helper: p.string(xt_ct_target_info_v1_helper, capacity: 16),
      timeout: hasTimeout ? p.string(xt_ct_target_info_v1_timeout, capacity: 32) : "")
  }

  func append(to text: inout String) {
    // XT_CT_NOTRACK_ALIAS
    if flags & 2 != 0 {
      text += " -j NOTRACK"
      return
    }
    text += " -j CT"
    if flags & 1 != 0 { text += " --notrack" }
    if !helper.isEmpty { text += " --helper \(helper)" }
    if !timeout.isEmpty { text += " --timeout \(timeout)" }
    if connectionEvents != 0 { text += " --ctevents \(Self.events(connectionEvents))" }
    if expectationEvents != 0 { text += " --expevents \(expectationEvents & 1 != 0 ? "new" : "")" }
    if flags & 16 != 0 || zone != 0 {
      let direction = [4: "-orig", 8: "-reply"][flags & 12] ?? ""
      text += " --zone\(direction) \(flags & 16 != 0 ? "mark" : "\(zone)")"
    }
  }

  /// IPCT_*, by bit.
  private static func events(_ bits: UInt32) -> String {
    let all = [
      "new", "related", "destroy", "reply", "assured", "protoinfo", "helper", "mark", "natseqinfo", "secmark",
    ]
    return bitNames(bits, all)
  }
}
