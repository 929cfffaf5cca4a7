/// What became of asking one node.
public enum NodeOutcome: Sendable, Hashable {
  case answered(NodeAnswer)
  /// `message` is the same for nodes of which the same is to be said.
  case unanswered(FleetAnswer.Unanswered.Stage, message: String)
}

/// Folds the answers of nodes by what they mean. Whoever carried them, it is the same.
struct FleetMerger {
  /// By the node's name.
  let outcomes: [(node: String, outcome: NodeOutcome)]

  /// Two answers with the same key say the same.
  private struct Key: Hashable {
    var result: FleetAnswer.Group.Result
    var findings: Set<FindingKey> = []
    var omitted = 0
    var unknown: Set<String> = []
    /// Without the API: what is done, since nothing tells what should be.
    var digest: String?
    var message: String?

    /// Where nodes forward differently and nothing tells which of them is right, none is.
    var withoutReference: Key {
      guard digest != nil, result == .ok else { return self }
      var key = self
      key.result = .uncertain
      key.message = "forwarded differently on other nodes, and without the API nothing tells which is right"
      return key
    }
  }

  /// What of a finding is the same on all nodes that have it; words may name what only one of them has.
  private struct FindingKey: Hashable {
    let id: FindingID
    let severity: Finding.Severity
    let service: NamespacedName?
    let port: String?
    let family: IPFamily?

    init(_ finding: Finding) {
      (id, severity, service) = (finding.id, finding.severity, finding.subject.service)
      (port, family) = (finding.subject.port, finding.subject.family)
    }
  }

  private typealias Answered = (node: String, answer: NodeAnswer)

  /// Adds findings, groups, those that did not answer, and traits.
  func merge(into fleet: inout FleetAnswer) {
    var answered: [Answered] = []
    var silent: [Silence: [String]] = [:]
    for (node, outcome) in outcomes {
      switch outcome {
      case .answered(let answer) where answer.lacksList(of: fleet.question.command):
        let message = answer.isCut == true ? "its list is in its pod's log, which was not read" : "it sent no list"
        silent[Silence(stage: .parse, message: message), default: []].append(node)
      case .answered(let answer): answered.append((node, answer))
      case .unanswered(let stage, let message):
        silent[Silence(stage: stage, message: message), default: []].append(node)
      }
    }
    (fleet.asked, fleet.answered) = (outcomes.count, answered.count)
    fleet.unanswered = silent.map { silence, nodes in
      FleetAnswer.Unanswered(nodes: nodes.sorted(), stage: silence.stage, message: silence.message)
    }.sorted { (-$0.nodes.count, $0.nodes[0]) < (-$1.nodes.count, $1.nodes[0]) }
    fleet.findings = findings(of: answered) { $0.isOfCluster }
    fleet.groups = groups(of: answered)
    // What was not asked for is not told, and each list is of the node that sent it.
    switch fleet.question.command {
    case "veth":
      fleet.interfaces = answered.compactMap { node, answer in
        var list = answer.interfaces
        list?.node.name = node
        return list
      }
    case "connections":
      fleet.connections = answered.compactMap { node, answer in
        var list = answer.connections
        list?.node.name = node
        return list
      }
    default: break
    }
    fleet.traits = FleetAnswer.Trait.Kind.allCases.compactMap { trait($0, answered) }
  }

  private struct Silence: Hashable {
    let stage: FleetAnswer.Unanswered.Stage
    let message: String
  }

  // MARK: - Groups

  private func groups(of answered: [Answered]) -> [FleetAnswer.Group] {
    func rank(_ result: FleetAnswer.Group.Result) -> Int {
      FleetAnswer.Group.Result.allCases.firstIndex(of: result) ?? 0
    }
    var members = Dictionary(grouping: answered) { Self.key(of: $0.answer) }
    if Set(members.keys.compactMap(\.digest)).count > 1 {
      members = Dictionary(uniqueKeysWithValues: members.map { ($0.withoutReference, $1) })
    }
    return members.map { group($0, $1) }.sorted {
      (rank($0.result), -$0.nodes.count, $0.nodes[0]) < (rank($1.result), -$1.nodes.count, $1.nodes[0])
    }
  }

