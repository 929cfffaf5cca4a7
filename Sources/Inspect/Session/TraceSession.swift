/// What `kpx trace` is asked.
public struct TraceQuery: Sendable {
  /// Which service.
  public var target: TraceTarget
  /// Its namespace, and that of a pod in `origin`, where they name none; nil: the context's.
  public var namespace: String?
  /// Where one packet comes from, if the answer is to be for that one.
  public var origin: OriginName?
  /// The families that are asked for.
  public var families = IPFamily.allCases
  /// Whether all ways of packets are wanted, beside the one that most take.
  public var hasGraph = false
  /// How long walks may take, in seconds of the processor.
  public var timeLimit = 10.0
  /// Whether the rules are to be read a second time and compared.
  public var verifies = false
  /// Whether to name the node's interfaces that lead to endpoints on it.
  public var namesInterfaces = false
  /// Where this node's pods are looked for, if the API does not know the one in `origin`.
  public var pods = PodSources()

  /// All packets to a service, in both families.
  public init(_ target: TraceTarget) { self.target = target }
}

extension Session {
  /// How this node forwards a service.
  ///
  /// The API comes first: it says what the service is, and the rules are read for that alone. It is asked again for what
  /// only the rules show to matter: v1 Endpoints, and pods of endpoints that no slice names. Where both disagree, both are
  /// read again.
  public func trace(_ query: TraceQuery) throws(SessionError) -> Trace {
    try looked { () throws(SessionError) in try look(query) }
  }

  private func look(_ query: TraceQuery) throws(SessionError) -> Trace {
    var view = try readCluster {
      query.target.question(namespace: query.namespace ?? $0.namespace ?? Self.defaultNamespace)
    }
    var request = TraceRequest(target: query.target)
    request.namespace = query.namespace ?? view.namespace ?? Self.defaultNamespace
    request.hasGraph = query.hasGraph
    if let name = query.origin {
      let lookup = OriginLookup(session: self, namespace: request.namespace, pods: query.pods)
      request.origin = try lookup.origin(name, &view)
    }
    var trace = try trace(request, query, view)
    if trace.needsEndpoints, let service = trace.service?.name, view.readEndpoints(of: service) {
      trace = try self.trace(request, query, view)
    }
    if let cluster = view.readPods(at: trace.unnamedAddresses) { trace = trace.named(by: cluster) }
    trace.notes = view.notes.map { Note(.api, $0) } + trace.notes
    return Trace(trace, api: view.origin)
  }

  /// By what the API has said until now.
  private func trace(
    _ request: TraceRequest, _ query: TraceQuery, _ view: borrowing ClusterView
  ) throws(SessionError) -> ServiceTrace {
    let thisNode = thisNode(view.snapshot)
    let context = context(view.snapshot, thisNode, families: query.families, timeLimit: query.timeLimit)
    let (hasAPI, apiNotes) = (view.snapshot != nil, view.notes)
    var trace = try askProxy(apiNotes) { node in
      var request = request
      request.context = context
      do {
        return try Self.trace(request, query, node)
      } catch let error as TraceError {
        // Nowhere does it matter more that the rules were read well.
        let verification = query.verifies ? try node.verify() : nil
        throw SessionError.untraceable(
          SessionError.Untraceable(error: error, hasAPI: hasAPI, apiNotes: apiNotes, verification: verification))
      }
    }
    if let note = thisNode.note { trace.notes.append(Note(.node, note)) }
    return trace
  }

  private static func trace(
    _ request: TraceRequest, _ query: TraceQuery, _ node: any Node
  ) throws -> ServiceTrace {
    var trace = try ServiceTracer.trace(request, node)
    if query.verifies { trace.verification = try node.verify() }
    if query.namesInterfaces { trace.nameLocalInterfaces(node) }
    return trace
  }
}
