extension Check {
  /// Rule: an endpoint of default/kubernetes is an address of this node, and no socket listens at its port. Certain, and an
  /// error. Of other nodes' endpoints nothing is asked: that takes packets.
  static let apiEndpointStale = Check(.apiEndpointStale) { examination in
    guard let list = examination.list else { return .skipped(examination.unwalked ?? "no service was walked") }
    let api = NamespacedName("default", "kubernetes")
    guard let item = list.items.first(where: { $0.name == api }) else {
      return .skipped("default/kubernetes is not known")
    }
    var findings: [Finding] = []
    let endpoints = Set(item.frontends.flatMap { frontend in frontend.endpoints.map(\.place) }).sorted()
    for endpoint in endpoints {
      guard let isLocal = examination.node.hasAddress(endpoint.address) else {
        return .skipped("which addresses are the node's own is not known")
      }
      guard isLocal else { continue }
      guard let sockets = examination.node.listeners(at: endpoint.port, .tcp) else {
        return .skipped("which programs listen is not known")
      }
      guard sockets.isEmpty else { continue }
      findings.append(
        Finding(
          .apiEndpointStale, .error, subject: Subject(kind: .service, api),
          message: "its endpoint \(endpoint) is this node, where nothing listens at port \(endpoint.port)",
          evidence: [
            Finding.Evidence(.links, "\(endpoint.address) is an address of this node", endpoint: endpoint),
            Finding.Evidence(.proc, "no socket listens at TCP port \(endpoint.port)"),
          ],
          advice: [
            Finding.Advice("look whether the kube-apiserver runs", command: "ss -ltn sport = :\(endpoint.port)")
          ]))
    }
    return findings.isEmpty ? .ok() : .found(findings)
  }
}
