/// All ways of a frontend's packets, as a graph: a tree of steps, and where its branches end.
public struct GraphReport: Codable, Sendable, Hashable {
  /// A rule, policy or virtual service, as packets met it on one way.
  public struct Node: Codable, Sendable, Hashable {
    /// What packets met.
    public var step: StepReport
    /// The place in `nodes` that packets come from; nil for the first.
    @Nullable public var before: Int?
    /// Which of the packets that come from there take it; nil for all.
    @Nullable public var when: PacketCondition?
  }

  /// Where a way ends.
  public struct Ending: Codable, Sendable, Hashable {
    /// What becomes of the packets.
    public var verdict: Verdict
    /// Why, where it is not `forward`.
    public var reason: String?
    /// Where packets arrive.
    public var address: IPAddress?
    /// The port at which they arrive.
    public var port: UInt16?
    /// Whether the client's address is replaced on the way.
    public var masquerade: Bool
    /// Of the packets that `when` speaks of, above 0, at most 1.
    public var share: Double
    /// The place in `nodes` of the last step; nil for packets that met nothing.
    @Nullable public var last: Int?
    /// For which of the packets of the last step it is; nil for all.
    @Nullable public var when: PacketCondition?
  }

  /// The steps; each comes after the one before it.
  public var nodes: [Node]
  /// Where ways end.
  public var endings: [Ending]
  /// How many more ways there are; nil for none.
  public var omitted: Int?

  /// A picture of more could not be read.
  private static let most = 512

  init(_ branches: [Branch]) {
    let graph = WalkGraph(branches, most: Self.most)
    nodes = graph.nodes.map { node in
      let among = node.before.map { graph.nodes[$0].set } ?? node.among
      return Node(
        step: StepReport(node.step, isLeading: false), before: node.before, when: node.set.condition(within: among))
    }
    endings = graph.endings.map { ending in
      let among = ending.last.map { graph.nodes[$0].set } ?? ending.branch.among
      return Ending(ending.branch, last: ending.last, when: ending.branch.set.condition(within: among))
    }
    omitted = graph.omitted == 0 ? nil : graph.omitted
  }
}

extension GraphReport.Ending {
  fileprivate init(_ branch: Branch, last: Int?, when: PacketCondition?) {
    let outcome = Outcome(branch)
    verdict = outcome.verdict
    reason = branch.reason(outcome, of: branch.set)?.text
    address = outcome.endpoint?.address
    port = outcome.endpoint?.port
    masquerade = branch.packet.sourceTranslation != .none
    share = branch.share
    self.last = last
    self.when = when
  }
}
