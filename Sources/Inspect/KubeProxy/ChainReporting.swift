extension ChainTargetReport {
  /// A target with who is behind it.
  /// - Parameter element: the element of a map that leads there.
  public init(_ target: RuleTarget?, element: String? = nil) {
    self.init()
    self.element = element
    chain = target?.chain
    address = target?.address?.description
    port = target?.port
    let owner = OwnerNames(target?.owner)
    (service, services, pod, node) = (owner.service, owner.services, owner.pod, owner.node)
  }
}

extension ChainRuleReport {
  /// A rule with where it leads to.
  public init(_ rule: Rule, number: Int, in chain: ChainReference, targets: [RuleTarget]) {
    self.init(number: number, text: rule.text(in: chain))
    packets = rule.counters?.packets
    bytes = rule.counters?.bytes
    handle = rule.handle
    comments = rule.comments.isEmpty ? nil : rule.comments
    self.targets = targets.isEmpty ? nil : targets.map { ChainTargetReport($0) }
    undecoded = rule.undecoded.isEmpty ? nil : rule.undecoded
  }
}
