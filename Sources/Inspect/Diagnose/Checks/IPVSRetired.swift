extension Check {
  /// Rule: kube-proxy is in IPVS mode (KEP-5495). Certain, for information.
  static let ipvsRetired = Check(.ipvsRetired, mode: .ipvs) { examination in
    guard let list = examination.list else { return .skipped(examination.unwalked ?? "the mode is not known") }
    return .found([
      Finding(
        .ipvsRetired, .info, subject: .node, message: "kube-proxy's IPVS mode is deprecated since Kubernetes 1.35",
        evidence: [Finding.Evidence(.netfilter, "kube-proxy's rules are of \(list.proxy.mode.rawValue) mode")],
        advice: [Finding.Advice("plan for the nftables mode, or the iptables mode")])
    ])
  }
}
