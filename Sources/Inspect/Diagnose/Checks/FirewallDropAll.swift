extension Check {
  /// Rule: INPUT or OUTPUT leads to KUBE-FIREWALL, of which a rule drops and has no match but its comment. Certain, and an
  /// error: the kubelet's rule asks for a mark (kubernetes#112477: an older iptables that restores the table leaves out a match
  /// that it cannot read).
  static let firewallDropAll = Check(.firewallDropAll) { examination in
    let filter = examination.node.filter
    for family in examination.context.families {
      let hooks = try [Hook.input, .output].flatMap { try filter.baseChains(at: $0, family: family) }
      for table in Set(hooks.map(\.chain.table)) where table.name == "filter" {
        let chain = ChainReference(table: table, name: WellKnownChain.firewall.rawValue)
        let bases = hooks.map(\.chain).filter { $0.table == table }
        guard try bases.contains(where: { try leads($0, to: chain.name, filter) }) else { continue }
        var found: Finding?
        _ = try filter.forEachRule(in: chain, hint: .none) { number, rule in
          let asksNothing = rule.matches.allSatisfy { if case .comment = $0 { true } else { false } }
          guard asksNothing, rule.actions.contains(.drop) else { return true }
          var subject = Subject.node
          subject.family = family
          found = Finding(
            .firewallDropAll, .error, subject: subject,
            message: "all packets to and from this node are dropped: a rule of \(chain.name) lacks its match",
            evidence: [
              Finding.Evidence(
                .netfilter,
                "\(table.qualifiedName) \(chain.name) rule \(number): -j DROP"
                  + (rule.counters.map { ", \($0.packets) packets" } ?? ""))
            ],
            advice: [
              Finding.Advice(
                "use one release of iptables on the node and in kube-proxy's image; the kubelet writes the right rule again",
                command: "\(family == .v4 ? "iptables" : "ip6tables") -D \(chain.name) \(number)")
            ])
          return false
        }
        if let found { return .found([found]) }
      }
    }
    return .ok()
  }

  /// Chains that nothing leads to are left over, and harmless.
  private static func leads(_ base: ChainReference, to name: String, _ filter: any PacketFilter) throws -> Bool {
    var leads = false
    _ = try filter.forEachRule(in: base, hint: .none) { _, rule in
      leads = rule.chain == name
      return !leads
    }
    return leads
  }
}
