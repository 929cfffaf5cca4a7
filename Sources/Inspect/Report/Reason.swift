/// Why packets are not forwarded.
public struct Reason: Codable, Sendable, Hashable {
  /// What it is that keeps them.
  public enum Kind: String, Codable, Sendable {
    case rule
    /// The policy of a base chain.
    case policy
    /// A virtual service that has no real server for new connections.
    case virtualService
    /// No route leads there, or one refuses them.
    case unroutable
    /// The node does not forward what arrives.
    case notForwarded
    /// The interface that leads there is down.
    case linkDown
    /// They go to a port of this node itself, where no program listens.
    case portClosed
    /// They get to the endpoint, and a rule or the policy of a chain ends the answers.
    case unanswered
    /// No rule translates their destination.
    case untranslated
    /// No packet comes this way.
    case unreached
    /// kpx cannot tell.
    case undecided
    /// Which of two kinds of tables comes first is not known, and decides.
    case order
    /// Another system than kube-proxy may take them.
    case otherSystem
    /// The service has no endpoint that is ready.
    case noEndpoints
    /// It has none on this node, and the policy is Local.
    case noLocalEndpoints
    /// kube-proxy leaves the service or the address alone.
    case notForProxy
  }

  /// A rule, or the policy of a chain.
  public struct Place: Codable, Sendable, Hashable {
    /// The table's name, such as `nat`.
    public var table: String
    /// The chain's name.
    public var chain: String
    /// From 1; nil for the policy.
    @Nullable public var rule: Int?
  }

  /// In words, for people.
  public var text: String
  /// What keeps packets, for programs.
  public var kind: Kind
  /// The rule or policy that decides.
  public var place: Place?
  /// How many more rules do the same to others of the packets; nil for none.
  public var others: Int?
  /// The rule's comment.
  public var comment: String?

  init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  /// A rule that kpx cannot decide.
  init(undecided what: String, at rule: RuleReference) {
    kind = .undecided
    text = "\(what) (\(rule))"
    place = Place(table: rule.chain.table.name, chain: rule.chain.name, rule: rule.number)
  }
}

extension Reason: CustomStringConvertible {
  /// The words.
  public var description: String { text }
}
