extension Check {
  /// Rule: a base chain has a jump to a chain of Kubernetes (KUBE-) more than once, the same in every match. Certain, and a
  /// warning: whoever adds it does not see that it is there (kubernetes#82361: iptables of another backend or release).
  static let duplicateRules = Check(.duplicateRules) { examination in
    let filter = examination.node.filter
    var worst: (chain: ChainReference, target: String, count: Int)?
    for family in examination.context.families {
      let bases = try Hook.allCases.filter { !$0.isAtInterface }.flatMap {
        try filter.baseChains(at: $0, family: family)
      }
      for base in Set(bases.map(\.chain)) {
        var counts: [Rule: Int] = [:]
        _ = try filter.forEachRule(in: base, hint: .none) { _, rule in
          guard rule.chain?.hasPrefix("KUBE-") == true else { return true }
          var bare = rule
          (bare.counters, bare.handle) = (nil, nil)
          counts[bare, default: 0] += 1
          return true
        }
        guard let most = counts.max(by: { $0.value < $1.value }), most.value > max(1, worst?.count ?? 1) else {
          continue
        }
        worst = (base, most.key.chain ?? "", most.value)
      }
    }
    return .found(
      worst.map { worst in
        Finding(
          .duplicateRules, .warning, subject: .node,
          message:
            "the jump to \(worst.target) is \(worst.count) times in \(worst.chain.table.name) \(worst.chain.name)",
          evidence: [
            Finding.Evidence(
              .netfilter,
              "\(worst.chain.table.qualifiedName) \(worst.chain.name): \(worst.count) rules -j \(worst.target)")
          ],
          advice: [
            Finding.Advice(
              "kube-proxy, the kubelet and the network plugin must use an iptables of one backend and release; then delete the "
                + "copies",
              command: "iptables -t \(worst.chain.table.name) -S \(worst.chain.name)")
          ])
      })
  }
}
