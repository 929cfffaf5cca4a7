/// What a packet met on its way that did something to it.
public enum Step: Sendable, Hashable {
  case rule(RuleStep)
  /// The policy of a base chain, for what no rule of it took.
  case policy(ChainReference)
  /// IPVS took it.
  case virtualService(VirtualService)
}

/// A rule that a packet met.
public struct RuleStep: Sendable, Hashable {
  /// Where the rule stands.
  public var place: RuleReference
  /// What the rule asks and does.
  public var rule: Rule
  /// The chain that the packet was sent to: by the rule itself, or by a map for this packet.
  public var target: String?

  /// A rule by its place.
  public init(_ rule: Rule, at place: RuleReference) {
    self.place = place
    self.rule = rule
    target = rule.chain
  }

  /// The chain that the rule is in.
  public var chain: ChainReference { place.chain }

  /// The same rule, as it sends a packet to `chain`.
  func sending(to chain: String) -> RuleStep {
    var step = self
    step.target = chain
    return step
  }
}

extension Step {
  /// nil for what is no rule.
  public var rule: RuleStep? { if case .rule(let step) = self { step } else { nil } }

  /// nil for what is none.
  public var virtualService: VirtualService? { if case .virtualService(let service) = self { service } else { nil } }

  /// The chain of a rule or of a policy; nil for what is in no chain.
  public var chain: ChainReference? {
    switch self {
    case .rule(let step): step.chain
    case .policy(let chain): chain
    case .virtualService: nil
    }
  }

  /// What the rule has counted, or the virtual service (what came in).
  public var counters: Counters? {
    switch self {
    case .rule(let step): step.rule.counters
    case .policy: nil
    case .virtualService(let service):
      Counters(packets: service.statistics.inPackets, bytes: service.statistics.inBytes)
    }
  }
}

extension Step: CustomStringConvertible {
  /// `nat KUBE-SERVICES rule 2`, `policy of filter FORWARD`, `virtual service TCP 10.96.0.1:80`
  public var description: String {
    switch self {
    case .rule(let step): "\(step.place)"
    case .policy(let chain): "policy of \(chain.table.name) \(chain.name)"
    case .virtualService(let service): "virtual service \(service.key)"
    }
  }
}

extension Reason {
  /// The last step of a way that ends there.
  init(_ last: Step, others: Int) {
    switch last {
    case .rule(let step):
      let comment = step.rule.comments.first
      let name = "\(step.place)" + (others == 0 ? "" : " and \(others) more")
      self.init(.rule, comment.map { "\($0) (\(name))" } ?? name)
      self.comment = comment
    case .policy:
      self.init(.policy, last.description)
    case .virtualService(let service):
      let isEmpty = service.realServers?.isEmpty ?? true
      self.init(.virtualService, "\(last) has " + (isEmpty ? "no real server" : "only real servers that drain"))
    }
    place = last.chain.map { Place(table: $0.table.name, chain: $0.name, rule: last.rule?.place.number) }
    if others > 0 { self.others = others }
  }
}
