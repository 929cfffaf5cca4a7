/// What a node has programmed: the answer of `kpx services`.
public struct ServiceList: Codable, Sendable {
  /// One service and its frontends.
  public struct Item: Codable, Sendable {
    /// nil for frontends whose rules say no name.
    @Nullable public var service: ServiceReport?
    public var frontends: [FrontendReport]
    public var findings: [Finding]
  }

  public private(set) var apiVersion = answerVersion
  public private(set) var kind = "ServiceList"
  public var node: AnsweringNode
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

  /// 0 all is well, 1 something is wrong, 2 cannot tell.
  public var exitStatus: Int32 {
    if (findings + items.flatMap(\.findings)).contains(where: { $0.severity != .info }) { return 1 }
    return items.flatMap(\.frontends).contains { $0.verdict == .uncertain } ? 2 : 0
  }
}
