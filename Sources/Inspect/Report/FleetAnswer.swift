/// The same question to many nodes: what `--nodes` answers. Nodes whose answers mean the same are one group.
public struct FleetAnswer: Codable, Sendable {
  /// How nodes were asked.
  public enum Carrier: String, Codable, Sendable, CaseIterable {
    case ssh, pods, files
  }

  /// What was asked.
  public struct Question: Codable, Sendable, Hashable {
    /// The command, such as `trace`.
    public var command: String
    /// What it was asked of; nil where it is not about one thing.
    public var target: String?
  }

  /// Nodes whose answers mean the same.
  public struct Group: Codable, Sendable, Hashable {
    /// What the answer comes to.
    public enum Result: String, Codable, Sendable, CaseIterable {
      /// All is well.
      case ok
      case wrong
      /// It cannot be told.
      case uncertain
      /// kube-proxy has no rules there.
      case unhandled
    }

    /// The nodes' names, in their order.
    public var nodes: [String]
    /// What the answer comes to.
    public var result: Result
    /// Whether all services that were asked for are forwarded as the API implies for each of the nodes; nil where that cannot be
    /// told of each, and where it was not asked.
    public var isAsExpected: Bool?
    /// In words, where there is more to say than findings do.
    public var message: String?
    /// What is wrong, worst first.
    public var findings: [GroupFinding]
    /// What cannot be told, as one of the nodes says it.
    public var unknown: [NodeAnswer.Unknown]
  }

  /// What nodes find alike.
  public struct GroupFinding: Codable, Sendable, Hashable {
    /// Which finding of the catalogue it is.
    public var id: FindingID
    /// How much it matters.
    public var severity: Finding.Severity
    /// In the words of nodes that say it differently, the most frequent first.
    public var tellings: [Telling]
    /// How many others there are.
    public var omitted: Int
  }

  /// A finding in one node's words.
  public struct Telling: Codable, Sendable, Hashable {
    /// The nodes that say so.
    public var nodes: [String]
    /// As the first of them has it.
    public var finding: Finding
  }

  /// Nodes that gave no answer, and why.
  public struct Unanswered: Codable, Sendable, Hashable {
    /// How far it got.
    public enum Stage: String, Codable, Sendable, CaseIterable {
      /// The node was not reached.
      case connect
      /// It did not let the user in, or is not the one that the user knows.
      case authenticate
      /// kpx is not there, or may not run as root.
      case start
      /// kpx could not tell anything, or not in time.
      case run
      /// What came back is no answer.
      case parse
    }

    /// The nodes' names, in their order.
    public var nodes: [String]
    /// How far it got.
    public var stage: Stage
    /// In words.
    public var message: String
  }

  /// A file that was made.
  public struct SavedSnapshot: Codable, Sendable, Hashable {
    /// The node that it is of.
    public var node: String
    /// Its path.
    public var path: String
  }

  /// What nodes have, whatever was asked.
  public struct Trait: Codable, Sendable, Hashable {
    /// What it is.
    public enum Kind: String, Codable, Sendable, CaseIterable {
      /// The release of kpx.
      case program
      case kernel
      /// Of kube-proxy, with its backend.
      case mode
      /// Of kube-proxy.
      case release
    }

    /// What some nodes have.
    public struct Value: Codable, Sendable, Hashable {
      /// In words.
      public var text: String
      /// The nodes' names, in their order.
      public var nodes: [String]
    }

    /// What it is.
    public var kind: Kind
    /// The most frequent first.
    public var values: [Value]
  }

  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `FleetAnswer`, which tells this answer from others.
  public private(set) var kind = "FleetAnswer"
  /// What was asked.
  public var question: Question
  /// How nodes were asked.
  public var via: Carrier
  /// Where what the API says is from; nil without the API, and where each node's snapshot has its own.
  @Nullable public var api: APIOrigin?
  /// How many nodes were asked.
  public var asked: Int
  /// How many of them answered.
  public var answered: Int
  /// What is wrong with services as the API has them, on whichever nodes; no group has it.
  public var findings: [GroupFinding]
  /// Those where all is well first, then by how many nodes there are.
  public var groups: [Group]
  /// Nodes that gave no answer.
  public var unanswered: [Unanswered]
  /// What nodes have, whatever was asked.
  public var traits: [Trait]
  /// Pods' interfaces, node by node; nil where something else was asked.
  public var interfaces: [PodInterfaceList]?
  /// Connections, node by node; nil where something else was asked.
  public var connections: [ConnectionList]?
  /// The files that were made, in the order of their nodes; nil where something else was asked.
  public var snapshots: [SavedSnapshot]?
  /// What the answer rests on.
  public var notes: [Note]

  /// 0 all nodes answered, and all is well; 1 something is wrong; 2 nothing is wrong, as far as nodes told.
  public var exitStatus: Int32 {
    if groups.contains(where: { $0.result == .wrong }) || findings.contains(where: isWrong) { return 1 }
    if foundNoPod { return unanswered.isEmpty ? 1 : 2 }
    return unanswered.isEmpty && groups.allSatisfy { $0.result == .ok } ? 0 : 2
  }

  /// Whether no node that answered has the pod that was asked for.
  public var foundNoPod: Bool {
    answered > 0 && question.target != nil && interfaces?.allSatisfy { $0.items.isEmpty && $0.orphans.isEmpty } == true
  }

  /// That a node has no endpoint of its own is what the policy Local is for, unless no node has any.
  private func isWrong(_ finding: GroupFinding) -> Bool {
    finding.id != .noLocalEndpoints || finding.tellings.reduce(0) { $0 + $1.nodes.count } >= answered
  }
}
