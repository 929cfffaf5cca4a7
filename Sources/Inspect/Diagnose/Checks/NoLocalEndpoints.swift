extension Check {
  /// Rule: that of the walk. A warning where pods of this node are dropped or no node has an endpoint. What comes from outside
  /// goes to nodes that have one, as a load balancer's health check tells: then it is as it should be, and information.
  static let noLocalEndpoints = Check(.noLocalEndpoints, services: .api)

  /// The same finding with the nodes that have an endpoint, where this one has none.
  static func weighed(_ finding: Finding, _ cluster: ClusterSnapshot) -> Finding {
    guard finding.id == .noLocalEndpoints, let name = finding.subject.service, let service = cluster.service(name)
    else {
      return finding
    }
    let ready = cluster.slices(of: name).flatMap(\.endpoints).filter(\.conditions.isReady)
    let nodes = Set(ready.compactMap(\.nodeName)).sorted()
    guard !nodes.isEmpty else { return finding }
    var finding = finding
    let more = nodes.count > 5 ? " and \(nodes.count - 5) more" : ""
    finding.evidence.insert(
      Finding.Evidence(.api, "nodes with an endpoint: " + nodes.prefix(5).joined(separator: ", ") + more), at: 0)
    let inside = Set(service.clusterIPs.compactMap(IPAddress.init))
    let concernsPods = finding.subject.frontends?.contains { $0.address.map(inside.contains) ?? false } ?? true
    if !concernsPods { finding.severity = .info }
    return finding
  }
}
