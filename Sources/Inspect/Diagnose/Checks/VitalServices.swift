extension Check {
  /// Rule: packets to default/kubernetes, or to the cluster's DNS, do not get to endpoints, or a finding of theirs is an error.
  /// As certain as the walk, and an error. The DNS is the service with the label that addons have (k8s-app=kube-dns), or one of
  /// the names that distributions give it.
  static let vitalServices = Check(.vitalServices) { examination in
    guard let list = examination.list else { return .skipped(examination.unwalked ?? "no service was walked") }
    let items = list.items.filter { item in item.name.map { isVital($0, examination.cluster) } ?? false }
    guard items.contains(where: { $0.name == NamespacedName("default", "kubernetes") }) else {
      return .skipped("default/kubernetes is neither in the API's answer nor in the rules")
    }
    var doubt: String?
    let findings = items.compactMap { item -> Finding? in
      let clusterIPs = item.frontends.filter { $0.kind == .clusterIP || $0.kind == nil }
      let lost = clusterIPs.filter { [.reject, .drop].contains($0.verdict) }
      // Drift is told by itself, and may be about to end.
      let errors = item.findings.filter { $0.severity == .error && !$0.id.isDrift }
      if let frontend = clusterIPs.first(where: { $0.verdict == .uncertain }) {
        doubt = "\(frontend.place.text): \(frontend.reason?.text ?? "it cannot be told")"
      }
      guard !lost.isEmpty || !errors.isEmpty else { return nil }
      let seen =
        lost.map { "\($0.place.text): \($0.verdict == .drop ? "dropped" : "rejected"), \($0.reason?.text ?? "")" }
        + errors.map { "\($0.id): \($0.message)" }
      return Finding(
        .vitalServices, .error, errors.contains { $0.confidence != .certain } ? .likely : .certain,
        subject: Subject(kind: .service, item.name),
        message: item.name == NamespacedName("default", "kubernetes")
          ? "the Kubernetes API is not reached from this node as it should be"
          : "the cluster's DNS is not reached from this node as it should be",
        evidence: seen.prefix(4).map { Finding.Evidence(.netfilter, $0) },
        advice: [
          Finding.Advice(
            "see the way of a packet", command: "kpx trace \(item.name.map { "\($0)" } ?? "default/kubernetes")")
        ])
    }
    if findings.isEmpty, let doubt { return .uncertain(doubt) }
    return findings.isEmpty ? .ok() : .found(findings)
  }

  private static let namesOfDNS = ["kube-dns", "coredns", "rke2-coredns-rke2-coredns", "dns-default"]

  private static func isVital(_ name: NamespacedName, _ cluster: ClusterSnapshot?) -> Bool {
    if name == NamespacedName("default", "kubernetes") { return true }
    if let service = cluster?.service(name), service.metadata.labels["k8s-app"] == "kube-dns" {
      return service.ports.contains { $0.port == 53 } && !service.isHeadless
    }
    return ["kube-system", "openshift-dns"].contains(name.namespace) && namesOfDNS.contains(name.name)
  }
}
