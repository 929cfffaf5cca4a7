/// The rules that packets met and that sent them on by where they come from. Ways that become one keep the rules of one
/// of them; these are kept beside.
struct SourceRules {
  private static let most = 4096

  private(set) var steps: [RuleStep] = []
  private var places: Set<RuleReference> = []

  mutating func note(_ rule: Rule, _ place: RuleReference) {
    guard steps.count < Self.most, rule.asksSource, rule.sendsOn, places.insert(place).inserted else { return }
    steps.append(RuleStep(rule, at: place))
  }
}

extension Rule {
  fileprivate var asksSource: Bool {
    matches.contains {
      switch $0 {
      case .source, .inInterface: true
      default: false
      }
    }
  }

  fileprivate var sendsOn: Bool {
    actions.contains {
      switch $0 {
      case .jump, .goto, .mark: true
      default: false
      }
    }
  }
}
