extension Check {
  /// Rule: a rule of KUBE-FIREWALL drops, and has no match but its comment. Certain, and an error: the kubelet's
  /// rule asks for a mark (kubernetes#112477: an older iptables that restores the table leaves out a match that it cannot read).
  static let firewallDropAll = Check(.firewallDropAll) { examination in
    let filter = examination.node.filter
    for family in examination.context.families {
      let hooks = try [Hook.input, .output].flatMap { try filter.baseChains(at: $0, family: family) }
      for table in Set(hooks.map(\.chain.table)) where table.name == "filter" {
        let chain = ChainReference(table: table, name: WellKnownChain.firewall.rawValue)
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
}
