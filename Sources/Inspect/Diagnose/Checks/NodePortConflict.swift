extension Check {
  /// Rule: a socket listens at the number of a node port that this node serves. Likely, and a warning: up to 1.23 kube-proxy
  /// itself held such a socket, and what has kube-proxy within it (k3s, RKE2, MicroK8s) is told by its name; a program that
  /// nobody names is left alone.
  static let nodePortConflict = Check(.nodePortConflict) { examination in
    guard examination.list != nil else { return .skipped(examination.unwalked ?? "no service was walked") }
    let ports = examination.frontends.filter { $0.frontend.kind == .nodePort && $0.frontend.verdict == .forward }
    guard !ports.isEmpty else { return .ok(because: "no node port is served here") }
    var told: Set<FrontendAddress> = []
    var findings: [Finding] = []
    for (service, frontend) in ports {
      guard [.tcp, .udp].contains(frontend.transport) else { continue }
      guard let sockets = examination.node.listeners(at: frontend.port, frontend.transport) else {
        return .skipped("which programs listen is not known")
      }
      let taking = sockets.filter { $0.takesFromOutside(frontend.family) }
      guard let program = taking.lazy.compactMap({ examination.node.program(of: $0) }).first, !isProxy(program),
        told.insert(FrontendAddress(port: frontend.port, transport: frontend.transport, family: frontend.family))
          .inserted
      else { continue }
      var subject = service.map { Subject(kind: .service, $0) } ?? Subject(kind: .frontend)
      subject.frontends = [frontend.place]
      findings.append(
        Finding(
          .nodePortConflict, .warning, .likely, subject: subject,
          message:
            "\(program) listens at the node port \(frontend.port)/\(frontend.transport), and gets nothing that comes "
            + "to this node",
          evidence: [Finding.Evidence(.proc, "\(program) listens at \(taking[0].address)")],
          advice: [
            Finding.Advice(
              "give the program a port outside of the range of node ports, or the Service another nodePort",
              command: "ss -lnp sport = :\(frontend.port)")
          ]))
    }
    return findings.isEmpty ? .ok() : .found(findings)
  }

  /// `kube-proxy (pid 7)`
  private static func isProxy(_ program: String) -> Bool {
    ["kube-proxy", "k3s", "rke2", "kubelite", "hyperkube", "k0s"].contains { program.hasPrefix($0) }
  }
}

extension ListeningSocket {
  /// Whether it takes what comes for an address that others can send to, of a family.
  fileprivate func takesFromOutside(_ family: IPFamily) -> Bool {
    let own = address.address
    if own.isLoopback { return false }
    return own.family == family || own == .any(.v6)
  }
}
