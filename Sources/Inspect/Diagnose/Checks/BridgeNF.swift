extension Check {
  /// Rule: pods' interfaces are ports of a bridge, and neither net.bridge.bridge-nf-call-iptables nor the bridge's own setting
  /// shows netfilter what it carries. The answer of a pod to another of the same bridge is then not translated back. Certain,
  /// and an error, but for services whose packets are all masqueraded: their answers come to the node itself.
  static let bridgeNF = Check(.bridgeNF) { examination in
    guard let bridges = try PodBridge.all(examination) else { return .skipped("the node's interfaces are not known") }
    let crowded = bridges.filter { $0.ports.count > 1 }
    guard !crowded.isEmpty else { return .ok(because: "no bridge has pods of this node") }
    let clusterIPs = examination.frontends.filter { $0.frontend.kind == .clusterIP && $0.frontend.verdict == .forward }
    if !clusterIPs.isEmpty, clusterIPs.allSatisfy({ $0.frontend.masquerade == .always }) {
      return .ok(because: "all packets to services are masqueraded")
    }
    var findings: [Finding] = []
    for (family, name) in [(IPFamily.v4, "bridge-nf-call-iptables"), (.v6, "bridge-nf-call-ip6tables")]
    where clusterIPs.contains(where: { $0.frontend.family == family }) {
      let value = examination.node.sysctl("net/bridge/\(name)")
      let unseen = crowded.filter { !$0.link.filteredFamilies.contains(family) }
      guard value != "1", let bridge = unseen.first else { continue }
      var subject = Subject.node
      subject.family = family
      findings.append(
        Finding(
          .bridgeNF, .error, subject: subject,
          message:
            "pods on \(bridge.link.name) get no answers from pods of this node by a Service: netfilter does not see "
            + "what the bridge carries",
          evidence: [
            Finding.Evidence(
              .proc,
              value.map { "net.bridge.\(name) = \($0)" }
                ?? "net.bridge.\(name) is not there: br_netfilter is not loaded"),
            Finding.Evidence(.links, "\(bridge.ports.count) interfaces of pods are ports of \(bridge.link.name)"),
          ],
          advice: [
            Finding.Advice(
              "load br_netfilter, and set it for good in /etc/modules-load.d and /etc/sysctl.d",
              command: "modprobe br_netfilter && sysctl -w net.bridge.\(name)=1")
          ]))
    }
    return findings.isEmpty ? .ok() : .found(findings)
  }
}
