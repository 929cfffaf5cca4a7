extension Check {
  /// Rule: in IPVS mode, what kube-proxy sets when it starts (NewProxier of pkg/proxy/ipvs) is as it sets it: conn_reuse_mode
  /// for Linux before 5.9 alone, and arp_ignore where it has strictARP, which a pod of this node that answers ARP for load
  /// balancers' addresses itself needs (MetalLB's speaker, kube-vip). Certain, and a warning.
  static let ipvsSysctl = Check(.ipvsSysctl, mode: .ipvs) { examination in
    guard examination.list != nil else { return .skipped(examination.unwalked ?? "the mode is not known") }
    var wrong: [IPVSSetting] = []
    for setting in settings(examination) {
      guard let value = examination.node.sysctl(setting.path) else {
        return .skipped("/proc/sys/\(setting.path) cannot be read")
      }
      if value == setting.bad { wrong.append(setting) }
    }
    return .found(
      wrong.first.map { first in
        Finding(
          .ipvsSysctl, .warning, subject: .node,
          message: "a setting of IPVS is not as kube-proxy sets it: \(wrong.map(\.harm).joined(separator: "; "))",
          evidence: wrong.map {
            Finding.Evidence(.proc, "\($0.name) = \($0.bad), and kube-proxy sets \($0.good)\($0.condition)")
          },
          advice: [
            Finding.Advice(
              "find out what changed it, in /etc/sysctl.d and in tuning agents",
              command: "sysctl -w \(first.name)=\(first.good)")
          ])
      })
  }

  private static func settings(_ examination: Examination) -> [IPVSSetting] {
    var settings = [
      IPVSSetting("net/ipv4/vs/conntrack", "what IPVS sends is not masqueraded"),
      IPVSSetting("net/ipv4/vs/expire_nodest_conn", "connections to endpoints that are gone hang"),
      IPVSSetting(
        "net/ipv4/vs/expire_quiescent_template", "clients with session affinity stay with endpoints that are going"),
    ]
    if examination.node.kernel?.delaysReusedIPVSPorts == true {
      settings.append(
        IPVSSetting(
          "net/ipv4/vs/conn_reuse_mode", bad: "1", good: "0",
          "connections that reuse a client's port are delayed by a second"))
    }
    if let pod = examination.cluster?.pods.first(where: {
      $0.nodeName == examination.context.node && $0.answersARPForServices
    }) {
      settings.append(
        IPVSSetting(
          "net/ipv4/conf/all/arp_ignore", "every node answers ARP for load balancers' addresses",
          condition: " with strictARP, which pod \(pod.metadata.namespacedName) needs"))
    }
    return settings
  }
}

/// A sysctl that kube-proxy sets.
private struct IPVSSetting {
  let path: String
  let bad: String
  let good: String
  let harm: String
  let condition: String

  init(_ path: String, bad: String = "0", good: String = "1", _ harm: String, condition: String = "") {
    self.path = path
    self.bad = bad
    self.good = good
    self.harm = harm
    self.condition = condition
  }

  /// As sysctl(8) has it.
  var name: String { path.replacing("/", with: ".") }
}

extension Pod {
  /// Whether it answers ARP for load balancers' addresses, as far as its labels and name show.
  fileprivate var answersARPForServices: Bool {
    let labels = metadata.labels
    let isSpeaker = labels["component"] == "speaker" || labels["app.kubernetes.io/component"] == "speaker"
    let isOfMetalLB = labels["app"] == "metallb" || labels["app.kubernetes.io/name"] == "metallb"
    return isSpeaker && isOfMetalLB || metadata.name.hasPrefix("kube-vip-") && hostNetwork
  }
}
