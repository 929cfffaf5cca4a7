/// Something worth knowing or mending.
public struct Finding: Sendable, Hashable {
  /// How much it matters.
  public enum Severity: String, Sendable, Hashable {
    case info, warning, error
  }
  /// A stable name, such as `endpoint-drift`.
  public var id: String
  public var severity: Severity
  public var message: String
  public var evidence: [String]
  public var advice: String?
  /// For endpoint-drift: in the API, not in the kernel.
  public var missing: [SocketAddress]?
  /// For endpoint-drift: in the kernel, not in the API.
  public var unexpected: [SocketAddress]?

  init(id: String, severity: Severity, message: String, evidence: [String] = [], advice: String? = nil) {
    self.id = id
    self.severity = severity
    self.message = message
    self.evidence = evidence
    self.advice = advice
  }

  /// Rules for a service that the API does not have.
  static func unknownToAPI(_ service: NamespacedName, _ answers: [FrontendAnswer]) -> Finding {
    var finding = Finding(
      id: "endpoint-drift", severity: .error, message: "the API has no service \(service), and this node forwards it",
      evidence: answers.map(\.trace.frontend.text),
      advice: "kube-proxy has not followed the API, or the dump is older than the rules")
    finding.missing = []
    finding.unexpected = Set(answers.flatMap { $0.endpoints.map(\.trace.address) }).sorted()
    return finding
  }
}

extension FrontendAnswer {
  /// What is wrong by the rules alone.
  var findingWithoutAPI: Finding? {
    let place = "\(trace.frontend.text): \(trace.reason ?? "")"
    return switch trace.verdict {
    case .reject: Finding(id: "no-endpoints", severity: .warning, message: "connections are refused", evidence: [place])
    case .drop: Finding(id: "dropped", severity: .warning, message: "packets are dropped", evidence: [place])
    case .forward, .unhandled, .uncertain: nil
    }
  }
}
