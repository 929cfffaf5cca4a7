/// What `--from` names.
struct FoundOrigin {
  var origin: TraceOrigin
  /// Which pod was taken, in a sentence, where the name does not say it by itself.
  var note: String?
}

/// Finds out what `--from` names: in the API, else among the pods of this node.
struct OriginLookup {
  let session: Session
  /// Where a pod is looked for that is named without one: the service's own comes first.
  let namespaces: [String]
  /// Where this node's pods are looked for.
  let pods: PodSources

  func origin(_ name: OriginName, _ view: inout ClusterView) throws(SessionError) -> FoundOrigin {
    switch name {
    case .node: return FoundOrigin(origin: .node)
    case .external: return FoundOrigin(origin: .external)
    case .address(let address): return FoundOrigin(origin: .addresses([address], pod: nil))
    case .pod(let namespace, let pod): return try origin(namespace, pod, &view)
    }
  }

  /// A whole name before a part of one, the API before this node.
  private func origin(
    _ namespace: String?, _ name: String, _ view: inout ClusterView
  ) throws(SessionError) -> FoundOrigin {
    let full = (namespace.map { [$0] } ?? namespaces).map { NamespacedName($0, name) }
    for name in full {
      if let known = view.readPod(name), let origin = try origin(known) { return FoundOrigin(origin: origin) }
    }
    let hasAPI = view.snapshot != nil
    let local = try findLocally(namespace, name, toleratesNone: hasAPI)
    if let local, local.readings.isEmpty { return try origin(local, full) }
    let search = OriginSearch(namespaces: namespaces, node: session.thisNode(view.snapshot).name)
    if let (pod, note) = search.pod(namespace, name, &view), let origin = try origin(pod) {
      return FoundOrigin(origin: origin, note: note)
    }
    if let local { return try origin(local, full) }
    throw .noSuchPod(full[0], nearest: nearest(namespace, name, full[0], search, view.snapshot))
  }

  /// What else may be meant: this node by a name of its own, or a pod.
  private func nearest(
    _ namespace: String?, _ name: String, _ full: NamespacedName, _ search: OriginSearch, _ cluster: ClusterSnapshot?
  ) -> [String] {
    let ownNames = ["localhost", session.hostName, search.node]
    if namespace == nil, ownNames.contains(name) { return ["node"] }
    let pods = search.nearest(to: full, namespace != nil, cluster)
    return pods.isEmpty && namespace == nil ? Inspect.nearest(to: name, in: ["node", "external"]) : pods
  }

  /// nil where the API does not have its addresses.
  private func origin(_ pod: Pod) throws(SessionError) -> TraceOrigin? {
    guard !pod.hasEnded else { throw .podHasEnded(pod.metadata.namespacedName, phase: pod.phase) }
    let addresses = pod.podIPs.compactMap { IPAddress($0) }
    return addresses.isEmpty ? nil : .addresses(addresses, pod: pod.metadata.namespacedName)
  }

  // MARK: - On this node

  /// - Parameter toleratesNone: whether the API may know one yet.
  private func findLocally(
    _ namespace: String?, _ name: String, toleratesNone: Bool
  ) throws(SessionError) -> PodInterfaces? {
    let target = namespace.map { PodTarget.name(NamespacedName($0, name)) } ?? .word(name, namespace: nil)
    do throws(SessionError) {
      let (find, pods) = (session.findPod, pods)
      return try session.inNode { try find(target, pods, false) }
    } catch .pod(.notFound) where toleratesNone {
      return nil
    }
  }

  private func origin(_ found: PodInterfaces, _ full: [NamespacedName]) throws(SessionError) -> FoundOrigin {
    let preferred = full.lazy.compactMap { name in found.pods.first { $0.sandbox.name?.value == name } }.first
    guard let pod = preferred ?? found.pods.first else { throw .pod(.notFound("\(full[0])", hint: nil)) }
    let names = Set(found.pods.compactMap { $0.sandbox.name?.value }).sorted()
    guard preferred != nil || names.count < 2 else {
      throw .ambiguousPod(.word(full[0].name, namespace: nil), pods: names.map(\.description))
    }
    let name = pod.sandbox.name?.value ?? full[0]
    let note = found.readings.first
    if pod.sandbox.isHostNetwork?.value == true { return FoundOrigin(origin: .node, note: note) }
    guard !pod.addresses.isEmpty else { throw .podWithoutAddress(name, problem: pod.problem) }
    return FoundOrigin(origin: .addresses(pod.addresses.map(\.address), pod: name), note: note)
  }
}
