extension Check {
  /// Rule: Services have ClusterIPs of two families, kube-proxy's rules are there in one of them alone, and its release and
  /// settings imply both: the walk tells of drift there. Certain, and a warning; each Service's drift is told, too.
  static let familyGap = Check(.familyGap) { examination in
    guard let cluster = examination.cluster else {
      return .skipped("without the API it is not known which addresses services have")
    }
    guard examination.list != nil else { return .skipped(examination.unwalked ?? "no service was walked") }
    var served: Set<IPFamily> = []
    for family in examination.context.families {
      if try !ProxyRules.installations(examination.node.filter, family).isEmpty { served.insert(family) }
    }
    for family in examination.context.families where !served.contains(family) && !served.isEmpty {
      let services = cluster.services.filter { service in
        service.clusterIPs.contains { IPAddress($0)?.family == family }
      }
      guard let first = services.first, examination.hasDrift(in: family) else { continue }
      var subject = Subject.node
      subject.family = family
      return .found([
        Finding(
          .familyGap, .warning, subject: subject,
          message:
            "kube-proxy has no rules for \(family.rawValue) on this node, and \(services.count) "
            + (services.count == 1 ? "service has" : "services have") + " an address of it",
          evidence: [
            Finding.Evidence(
              .netfilter,
              "no chain KUBE-SERVICES in \(family == .v4 ? "iptables" : "ip6tables") -t nat, no table kube-proxy"),
            Finding.Evidence(
              .api, "\(first.metadata.namespacedName): \(first.clusterIPs.joined(separator: ", "))"),
          ],
          advice: [
            Finding.Advice(
              "kube-proxy leaves out a family that the node has no address of, or no iptables for: its log says so when it starts",
              command: family == .v4 ? "ip -4 addr" : "ip6tables -t nat -S KUBE-SERVICES")
          ])
      ])
    }
    return .ok()
  }
}

extension Examination {
  /// Whether the API implies for frontends of a family what the kernel does not do.
  fileprivate func hasDrift(in family: IPFamily) -> Bool {
    (list?.everyFinding ?? []).contains { finding in
      finding.id.isDrift && finding.subject.frontends?.contains { $0.family == family } == true
    }
  }
}
