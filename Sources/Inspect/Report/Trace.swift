/// How a node forwards a service: the answer of `kpx trace`.
public struct Trace: Codable, Sendable {
  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `Trace`, which tells this answer from others.
  public private(set) var kind = "Trace"
  /// The node that was asked.
  public var node: AnsweringNode
  /// Who programs services there.
  public var proxy: Proxy
  /// nil for an address that belongs to no known service.
  @Nullable public var service: ServiceReport?
  /// Where what the API says is from; nil without the API.
  @Nullable public var api: APIOrigin?
  /// Those of the service that were asked for; those of the API first.
  public var frontends: [FrontendReport]
  /// What is wrong or worth knowing of the service and of the node.
  public var findings: [Finding]
  /// What the answer rests on and what it could not tell.
  public var notes: [Note]
  /// How the tables read a second time compare; nil where that was not asked for.
  public var verification: [VerificationReport]?
  /// How the service is forwarded, as a digest.
  public var forwarding: ForwardingDigest
}

/// How one table's rules compare with the same rules read in another way.
public struct VerificationReport: Codable, Sendable, Hashable {
  /// nil for a table of both families (inet).
  public var family: IPFamily?
  /// The table's name, such as `nat`.
  public var table: String
  /// How many chains were compared.
  public var chains: Int
  /// How many rules were compared.
  public var rules: Int
  /// How many chains and rules the two readings do not agree on.
  public var differences: Int
  /// How many chains changed each time that they were compared.
  public var changing: Int
  /// The first of the differences, in words.
  public var first: [String]
  /// What holds the table.
  public var backend: Backend
  /// What read them the second time.
  public var with: String
  /// What could not be compared, and why.
  public var note: String?

  /// Whether it cannot be told that both readings agree.
  public var isDoubtful: Bool { differences > 0 || changing > 0 }
}
