/// Packets that were sent on to an endpoint and that a rule or the routing ends on their way there.
public struct EndpointLoss: Sendable {
  /// Where they were sent to.
  public var endpoint: SocketAddress
  /// `reject` or `drop`.
  public var verdict: Verdict
  /// What ends them.
  public var reason: Reason?
  /// Who wrote the rule; nil for no known program, for a policy and for routes.
  public var owner: RuleOwner?
  /// For which of the reference client's packets; nil: for all.
  public var when: PacketCondition?
  /// Whether a reference client's packets are among them.
  public var isForReference: Bool
  /// Whether packets of a pod of this node are among them.
  public var isForPods: Bool
  /// Whether a reference client's packets are among them of listed sources outside the cluster alone, as of a blocklist.
  var isOfListed = false
}

extension Finding {
  /// What ends packets on their way to the endpoints: one finding for each program whose rules do. That network policies
  /// let some clients in and others not is what they are for.
  static func droppedByRule(_ answers: [FrontendAnswer], of service: NamespacedName?) -> [Finding] {
    [false, true].flatMap { isOnTheWayBack in
      droppedByRule(answers, of: service) { ($0.reason?.kind == .unanswered) == isOnTheWayBack }
    }
  }

  private static func droppedByRule(
    _ answers: [FrontendAnswer], of service: NamespacedName?, _ counts: (EndpointLoss) -> Bool
  ) -> [Finding] {
    var owners: [RuleOwner?] = []
    var places: [RuleOwner?: [(answer: FrontendAnswer, loss: EndpointLoss)]] = [:]
    for answer in answers {
      for loss in answer.trace.losses where loss.isForReference && !loss.isUnroutable && counts(loss) {
        if loss.owner?.enforcesPolicies == true, loss.when != nil { continue }
        if places[loss.owner] == nil { owners.append(loss.owner) }
        places[loss.owner, default: []].append((answer, loss))
      }
    }
    return owners.map { droppedByRule($0, places[$0] ?? [], of: service) }
  }

  /// Endpoints that routing lets no packet get to.
  static func unroutable(_ answers: [FrontendAnswer], of service: NamespacedName?) -> [Finding] {
    Reason.Kind.ofRouting.compactMap { unroutable($0, answers, of: service) }
  }

  private static func unroutable(
    _ kind: Reason.Kind, _ answers: [FrontendAnswer], of service: NamespacedName?
  ) -> Finding? {
    let lost = answers.filter { $0.trace.losses.contains { $0.isForReference && $0.reason?.kind == kind } }
    guard !lost.isEmpty else { return nil }
    let losses = lost.flatMap(\.trace.losses).filter { $0.isForReference && $0.reason?.kind == kind }
    let endpoints = Set(losses.map(\.endpoint)).sorted()
    let (what, advice) = cause(kind, endpoints[0].address)
    return Finding(
      kind == .notForwarded ? .forwardBlocked : .endpointUnroutable, .error, lost.confidence,
      subject: Subject(service, frontends: lost.map(\.trace.frontend)),
      message:
        "packets to \(endpoints.count == 1 ? "\(endpoints[0])" : "\(endpoints.count) endpoints") are dropped: \(what)",
      evidence: evidence(losses), advice: [advice])
  }

  private static func cause(_ kind: Reason.Kind, _ endpoint: IPAddress) -> (what: String, advice: Advice) {
    switch kind {
    case .notForwarded:
      (
        "this node does not forward packets",
        Advice(
          "Kubernetes needs forwarding on: see what turned it off, in /etc/sysctl.d and /etc/sysctl.conf",
          command: "sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding")
      )
    case .linkDown:
      (
        "the interface that leads there is down",
        Advice(
          "see whether the pod is still there, and who set its interface down: the network plugin's pod on this node may know",
          command: "ip -d link show")
      )
    default:
      (
        "the node's routes do not lead there",
        Advice(
          "the network plugin writes routes to pods: look at its pod on this node, and whether the endpoint is still there",
          command: "ip route get \(endpoint)")
      )
    }
  }

  private static let mostEvidence = 8

