/// What `kpx services` is asked.
public struct ServicesQuery: Sendable {
  /// Whether services of all namespaces are asked for.
  public var areAllNamespaces = false
  /// The namespace, where it is one; nil: the context's.
  public var namespace: String?
  /// The families that are asked for.
  public var families = IPFamily.allCases
  /// How long walks may take, in seconds of the processor.
  public var timeLimit = 60.0
  /// Whether the canonical form of how each service is forwarded is wanted, too (`ServiceList.Item.forwarding`).
  public var tellsForwarding = true

  /// The services of the context's namespace, in both families.
  public init() {}
}

extension Session {
  /// What this node has programmed: the services of the API, and those that only its rules have.
  /// - Parameter stream: is given services while others are still walked. The list has them all in the end.
  public func services(_ query: ServicesQuery, stream: ServiceStream? = nil) throws(SessionError) -> ServiceList {
    var stream = stream
    if case .server = cluster { stream?.waitsForSecondLook = true }
    return try looked { () throws(SessionError) in
      // A second look is at what was not told by the first.
      defer { stream = nil }
      return try look(query, stream)
    }
  }

  private func look(_ query: ServicesQuery, _ stream: ServiceStream?) throws(SessionError) -> ServiceList {
    /// nil for all.
    func shown(_ ofContext: String?) -> String? {
      query.areAllNamespaces ? nil : query.namespace ?? ofContext ?? Self.defaultNamespace
    }
    let view = try readCluster { .all(namespace: shown($0)) }
    let namespace = shown(view.namespace)
    let thisNode = thisNode(view.snapshot)
    let context = context(
      view.snapshot, thisNode, families: query.families, timeLimit: query.timeLimit,
      tellsForwarding: query.tellsForwarding)
    var list = try askProxy(view.notes) {
      try ServiceTracer.list(namespace: namespace, context, stream: stream, $0)
    }
    if let namespace = query.namespace, list.items.isEmpty { try check(namespace, view.snapshot) }
    list.api = view.origin
    list.notes.insert(contentsOf: view.notes.map { Note(.api, $0) }, at: 0)
    if let note = thisNode.note { list.notes.append(Note(.node, note)) }
    return list
  }

  /// How long the names of namespaces may take, once there is nothing to list.
  private static let limitForNamespaces = Duration.seconds(10)

  /// A namespace without services is an answer, and one that is not there is none. A server was asked for one namespace alone,
  /// and a dump has all that there are.
  private func check(_ namespace: String, _ snapshot: ClusterSnapshot?) throws(SessionError) {
    let known =
      if case .dump = cluster, let snapshot {
        snapshot.names(.namespaces).namespaces
      } else {
        names(.namespaces, within: Self.limitForNamespaces).namespaces
      }
    guard !known.isEmpty, namespace != Self.defaultNamespace, !known.contains(namespace) else { return }
    throw .noSuchNamespace(namespace, nearest: nearest(to: namespace, in: known.sorted()))
  }
}
