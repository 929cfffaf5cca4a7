/// The same question to many nodes.
public struct FleetQuery: Sendable {
  /// A kind of address of a node's, by the API's word for it.
  public enum AddressType: String, Sendable, CaseIterable {
    case hostname = "Hostname"
    case internalDNS = "InternalDNS"
    case internalIP = "InternalIP"
    case externalDNS = "ExternalDNS"
    case externalIP = "ExternalIP"
  }

  /// What is asked.
  public var command: NodeQuestion.Command
  /// Which nodes.
  public var selection: NodeSelection
  /// The namespace of what is named without one; nil: the context's.
  public var namespace: String?
  /// Whether services of all namespaces are asked for.
  public var areAllNamespaces = false
  /// The families that are asked for.
  public var families = IPFamily.allCases
  /// How long walks may take on a node, in seconds of the processor.
  public var timeLimit = 10.0
  /// Which of the addresses that the API has of a node it is reached by; nil: its name.
  public var addressType: AddressType?
  /// How many nodes are asked at the same time.
  public var parallel = 64
  /// How long one node may take.
  public var nodeTimeout = Duration.seconds(10)
  /// How long all of them may take.
  public var deadline = Duration.seconds(60)
  /// Where snapshots are put.
  public var folder = "."
  /// The release of kpx that asks.
  public var program: String

  /// The namespace of what is named without one; nil: all.
  /// - Parameter context: that of the context that is used.
  func namespace(of context: String?) -> String? {
    areAllNamespaces ? nil : namespace ?? context ?? Session.defaultNamespace
  }

  /// A question to nodes.
  public init(_ command: NodeQuestion.Command, _ selection: NodeSelection, program: String) {
    (self.command, self.selection, self.program) = (command, selection, program)
  }
}

/// Who takes questions to nodes.
public enum NodeCarrier: Sendable {
  case ssh(SSHCarrier)
  case pods(PodCarrier)

  fileprivate var kind: FleetAnswer.Carrier {
    switch self {
    case .ssh: .ssh
    case .pods: .pods
    }
  }
}

extension Session {
  /// Asks nodes. The API is asked here, once; what it said goes along with the question.
  ///
  /// Where a node differs from the API, both are looked at once more: kube-proxy may have been about to follow.
  public func ask(_ query: FleetQuery, by carrier: NodeCarrier) throws(SessionError) -> FleetAnswer {
    let deadline = ContinuousClock.now + query.deadline
    let limits: APILimits? = if case .server(_, let limits) = cluster { limits } else { nil }
    let first = try FleetQuestion(self, query)
    var outcomes = try first.ask(first.nodes, by: carrier, limits: limits, until: deadline, observer)
    let differing = first.nodes.filter { outcomes[$0]?.hasDrift == true }
    if !differing.isEmpty, case .server = cluster {
      observer.tell(.waitingForSync(pauseForSync))
      Self.sleep(pauseForSync)
      let second = try FleetQuestion(self, query)
      let again = try second.ask(differing, by: carrier, limits: limits, until: deadline, observer)
      for (node, outcome) in again {
        outcomes[node] = outcome.confirming(outcomes[node])
      }
    }
    var fleet = FleetAnswer(first.command, via: carrier.kind, api: first.api.origin)
    fleet.notes = first.notes.map { Note(.api, $0) }
    FleetMerger(outcomes: outcomes.sorted { $0.key < $1.key }.map { ($0, $1) }).merge(into: &fleet)
    if case .snapshot = first.command {
      fleet.snapshots = fleet.groups.flatMap(\.nodes).sorted().map {
        FleetAnswer.SavedSnapshot(node: $0, path: SnapshotFolder.path(query.folder, of: $0))
      }
    }
    first.name(&fleet.connections)
    return fleet
  }
}

extension NodeOutcome {
  fileprivate var hasDrift: Bool {
    if case .answered(let answer) = self { answer.findings.contains { $0.id.isDrift } } else { false }
  }

  /// What a second look has found: of differences from the API those that the first one found, too. Where it has no answer the
  /// first one counts.
  fileprivate func confirming(_ first: NodeOutcome?) -> NodeOutcome {
    guard case .answered(let before)? = first else { return self }
    guard case .answered(var answer) = self else { return .answered(before) }
    answer.findings.removeAll { finding in
      finding.id.isDrift && !before.findings.contains { $0.isSameDrift(as: finding) }
    }
    if answer.status == 1, answer.findings.isEmpty { answer.status = answer.unknown.isEmpty ? 0 : 2 }
    return .answered(answer)
  }
}

extension FleetAnswer {
  init(_ command: NodeQuestion.Command, via carrier: Carrier, api: APIOrigin?) {
    self.init(
      question: Question(command), via: carrier, api: api, asked: 0, answered: 0, findings: [], groups: [],
      unanswered: [], traits: [],
      notes: [])
  }
}

extension FleetAnswer.Question {
  fileprivate init(_ command: NodeQuestion.Command) {
    switch command {
    case .trace(let target, _): (self.command, self.target) = ("trace", target)
    case .services(let namespace): (self.command, target) = ("services", namespace)
    case .check(_, let namespace): (self.command, target) = ("check", namespace)
    case .version: (self.command, target) = ("version", nil)
    case .veth(let targets, _):
      (self.command, target) = ("veth", targets.isEmpty ? nil : targets.joined(separator: " "))
    case .connections(let target, _, _): (self.command, self.target) = ("connections", target)
    case .snapshot(let services, _):
      self.command = "snapshot"
      target = services.isEmpty ? nil : services.map(\.description).joined(separator: " ")
    }
  }
}
