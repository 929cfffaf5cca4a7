extension Check {
  /// Rule: the reverse path filter is strict (the greater of conf.all and the interface's own is 1) where the network plugin
  /// lets packets come by another way than they would go: at Cilium's own and its pods' interfaces, and at the first
  /// interface of a node of the AWS VPC CNI, whose pods answer by others. Likely, and a warning. Other plugins route both
  /// ways alike, and strict is right there.
  static let rpFilter = Check(.rpFilter) { examination in
    guard let links = try examination.node.links() else { return .skipped("the node's interfaces are not known") }
    let concerned = links.filter(\.isSetUp).filter { link in asymmetric(link, among: links) }
    guard !concerned.isEmpty else { return .ok(because: "no network plugin is known here that needs it loose") }
    guard let all = examination.node.sysctl("net/ipv4/conf/all/rp_filter") else {
      return .skipped("/proc/sys/net/ipv4/conf/all/rp_filter cannot be read")
    }
    let strict = concerned.filter { link in
      let own = examination.node.sysctl("net/ipv4/conf/\(link.name)/rp_filter").flatMap { Int($0) } ?? 0
      return max(Int(all) ?? 0, own) == 1
    }
    guard let first = strict.first else { return .ok() }
    return .found([
      Finding(
        .rpFilter, .warning, .likely, subject: .node,
        message:
          "packets that come to \(first.name) by another way than they would go are dropped: the reverse path filter is strict",
        evidence: [
          Finding.Evidence(.proc, "net.ipv4.conf.all.rp_filter = \(all)"),
          Finding.Evidence(
            .proc,
            "net.ipv4.conf.\(first.name).rp_filter = "
              + (examination.node.sysctl("net/ipv4/conf/\(first.name)/rp_filter") ?? "?")
              + (strict.count > 1 ? ", and \(strict.count - 1) more are strict" : "")),
        ],
        advice: [
          Finding.Advice(
            "find out what sets it, in /etc/sysctl.d and /usr/lib/sysctl.d (systemd's sets it for each new interface)",
            command: "sysctl -a -r 'conf\\..*\\.rp_filter'")
        ])
    ])
  }

  private static func asymmetric(_ link: Link, among links: [Link]) -> Bool {
    let isOfCilium = ["cilium_host", "cilium_net"].contains(link.name) || link.name.hasPrefix("lxc") && link.isPair
    if isOfCilium { return links.contains { $0.name == "cilium_host" } }
    let hasPodsOfAWS = links.contains { $0.name.hasPrefix("eni") && $0.isPair }
    return hasPodsOfAWS && ["eth0", "ens5"].contains(link.name)
  }
}
