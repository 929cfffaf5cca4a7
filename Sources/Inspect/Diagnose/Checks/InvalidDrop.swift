extension Check {
  /// Rule: of the packets that came to KUBE-FORWARD at least 1 %, and at least 100, were dropped there as INVALID: those of
  /// connections of which netfilter does not see both ways. Likely, and a warning. Some few are what late packets of ended
  /// connections are everywhere. Counters are of the time since the rules were written.
  static let invalidDrop = Check(.invalidDrop, mode: .iptables) { examination in
    guard examination.list != nil else { return .skipped(examination.unwalked ?? "no service was walked") }
    let filter = examination.node.filter
    for family in examination.context.families {
      for base in Set(try filter.baseChains(at: .forward, family: family).map(\.chain))
      where base.table.name == "filter" {
        let name = WellKnownChain.forward.rawValue
        let come = try packets(of: ChainReference(table: base.table, name: base.name), filter) { $0.chain == name }
        let dropped = try packets(of: ChainReference(table: base.table, name: name), filter) {
          $0.actions.contains(.drop)
        }
        guard let come, let dropped, dropped >= 100, dropped >= come / 100 else { continue }
        var subject = Subject.node
        subject.family = family
        return .found([
          Finding(
            .invalidDrop, .warning, .likely, subject: subject,
            message:
              "\(dropped) of \(come) forwarded packets were dropped, as they are of no connection that netfilter knows",
            evidence: [
              Finding.Evidence(
                .netfilter,
                "\(base.table.qualifiedName) \(name), -m conntrack --ctstate INVALID -j DROP: \(dropped) packets")
            ],
            advice: [
              Finding.Advice(
                "see whether packets and answers take different nodes; then kube-proxy's conntrack.tcpBeLiberal, or the sysctl, "
                  + "lets them pass",
                command: "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1")
            ])
        ])
      }
    }
    return .ok()
  }

  /// What the first rule of a kind has counted; nil where there is none, or it does not count.
  private static func packets(
    of chain: ChainReference, _ filter: any PacketFilter, _ isMeant: @escaping (Rule) -> Bool
  ) throws -> UInt64? {
    var counted: UInt64?
    _ = try filter.forEachRule(in: chain, hint: .none) { _, rule in
      guard isMeant(rule) else { return true }
      counted = rule.counters?.packets
      return false
    }
    return counted
  }
}
