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

  /// The services of the context's namespace, in both families.
  public init() {}
}

extension Session {
  /// What this node has programmed: the services of the API, and those that only its rules have.
  public func services(_ query: ServicesQuery) throws(SessionError) -> ServiceList {
    try looked { () throws(SessionError) in try look(query) }
  }

  private func look(_ query: ServicesQuery) throws(SessionError) -> ServiceList {
    /// nil for all.
    func shown(_ ofContext: String?) -> String? {
      query.areAllNamespaces ? nil : query.namespace ?? ofContext ?? Self.defaultNamespace
    }
    let view = try readCluster { .all(namespace: shown($0.namespace)) }
    let namespace = shown(view.namespace)
    let thisNode = thisNode(view.snapshot)
    let context = context(view.snapshot, thisNode, families: query.families, timeLimit: query.timeLimit)
    var list = try askProxy(view.notes) { try ServiceTracer.list(namespace: namespace, context, $0) }
    list.api = view.origin
    list.notes.insert(contentsOf: view.notes.map { Note(.api, $0) }, at: 0)
    if let note = thisNode.note { list.notes.append(Note(.node, note)) }
    return list
  }
}
