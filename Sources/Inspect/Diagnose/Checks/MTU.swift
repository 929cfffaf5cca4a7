extension Check {
  /// Rule: the MTU of a VXLAN interface and its headers (50 bytes over IPv4: Ethernet 14, IP 20, UDP 8, VXLAN 8) are more than
  /// the MTU of the interface that it is bound to. Likely, and a warning: outer packets are fragmented or dropped. Interfaces
  /// that are bound to none, as Cilium's, have the MTU in routes.
  static let mtu = Check(.mtu) { examination in
    guard let links = try examination.node.links() else { return .skipped("the node's interfaces are not known") }
    let tunnels = links.filter { $0.kind == "vxlan" && $0.isSetUp }
    let byIndex = Dictionary(links.map { ($0.index, $0) }) { first, _ in first }
    let findings = tunnels.compactMap { tunnel -> Finding? in
      guard let lower = tunnel.lower, lower.netnsid == nil, let parent = byIndex[lower.index],
        tunnel.mtu > 0, parent.mtu > 50, tunnel.mtu > parent.mtu - 50
      else { return nil }
      return Finding(
        .mtu, .warning, .likely, subject: .node,
        message: "packets through \(tunnel.name) may be larger than \(parent.name) takes: large answers hang",
        evidence: [
          Finding.Evidence(.links, "\(tunnel.name): mtu \(tunnel.mtu), and 50 bytes of VXLAN's headers"),
          Finding.Evidence(.links, "\(parent.name): mtu \(parent.mtu)"),
        ],
        advice: [
          Finding.Advice(
            "set the network plugin's MTU to \(parent.mtu - 50), or less; pods take it when they start",
            command: "ip -d link show \(tunnel.name)")
        ])
    }
    if tunnels.isEmpty { return .ok(because: "there is no VXLAN interface") }
    return findings.isEmpty ? .ok() : .found(findings)
  }
}
