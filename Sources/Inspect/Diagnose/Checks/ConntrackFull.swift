extension Check {
  /// Rule: nine tenths of nf_conntrack_max are in use. Certain, and an error: from nf_conntrack_max on the kernel drops what
  /// would begin a connection ("nf_conntrack: table full, dropping packet"), but for places that early_drop finds.
  static let conntrackFull = Check(.conntrackFull) { examination in
    let table = examination.node.connections
    guard let count = table.count, let limit = table.limit else {
      return .skipped("how many connections this node tracks is not known")
    }
    guard limit > 0, count >= limit - limit / 10 else { return .ok() }
    return .found([
      Finding(
        .conntrackFull, .error, subject: .node,
        message: count >= limit
          ? "the table of connections is full: new ones are dropped"
          : "the table of connections is almost full, and new ones are dropped when it is",
        evidence: [
          Finding.Evidence(.proc, "net.netfilter.nf_conntrack_count = \(count)"),
          Finding.Evidence(.proc, "net.netfilter.nf_conntrack_max = \(limit)"),
        ],
        advice: [
          Finding.Advice(
            "see who has so many, then allow for more (kube-proxy's --conntrack-max-per-core and --conntrack-min set it anew)",
            command: "sysctl -w net.netfilter.nf_conntrack_max=\(limit * 2)")
        ])
    ])
  }
}