  private static func droppedByRule(
    _ owner: RuleOwner?, _ losses: [(answer: FrontendAnswer, loss: EndpointLoss)], of service: NamespacedName?
  ) -> Finding {
    let endpoints = Set(losses.map(\.loss.endpoint)).sorted()
    let whom = endpoints.count == 1 ? "\(endpoints[0])" : "\(endpoints.count) endpoints"
    var places: Set<Frontend> = []
    let frontends = losses.map(\.answer).filter { places.insert($0.trace.frontend).inserted }
    let isForAll = losses.contains { $0.loss.when == nil }
    let verbs = Set(losses.map(\.loss.verdict.past)).sorted().joined(separator: " or ")
    let isOnTheWayBack = losses.allSatisfy { $0.loss.reason?.kind == .unanswered }
    let what =
      isOnTheWayBack
      ? "answers of \(whom) are dropped on the way back" : "packets to \(whom) are \(verbs) on the way to the endpoint"
    let isOpen = losses.allSatisfy { $0.loss.when?.asksWhatIsUnknown == true }
    let isMeant = isOpen || losses.allSatisfy(\.loss.isOfListed)
    let severity: Finding.Severity = isMeant ? .info : isForAll && owner?.enforcesPolicies != true ? .error : .warning
    return Finding(
      .droppedByRule, severity, frontends.confidence,
      subject: Subject(service, frontends: frontends.map(\.trace.frontend)),
      message: (isForAll ? "" : "some ") + what + (owner.map { ", by rules of \($0)" } ?? ""),
      evidence: evidence(losses.map(\.loss)), advice: [advice(owner)])
  }

  /// One line for an endpoint and a rule, whichever frontend leads there.
  private static func evidence(_ losses: [EndpointLoss]) -> [Evidence] {
    var told: Set<LossPlace> = []
    let seen = losses.filter { told.insert(LossPlace(endpoint: $0.endpoint, place: $0.reason?.place)).inserted }
    let lines = seen.prefix(mostEvidence).map { loss in
      Evidence(loss.isUnroutable ? .routes : .netfilter, loss.text, endpoint: loss.endpoint)
    }
    return seen.count > mostEvidence
      ? lines + [Evidence(.netfilter, "and \(seen.count - mostEvidence) more")] : lines
  }

  private struct LossPlace: Hashable {
    let endpoint: SocketAddress
    let place: Reason.Place?
  }

  private static func advice(_ owner: RuleOwner?) -> Advice {
    switch owner {
    case .calico?:
      Advice(
        "a NetworkPolicy, or a GlobalNetworkPolicy of Calico, that selects the pods decides",
        command: "kubectl get networkpolicies -A")
    case let owner? where owner.enforcesPolicies:
      Advice("a NetworkPolicy that selects the pods decides", command: "kubectl get networkpolicies -A")
    case .docker?:
      Advice(
        "Docker drops what it does not forward itself; rules in DOCKER-USER come first",
        command: "iptables -S DOCKER-USER")
    case .firewalld?: Advice("look at the zones of firewalld", command: "firewall-cmd --list-all-zones")
    case .ufw?: Advice("look at the rules of ufw for forwarded packets", command: "ufw status verbose")
    case .kubeProxy?: .lookAtKubeProxy
    case let owner?: Advice("look at the configuration of \(owner)")
    case nil: Advice("no program that kpx knows wrote this rule, or set this policy: find out who did")
    }
  }
}

extension PacketCondition {
  /// Whether all of these packets pass a test whose answer is up to the packet or the moment: a TTL, a rate, a MAC address.
  fileprivate var asksWhatIsUnknown: Bool {
    any?.allSatisfy { $0.tests?.contains { $0.kind == .match && $0.holds } == true } ?? false
  }
}

extension Reason.Kind {
  /// Those that routing has, and no rule.
  static let ofRouting: [Self] = [.unroutable, .linkDown, .notForwarded]
}

extension EndpointLoss {
  /// Whether it is routing that ends them, and no rule.
  fileprivate var isUnroutable: Bool {
    reason.map { Reason.Kind.ofRouting.contains($0.kind) } ?? false
  }

  /// `10.244.1.5:8080: dropped, filter FORWARD rule 3, if source in 10.0.0.0/8`
  fileprivate var text: String {
    "\(endpoint): \(verdict.past)" + (reason.map { ", \($0)" } ?? "")
      + (when.map { ", if \($0)" } ?? "")
  }
}
