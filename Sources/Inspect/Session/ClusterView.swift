/// What the API says, as far as it was to be asked and answered.
struct ClusterView: ~Copyable {
  /// nil without the API.
  private(set) var snapshot: ClusterSnapshot?
  /// Where that is from.
  private(set) var origin: APIOrigin?
  /// The namespace of the context that was used.
  private(set) var namespace: String?
  private var reader: ClusterReader?
  /// What the API would not say, or why it was not asked, in sentences.
  private(set) var notes: [String] = []

  /// Reads a dump, or asks a server; where none can be asked, `notes` says why.
  /// - Throws: where what the user named is not there or no good.
  init(
    _ source: ClusterSource, node: NodeGuess, question: (ClusterAccess) -> ClusterQuestion
  ) throws(SessionError) {
    do {
      switch source {
      case .noAPI: break
      case .dump(let path, let timeLimit):
        snapshot = try ClusterSnapshot.load(path: path, deadline: timeLimit.map { .now + $0 })
        origin = APIOrigin(dump: path)
      case .server(let search, let limits):
        let reader = try ClusterReader.read(question, node: node, by: search, limits: limits)
        snapshot = reader.snapshot
        origin = APIOrigin(reader.access)
        namespace = reader.access.namespace
        notes = reader.notes
        self.reader = consume reader
      }
    } catch let error as APIUnavailable {
      notes = [error.description]
    } catch {
      throw SessionError(error)
    }
  }

  /// Asks for a service's v1 Endpoints, which a very old kube-proxy goes by. Whether there is news.
  mutating func readEndpoints(of service: NamespacedName) -> Bool {
    let before = snapshot?.knows(.endpoints)
    askMore { $0.readEndpoints(service) }
    return snapshot?.knows(.endpoints) != before
  }

  /// A pod by its name; nil where there is none, or nobody tells.
  mutating func readPod(_ name: NamespacedName) -> Pod? {
    if snapshot?.pod(name) == nil { askMore { $0.readPod(name) } }
    return snapshot?.pod(name)
  }

  /// Asks for the pods at some addresses. nil where nobody is there to be asked.
  mutating func readPods(at addresses: [IPAddress]) -> ClusterSnapshot? {
    guard !addresses.isEmpty else { return nil }
    askMore { $0.readPods(at: addresses) }
    return snapshot
  }

  private mutating func askMore(_ body: (inout ClusterReader) -> Void) {
    guard var open = reader.take() else { return }
    body(&open)
    snapshot = open.snapshot
    notes = open.notes
    reader = consume open
  }
}
