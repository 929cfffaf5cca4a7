/// What takes packets to a program of this node itself, so that no endpoint of the service is chosen for them.
public struct Diversion: Sendable {
  /// The rule that does; nil for a policy.
  public var rule: RuleReference?
  /// Who wrote it; nil for no known program.
  public var owner: RuleOwner?
  /// The port that the rule sends them to; nil where they keep theirs.
  public var port: UInt16?
  /// Whether connection tracking is told to leave them alone, so that nat is not asked: as NodeLocal DNSCache does for an
  /// address that it has itself.
  public var isUntracked: Bool
}

extension Finding {
  /// A frontend whose packets a program of this node gets: nothing that kube-proxy has or has not done.
  static func diverted(_ answer: FrontendAnswer, of service: NamespacedName) -> Finding? {
    guard let diversion = answer.trace.diversion else { return nil }
    let place = answer.trace.frontend.text
    let rule = diversion.rule.map { "\($0)" } ?? "a policy"
    let subject = Subject(service, frontends: [answer.trace.frontend])
    guard !diversion.isUntracked else {
      return Finding(
        .deliveredHere, .info, answer.confidence, subject: subject,
        message:
          "packets to \(place) are not translated: a program of this node has the address, as NodeLocal DNSCache does",
        evidence: [Evidence(.netfilter, "\(rule) has connection tracking leave them alone")],
        advice: [Advice("who listens there", command: "ss -lnp")])
    }
    return Finding(
      .deliveredHere, .warning, answer.confidence, subject: subject,
      message: "packets to \(place) are redirected to a program of this node"
        + (diversion.port.map { ", port \($0)" } ?? "") + ", before an endpoint is chosen",
      evidence: [Evidence(.netfilter, rule + (diversion.owner.map { ", a rule of \($0)" } ?? ""))],
      advice: [Advice("who listens there", command: "ss -lnp")])
  }
}
