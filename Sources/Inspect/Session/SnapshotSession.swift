/// What `kpx snapshot` is asked.
public struct SnapshotQuery: Sendable {
  /// The file to make; nil where it goes to a descriptor.
  public var path: String?
  /// Where it goes then: standard output, unless it is said.
  var descriptor: Int32 = 1
  /// The services of which the API's objects are wanted, and nothing else of the API or of pods; none: all.
  public var services: [NamespacedName] = []
  /// Whether connections are wanted, which name clients.
  public var withConnections = false
  /// Where this node's pods are looked for.
  public var sources = PodSources()
  /// Whether names and addresses become pseudonyms, and by which key; nil: they stay.
  public var redaction: RedactionQuery?
  /// The release of kpx.
  public var program: String

  /// A snapshot without connections.
  public init(path: String?, program: String) {
    self.path = path
    self.program = program
  }
}

extension Session {
  /// A session that asks a snapshot: anywhere, by anybody who may read the file.
  public init(_ snapshot: NodeSnapshot) {
    self.init()
    let (manifest, members) = (snapshot.manifest, snapshot.members)
    cluster = manifest.api.map { .saved($0, snapshot.cluster) } ?? .noAPI
    nodeName = manifest.node.given
    if let version = manifest.proxyVersion.flatMap({ KubeProxyVersion($0) }) {
      release = Release(version, source: "--proxy-version")
    }
    kernel = manifest.node.kernel.map { KernelRelease($0) }
    now = { manifest.created }
    hostName = manifest.node.host
    certificateName = { manifest.node.certificate }
    localAddresses = { try SavedNode.localAddresses(members) }
    self.members = members
    openNode = { try SavedNode(members) }
    guard let pods = snapshot.pods else {
      findPod = { target, _, _ in throw PodError.notFound("\(target)", hint: "the snapshot has no pods") }
      findPods = nil
      return
    }
    let place = PodPlace.snapshot(ownAddresses: (try? SavedNode.localAddresses(members)) ?? nil)
    findPod = { target, _, _ in try target.found { try pods.find($0, place) } }
    findPods = { _, _ in pods.all() }
  }

  /// Writes what this node and the API say to a file.
  /// - Returns: what the file says of itself.
  public func record(_ query: SnapshotQuery) throws(SessionError) -> SnapshotManifest {
    var view = try readCluster { _ in .all(namespace: nil) }
    let thisNode = thisNode(view.snapshot)
    if let name = thisNode.name { view.readPods(onNode: name) }
    let others = view.nodes(atMost: Self.mostNodes) ?? []
    var objects = view.snapshot
    for node in others { objects?.add(node) }
    if !query.services.isEmpty { try objects?.keep(only: query.services) }
    let (evidence, isServer, saved) = (nodeEvidence, cluster.isServer, objects)
    var manifest = SnapshotManifest(
      created: now(), program: query.program,
      node: SnapshotManifest.Node(
        name: thisNode.name, given: nodeName, certificate: evidence.certificate, host: evidence.host,
        kernel: kernel?.text),
      proxyVersion: release.version.map { "\($0)" }, hasConnections: query.withConnections, gaps: [], members: [])
    switch cluster {
    case .noAPI, .contextAlone: manifest.api = nil
    case .dump, .server, .saved:
      manifest.api = SavedAPI(
        origin: view.origin, isServer: isServer, namespace: view.namespace, serverVersion: view.serverVersion,
        notes: view.notes, only: query.services.isEmpty ? nil : query.services)
    }
    let (asksKubeProxy, described) = (release.version == nil, manifest)
    observer.tell(.readingNode)
    return try inNode {
      var recorder = NodeRecorder()
      (recorder.withConnections, recorder.asksKubeProxy) = (query.withConnections, asksKubeProxy)
      let pods = query.services.isEmpty ? Result { try known(query.sources, saved) } : nil
      guard let redaction = query.redaction else {
        return try Self.write(described, saved, pods, &recorder, query)
      }
      return try Self.redact(try Self.collect(described, saved, pods, &recorder), redaction)
    }
  }

  /// The node's pods, in its network namespace.
  private func known(_ sources: PodSources, _ cluster: ClusterSnapshot?) throws -> KnownPods {
    var sources = sources
    sources.cluster = cluster
    sources.seconds = Self.secondsForRuntimes
    return try PodFinder(sources, withDetails: true).known()
  }

  /// What is written otherwise, in memory.
  private static func collect(
    _ described: SnapshotManifest, _ objects: ClusterSnapshot?, _ pods: Result<KnownPods, any Error>?,
    _ recorder: inout NodeRecorder
  ) throws -> NodeSnapshot {
    var members: [String: [UInt8]] = [:]
    try recorder.record { name, bytes in members[name] = Array(bytes) }
    return NodeSnapshot(
      manifest: complete(described, pods, recorder), members: SavedMembers(members), cluster: objects,
      pods: try? pods?.get())
  }

  private static func complete(
    _ described: SnapshotManifest, _ pods: Result<KnownPods, any Error>?, _ recorder: NodeRecorder
  ) -> SnapshotManifest {
    var manifest = described
    manifest.generation = recorder.generation
    manifest.gaps = recorder.gaps.map { "\($0.what): \($0.why)" }
    if case .failure(let error) = pods { manifest.gaps.append("the pods: \(error)") }
    return manifest
  }

  private static func write(
    _ described: SnapshotManifest, _ objects: ClusterSnapshot?, _ pods: Result<KnownPods, any Error>?,
    _ recorder: inout NodeRecorder, _ query: SnapshotQuery
  ) throws -> SnapshotManifest {
    let time = Int(described.created)
    var writer =
      try query.path.map { path throws(SnapshotError) in try SnapshotWriter(creating: path, time: time) }
      ?? SnapshotWriter(to: query.descriptor, time: time)
    do {
      try recorder.record { name, bytes in try writer.append(NodeSnapshot.kernelFolder + name, bytes) }
      if let objects { try writer.append(NodeSnapshot.cluster, objects.encoded()) }
      if case .success(let pods) = pods { try writer.append(NodeSnapshot.podsMember, pods.encoded()) }
    } catch {
      writer.abandon()
      throw error
    }
    var manifest = complete(described, pods, recorder)
    manifest.members = writer.members
    try writer.finish(manifest)
    return manifest
  }
}

extension ClusterSnapshot {
  /// Leaves some services with their endpoints and pods, and the nodes.
  /// - Throws: `SessionError` where there is no such service.
  fileprivate mutating func keep(only services: [NamespacedName]) throws(SessionError) {
    guard knows(.service) else { return }
    var kept = ClusterSnapshot()
    for kind in kinds { kept.note(kind) }
    for name in services {
      guard let service = service(name) else {
        throw .noSuchService(
          name, nearest: nearest(to: "\(name)", in: self.services.map { "\($0.metadata.namespacedName)" }))
      }
      kept.add(service)
      if let endpoints = endpoints(of: name) { kept.add(endpoints) }
      for slice in slices(of: name) {
        kept.add(slice)
        let addresses = slice.endpoints.flatMap(\.addresses).compactMap { IPAddress($0) }
        for pod in addresses.flatMap({ pods(at: $0) }) { kept.add(pod) }
      }
    }
    for node in nodes { kept.add(node) }
    self = kept
  }
}
