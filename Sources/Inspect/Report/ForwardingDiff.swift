/// What differs in forwarding between two nodes, or one at two times: the answer of `kpx diff`.
public struct ForwardingDiff: Codable, Sendable {
  /// One of the two that are compared.
  public struct Side: Codable, Sendable, Hashable {
    /// As it was named: `live`, `api`, or a path.
    public var source: String
    /// The node that was asked; of `api` the other one's.
    public var node: AnsweringNode
    /// Who programs services there; of `api` who should.
    public var proxy: Proxy
    /// Where what the API says is from; nil without the API.
    @Nullable public var api: APIOrigin?
  }

  /// How two frontends compare.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// They are forwarded differently.
    case differ
    /// How kube-proxy was started makes all of the difference, such as --masquerade-all.
    case settings
    /// kube-proxy's modes make all of it.
    case mode
    /// kube-proxy's releases make all of it.
    case release
    /// It cannot be told.
    case uncertain
  }

  /// A frontend that is not the same on both sides.
  public struct Difference: Codable, Sendable, Hashable {
    /// nil where no rule says the name.
    @Nullable public var service: ObjectName?
    /// nil where all of the service is uncertain.
    @Nullable public var frontend: FrontendAddress?
    /// What kind of difference it is.
    public var kind: Kind
    /// Where modes make it: which differences of modes it shows.
    public var modes: [ModeDifference]
    /// How the first side forwards it; nil where it does nothing with it, and where that is uncertain.
    @Nullable public var before: ForwardedFrontend?
    /// How the second side does.
    @Nullable public var after: ForwardedFrontend?
    /// In words: what differs, or why it cannot be told.
    public var text: [String]
  }

  /// What differs for all services of a node.
  public struct NodeDifference: Codable, Sendable, Hashable {
    /// What it is.
    public var id: ModeDifference
    /// `mode` where the modes make it, else `differ`.
    public var kind: Kind
    /// What the first side does, in words.
    public var before: String
    /// What the second side does, in words.
    public var after: String
  }

  /// How many frontends compare how.
  public struct Counts: Codable, Sendable, Hashable {
    /// Forwarded in the same way.
    public var same = 0
    /// `Kind.differ`
    public var differ = 0
    /// `Kind.settings`
    public var settings = 0
    /// `Kind.mode`
    public var mode = 0
    /// `Kind.release`
    public var release = 0
    /// `Kind.uncertain`: services, as their frontends are not told apart.
    public var uncertain = 0

    /// All frontends.
    public var all: Int { same + differ + settings + mode + release + uncertain }
  }

  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `ForwardingDiff`, which tells this answer from others.
  public private(set) var kind = "ForwardingDiff"
  /// What was named first.
  public var before: Side
  /// What was named second.
  public var after: Side
  /// How many frontends compare how.
  public var counts: Counts
  /// What differs for all services alike.
  public var nodeDifferences: [NodeDifference]
  /// Frontends that are not the same, by kind and name.
  public var differences: [Difference]
  /// What the answer rests on and what it could not tell.
  public var notes: [Note]

  init(before: Side, after: Side) {
    self.before = before
    self.after = after
    counts = Counts()
    nodeDifferences = []
    differences = []
    notes = []
  }

  /// 0 the same but for what modes and releases of kube-proxy make, 1 something differs, 2 nothing does as far as it can be told.
  public var exitStatus: Int32 {
    if counts.differ + counts.settings > 0 || nodeDifferences.contains(where: { $0.kind == .differ }) { return 1 }
    return counts.uncertain > 0 ? 2 : 0
  }
}
