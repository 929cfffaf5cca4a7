extension Check {
  /// Rule: in IPVS mode, what kube-proxy sets when it starts (NewProxier of pkg/proxy/ipvs) is as it sets it. Certain, and a
  /// warning. conn_reuse_mode is set to 0 for Linux before 5.9 alone, and not asked for.
  static let ipvsSysctl = Check(.ipvsSysctl, mode: .ipvs) { examination in
    guard examination.list != nil else { return .skipped(examination.unwalked ?? "the mode is not known") }
    let wanted: [(name: String, harm: String)] = [
      ("conntrack", "what IPVS sends is not masqueraded"),
      ("expire_nodest_conn", "connections to endpoints that are gone hang"),
      ("expire_quiescent_template", "clients with session affinity stay with endpoints that are going"),
    ]
    var wrong: [(name: String, value: String, harm: String)] = []
    for (name, harm) in wanted {
      guard let value = examination.node.sysctl("net/ipv4/vs/\(name)") else {
        return .skipped("/proc/sys/net/ipv4/vs/\(name) cannot be read")
      }
      if value == "0" { wrong.append((name, value, harm)) }
    }
    return .found(
      wrong.first.map { first in
        Finding(
          .ipvsSysctl, .warning, subject: .node,
          message: "a setting of IPVS is not as kube-proxy sets it: \(wrong.map(\.harm).joined(separator: "; "))",
          evidence: wrong.map {
            Finding.Evidence(.proc, "net.ipv4.vs.\($0.name) = \($0.value), and kube-proxy sets 1")
          },
          advice: [
            Finding.Advice(
              "find out what changed it, in /etc/sysctl.d and in tuning agents",
              command: "sysctl -w net.ipv4.vs.\(first.name)=1")
          ])
      })
  }
}
