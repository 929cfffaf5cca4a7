/// Looks in the API for a pod of which a part of the name, or what it belongs to, was typed after `--from`.
struct OriginSearch {
  /// For what is named without one, the likeliest first.
  let namespaces: [String]
  /// This node's name, where it is known.
  let node: String?

  /// The pod that is meant, and a sentence that says so; nil where none or several may be.
  func pod(_ namespace: String?, _ name: String, _ view: inout ClusterView) -> (Pod, note: String)? {
    let typed = (namespace.map { $0 + "/" } ?? "") + name
    if let namespace, PodTarget.isWorkload(namespace) {
      return any(of: namespaces, as: typed, &view) { PodTarget.isMade($0.metadata.name, by: name, namespace) }
    }
    if let namespace, TraceTarget.kinds.contains(namespace) {
      let services = namespaces.compactMap { view.readService(NamespacedName($0, name)) }
      guard let service = services.first else { return nil }
      return any(of: [service.metadata.namespace], as: typed, &view) { service.selects($0) }
    }
    if namespace == nil {
      let named = view.readPods(named: name).filter(\.isThere)
      if named.count == 1 { return (named[0], "\(typed) is taken for pod \(named[0].metadata.namespacedName)") }
    }
    for place in namespace.map({ [$0] }) ?? namespaces {
      let found = view.readPods(in: place).filter {
        $0.isThere && PodTarget.name(NamespacedName(place, name)).isBeginning(of: $0.metadata.namespacedName)
      }
      if found.count == 1 {
        return (
          found[0], "\(typed) is taken for pod \(found[0].metadata.namespacedName), the only one whose name begins so"
        )
      }
    }
    return nil
  }

  /// One of several that are alike: one on this node before others.
  private func any(
    of namespaces: [String], as typed: String, _ view: inout ClusterView, _ isMeant: (Pod) -> Bool
  ) -> (Pod, note: String)? {
    for namespace in namespaces {
      let found = view.readPods(in: namespace).filter { $0.isThere && isMeant($0) }
      guard let pod = found.first(where: { $0.nodeName == node && node != nil }) ?? found.first else { continue }
      let count = found.count == 1 ? "its only one" : "one of its \(found.count)"
      return (pod, "\(typed) is taken for pod \(pod.metadata.namespacedName), \(count)")
    }
    return nil
  }

  /// The names nearest to one that is not there, among the pods that the API told of.
  func nearest(to name: NamespacedName, _ hasNamespace: Bool, _ cluster: ClusterSnapshot?) -> [String] {
    let names = (cluster?.pods ?? []).filter(\.isThere).map(\.metadata.namespacedName)
    let target = hasNamespace ? PodTarget.name(name) : .word(name.name, namespace: nil)
    let beginning = Array(names.filter(target.isBeginning).prefix(3))
    return (beginning.isEmpty ? target.nearest(in: names) : beginning).map(\.description)
  }
}

extension Pod {
  /// Whether it may send anything.
  fileprivate var isThere: Bool { !hasEnded && !podIPs.isEmpty }
}
