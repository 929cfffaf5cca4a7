/// What the API says, as far as it was to be asked and answered.
struct ClusterView: ~Copyable {
  /// nil without the API.
  private(set) var snapshot: ClusterSnapshot?
  /// Where that is from.
  private(set) var origin: APIOrigin?
  /// The namespace of the context that was used, or would have been.
  private(set) var namespace: String?
  /// The release of the server, where it was asked.
  private(set) var serverVersion: String?
  private var reader: ClusterReader?
  /// How the server was asked; nil where none was.
  private(set) var access: ClusterAccess?
  /// What the API would not say, or why it was not asked, in sentences.
  private(set) var notes: [String] = []

  /// Reads a dump, or asks a server; where none can be asked, `notes` says why.
  /// - Parameter node: the node that is asked for along with it; nil for all nodes.
  /// - Throws: where what the user named is not there or no good.
  init(
    _ source: ClusterSource, node: NodeGuess?, _ observer: ActivityObserver = .none,
    question: (_ namespace: String?) -> ClusterQuestion
  ) throws(SessionError) {
    var firstNamespace: String?
    do {
      switch source {
      case .noAPI: break
      case .contextAlone(let search): namespace = search.namespace
      case .dump(let path, let timeLimit):
        observer.tell(.readingDump(path: path))
        snapshot = try ClusterSnapshot.load(path: path, deadline: timeLimit.map { .now + $0 })
        origin = APIOrigin(dump: path)
      case .saved(let api, let objects):
        (namespace, serverVersion, notes) = (api.namespace, api.serverVersion, api.notes)
        if let only = api.only, !question(namespace).isAbout(only) {
          notes.append(
            "of the API the snapshot has \(only.map(\.description).joined(separator: ", ")) alone, for 'kpx trace' and "
              + "'kpx connections' of these")
        } else {
          (snapshot, origin) = (objects, api.origin)
        }
      case .server(let search, let limits):
        let reader = try ClusterReader.read(
          { access in
            firstNamespace = firstNamespace ?? access.namespace
            return question(access.namespace)
          }, node: node, by: search, limits: limits, observer: observer)
        snapshot = reader.snapshot
        origin = APIOrigin(reader.access)
        namespace = reader.access.namespace
        notes = reader.notes
        serverVersion = reader.serverVersion
        access = reader.access
        self.reader = consume reader
      }
    } catch let error as APIUnavailable {
      notes = [error.description]
      namespace = firstNamespace
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

  /// A service by its name; nil where there is none, or nobody tells.
  mutating func readService(_ name: NamespacedName) -> Service? {
    if snapshot?.service(name) == nil { askMore { $0.readService(name) } }
    return snapshot?.service(name)
  }

  /// The pods of a namespace, as far as they were told.
  mutating func readPods(in namespace: String) -> [Pod] {
    askMore { $0.readPods(in: namespace) }
    return (snapshot?.pods ?? []).filter { $0.metadata.namespace == namespace }
  }

  /// The pods of one name, in all namespaces.
  mutating func readPods(named name: String) -> [Pod] {
    askMore { $0.readPods(named: name) }
    return (snapshot?.pods ?? []).filter { $0.metadata.name == name }
  }

  /// Asks for all pods.
  mutating func readAllPods() { askMore { $0.readAllPods() } }

  /// Asks for the pods of a node.
  mutating func readPods(onNode name: String) { askMore { $0.readPods(onNode: name) } }

  /// Nodes of the cluster, of a server so many at most; nil where nobody tells.
  mutating func nodes(atMost count: Int) -> [NodeObject]? {
    guard reader != nil else { return snapshot?.nodes }
    var nodes: [NodeObject]?
    askMore { nodes = $0.nodes(atMost: count) }
    return nodes
  }

  /// Asks for the pods at some addresses. nil where nobody is there to be asked.
  mutating func readPods(at addresses: [IPAddress]) -> ClusterSnapshot? {
    guard !addresses.isEmpty else { return nil }
    askMore { $0.readPods(at: addresses) }
    return snapshot
  }

  /// Asks for the pods that may have some addresses: those of a node, and those at the first of the others.
  mutating func namePods(at addresses: [IPAddress], on node: String?) {
    guard !addresses.isEmpty else { return }
    askMore { reader in
      if let node { reader.readPods(onNode: node) }
      reader.readPods(atFirstOf: addresses)
    }
  }

  private mutating func askMore(_ body: (inout ClusterReader) -> Void) {
    guard var open = reader.take() else { return }
    body(&open)
    snapshot = open.snapshot
    notes = open.notes
    reader = consume open
  }
}

extension ClusterQuestion {
  /// Whether it is about one of some services, or about none at all.
  fileprivate func isAbout(_ services: [NamespacedName]) -> Bool {
    switch self {
    case .service(let name): services.contains(name)
    case .node: true
    case .services, .all: false
    }
  }
}
