extension Check {
  /// Rule: that of the walk, which tells why by the slices. Where they are empty, the pods of the service's namespace tell which
  /// one nearly meets the selector, as far as they were read.
  static let noEndpoints = Check(.noEndpoints, services: .rules)

  /// What pods tell of services that no pod is selected by.
  static func nearMisses(_ finding: Finding, _ cluster: ClusterSnapshot) -> [Finding.Evidence] {
    guard finding.id == .noEndpoints, let name = finding.subject.service, let service = cluster.service(name),
      !service.selector.isEmpty, cluster.knows(.pod)
    else { return [] }
    let pods = cluster.pods.filter { $0.metadata.namespace == name.namespace && !$0.hasEnded }
    if pods.contains(where: service.selects) { return notReady(pods.filter(service.selects)) }
    let near = pods.compactMap { pod -> (pod: Pod, misses: [(key: String, wanted: String)])? in
      let misses = service.selector.filter { pod.metadata.labels[$0.key] != $0.value }.sorted { $0.key < $1.key }
      return isNear(pod, service, misses) ? (pod, misses.map { ($0.key, $0.value) }) : nil
    }
    guard let best = near.min(by: { ($0.misses.count, $0.pod.metadata.name) < ($1.misses.count, $1.pod.metadata.name) })
    else { return [] }
    let alike = near.filter { one in one.misses.map(\.key) == best.misses.map(\.key) }
    let others = alike.count > 1 ? " and \(alike.count - 1) more" : ""
    return best.misses.map { key, wanted in
      let has = best.pod.metadata.labels[key].map { "has \(key)=\($0)" } ?? "has no label \(key)"
      return Finding.Evidence(
        .api, "pod \(best.pod.metadata.namespacedName)\(others) \(has), and the selector asks for \(key)=\(wanted)")
    }
  }

  /// A pod that all but one of several labels fit, or that has the wanted word as the value of another label or in its name.
  private static func isNear(_ pod: Pod, _ service: Service, _ misses: [(key: String, value: String)]) -> Bool {
    if misses.count == 1, service.selector.count > 1 { return true }
    return misses.allSatisfy { key, wanted in
      pod.metadata.labels.contains { $0.value == wanted }
        || pod.metadata.labels[key].map { $0.hasPrefix(wanted) || wanted.hasPrefix($0) } == true
    }
  }

  private static func notReady(_ pods: [Pod]) -> [Finding.Evidence] {
    pods.prefix(3).map { pod in
      let state =
        pod.metadata.deletionTimestamp != nil
        ? "terminating" : pod.phase == "Running" ? (pod.isReady == true ? "ready" : "running and not ready") : pod.phase
      return Finding.Evidence(.api, "pod \(pod.metadata.namespacedName) meets the selector: \(state)")
    }
  }
}
