extension Check {
  /// Rule: the rules tell pods by a range (--cluster-cidr: what is not from there is masqueraded), and pods of this node that
  /// are not on its own network have addresses outside of it. Certain, and a warning: what these pods send to a ClusterIP has
  /// the node's address, for endpoints and for NetworkPolicies.
  static let masqueradeGap = Check(.masqueradeGap) { examination in
    guard examination.list != nil else { return .skipped(examination.unwalked ?? "no service was walked") }
    var ranges: [IPFamily: Set<IPPrefix>] = [:]
    for (_, frontend) in examination.frontends where frontend.kind == .clusterIP && frontend.verdict == .forward {
      let own = frontend.podRanges
      if !own.isEmpty { ranges[frontend.family, default: []].formUnion(own) }
    }
    if ranges.isEmpty { return .ok(because: "no rule tells pods by a range of addresses") }
    guard let cluster = examination.cluster, let name = examination.context.node, cluster.knows(.pod) else {
      return .skipped("which addresses pods of this node have is not known")
    }
    let pods = cluster.pods.filter { $0.nodeName == name && !$0.hostNetwork && !$0.hasEnded }
    let addresses = Dictionary(grouping: pods.flatMap(\.podIPs).compactMap(IPAddress.init), by: \.family)
    let findings = IPFamily.allCases.compactMap { family -> Finding? in
      guard let known = ranges[family] else { return nil }
      let outside = (addresses[family] ?? []).filter { pod in !known.contains { $0.contains(pod) } }.sorted()
      guard let first = outside.first else { return nil }
      let more = outside.count > 1 ? " and \(outside.count - 1) more" : ""
      var subject = Subject.node
      subject.family = family
      return Finding(
        .masqueradeGap, .warning, subject: subject,
        message:
          "pods have addresses outside of the range that kube-proxy takes for pods': what they send to services is masqueraded",
        evidence: [
          Finding.Evidence(
            .netfilter,
            "masqueraded is what is not from " + known.sorted().map(\.description).joined(separator: ", ")),
          Finding.Evidence(.api, "pods of this node have \(first)\(more)"),
        ],
        advice: [
          Finding.Advice(
            "set kube-proxy's --cluster-cidr to the range that the network plugin gives addresses from",
            command: "kubectl -n kube-system get configmap kube-proxy -o yaml | grep clusterCIDR")
        ])
    }
    return findings.isEmpty ? .ok() : .found(findings)
  }
}

extension FrontendReport {
  /// The ranges whose packets alone are not masqueraded; empty where something else decides.
  fileprivate var podRanges: [IPPrefix] {
    guard let alternatives = masqueradeWhen?.any else { return [] }
    let ranges = alternatives.compactMap { alternative -> [String]? in
      guard let source = alternative.source, source.in == nil, source.omitted == nil else { return nil }
      return source.not
    }
    // In IPVS mode all but what is from this node itself may be.
    return (ranges.first ?? []).compactMap { IPPrefix($0) }.filter { !$0.address.isLoopback }
  }
}
