extension Check {
  /// Rule: forwarding is off in the kernel (net.ipv4.ip_forward, net.ipv6.conf.all.forwarding) in a family that has services.
  /// Certain, and an error: no packet that arrives is sent on (ip_forward_options, RFC 1812). What rules or a policy of FORWARD
  /// drop, the walk of each service tells as dropped-by-rule.
  static let forwardBlocked = Check(.forwardBlocked, services: .rules) { examination in
    var findings: [Finding] = []
    for family in examination.context.families
    where examination.frontends.contains(where: { $0.frontend.family == family && !$0.frontend.endpoints.isEmpty }) {
      let path = family == .v4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding"
      guard let value = examination.node.sysctl(path) else { return .skipped("/proc/sys/\(path) cannot be read") }
      guard value == "0" else { continue }
      let name = path.replacing("/", with: ".")
      var subject = Subject.node
      subject.family = family
      findings.append(
        Finding(
          .forwardBlocked, .error, subject: subject, message: "this node forwards no packets of \(family.rawValue)",
          evidence: [Finding.Evidence(.proc, "\(name) = 0")],
          advice: [
            Finding.Advice(
              "turn it on, and see what turned it off in /etc/sysctl.d and /etc/sysctl.conf",
              command: "sysctl -w \(name)=1")
          ]))
    }
    return findings.isEmpty ? .ok() : .found(findings)
  }
}
