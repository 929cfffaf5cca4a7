/// What nodes are asked: the API's objects as they are now, read once, and cut for each of them.
struct FleetQuestion {
  /// The nodes, by name.
  let nodes: [String]
  /// What nodes are told of the API, beside its objects; what it would not say is told once, here.
  let api: SavedAPI
  /// What the API would not say, in sentences.
  let notes: [String]
  private let query: FleetQuery
  /// With the namespace that it is about.
  let command: NodeQuestion.Command
  private let objects: ClusterSnapshot?
  /// What all nodes are told.
  let shared: [UInt8]
  private let pods: [String: [Pod]]
  private let proxyVersion: String?
  /// How the API was asked; nil where no server was.
  private let access: ClusterAccess?

  /// Asks the API.
  init(_ session: Session, _ query: FleetQuery) throws(SessionError) {
    do {
      try self.init(session, query, query.command.target(namespace: query.namespace))
    } catch {
      throw SessionError(error)
    }
  }

  /// - Parameter target: the one place that is asked about; nil for all.
  private init(_ session: Session, _ query: FleetQuery, _ target: TraceTarget?) throws(SessionError) {
    var view = try session.readCluster(withNodes: true) {
      let namespace = query.namespace(of: $0)
      return target?.question(namespace: namespace ?? Session.defaultNamespace) ?? query.command.question(namespace)
    }
    let namespace = query.namespace(of: view.namespace)
    if let target, let missing = target.missingService(in: view.snapshot, namespace) {
      if let other = target.plainReading {
        self = try FleetQuestion(session, query, other)
        return
      }
      let known = session.names(.services(namespace: missing.namespace), within: Self.limitForNames).objects
      throw .noSuchService(missing, nearest: nearest(to: "\(missing)", in: known.map { "\($0)" }.sorted()))
    }
    if query.command.needsPods { view.readAllPods() }
    let known = view.snapshot.flatMap { $0.knows(.node) ? $0.nodes : nil }
    nodes = try query.selection.nodes(known, notes: view.notes)
    objects = view.snapshot
    command = query.command.inNamespace(namespace)
    self.query = query
    access = view.access
    proxyVersion = session.release.version.map { "\($0)" }
    api = SavedAPI(
      origin: view.origin, isServer: session.cluster.isServer, namespace: view.namespace,
      serverVersion: view.serverVersion,
      notes: query.command.keepsNotes ? view.notes : [])
    notes = view.notes
    pods = Dictionary(grouping: objects?.pods ?? []) { $0.nodeName ?? "" }
    do {
      shared = try objects?.encoded([.service, .endpointSlice, .endpoints] + query.command.moreForAll) ?? []
    } catch {
      throw SessionError(error)
    }
  }

  /// No snapshot that is sent is larger, in bytes.
  static let largestSnapshot = 48 << 20

  /// Names for a hint.
  private static let limitForNames = Duration.seconds(2)

  /// Asks some of the nodes.
  func ask(
    _ nodes: [String], by carrier: NodeCarrier, limits: APILimits?, until deadline: ContinuousClock.Instant,
    _ observer: ActivityObserver
  ) throws(SessionError) -> [String: NodeOutcome] {
    switch carrier {
    case .ssh(let ssh): return ask(nodes, by: ssh, until: deadline, observer)
    case .pods(let pods):
      guard let access, let limits else {
        throw .other("pods are made by an API server: --via pods excludes --api-dump and --no-api")
      }
      if case .snapshot = command { throw .other("a snapshot is more than a pod can tell: --via pods excludes it") }
      return try pods.ask(self, nodes, access, limits, until: deadline, observer)
    }
  }

  private func ask(
    _ nodes: [String], by ssh: SSHCarrier, until deadline: ContinuousClock.Instant, _ observer: ActivityObserver
  ) -> [String: NodeOutcome] {
    let round = NodeRound(width: query.command.width(query.parallel), deadline: deadline, observer: observer)
    let limit = query.nodeTimeout
    let room = AnswerRoom(query.command)
    let outcomes = round.ask(nodes.count) { index, left in
      let node = nodes[index]
      let question = [own(node), shared].filter { !$0.isEmpty }
      let outcome = ssh.ask(question, node, at: host(of: node), within: min(limit, left), room)
      guard case .snapshot = query.command else { return outcome }
      return outcome.savingSnapshot(of: node, in: query.folder)
    }
    return Dictionary(uniqueKeysWithValues: zip(nodes, outcomes))
  }

