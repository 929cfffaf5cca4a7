/// What one of many nodes answers, in short: what it does as the API wants it is counted, and what is wrong is told.
public struct NodeAnswer: Codable, Sendable, Hashable {
  /// Something that the node cannot tell.
  public struct Unknown: Codable, Sendable, Hashable {
    /// What: a check, or a service.
    public var what: String
    /// Why, in words.
    public var why: String
  }

  /// How many services the node forwards in which way.
  public struct Services: Codable, Sendable, Hashable {
    /// As the API implies for this node.
    public var asExpected = 0
    /// In another way.
    public var different = 0
    /// It cannot be told, or the API was not asked.
    public var unknown = 0
  }

  /// The form of the answer: `kpx/v1`.
  public private(set) var apiVersion = answerVersion
  /// `NodeAnswer`, which tells this answer from others.
  public private(set) var kind = "NodeAnswer"
  /// The release of kpx that answers.
  public var program: String
  /// The node that was asked.
  public var node: AnsweringNode
  /// Who programs services there; nil where that could not be read.
  public var proxy: Proxy?
  /// What the command would have ended with there: 0 all is well, 1 something is wrong, 2 it cannot be told.
  public var status: Int32
  /// Why there is no answer, in words; nil where there is one.
  public var failure: String?
  /// How services are forwarded, where that was asked.
  public var services: Services?
  /// How the one service that was asked for is forwarded.
  public var forwarding: ForwardingDigest?
  /// What is wrong, worst first. What is only worth knowing is left out.
  public var findings: [Finding]
  /// How many findings more there are.
  public var omitted: Int
  /// What cannot be told.
  public var unknown: [Unknown]
  /// What the answer rests on.
  public var notes: [Note]
  /// Its pods' interfaces, where that was asked.
  public var interfaces: PodInterfaceList?
  /// The connections through it, where that was asked.
  public var connections: ConnectionList?
  /// All that was read there: a snapshot's file in base64, where that was asked.
  public var snapshot: String?
  /// Whether this is the beginning of an answer, without its words; nil: it is not.
  public var isCut: Bool?

  /// The same without its words, for where there is little room.
  public var cut: NodeAnswer {
    var answer = self
    answer.omitted += findings.count
    (answer.findings, answer.unknown, answer.notes, answer.isCut) = ([], [], [], true)
    (answer.interfaces, answer.connections, answer.snapshot) = (nil, nil, nil)
    answer.failure = failure.map { String($0.prefix(300)) }
    return answer
  }

  /// Whether it tells of services: a node without kube-proxy does, too.
  var isOne: Bool { failure == nil || proxy?.mode == Proxy.Mode.none }

  /// So much of each is told.
  static let most = 50
  /// So much of what a finding rests on.
  static let mostEvidence = 20

  init(program: String, node: AnsweringNode) {
    self.program = program
    self.node = node
    status = 0
    findings = []
    omitted = 0
    unknown = []
    notes = []
  }
}
