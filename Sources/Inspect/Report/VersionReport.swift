/// What a report of a bug needs of a node: the answer of `kpx version`.
public struct VersionReport: Codable, Sendable {
  /// The program that answers.
  public struct Program: Codable, Sendable, Hashable {
    /// Its release.
    public var version: String
    /// The commit that it was built from; nil where it was built from no repository.
    public var commit: String?
    /// The capabilities that reading tables and looking into pods need and that this process lacks.
    public var missingCapabilities: [String]

    /// A program with its release.
    public init(version: String, commit: String?, missingCapabilities: [String]) {
      self.version = version
      self.commit = commit
      self.missingCapabilities = missingCapabilities
    }
  }

  /// A container runtime's socket.
  public struct Runtime: Codable, Sendable, Hashable {
    /// The socket's path.
    public var socket: String
    /// Such as `containerd`; nil where it did not say.
    public var name: String?
    /// As it says it; nil where it did not say.
    public var version: String?
    /// Why it did not say.
    public var problem: String?
  }

  /// Why something is not known, in words.
  public struct Unknown: Codable, Sendable, Hashable {
    /// The node's name.
    public var nodeName: String?
    /// How services are carried out.
    public var proxyMode: String?
    /// kube-proxy's release.
    public var proxyVersion: String?
    /// What the API would say.
    public var api: String?
    /// The API server's release.
    public var serverVersion: String?

    init() {}
  }

  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `Version`, which tells this answer from others.
  public private(set) var kind = "Version"
  /// The program that answers.
  public var program: Program
  /// The node that was asked.
  public var node: AnsweringNode
  /// How the node's name is known, in words.
  public var nodeNameSource: String?
  /// The machine's architecture, as `x86_64`.
  public var machine: String?
  /// Who programs services there; nil where that is not known.
  public var proxy: Proxy?
  /// Where what the API says is from; nil where it was not asked or told nothing.
  public var api: APIOrigin?
  /// The API server's release, as `v1.34.1`.
  public var serverVersion: String?
  /// The container runtimes that listen on the node.
  public var runtimes: [Runtime]
  /// Why what is missing is not known.
  public var unknown: Unknown
  /// What the answer rests on.
  public var notes: [Note]

  init(program: Program, node: AnsweringNode, runtimes: [Runtime]) {
    self.program = program
    self.node = node
    self.runtimes = runtimes
    unknown = Unknown()
    notes = []
  }
}
