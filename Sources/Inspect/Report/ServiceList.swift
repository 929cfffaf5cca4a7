/// What a node has programmed: the answer of `kpx services`.
public struct ServiceList: Codable, Sendable {
  /// One service and its frontends.
  public struct Item: Codable, Sendable {
    /// nil for frontends whose rules say no name.
    @Nullable public var service: ServiceReport?
    /// Those of the families that were asked for.
    public var frontends: [FrontendReport]
    /// What concerns this service alone.
    public var findings: [Finding]
    /// How it is forwarded, as a digest.
    public var forwarding: ForwardingDigest
  }

  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `ServiceList`, which tells this answer from others.
  public private(set) var kind = "ServiceList"
  /// The node that was asked.
  public var node: AnsweringNode
  /// Who programs services there.
  public var proxy: Proxy
  /// Where what the API says is from; nil without the API.
  @Nullable public var api: APIOrigin?
  /// By name; those without one last.
  public var items: [Item]
  /// What concerns no single service.
  public var findings: [Finding]
  /// What the answer rests on and what it could not tell.
  public var notes: [Note]

  init(node: AnsweringNode, proxy: Proxy, findings: [Finding], notes: [Note]) {
    self.node = node
    self.proxy = proxy
    api = nil
    items = []
    self.findings = findings
    self.notes = notes
  }
}
