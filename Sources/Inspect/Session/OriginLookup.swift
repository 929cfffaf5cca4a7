/// Finds out what `--from` names: in the API, else among the pods of this node.
struct OriginLookup {
  let session: Session
  /// For a pod that is named without one.
  let namespace: String
  /// Where this node's pods are looked for.
  let pods: PodSources

  func origin(_ name: OriginName, _ view: inout ClusterView) throws(SessionError) -> TraceOrigin {
    switch name {
    case .node: return .node
    case .external: return .external
    case .address(let address): return .addresses([address], pod: nil)
    case .pod(let namespace, let pod):
      let full = NamespacedName(namespace ?? self.namespace, pod)
      if let known = view.readPod(full), let origin = try origin(known) { return origin }
      return try localOrigin(full, asked: view.snapshot != nil)
    }
  }

  /// nil where the API does not have its addresses.
  private func origin(_ pod: Pod) throws(SessionError) -> TraceOrigin? {
    guard !pod.hasEnded else { throw .podHasEnded(pod.metadata.namespacedName, phase: pod.phase) }
    let addresses = pod.podIPs.compactMap { IPAddress($0) }
    return addresses.isEmpty ? nil : .addresses(addresses, pod: pod.metadata.namespacedName)
  }

  /// - Parameter asked: whether the API was, and does not have its addresses.
  private func localOrigin(_ name: NamespacedName, asked: Bool) throws(SessionError) -> TraceOrigin {
    let found: PodInterfaces
    do throws(SessionError) {
      let (find, pods) = (session.findPod, pods)
      found = try session.inNode { try find(name, pods) }
    } catch .pod(.notFound) where asked {
      throw .noSuchPod(name)
    }
    guard let pod = found.pods.first else { throw .pod(.notFound("\(name)", hint: nil)) }
    if pod.sandbox.isHostNetwork?.value == true { return .node }
    guard !pod.addresses.isEmpty else { throw .podWithoutAddress(name, problem: pod.problem) }
    return .addresses(pod.addresses.map(\.address), pod: name)
  }
}
