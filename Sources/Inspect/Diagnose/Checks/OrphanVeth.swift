import FoundationEssentials

extension Check {
  /// Rule: a pair's end on the node leads to a network namespace that a container runtime has made for a pod more than five
  /// minutes ago, which no process is in and no pod of this node has. Likely, and an info: it is what is left of a pod. Where
  /// packets to a pod of this node leave by it, and not by that pod's own interface, it is an error.
  static let orphanVeth = Check(.orphanVeth) { examination in
    guard let pods = examination.pods else {
      return .skipped("which interfaces lead to pods is not known")
    }
    if let unread = pods.unread { return .skipped(unread) }
    let left = pods.left.filter { $0.namespace.isLeft(now: examination.now) }
    guard !left.isEmpty else {
      return pods.unseen.first.map { .skipped("where \($0) leads is not seen from here") } ?? .ok()
    }
    let ways = try examination.node.interfaces(leadingTo: pods.pods.map(\.address)) ?? [:]
    return .found(
      left.map { end in
        finding(
          end,
          taking: pods.pods.filter { ways[$0.address] == end.interface && !$0.interfaces.contains(end.interface) })
      })
  }

  private static func finding(
    _ end: PodEnds.Left, taking taken: [PodEnds.Reached]
  ) -> Finding {
    let name = end.interface
    var evidence = [Finding.Evidence(.links, "\(name) leads to \(end.reason)")]
    evidence += taken.prefix(5).map {
      Finding.Evidence(
        .routes,
        "packets to \($0.address) of pod \($0.pod) leave by \(name), and not by \($0.interfaces.joined(separator: ", "))"
      )
    }
    return Finding(
      .orphanVeth, taken.isEmpty ? .info : .error, .likely, subject: .node,
      message: taken.first.map {
        "packets to pod \($0.pod) go to what is left of another pod, by \(name)"
      } ?? "\(name) leads to what is left of a pod that is gone",
      evidence: evidence,
      advice: [
        Finding.Advice(
          "if no pod has it (crictl inspectp shows each one's netns), remove the namespace: the interface goes with it",
          command: "ip netns delete \(end.namespace.name)")
      ])
  }
}

extension EmptyNamespace {
  /// What is younger may be a pod's that is being started.
  private static let patience = 300.0

  /// Whether it is one that a container runtime has made for a pod, and not just now.
  fileprivate func isLeft(now: Double) -> Bool {
    // containerd: cni- and five numbers; CRI-O: a UUID.
    guard name.hasPrefix("cni-") || UUID(uuidString: name) != nil, let since else { return false }
    return now - since > Self.patience
  }
}