  /// Tells who is at the ends of connections, as far as the API told.
  func name(_ lists: inout [ConnectionList]?) {
    let names = PartyNames(objects)
    lists = lists.map { $0.map(names.named) }
  }

  /// What ssh calls a node: by its name it is in ssh's configuration and among the known hosts.
  private func host(of node: String) -> String {
    guard let type = query.addressType, let object = objects?.node(node) else { return node }
    return object.addresses.first { $0.type == type.rawValue }?.address ?? node
  }

  /// The question to a node, with what it alone is told: of itself and of its pods.
  func own(_ node: String) -> [UInt8] {
    var question = NodeQuestion(query, api: api)
    (question.command, question.node, question.proxyVersion) = (command, node, proxyVersion)
    var own = ClusterSnapshot()
    if objects?.knows(.node) == true { own.note(.node) }
    if !command.moreForAll.contains(.node), let object = objects?.node(node) { own.add(object) }
    if objects?.knows(.pod) == true { own.note(.pod) }
    for pod in pods[node] ?? [] { own.add(pod) }
    // What is encoded here are texts and numbers.
    return (try? question.encoded() + own.encoded()) ?? []
  }
}

extension NodeQuestion {
  init(_ query: FleetQuery, api: SavedAPI?) {
    self.init(query.command, timeLimit: query.timeLimit)
    (families, self.api) = (query.families, api)
  }
}

extension NodeQuestion.Command {
  /// What it needs of the API, where it is not about one service.
  fileprivate func question(_ namespace: String?) -> ClusterQuestion {
    switch self {
    case .services: .all(namespace: namespace)
    case .trace, .check, .connections, .snapshot: .all(namespace: nil)
    case .version, .veth: .node
    }
  }

  /// The one place that is asked about, as it was typed; nil for all.
  fileprivate func target(namespace: String?) throws -> TraceTarget? {
    switch self {
    case .trace(let text, _): return try TraceTarget(text, namespace: namespace)
    case .connections(let text?, _, _):
      guard case .place(let target) = try ConnectionTarget(text, namespace: namespace) else {
        throw SessionError.other("\(text): of many nodes, name a pod by its address ('kubectl get pods -o wide')")
      }
      return target
    case .services, .check, .version, .veth, .connections, .snapshot: return nil
    }
  }

  /// Whether nodes are told of their pods: host ports are theirs, and connections go to them.
  fileprivate var needsPods: Bool {
    switch self {
    case .check, .connections, .snapshot: true
    case .trace, .services, .version, .veth: false
    }
  }

  /// Whether the network namespaces of the node's pods are looked into.
  var seesProcesses: Bool { if case .veth = self { true } else { false } }

  /// What all nodes are told besides services and endpoints: a snapshot has all nodes.
  fileprivate var moreForAll: [ClusterSnapshot.Kind] { if case .snapshot = self { [.node] } else { [] } }

  /// Whether what the API would not say goes along, to be kept.
  fileprivate var keepsNotes: Bool { if case .snapshot = self { true } else { false } }

  /// Large answers come from fewer nodes at a time.
  fileprivate func width(_ parallel: Int) -> Int { if case .snapshot = self { min(parallel, 8) } else { parallel } }

  /// A service that is named without a namespace is of this one, and those of this one are listed; nil: of all.
  func inNamespace(_ namespace: String?) -> NodeQuestion.Command {
    switch self {
    case .trace(let target, _): .trace(target: target, namespace: namespace ?? Session.defaultNamespace)
    case .services: .services(namespace: namespace)
    case .connections(let target, _, let selection):
      .connections(target: target, namespace: namespace ?? Session.defaultNamespace, selection: selection)
    case .check, .version, .veth, .snapshot: self
    }
  }
}

extension TraceTarget {
  /// The service that is meant and that the API has not: nobody is asked about it.
  fileprivate func missingService(in cluster: ClusterSnapshot?, _ namespace: String?) -> NamespacedName? {
    guard case .service(let given, let name, _, _) = self, let cluster, cluster.knows(.service) else { return nil }
    let service = NamespacedName(given ?? namespace ?? Session.defaultNamespace, name)
    return cluster.service(service) == nil ? service : nil
  }
}
