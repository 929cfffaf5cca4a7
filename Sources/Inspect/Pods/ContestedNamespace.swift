/// One of several network namespaces that a pod has processes in. Whoever runs in a pod may make more of them, and give
/// their interfaces any name and address.
struct ContestedNamespace: Sendable, Hashable {
  /// What the kernel says of it.
  struct Facts: Sendable, Hashable {
    /// Whether the user namespace that owns the node's network owns it. Who is not root cannot make such a one.
    var isOwnedAsNodes: Bool
    /// Whether an interface in it is tied to one of the node's. Only the node can make such a one.
    var isTied: Bool
    var addresses: Set<IPAddress>
  }

  /// More of them are not looked at: the oldest come first.
  static let limit = 16

  let id: NamespaceID
  /// The pod's, the oldest first, each with the time when it began.
  private(set) var processes: [PodProcess]
  private let start: UInt64

  /// - Parameter processes: those of one namespace; at least one.
  init?(_ processes: [PodProcess], startTime: (Int32) -> UInt64? = ProcessScan.startTime) {
    let sorted = processes.map { (start: startTime($0.pid) ?? .max, process: $0) }.sorted {
      ($0.start, $0.process.pid) < ($1.start, $1.process.pid)
    }
    guard let first = sorted.first else { return nil }
    id = first.process.namespace
    start = first.start
    self.processes = sorted.map(\.process)
  }

  var reference: NamespaceReference { NamespaceReference(path: "/proc/\(processes[0].pid)/ns/net", id: id) }

  /// The first that was there is first.
  static func areInOrder(_ left: ContestedNamespace, _ right: ContestedNamespace) -> Bool {
    (left.start, left.processes[0].pid) < (right.start, right.processes[0].pid)
  }

  /// The one that is most likely the pod's own: not made within it, tied to the node, with the pod's address; of those
  /// alike the oldest.
  ///
  /// - Parameter address: what the kubelet has for the pod's addresses.
  static func own(
    of candidates: [(ContestedNamespace, Facts)], addresses: Set<IPAddress>
  ) -> ContestedNamespace? {
    func rank(_ facts: Facts) -> Int {
      (facts.isOwnedAsNodes ? 4 : 0) + (facts.isTied ? 2 : 0) + (facts.addresses.isDisjoint(with: addresses) ? 0 : 1)
    }
    let best = candidates.map { rank($0.1) }.max()
    return candidates.filter { rank($0.1) == best }.map(\.0).min(by: areInOrder)
  }
}
