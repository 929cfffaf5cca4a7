/// What `kpx connections` is asked.
public struct ConnectionsQuery: Sendable {
  /// Whose connections; nil for all that the node tracks.
  public var target: ConnectionTarget?
  /// The namespace of what `target` names without one; nil: the context's.
  public var namespace: String?
  /// The families that are asked for.
  public var families = IPFamily.allCases
  /// What they are counted by; nil: they are listed.
  public var grouping: ConnectionGrouping?
  /// Only those that go where no new one would.
  public var onlyStray = false
  /// Only those without an answer.
  public var onlyUnanswered = false
  /// How many connections or groups are told of.
  public var most = 100
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
    var view = try readCluster { access in
      guard case .place(let target)? = query.target, case .service = target else { return .all(namespace: nil) }
      return target.question(namespace: query.namespace ?? access.namespace ?? Self.defaultNamespace)
    }
    let namespace = query.namespace ?? view.namespace ?? Self.defaultNamespace
    var answer: ConnectionAnswer
    switch query.target {
    case nil: answer = try connections(.all, query, view)
    case .pod(let name): answer = try connections(try addresses(of: name, namespace, query, &view), query, view)
    case .place(.address(let address, let port, let transport)):
      answer = try connections(.addresses([address], port: port, transport), query, view)
    case .place(let target):
      do {
        answer = try connections(.place(target, namespace: namespace), query, view)
      } catch .untraceable(let found) {
        guard let scope = try pod(target, found, namespace, query, &view) else { throw .untraceable(found) }
        answer = try connections(scope, query, view)
      }
    }
    view.nameClients(answer.unnamedAddresses(view.snapshot), on: thisNode(view.snapshot).name)
    var list = answer.list(view.snapshot, isWhole: knowsAll(view.snapshot), now: Self.now)
    list.api = view.origin
    list.notes.insert(contentsOf: view.notes.map { Note(.api, $0) }, at: 0)
    return list
  }

  /// Whether nobody is a pod or a node that is not known to be one. A server is asked for few of them.
  private func knowsAll(_ cluster: ClusterSnapshot?) -> Bool {
    guard case .dump = self.cluster, let cluster else { return false }
    return cluster.knows(.pod) && cluster.knows(.node)
  }

  /// What connections are looked for, where that is not all known yet.
  private enum Scope: Sendable {
    case all
    /// What the rules and the API know of a service, an address or a port.
    case place(TraceTarget, namespace: String)
    case addresses([IPAddress], port: UInt16? = nil, TransportProtocol? = nil)
  }

  private func connections(
    _ scope: Scope, _ query: ConnectionsQuery, _ view: borrowing ClusterView
  ) throws(SessionError) -> ConnectionAnswer {
    let thisNode = thisNode(view.snapshot)
    let context = context(view.snapshot, thisNode, families: query.families, timeLimit: query.timeLimit)
    var wish = ConnectionWish()
    wish.families = query.families
    wish.grouping = query.grouping
    wish.onlyStray = query.onlyStray
    wish.onlyUnanswered = query.onlyUnanswered
    wish.most = query.most
    let (hasAPI, notes, asked) = (view.snapshot != nil, view.notes, wish)
    var answer = try askProxy(notes) { node in
      do {
        return try ServiceTracer.answer(context, node) { tracer in
          var wish = asked
          wish.scope = try Self.scope(scope, tracer)
          return ConnectionAnswer(try ConnectionListing(tracer, wish), wish, tracer)
        }
      } catch let error as TraceError {
        throw SessionError.untraceable(SessionError.Untraceable(error: error, hasAPI: hasAPI, apiNotes: notes))
      }
    }
    if let note = thisNode.note { answer.notes.append(Note(.node, note)) }
    return answer
  }

  private static func scope(_ scope: Scope, _ tracer: ServiceTracer) throws -> ConnectionWish.Scope {
    switch scope {
    case .all: return .all
    case .addresses(let addresses, let port, let transport): return .addresses(addresses, port: port, transport)
    case .place(let target, let namespace):
      var request = TraceRequest(target: target)
      request.namespace = namespace
      let trace = try tracer.trace(request)
      if let missing = tracer.missingKubeProxy(trace.frontends.map(\.trace.verdict)) { throw missing }
      return .frontends(trace.frontends.map { FrontendDestinations($0) })
    }
  }

  /// A pod of the name that no service has; nil where there is none either.
  private func pod(
    _ target: TraceTarget, _ found: SessionError.Untraceable, _ namespace: String, _ query: ConnectionsQuery,
    _ view: inout ClusterView
  ) throws(SessionError) -> Scope? {
    guard case .service(let own, let name, nil, nil) = target, case .noSuchService = found.error else { return nil }
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
  ) throws(SessionError) -> Scope {
    let found = try OriginLookup(session: self, namespaces: [namespace], pods: query.pods).origin(name, &view)
    guard case .addresses(let addresses, _) = found.origin else {
      throw .other("a pod on the node's network has no connections of its own: name an address and a port")
    }
    return .addresses(addresses.filter { query.families.contains($0.family) })
  }
}
