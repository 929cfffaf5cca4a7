/// What kube-proxy takes for traffic of local pods (--detect-local-mode), as its rules show it.
struct LocalDetectors {
  /// Source ranges: ClusterCIDR and NodeCIDR.
  var prefixes: [IPPrefix] = []
  /// Interfaces: BridgeInterface and InterfaceNamePrefix.
  var interfaces: [Condition] = []

  /// Reads them off the rules that a packet met: those that masquerade all but local pods' packets, and those that let
  /// pods' packets past an external policy.
  init(rules: [RuleStep]) {
    for step in rules {
      guard step.rule.matches.contains(where: \.asksWhereFrom) else { continue }
      let marksOthers = step.marksForMasquerade && step.chain.name.isServiceChain
      let letsPodsPass = step.chain.name.isExternalChain && step.target?.isServiceChain == true
      for match in step.rule.matches {
        switch match {
        case .source(let source) where source.inverted == marksOthers && (marksOthers || letsPodsPass):
          if let prefix = source.prefix, !prefixes.contains(prefix) { prefixes.append(prefix) }
        case .inInterface(let interface) where interface.inverted == marksOthers && (marksOthers || letsPodsPass):
          let condition = Condition.inInterface(name: interface.name, wildcard: interface.wildcard)
          if !interfaces.contains(condition) { interfaces.append(condition) }
        default: continue
        }
      }
    }
  }
}

extension Match {
  fileprivate var asksWhereFrom: Bool {
    switch self {
    case .source, .inInterface: true
    default: false
    }
  }
}

extension RuleStep {
  /// By a chain for it, or since 1.36 in nftables mode by itself.
  fileprivate var marksForMasquerade: Bool {
    if target == WellKnownChain.markMasquerade.rawValue || target == "mark-for-masquerade" { return true }
    return rule.actions.contains { if case .mark = $0 { true } else { false } }
  }
}

extension String {
  /// KUBE-SVC-, and before 1.22 KUBE-SERVICES itself, hold the rule that masquerades what is not local; in nftables mode
  /// service- and local-, since 1.36 services.
  var isServiceChain: Bool {
    ["KUBE-SVC-", "KUBE-SVL-", "service-", "local-"].contains(where: hasPrefix) || self == "KUBE-SERVICES"
      || self == "services"
  }
  fileprivate var isExternalChain: Bool { ["KUBE-EXT-", "KUBE-XLB-", "external-"].contains(where: hasPrefix) }
}
