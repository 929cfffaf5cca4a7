import Inspect

/// Finds out what `--from` names: in the API, else among the pods of this node.
struct OriginLookup {
  /// For a pod that is named without one.
  let namespace: String
  let node: NodeOptions

  func origin(_ name: OriginName, _ view: inout ClusterView) throws -> TraceOrigin {
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
  private func origin(_ pod: Pod) throws -> TraceOrigin? {
    guard !pod.hasEnded else {
      throw Failure("pod \(pod.metadata.namespacedName) has ended (\(pod.phase)): it sends nothing", .notFound)
    }
    let addresses = pod.podIPs.compactMap { IPAddress($0) }
    return addresses.isEmpty ? nil : .addresses(addresses, pod: pod.metadata.namespacedName)
  }

  private func localOrigin(_ name: NamespacedName, asked: Bool) throws -> TraceOrigin {
    let sources = PodSources.ofThisNode()
    let found: PodInterfaces
    do {
      found = try node.run { try PodFinder(sources, withDetails: false).find(.name(name)) }
    } catch PodError.notFound where asked {
      throw Failure("no pod \(name) in the API or on this node", .notFound)
    }
    guard let pod = found.pods.first else { throw PodError.notFound("\(name)", hint: nil) }
    if pod.sandbox.isHostNetwork?.value == true { return .node }
    guard !pod.addresses.isEmpty else {
      throw Failure("pod \(name) has no address" + (pod.problem.map { ": \($0)" } ?? ""), .notFound)
    }
    return .addresses(pod.addresses.map(\.address), pod: name)
  }
}