  private static func key(of answer: NodeAnswer) -> Key {
    if let failure = answer.failure { return Key(result: .unhandled, message: failure) }
    var key = Key(result: result(of: answer))
    key.findings = Set(answer.findings.filter { !$0.id.isOfCluster }.map(FindingKey.init))
    key.omitted = answer.omitted
    key.unknown = Set(answer.unknown.map(\.what))
    if let forwarding = answer.forwarding, forwarding.expected == nil, forwarding.expectedUncertain == nil {
      key.digest = forwarding.digest ?? ""
    }
    if let services = answer.services, services.different > 0, key.findings.isEmpty {
      key.message = "differs from what the API implies, and nothing is wrong with that: see 'kpx diff api live' there"
    }
    return key
  }

  private static func result(of answer: NodeAnswer) -> FleetAnswer.Group.Result {
    // What it says in numbers must not hide what it says in words.
    if answer.findings.contains(where: { !$0.id.isOfCluster }) || answer.omitted > 0 { return .wrong }
    switch answer.status {
    case 0: return .ok
    case 1: return answer.findings.isEmpty ? .wrong : answer.unknown.isEmpty ? .ok : .uncertain
    default: return .uncertain
    }
  }

  private func group(_ key: Key, _ members: [Answered]) -> FleetAnswer.Group {
    let services = members.map(\.answer.services)
    let areKnown = services.allSatisfy { $0.map { $0.unknown == 0 } ?? false }
    return FleetAnswer.Group(
      nodes: members.map(\.node).sorted(), result: key.result,
      isAsExpected: areKnown ? services.allSatisfy { $0?.different == 0 } : nil, message: key.message,
      findings: findings(of: members) { !$0.isOfCluster }, unknown: members[0].answer.unknown)
  }

  /// What nodes say of one finding: words, and the endpoints that are too many or too few.
  private struct Wording: Hashable {
    let message: String
    let endpoints: Set<Finding.Evidence>

    init(_ finding: Finding) {
      message = finding.message
      endpoints = Set(finding.evidence.filter { $0.difference != nil })
    }
  }

  /// So many of them are told.
  private static let mostTellings = 4

  private func findings(
    of members: [Answered], where isWanted: (FindingID) -> Bool
  ) -> [FleetAnswer.GroupFinding] {
    var order: [FindingKey] = []
    var tellings: [FindingKey: [Wording: FleetAnswer.Telling]] = [:]
    for (node, answer) in members {
      for finding in answer.findings where isWanted(finding.id) {
        let key = FindingKey(finding)
        if tellings[key] == nil { order.append(key) }
        // In place: what thousands of nodes say is not copied with each.
        tellings[key, default: [:]][Wording(finding), default: FleetAnswer.Telling(nodes: [], finding: finding)]
          .add(node)
      }
    }
    return order.map { key in
      let all = (tellings[key] ?? [:]).values.sorted {
        (-$0.nodes.count, $0.finding.message) < (-$1.nodes.count, $1.finding.message)
      }
      return FleetAnswer.GroupFinding(
        id: key.id, severity: key.severity,
        tellings: all.prefix(Self.mostTellings).map {
          FleetAnswer.Telling(nodes: $0.nodes.sorted(), finding: $0.finding)
        },
        omitted: max(0, all.count - Self.mostTellings))
    }
  }

  // MARK: - Traits

  private func trait(_ kind: FleetAnswer.Trait.Kind, _ answered: [Answered]) -> FleetAnswer.Trait? {
    var nodes: [String: [String]] = [:]
    for (node, answer) in answered {
      if let text = Self.text(kind, answer) { nodes[text, default: []].append(node) }
    }
    guard !nodes.isEmpty else { return nil }
    let values = nodes.map { FleetAnswer.Trait.Value(text: $0, nodes: $1.sorted()) }.sorted {
      (-$0.nodes.count, $0.text) < (-$1.nodes.count, $1.text)
    }
    return FleetAnswer.Trait(kind: kind, values: values)
  }

  private static func text(_ kind: FleetAnswer.Trait.Kind, _ answer: NodeAnswer) -> String? {
    switch kind {
    case .program: answer.program
    case .kernel: answer.node.kernel
    case .mode:
      answer.proxy.map { $0.mode == .none ? "no kube-proxy" : $0.modeText }
    case .release: answer.proxy?.version?.text
    }
  }
}

extension NodeAnswer {
  /// Whether it does not have the list that was asked for, and does not say why: that is not an empty one.
  fileprivate func lacksList(of command: String) -> Bool {
    switch command {
    case "veth": failure == nil && interfaces == nil
    case "connections": failure == nil && connections == nil
    default: false
    }
  }
}

extension FleetAnswer.Telling {
  /// A node that says so, too; one may say it twice.
  fileprivate mutating func add(_ node: String) {
    if nodes.last != node { nodes.append(node) }
  }
}
