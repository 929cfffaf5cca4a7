import CSys

/// REJECT: what the sender is told.
public struct RejectAction: Sendable, Hashable {
  /// As `--reject-with` names it: `icmp-port-unreachable`, `tcp-reset`, …
  public var with: String
}

extension RejectAction {
  static let decoders: [XTables.Decoder<Action>] = [
    // struct ip6t_reject_info has the same field.
    .init(name: "REJECT", revision: 0, size: sizeof_ipt_reject_info) { p throws(XTablesProblem) in
      .reject(try RejectAction(p))
    }
  ]

  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    let number = Int(p.u32(ipt_reject_info_with))
    let names = p.family == .v4 ? Self.names4 : Self.names6
    guard names.indices.contains(number), let name = names[number] else {
      throw XTablesProblem(reason: "answer \(number) is not known")
    }
    with = name
  }

  /// enum ipt_reject_with by iptables' names. nil has none.
  private static let names4: [String?] = [
    "icmp-net-unreachable", "icmp-host-unreachable", "icmp-proto-unreachable", "icmp-port-unreachable", nil,
    "icmp-net-prohibited", "icmp-host-prohibited", "tcp-reset", "icmp-admin-prohibited",
  ]

  /// enum ip6t_reject_with.
  private static let names6: [String?] = [
    "icmp6-no-route", "icmp6-adm-prohibited", "icmp6-not-neighbor", "icmp6-addr-unreachable",
    "icmp6-port-unreachable", nil, "tcp-reset", "icmp6-policy-fail", "icmp6-reject-route",
  ]

  func append(to text: inout String) {
    text += " -j REJECT --reject-with \(with)"
  }
}
