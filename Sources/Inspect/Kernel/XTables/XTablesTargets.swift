extension XTables {
  /// Targets that change, report or refuse a packet.
  static let packetTargets: [Decoder<Action>] = [
    Decoder(name: "MARK", revision: 2, size: 8) { p in .mark(MarkAction(value: p.u32(0), mask: p.u32(4))) },
    Decoder(name: "CONNMARK", revision: 1, size: 13) { p throws(XTablesProblem) in .connmark(try connmark(p, 1)) },
    Decoder(name: "CONNMARK", revision: 2, size: 15) { p throws(XTablesProblem) in .connmark(try connmark(p, 2)) },
    Decoder(name: "REJECT", revision: 0, size: 4) { p throws(XTablesProblem) in .reject(try reject(p)) },
    Decoder(name: "LOG", revision: 0, size: 32) { p in
      .log(LogAction(level: p.u8(0), flags: p.u8(1), prefix: p.string(2, capacity: 30)))
    },
    Decoder(name: "NFLOG", revision: 0, size: 76) { p in
      .nflog(
        NFLogAction(
          group: p.u16(4), length: p.u32(0), threshold: p.u16(6), flags: p.u16(8), prefix: p.string(12, capacity: 64)))
    },
    Decoder(name: "CT", revision: 0, size: 40) { p in .conntrack(conntrack(p, timeout: "")) },
    Decoder(name: "CT", revision: 1, size: 72) { p in .conntrack(conntrack(p, timeout: p.string(28, capacity: 32))) },
    Decoder(name: "CT", revision: 2, size: 72) { p in .conntrack(conntrack(p, timeout: p.string(28, capacity: 32))) },
    Decoder(name: "NOTRACK", revision: 0, size: 0) { _ in
      .conntrack(
        ConntrackAction(flags: 1, zone: 0, connectionEvents: 0, expectationEvents: 0, helper: "", timeout: ""))
    },
    Decoder(name: "TCPMSS", revision: 0, size: 2) { p in
      // XT_TCPMSS_CLAMP_PMTU
      .tcpmss(TCPMSSAction(mss: p.u16(0) == 0xffff ? nil : p.u16(0)))
    },
    Decoder(name: "TPROXY", revision: 0, family: .v4, size: 16) { p in .tproxy(tproxy(p, port: 12)) },
    Decoder(name: "TPROXY", revision: 1, size: 28) { p in .tproxy(tproxy(p, port: 24)) },
    Decoder(name: "TRACE", revision: 0, size: 0) { _ in .trace },
    Decoder(name: "CHECKSUM", revision: 0, size: 1) { p in .checksum(p.u8(0)) },
    Decoder(name: "NFQUEUE", revision: 0, size: 2) { p in .queue(queue(p, 0)) },
    Decoder(name: "NFQUEUE", revision: 1, size: 4) { p in .queue(queue(p, 1)) },
    Decoder(name: "NFQUEUE", revision: 2, size: 6) { p in .queue(queue(p, 2)) },
    Decoder(name: "NFQUEUE", revision: 3, size: 6) { p in .queue(queue(p, 3)) },
  ]

  /// struct xt_connmark_tginfo1: ctmark, ctmask, nfmask, mode; _tginfo2: …, shift_dir, shift_bits, mode.
  private static func connmark(_ p: XTablesPayload, _ revision: Int) throws(XTablesProblem) -> ConnmarkAction {
    let number = p.u8(revision == 1 ? 12 : 14)
    // XT_CONNMARK_SET 0, SAVE 1, RESTORE 2
    guard let mode = ConnmarkAction.Mode(rawValue: number) else {
      throw XTablesProblem(reason: "mode \(number) is not known")
    }
    var action = ConnmarkAction(mode: mode, value: p.u32(0), connectionMask: p.u32(4), packetMask: p.u32(8))
    if revision == 2 {
      action.shiftsRight = p.u8(12) == 1
      action.shift = p.u8(13)
    }
    return action
  }

  /// enum ipt_reject_with, ip6t_reject_with, by iptables' names. nil has none.
  private static let rejections: [IPFamily: [String?]] = [
    .v4: [
      "icmp-net-unreachable", "icmp-host-unreachable", "icmp-proto-unreachable", "icmp-port-unreachable", nil,
      "icmp-net-prohibited", "icmp-host-prohibited", "tcp-reset", "icmp-admin-prohibited",
    ],
    .v6: [
      "icmp6-no-route", "icmp6-adm-prohibited", "icmp6-not-neighbor", "icmp6-addr-unreachable",
      "icmp6-port-unreachable", nil, "tcp-reset", "icmp6-policy-fail", "icmp6-reject-route",
    ],
  ]

  private static func reject(_ p: XTablesPayload) throws(XTablesProblem) -> RejectAction {
    let number = Int(p.u32(0))
    guard let names = rejections[p.family], names.indices.contains(number), let name = names[number] else {
      throw XTablesProblem(reason: "answer \(number) is not known")
    }
    return RejectAction(with: name)
  }

  /// struct xt_ct_target_info: flags, zone, ct_events, exp_events, helper[16]; _v1 adds timeout[32].
  private static func conntrack(_ p: XTablesPayload, timeout: String) -> ConntrackAction {
    ConntrackAction(
      flags: p.u16(0), zone: p.u16(2), connectionEvents: p.u32(4), expectationEvents: p.u32(8),
      helper: p.string(12, capacity: 16), timeout: timeout)
  }

  /// struct xt_tproxy_target_info, _v1: mark_mask, mark_value, laddr, lport.
  private static func tproxy(_ p: XTablesPayload, port: Int) -> TProxyAction {
    TProxyAction(address: p.address(8), port: p.be16(port), markValue: p.u32(4), markMask: p.u32(0))
  }

  /// struct xt_NFQ_info: queuenum; _v1: …, queues_total; _v2: …, bypass; _v3: …, flags.
  private static func queue(_ p: XTablesPayload, _ revision: Int) -> QueueAction {
    var action = QueueAction(number: p.u16(0))
    if revision >= 1 { action.count = p.u16(2) }
    if revision == 2 { action.flags = p.u16(4) == 0 ? 0 : 1 }
    if revision == 3 { action.flags = p.u16(4) }
    return action
  }
}
