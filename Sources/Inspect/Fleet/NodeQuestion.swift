import FoundationEssentials

/// What one of many nodes is asked, with all that it needs of the API: it asks no API itself and has no credential.
///
/// On its way it is a JSON document, behind which the API's objects stand as `kubectl get -o json` prints them.
public struct NodeQuestion: Codable, Sendable {
  /// What is asked.
  public enum Command: Codable, Sendable, Hashable {
    /// How the node forwards a service; `target` as `kpx trace` takes it.
    case trace(target: String, namespace: String)
    /// How it forwards all services of a namespace; nil for all.
    case services(namespace: String?)
    /// What is wrong there; `ids` are all checks where they are empty.
    case check(ids: [FindingID], namespace: String?)
    /// What runs there.
    case version
    /// Which interfaces pods have; `targets` as `kpx veth` takes them, none for all pods.
    case veth(targets: [String], namespace: String?)
    /// Who talks to whom; `target` as `kpx connections` takes it, nil for all.
    case connections(target: String?, namespace: String?, selection: ConnectionSelection)
    /// All that kpx reads; `services` are those that the API's objects are of, none for all.
    case snapshot(services: [NamespacedName], withConnections: Bool)
  }

  /// The form of the question: `kpx/v1`.
  private(set) var apiVersion = answerVersion
  /// `NodeQuestion`
  private(set) var kind = Self.kind
  /// What is asked.
  public var command: Command
  /// Which node of the API's is meant; nil where the node is to know itself.
  public var node: String?
  /// The families that are asked for.
  var families = IPFamily.allCases
  /// How long walks may take, in seconds of the processor.
  var timeLimit: Double
  /// kube-proxy's release, where the user named it.
  var proxyVersion: String?
  /// What the API said; nil where it was not to be asked.
  var api: SavedAPI?

  private static let kind = "NodeQuestion"

  /// A question without the API.
  public init(_ command: Command, timeLimit: Double) {
    self.command = command
    self.timeLimit = timeLimit
  }

  /// The document, behind which the API's objects stand.
  func encoded() throws -> [UInt8] { try encodedJSON(self) + [UInt8(ascii: "\n")] }

  /// Reads a question, with the API's objects; nil for those where the API was not asked.
  /// - Throws: `SessionError.other`, with what cannot be understood.
  static func decoded(_ bytes: [UInt8]) throws(SessionError) -> (NodeQuestion, ClusterSnapshot?) {
    guard let first = (try? bytes.withUnsafeBytes(JSONDocuments.ranges(in:)))?.first else {
      throw .other("the question is not JSON")
    }
    let document = Data(bytes[first])
    let decoder = JSONDecoder()
    guard let form = try? decoder.decode(Form.self, from: document), form.kind == kind else {
      throw .other("the question is no \(kind)")
    }
    guard form.apiVersion == answerVersion, let question = try? decoder.decode(NodeQuestion.self, from: document) else {
      throw .other("the question is of another release of kpx, and this one does not understand it")
    }
    guard question.api?.origin != nil else { return (question, nil) }
    do {
      return (question, try ClusterSnapshot.decode(Array(bytes[first.upperBound...]), path: "the question"))
    } catch {
      throw .dump(error)
    }
  }

  private struct Form: Decodable {
    var apiVersion: String
    var kind: String
  }
}
