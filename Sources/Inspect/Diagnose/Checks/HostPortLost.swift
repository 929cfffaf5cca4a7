extension Check {
  /// Rule: a pod of this node has a hostPort, and a packet from outside to the node at that port is sent to no address of the
  /// pod: the walk asks whoever writes the rules (portmap, CRI-O, docker). As certain as the walk, and an error. Where another
  /// system may serve it by eBPF it cannot be told.
  static let hostPortLost = Check(.hostPortLost) { examination in
    guard let cluster = examination.cluster, let name = examination.context.node, cluster.knows(.pod) else {
      return .skipped("which pods of this node have a hostPort is not known")
    }
    let pods = cluster.pods.filter {
      $0.nodeName == name && !$0.hostNetwork && $0.phase == "Running" && !$0.hostPorts.isEmpty
        && $0.metadata.deletionTimestamp == nil
    }
    let ports = pods.flatMap { pod in pod.hostPorts.compactMap { place($0, of: pod, examination) } }
    guard !ports.isEmpty else { return .ok(because: "no pod of this node has a hostPort") }
    if let other = try OtherDataplane.present(on: examination.node).first {
      return .uncertain("\(other.text), and may serve host ports where no rule shows it")
    }
    let traces = try ServiceTracer.answer(examination.context, examination.node) { tracer in
      try ports.map { try tracer.frontendTracer.trace($0.frontend) }
    }
    var doubt: String?
    var findings: [Finding] = []
    for ((pod, frontend), trace) in zip(ports, traces) {
      if trace.verdict == .uncertain { doubt = "\(frontend.place.text): \(trace.reason?.text ?? "it cannot be told")" }
      let own = Set(pod.podIPs.compactMap(IPAddress.init))
      guard trace.verdict != .uncertain, !trace.endpoints.contains(where: { own.contains($0.address.address) }) else {
        continue
      }
      let elsewhere = trace.endpoints.first.map { "they are sent to \($0.address)" }
      findings.append(
        Finding(
          .hostPortLost, .error, subject: Subject(kind: .pod, pod.metadata.namespacedName),
          message: "the node's port \(frontend.port)/\(frontend.transport) does not lead to it",
          evidence: [
            Finding.Evidence(.api, "hostPort \(frontend.port) of pod \(pod.metadata.namespacedName)"),
            Finding.Evidence(
              .netfilter,
              "packets to \(frontend.place.text): \(elsewhere ?? trace.reason?.text ?? "no rule translates them")"),
          ],
          advice: [
            Finding.Advice(
              "find out what flushed the network plugin's rules, then let the pod start anew",
              command: "kubectl delete pod -n \(pod.metadata.namespace) \(pod.metadata.name)")
          ]))
    }
    if findings.isEmpty, let doubt { return .uncertain(doubt) }
    return findings.isEmpty ? .ok() : .found(findings)
  }

  /// The port as who is outside sends to it; nil where that is not possible.
  private static func place(
    _ port: HostPort, of pod: Pod, _ examination: Examination
  ) -> (pod: Pod, frontend: Frontend)? {
    guard let transport = port.transport, let own = pod.podIPs.lazy.compactMap(IPAddress.init).first,
      examination.context.families.contains(own.family)
    else { return nil }
    let named = port.address.flatMap(IPAddress.init).flatMap { $0 == .any($0.family) ? nil : $0 }
    let addresses = named.map { [$0] } ?? examination.context.internalAddresses(of: examination.node)
    guard let address = addresses.first(where: { $0.family == own.family && !$0.isLoopback }) else { return nil }
    return (
      pod, Frontend(kind: nil, family: own.family, address: address, port: port.port, transport: transport)
    )
  }
}
