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
  /// Whether the canonical form of how it is forwarded is wanted, too (`Trace.forwarding`).
  public var tellsForwarding = true
  /// Whether the rules are to be read a second time and compared.
  public var verifies = false
  /// Whether to name the node's interfaces that lead to endpoints on it.
  public var namesInterfaces = false
  /// Whether the connections that there are to the service are counted.
  public var connections = ConnectionReading.ifSmall
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
    try looked { () throws(SessionError) in
      try lookAtReadings(of: query.target) { target throws(SessionError) in
        var query = query
        query.target = target
        return try look(query)
      }
    }
  }

  /// A target that may be read in two ways is what there is.
  func lookAtReadings<Answer>(
    of target: TraceTarget, _ look: (TraceTarget) throws(SessionError) -> Answer
  ) throws(SessionError) -> Answer {
    do {
      return try look(target)
    } catch .untraceable(let found) {
      guard found.error.isAboutService, let other = target.plainReading else { throw .untraceable(found) }
      return try look(other)
    }
  }

  private func look(_ query: TraceQuery) throws(SessionError) -> Trace {
    var query = query
    if case .chain(let chain) = query.target, let target = try service(of: chain, query) { query.target = target }
    var view = try readCluster {
      query.target.question(namespace: query.namespace ?? $0 ?? Self.defaultNamespace)
    }
    var request = TraceRequest(target: query.target)
    request.namespace = query.namespace ?? view.namespace ?? Self.defaultNamespace
    request.hasGraph = query.hasGraph
    var originNote: String?
    if let name = query.origin {
      let ofService = query.target.namespace(in: view.snapshot) ?? request.namespace
      let namespaces = ofService == request.namespace ? [ofService] : [ofService, request.namespace]
      let found = try OriginLookup(session: self, namespaces: namespaces, pods: query.pods).origin(name, &view)
      request.origin = found.origin
      originNote = found.note
    }
    var trace: ServiceTrace
    do {
      trace = try self.trace(request, query, view)
    } catch .untraceable(let found) {
      throw .untraceable(explained(found, query, &view))
    }
    if trace.needsEndpoints, let service = trace.service?.name, view.readEndpoints(of: service) {
      trace = try self.trace(request, query, view)
    }
    if let cluster = view.readPods(at: trace.unnamedAddresses) { trace = trace.named(by: cluster) }
    let strays = trace.strayAddresses
    if !strays.isEmpty {
      view.namePods(at: strays, on: trace.node.name)
      let ofNode = podsOfNode(at: strays, view, query.pods)
      trace.nameStrays(AddressHolders(view.snapshot, ofNode, knowsAllPods: knowsAllPods(view.snapshot)))
      trace.notes += ofNode.notes
    }
    trace.notes = view.notes.map { Note(.api, $0) } + trace.notes
    if let originNote, let origin = request.origin { trace.notes.append(Note(origin.subject, originNote)) }
    return Trace(trace, api: view.origin)
  }

  /// The rules know a chain's service, and so what to ask the API for; nil where they do not.
  private func service(of chain: ChainName, _ query: TraceQuery) throws(SessionError) -> TraceTarget? {
    let context = context(nil, thisNode(nil), families: query.families, timeLimit: query.timeLimit)
    let found = try askNode { try ServiceTracer.port(of: chain, context, $0) }
    return found.map { port, transport in
      .service(
        namespace: port.service.namespace, name: port.service.name, port: port.port.isEmpty ? nil : port.port,
        transport: transport)
    }
  }

  /// Who has an address that is no service's, and what still goes through it.
  private func explained(
    _ found: SessionError.Untraceable, _ query: TraceQuery, _ view: inout ClusterView
  ) -> SessionError.Untraceable {
    guard case .noSuchAddress(let text, _, _) = found.error,
      case .address(let address, let port, let transport) = query.target
    else { return found }
    let owner = view.readPods(at: [address])?.description(ofOwner: address)
    let rest = try? askNode { try $0.connections(query.connections, to: address, port, transport) }
    var found = found
    found.error = .noSuchAddress(text, owner: owner, rest: rest)
    return found
  }

  /// By what the API has said until now.
  private func trace(
    _ request: TraceRequest, _ query: TraceQuery, _ view: borrowing ClusterView
  ) throws(SessionError) -> ServiceTrace {
    let thisNode = thisNode(view.snapshot)
    let context = context(
      view.snapshot, thisNode, families: query.families, timeLimit: query.timeLimit,
      tellsForwarding: query.tellsForwarding)
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
    trace.readConnections(query.connections, request.origin, node)
    return trace
  }
}

extension TraceError {
  /// Whether there is no such service; what else may be wrong is of one that there is.
  fileprivate var isAboutService: Bool {
    if case .noSuchService = self { true } else { false }
  }
}

extension ClusterSnapshot {
  /// Who has an address that no service has; nil where that is not known.
  fileprivate func description(ofOwner address: IPAddress) -> String? {
    let names = AddressNames(self)
    guard let pod = names.pod(at: address).flatMap(pod) else {
      return names.owner(of: address).map { "it is an address of \($0)" }
    }
    let behind = services(selecting: pod).map { "\($0.metadata.namespacedName)" }
    return "it is pod \(pod.metadata.namespacedName)"
      + (behind.isEmpty ? "" : ", an endpoint of \(behind.joined(separator: ", "))")
      + ", and traffic to it is not translated"
  }
}
