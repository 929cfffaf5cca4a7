/// Pods of this node by their addresses, as the node itself knows them: by its container runtime, its processes, the kubelet's
/// files and the pods' network namespaces.
struct PodsOfNode: Sendable {
  private var names: [IPAddress: NamespacedName] = [:]
  /// Where the names are from; empty where none was found.
  private(set) var notes: [Note] = []

  /// None are known.
  init() {}

  /// Those that have some of the addresses.
  init(_ found: PodInterfaces, at addresses: [IPAddress]) {
    let wanted = Set(addresses)
    var sources: Set<PodSource> = []
    var shared: Set<IPAddress> = []
    for pod in found.pods where pod.sandbox.state == .ready {
      guard let name = pod.sandbox.name else { continue }
      for address in pod.addressesOnNode.intersection(wanted) {
        if let other = names.updateValue(name.value, forKey: address), other != name.value { shared.insert(address) }
        sources.insert(name.source)
      }
    }
    for address in shared { names[address] = nil }
    if !names.isEmpty {
      let said = PodSource.allCases.filter(sources.contains).map(\.rawValue).joined(separator: ", ")
      notes.append(
        Note(.node, "the API does not tell of pods: those of this node have the names that the node knows (\(said))"))
    }
    if found.isIncomplete { notes += found.notes }
  }

  /// The pod that has an address alone.
  func pod(at address: IPAddress) -> NamespacedName? { names[address] }
}

extension PodNetwork {
  /// Those by which the node sees it: what it has on a bridge or tunnel of its own, others may have, too.
  fileprivate var addressesOnNode: Set<IPAddress> {
    let seen = interfaces.filter(\.side.isOnNode).flatMap(\.addresses).filter { !$0.isLinkLocal }.map(\.address)
    return Set(seen + sandbox.runtimeAddresses)
  }
}

extension Session {
  /// The pods of this node that have some of the addresses. The node is asked only where the API does not tell of pods; it takes
  /// some 10 ms for 100 of them, and the runtimes' time at most.
  func podsOfNode(
    at addresses: [IPAddress], _ view: borrowing ClusterView, _ sources: PodSources
  ) -> PodsOfNode {
    guard let findPods, !addresses.isEmpty, view.snapshot?.knows(.pod) != true else { return PodsOfNode() }
    observer.tell(.lookingForPods)
    // Names are all that is missing where the node does not tell.
    return (try? inNode { PodsOfNode(try findPods(sources, false), at: addresses) }) ?? PodsOfNode()
  }
}
