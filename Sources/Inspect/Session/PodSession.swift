/// What `kpx veth` and `kpx exec` are asked.
public struct PodQuery: Sendable {
  /// Which pod; nil for all of this node.
  public var target: PodTarget?
  /// The namespace of the pods, where all are asked for; nil for any.
  public var namespace: String?
  /// Where this node's pods are looked for.
  public var sources = PodSources()
  /// Whether counters, and what else only a wide answer shows, are wanted.
  public var withDetails = false

  /// All pods of this node.
  public init() {}
}

extension Session {
  /// Pods of this node and their interfaces.
  public func pods(_ query: PodQuery) throws(SessionError) -> PodInterfaces {
    var sources = query.sources
    sources.cluster = try readCluster { _ in .all(namespace: nil) }.snapshot
    let finder = PodFinder(sources, withDetails: query.withDetails)
    return try inNode {
      if let target = query.target { return try finder.find(target) }
      var all = try finder.all()
      if let namespace = query.namespace { all.pods.removeAll { $0.sandbox.name?.value.namespace != namespace } }
      return all
    }
  }

  /// The one pod that is meant.
  public func pod(_ target: PodTarget, _ sources: PodSources) throws(SessionError) -> PodSandbox {
    var query = PodQuery()
    query.target = target
    query.sources = sources
    return try pods(query).only(target)
  }
}

extension PodInterfaces {
  /// The one pod that `target` means.
  func only(_ target: PodTarget) throws(SessionError) -> PodSandbox {
    guard let pod = pods.first else {
      throw .leadsToNoPod(target, reason: orphans.first?.reason ?? "nothing is known of it")
    }
    guard pods.count == 1 else {
      throw .ambiguousPod(
        target, pods: pods.map { ($0.sandbox.name?.value).map { "\($0)" } ?? "one without a known name" })
    }
    return pod.sandbox
  }
}
