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
}
