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
  /// The programs that take them there; nil where that is not known, and none where nothing listens.
  public var programs: [String]?
}

extension Branch {
  /// Whether its packets are for a program of this node, in place of an endpoint.
  var isTakenHere: Bool {
    switch end {
    case .delivered, .taken, .portClosed: break
    default: return false
    }
    if packet.isRedirected { return packet.destination == .local }
    return packet.state.contains(.untracked) && !steps.contains(where: \.isTranslation)
  }

  var isPortClosed: Bool { if case .portClosed = end { true } else { false } }
}

extension Finding {
  /// A frontend whose packets a program of this node gets: nothing that kube-proxy has or has not done.
  static func diverted(_ answer: FrontendAnswer, of service: NamespacedName) -> Finding? {
    guard let diversion = answer.trace.diversion else { return nil }
    let place = answer.trace.frontend.text
    let rule = diversion.rule.map { "\($0)" } ?? "a policy"
    let isClosed = diversion.programs?.isEmpty == true
    let message =
      diversion.isUntracked
      ? "packets to \(place) are not translated: "
        + (isClosed
          ? "they are for a program of this node, such as NodeLocal DNSCache, and none listens there"
          : "a program of this node has the address, as NodeLocal DNSCache does")
      : "packets to \(place) are redirected to a program of this node"
        + (diversion.port.map { ", port \($0)" } ?? "")
        + (isClosed ? ", where none listens" : ", before an endpoint is chosen")
    let evidence =
      diversion.isUntracked
      ? "\(rule) has connection tracking leave them alone"
      : rule + (diversion.owner.map { ", a rule of \($0)" } ?? "")
    let programs = (diversion.programs ?? []).map { Evidence(.netfilter, "\($0) listens there") }
    return Finding(
      .deliveredHere, isClosed ? .error : diversion.isUntracked ? .info : .warning, answer.confidence,
      subject: Subject(service, frontends: [answer.trace.frontend]), message: message,
      evidence: [Evidence(.netfilter, evidence)] + programs, advice: [Advice("who listens there", command: "ss -lnp")])
  }
}
