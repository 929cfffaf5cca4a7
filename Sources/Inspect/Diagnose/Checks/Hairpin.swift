extension Check {
  /// Rule: a bridge of pods shows netfilter what it carries, so that a Service's packets are translated on the bridge, and a
  /// port neither sends back what came by it (IFLA_BRPORT_MODE) nor is the bridge promiscuous, as kubenet had it. Likely, and a
  /// warning: it matters to pods that are endpoints of a Service that they use themselves.
  static let hairpin = Check(.hairpin) { examination in
    guard let bridges = try PodBridge.all(examination) else { return .skipped("the node's interfaces are not known") }
    guard !bridges.isEmpty else { return .ok(because: "no bridge has pods of this node") }
    guard examination.node.sysctl("net/bridge/bridge-nf-call-iptables") == "1" else {
      return .ok(because: "netfilter does not see what bridges carry")
    }
    // IFF_PROMISC: frames go up to the node, whose routes lead them back.
    let stuck = bridges.filter { $0.link.flags & 0x100 == 0 && $0.ports.contains { !$0.isReflecting } }
    return .found(
      stuck.first.map { bridge in
        let ports = bridge.ports.filter { !$0.isReflecting }
        return Finding(
          .hairpin, .warning, .likely, subject: .node,
          message: "pods on \(bridge.link.name) do not reach themselves by a Service: \(ports.count) of its "
            + "\(bridge.ports.count) ports send nothing back",
          evidence: [
            Finding.Evidence(.links, "hairpin off: \(ports.prefix(3).map(\.name).joined(separator: ", "))"),
            Finding.Evidence(.links, "\(bridge.link.name) is not promiscuous"),
          ],
          advice: [
            Finding.Advice(
              "set hairpinMode in the bridge plugin's configuration; for a pod that is there:",
              command: "bridge link set dev \(ports[0].name) hairpin on")
          ])
      })
  }
}
