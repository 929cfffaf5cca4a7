/// Whose forwarding is compared.
public enum ForwardingSource: Sendable, Hashable {
  /// This node.
  case live
  /// What the API implies for the other one.
  case api
  /// A snapshot of a node, by its path.
  case saved(String)

  /// Reads `live`, `api`, or a path.
  public init(_ text: String) {
    switch text {
    case "live": self = .live
    case "api": self = .api
    default: self = .saved(text)
    }
  }

  /// As it is named.
  public var text: String {
    switch self {
    case .live: "live"
    case .api: "api"
    case .saved(let path): path
    }
  }
}

/// What `kpx diff` is asked.
public struct DiffQuery: Sendable {
  /// What is to be compared; not both may be `api`.
  public var before: ForwardingSource
  /// With what.
  public var after: ForwardingSource
  /// The namespace whose services are told of; nil: that of the context.
  public var namespace: String?
  /// Whether services of all namespaces are.
  public var areAllNamespaces = false
  /// The only service that is; nil for all of the namespace.
  public var service: NamespacedName?
  /// How long walks may take for each side, in seconds of the processor.
  public var timeLimit = 60.0

  /// Whether this machine's kernel is asked.
  public var isLive: Bool { before == .live || after == .live }

  /// All services of the context's namespace.
  public init(_ before: ForwardingSource, _ after: ForwardingSource) {
    self.before = before
    self.after = after
  }
}

extension Session {
  /// What differs in forwarding.
  public func diff(_ query: DiffQuery) throws(SessionError) -> ForwardingDiff {
    switch (query.before, query.after) {
    case (.api, .api): throw .other("api and api are the same")
    case (.api, let other):
      let side = try forwardedNode(other, query)
      return try compare(side, side, query, { $0.forwarding.expected }, { $0.forwarding.actual })
    case (let one, .api):
      let side = try forwardedNode(one, query)
      return try compare(side, side, query, { $0.forwarding.actual }, { $0.forwarding.expected })
    case (let one, let other):
      return try compare(
        forwardedNode(one, query), forwardedNode(other, query), query, { $0.forwarding.actual },
        { $0.forwarding.actual })
    }
  }

  /// One side, and where what the API says is from.
  private typealias ComparedSide = (node: ForwardedNode, api: APIOrigin?)

  private func compare(
    _ one: ComparedSide, _ other: ComparedSide, _ query: DiffQuery, _ first: ForwardingComparison.Form,
    _ second: ForwardingComparison.Form
  ) throws(SessionError) -> ForwardingDiff {
    func side(_ source: ForwardingSource, _ side: ComparedSide) -> ForwardingDiff.Side {
      ForwardingDiff.Side(source: source.text, node: side.node.node, proxy: side.node.proxy, api: side.api)
    }
    if query.before == .api || query.after == .api, one.api == nil {
      throw .other("what the API implies is not known: it was not asked, or gave no answer")
    }
    if let service = query.service, one.node.items.isEmpty, other.node.items.isEmpty {
      throw .other("neither \(query.before.text) nor \(query.after.text) has a service \(service)")
    }
    var diff = ForwardingDiff(before: side(query.before, one), after: side(query.after, other))
    ForwardingComparison(before: one.node, after: other.node).compare(first, second, into: &diff)
    for note in one.node.notes + other.node.notes where !diff.notes.contains(note) { diff.notes.append(note) }
    if one.api == nil, other.api == nil, one.node.mode != other.node.mode {
      diff.notes.append(
        Note(.api, "without the API differences of modes are told by what they look like, not by what should be"))
    }
    return diff
  }

  private func forwardedNode(_ source: ForwardingSource, _ query: DiffQuery) throws(SessionError) -> ComparedSide {
    let session = try opened(source)
    let view = try session.readCluster { _ in .all(namespace: nil) }
    let namespace =
      query.service?.namespace
      ?? (query.areAllNamespaces ? nil : query.namespace ?? view.namespace ?? Self.defaultNamespace)
    let service = query.service
    let context = session.context(
      view.snapshot, session.thisNode(view.snapshot), families: IPFamily.allCases, timeLimit: query.timeLimit)
    var node = try session.askProxy(view.notes) {
      try ServiceTracer.forwardedNode(namespace: namespace, service: service, context, $0)
    }
    node.notes = view.notes.map { Note(.api, $0) } + node.notes
    return (node, view.origin)
  }

  /// The session that asks a source. A snapshot has what the API said then; where it has nothing of that, who asks may know.
  private func opened(_ source: ForwardingSource) throws(SessionError) -> Session {
    guard case .saved(let path) = source else { return self }
    let snapshot: NodeSnapshot
    do {
      snapshot = try NodeSnapshot(path: path)
    } catch {
      throw .snapshot(error)
    }
    var session = Session(snapshot)
    session.observer = observer
    if snapshot.cluster == nil { session.cluster = cluster }
    if case .contextAlone = cluster { session.cluster = .noAPI }
    if let nodeName { session.nodeName = nodeName }
    if release.version != nil { session.release = release }
    return session
  }
}
