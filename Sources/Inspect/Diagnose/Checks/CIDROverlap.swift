extension Check {
  /// Rule: the ClusterIP of a service is an address of a pod or a node (certain, an error), or lies in a node's podCIDR
  /// (likely, a warning: not every network plugin gives addresses from there). Routes are not asked: some plugins have one for
  /// the range of services, and mean it.
  static let cidrOverlap = Check(.cidrOverlap) { examination in
    guard let cluster = examination.cluster else {
      return .skipped("without the API it is not known which addresses pods and nodes have")
    }
    guard let known = examination.nodes else { return .skipped("which addresses nodes have is not known") }
    let names = AddressNames(cluster)
    let ranges = known.flatMap { node in
      node.podCIDRs.compactMap { IPPrefix($0) }.map { (node: node.metadata.name, range: $0) }
    }
    let nodes = Dictionary(
      known.flatMap { node in node.ips("InternalIP").map { ($0, node.metadata.name) } }
    ) { first, _ in first }
    var findings: [Finding] = []
    for service in cluster.services {
      for address in service.clusterIPs.compactMap(IPAddress.init) {
        let subject = Subject(kind: .service, service.metadata.namespacedName)
        let owner = names.pod(at: address).map { "pod \($0)" } ?? nodes[address].map { "node \($0)" }
        if let owner {
          findings.append(
            Finding(
              .cidrOverlap, .error, subject: subject, message: "\(owner) has the ClusterIP \(address), too",
              evidence: [Finding.Evidence(.api, "\(address) is an address of \(owner)")], advice: [overlapAdvice]))
        } else if let range = ranges.first(where: { $0.range.contains(address) }) {
          findings.append(
            Finding(
              .cidrOverlap, .warning, .likely, subject: subject,
              message: "the ClusterIP \(address) is in the range of pods of node \(range.node)",
              evidence: [Finding.Evidence(.api, "podCIDR \(range.range) of node \(range.node)")],
              advice: [overlapAdvice]))
        }
      }
    }
    return findings.isEmpty ? .ok() : .found(findings)
  }

  private static let overlapAdvice = Finding.Advice(
    "the ranges of services (--service-cluster-ip-range), of pods and of nodes must not overlap",
    command: "kubectl get nodes -o custom-columns=NAME:.metadata.name,PODS:.spec.podCIDRs")
}
