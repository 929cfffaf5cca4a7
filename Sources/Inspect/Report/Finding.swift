/// Something worth knowing or mending.
public struct Finding: Codable, Sendable, Hashable {
  /// How much it matters.
  public enum Severity: String, Codable, Sendable, Hashable, Comparable, CaseIterable {
    case info, warning, error

    /// By how much they matter: `info`, `warning`, `error`.
    public static func < (left: Severity, right: Severity) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  /// How sure it is.
  public enum Confidence: String, Codable, Sendable, Hashable {
    case certain, likely, possible
  }

  /// What it rests on.
  public struct Evidence: Codable, Sendable, Hashable {
    /// Who says so.
    public enum Source: String, Codable, Sendable {
      /// Rules, sets and maps.
      case netfilter
      /// The table of connections.
      case conntrack
      case ipvs
      /// Addresses and links.
      case links
      case routes
      case proc
      case api
    }

    /// How an endpoint differs.
    public enum Difference: String, Codable, Sendable {
      /// In the API and not in the kernel.
      case missing
      /// In the kernel and not in the API.
      case unexpected
    }

    /// Who says so.
    public var source: Source
    /// What was seen, in words.
    public var text: String
    /// The frontend at which it was seen; nil where it is none.
    public var frontend: FrontendAddress?
    /// The endpoint that it is about; nil where it is none.
    public var endpoint: SocketAddress?
    /// How the endpoint differs; nil where it is not about that.
    public var difference: Difference?

    init(_ source: Source, _ text: String, frontend: Frontend? = nil, endpoint: SocketAddress? = nil) {
      self.source = source
      self.text = text
      self.frontend = frontend?.place
      self.endpoint = endpoint
    }
  }

  /// What to do.
  public struct Advice: Codable, Sendable, Hashable {
    /// In words.
    public var text: String
    /// What to type; kpx never runs it.
    public var command: String?

    init(_ text: String, command: String? = nil) {
      self.text = text
      self.command = command
    }
  }

  /// Which finding of the catalogue it is.
  public var id: FindingID
  /// How much it matters.
  public var severity: Severity
  /// How sure it is.
  public var confidence: Confidence
  /// What it is about.
  public var subject: Subject
  /// In words, without the subject.
  public var message: String
  /// What it rests on.
  public var evidence: [Evidence]
  /// What to do about it; empty where there is nothing to say.
  public var advice: [Advice]
  /// Where to read more.
  public var reference: String?

  init(
    _ id: FindingID, _ severity: Severity, _ confidence: Confidence = .certain, subject: Subject, message: String,
    evidence: [Evidence] = [], advice: [Advice] = []
  ) {
    self.id = id
    self.severity = severity
    self.confidence = confidence
    self.subject = subject
    self.message = message
    self.evidence = evidence
    self.advice = advice
    reference = id.reference
  }
}
