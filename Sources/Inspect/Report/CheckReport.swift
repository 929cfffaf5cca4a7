/// What is wrong on a node: the answer of `kpx check`.
public struct CheckReport: Codable, Sendable {
  /// What became of a check.
  public struct Check: Codable, Sendable, Hashable {
    /// How it ended.
    public enum Result: String, Codable, Sendable, CaseIterable {
      /// It was looked at, and nothing is wrong.
      case ok
      /// A finding tells what.
      case found
      /// It was not looked at.
      case skipped
      /// It was looked at, and cannot be told.
      case uncertain
    }

    /// The finding that it looks for.
    public var id: FindingID
    /// How it ended.
    public var result: Result
    /// Why it was not looked at or cannot be told; for `ok` why there is nothing to look at, where there is not.
    public var reason: String?
  }

  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `CheckReport`, which tells this answer from others.
  public private(set) var kind = "CheckReport"
  /// The node that was asked.
  public var node: AnsweringNode
  /// Who programs services there.
  public var proxy: Proxy
  /// Where what the API says is from; nil without the API.
  @Nullable public var api: APIOrigin?
  /// How many services were walked; nil where none were.
  public var services: Int?
  /// What was looked at, and what was not.
  public var checks: [Check]
  /// What is wrong or worth knowing, worst first.
  public var findings: [Finding]
  /// Findings that were to be left out of account.
  public var ignored: [Finding]
  /// What the answer rests on.
  public var notes: [Note]

  init(node: AnsweringNode, proxy: Proxy) {
    self.node = node
    self.proxy = proxy
    checks = []
    findings = []
    ignored = []
    notes = []
  }
}

extension CheckReport {
  /// 0 nothing is as bad as that, 1 something is, 2 nothing is, and something was not looked at or cannot be told. These are
  /// the statuses of node-problem-detector's plugins, too.
  public func exitStatus(failOn severity: Finding.Severity) -> Int32 {
    if findings.contains(where: { $0.severity >= severity }) { return 1 }
    return checks.contains { $0.result == .skipped || $0.result == .uncertain } ? 2 : 0
  }
}
