/// What `kpx connections` is asked.
public struct ConnectionsQuery: Sendable {
  /// Whose connections; nil for all that the node tracks.
  public var target: ConnectionTarget?
  /// The namespace of what `target` names without one; nil: the context's.
  public var namespace: String?
  /// Which of them are told of, and how.
  public var selection = ConnectionSelection()
  /// How long walks may take, in seconds of the processor.
  public var timeLimit = 10.0
  /// Where this node's pods are looked for, if the API does not know the one that is meant.
  public var pods = PodSources()

  /// All of a node's, listed.
  public init() {}
}

extension Session {
  /// Who talks to whom through this node.
  public func connections(_ query: ConnectionsQuery) throws(SessionError) -> ConnectionList {
    guard case .place(let target)? = query.target else { return try look(query) }
    return try lookAtReadings(of: target) { target throws(SessionError) in
      var query = query
      query.target = .place(target)
      return try look(query)
    }
  }

  private func look(_ query: ConnectionsQuery) throws(SessionError) -> ConnectionList {
    var view = try readCluster { namespace in
      guard case .place(let target)? = query.target, case .service = target else { return .all(namespace: nil) }
      return target.question(namespace: query.namespace ?? namespace ?? Self.defaultNamespace)
    }
    let namespace = query.namespace ?? view.namespace ?? Self.defaultNamespace
    var answer: ConnectionAnswer
    switch query.target {
    case nil: answer = try connections(query, view) { _ in .all }
    case .pod(let name):
      let addresses = try addresses(of: name, namespace, query, &view)
      answer = try connections(query, view) { _ in .addresses(addresses) }
    case .place(.address(let address, let port, let transport)):
      answer = try connections(query, view) { _ in .addresses([address], port: port, transport) }
    case .place(let target):
      do {
        answer = try connections(query, view) { try Self.frontends(of: target, namespace, $0) }
      } catch .untraceable(let found) {
        guard let addresses = try addressesOfPod(target, found, namespace, query, &view) else {
          throw .untraceable(found)
        }
        answer = try connections(query, view) { _ in .addresses(addresses) }
      }
    }
    view.namePods(at: answer.unnamedAddresses(view.snapshot), on: thisNode(view.snapshot).name)
    let ofNode = podsOfNode(at: answer.unnamedAddresses(view.snapshot), view, query.pods)
    answer.notes += ofNode.notes
    var list = answer.list(view.snapshot, ofNode, isWhole: knowsAll(view.snapshot), now: now())
    let holders = AddressHolders(view.snapshot, ofNode, knowsAllPods: knowsAllPods(view.snapshot))
    list.findings = list.findings.map { $0.naming(holders) }
    list.api = view.origin
    list.notes.insert(contentsOf: view.notes.map { Note(.api, $0) }, at: 0)
    return list
  }

  /// Whether nobody is a pod or a node that is not known to be one.
  private func knowsAll(_ cluster: ClusterSnapshot?) -> Bool {
    knowsAllPods(cluster) && cluster?.knows(.node) == true
  }

  /// Whether nobody is a pod that is not known to be one. A server is asked for few of them, and finds pods by the first of their
  /// addresses alone (status.podIP).
  func knowsAllPods(_ cluster: ClusterSnapshot?) -> Bool {
    guard case .dump = self.cluster else { return false }
    return cluster?.knows(.pod) == true
  }

  /// - Parameter scope: finds out, by the rules and the API, what connections have to do with.
  private func connections(
    _ query: ConnectionsQuery, _ view: borrowing ClusterView,
    _ scope: @Sendable @escaping (ServiceTracer) throws -> ConnectionScope
  ) throws(SessionError) -> ConnectionAnswer {
    let thisNode = thisNode(view.snapshot)
    let selection = query.selection
    let context = context(
      view.snapshot, thisNode, families: selection.families, timeLimit: query.timeLimit, tellsForwarding: false)
    let (hasAPI, notes) = (view.snapshot != nil, view.notes)
    var answer = try askProxy(notes) { node in
      do {
        return try ServiceTracer.answer(context, node) { tracer in
          ConnectionAnswer(try ConnectionListing(tracer, try scope(tracer), selection), selection, tracer)
        }
      } catch let error as TraceError {
        throw SessionError.untraceable(SessionError.Untraceable(error: error, hasAPI: hasAPI, apiNotes: notes))
      }
    }
    if let note = thisNode.note { answer.notes.append(Note(.node, note)) }
    return answer
  }

  private static func frontends(
    of target: TraceTarget, _ namespace: String, _ tracer: ServiceTracer
  ) throws -> ConnectionScope {
    var request = TraceRequest(target: target)
    request.namespace = namespace
    let trace = try tracer.trace(request)
    if let missing = tracer.missingKubeProxy(trace.frontends.map(\.trace.verdict)) { throw missing }
    return .frontends(trace.frontends.map { FrontendDestinations($0) })
  }

  /// Those of a pod of the name that no service has; nil where there is none either.
  private func addressesOfPod(
    _ target: TraceTarget, _ found: SessionError.Untraceable, _ namespace: String, _ query: ConnectionsQuery,
    _ view: inout ClusterView
  ) throws(SessionError) -> [IPAddress]? {
    // What kubectl calls a service is no pod's namespace.
    guard case .service(let own, let name, nil, nil) = target, case .noSuchService = found.error,
      target.plainReading == nil
    else { return nil }
    do throws(SessionError) {
      return try addresses(of: .pod(namespace: own, name: name), namespace, query, &view)
    } catch {
      switch error {
      case .noSuchPod(_, let nearest) where nearest.isEmpty: return nil
      case .pod(.notFound), .pod(.noRuntime): return nil
      default: throw error
      }
    }
  }

  private func addresses(
    of name: OriginName, _ namespace: String, _ query: ConnectionsQuery, _ view: inout ClusterView
  ) throws(SessionError) -> [IPAddress] {
    let found = try OriginLookup(session: self, namespaces: [namespace], pods: query.pods).origin(name, &view)
    guard case .addresses(let addresses, _) = found.origin else {
      throw .other("a pod on the node's network has no connections of its own: name an address and a port")
    }
    return addresses.filter { query.selection.families.contains($0.family) }
  }
}
