#if canImport(Glibc)
  import Glibc
#endif

/// Finds pods of this node and reads their interfaces. The calling thread's network namespace is the node's.
public struct PodFinder: Sendable {
  private let sources: PodSources
  /// Whether counters, and what else only a wide answer shows, are wanted.
  private let withDetails: Bool

  /// Looks in these places; nothing is read until it is asked.
  public init(_ sources: PodSources, withDetails: Bool) {
    self.sources = sources
    self.withDetails = withDetails
  }

  /// All pods of the node, by name.
  public func all() throws -> PodInterfaces { try readAll(wantsContainers: false).known().all() }

  /// All that may be searched later.
  func known() throws -> KnownPods {
    var nodePods = try readAll(wantsContainers: true)
    var known = nodePods.known()
    known.holders = nodePods.holders()
    return known
  }

  private func readAll(wantsContainers: Bool) throws -> NodePods {
    var reader = try NamespaceReader()
    var nodePods = try NodePods(sources, &reader, for: nil, wantsContainers: wantsContainers, withDetails: withDetails)
    try nodePods.readAll(reader)
    return nodePods
  }

  /// The pods that are meant; at least one, or an interface that leads to none.
  public func find(_ target: PodTarget) throws -> PodInterfaces { try target.found(by: look) }

  private func look(for target: PodTarget) throws -> PodInterfaces {
    var reader = try NamespaceReader()
    if case .process(let pid) = target, let answer = try find(process: pid, &reader) { return answer }
    var nodePods = try NodePods(
      sources, &reader, for: target, wantsContainers: target.mayBeContainer, withDetails: withDetails)
    let named = try nodePods.read(target.matches(nodePods.sandboxes), reader).filter(nodePods.isOfThisNode)
    // Without a name it may be of a node that is a container of this one.
    if !named.isEmpty, named.allSatisfy({ $0.sandbox.name != nil }) { return nodePods.answer(named) }
    try nodePods.readAll(reader)
    var known = nodePods.known()
    if case .address(let address) = target, known.pods(having: address).isEmpty {
      known.holders = [address: nodePods.holders(of: address)]
    }
    return try known.find(target, .here)
  }

  // MARK: - One process, without looking at any other

  /// nil where more has to be known.
  private func find(process pid: Int32, _ reader: inout NamespaceReader) throws -> PodInterfaces? {
    guard let namespace = NodeFile.namespace("/proc/\(pid)/ns/net") else {
      throw Self.error(process: pid)
    }
    guard let process = ProcessScan.process(pid) else {
      if namespace != reader.nodeNamespace { return nil }
      throw PodError.notFound(
        "process \(pid)", hint: "it is in no pod's cgroup, and in the node's own network namespace")
    }
    var sandbox = PodSandbox(process, logs: sources.logs)
    guard sandbox.name != nil else { return nil }
    guard process.namespace != reader.nodeNamespace else {
      sandbox.isHostNetwork = Sourced(true, .process)
      return PodInterfaces(pods: [PodNetwork(sandbox: sandbox)])
    }
    let reference = NamespaceReference(path: "/proc/\(pid)/ns/net", id: process.namespace)
    sandbox.namespace = Sourced(reference, .process)
    sandbox.isHostNetwork = Sourced(false, .process)
    let view = try reader.readInside([reference], withStatistics: withDetails)[0].get()
    let host = try NodeLinks.needed(by: view, &reader, withDetails: withDetails)
    let pod = PodNetwork(sandbox, view, host)
    // A process may have made itself a network namespace, and is not the pod's then.
    guard pod.isTiedToNode, reader.isOwnedAsNodes(reference) else { return nil }
    // It may be in another pod's, as one that looks into it is.
    let known = KubeletFiles.addresses(of: process.pod.uid, in: sources.kubelet)
    guard known.isEmpty || pod.addresses.contains(where: { known.contains($0.address) }) else { return nil }
    return PodInterfaces(pods: [pod])
  }

  /// Why nothing is known of a process.
  private static func error(process pid: Int32) -> any Error {
    let path = "/proc/\(pid)/ns/net"
    switch NodeFile.problem(path) {
    case EACCES, EPERM: return KernelError.permission(reading: "\(path): the process has capabilities that kpx lacks")
    default: return PodError.notFound("process \(pid)", hint: "there is no such process")
    }
  }
}

extension PodSandbox {
  /// What one process and the folders of logs tell.
  fileprivate init(_ process: PodProcess, logs: String) {
    self.init()
    uid.learn(process.pod.uid, .process)
    pid.learn(process.pid, .process)
    containers = Set([process.pod.container].compactMap(\.self))
    let folder = NodeFile.name(in: logs, endingWith: "_\(process.pod.uid)")
    if let parts = folder?.split(separator: "_", omittingEmptySubsequences: false).map(String.init), parts.count == 3 {
      name.learn(NamespacedName(parts[0], parts[1]), .podLogs)
    }
  }
}

extension PodNetwork {
  /// A sandbox with what its namespace holds.
  init(_ sandbox: PodSandbox, _ view: NamespaceView, _ host: NodeLinks) {
    self.sandbox = sandbox
    let addresses = Dictionary(grouping: view.addresses, by: \.index)
    interfaces = view.links.filter { !$0.isLoopback && !$0.isFallbackTunnel }.sorted { $0.index < $1.index }.map {
      link in
      PodInterface(
        link: link, addresses: addresses[link.index] ?? [],
        side: host.side(of: link, in: view, sandbox: sandbox))
    }
    if sandbox.state == .dead {
      problem = "its sandbox is dead; its network namespace is still there"
    } else if interfaces.isEmpty {
      problem = "it has no interface but lo"
    }
  }

  /// A sandbox without a namespace to read.
  init(withoutNamespace sandbox: PodSandbox) {
    self.sandbox = sandbox
    switch sandbox.state {
    case .dead where !sandbox.hasDetails: problem = "its sandbox is dead"
    case .dead: problem = "its sandbox is dead, and its network is gone"
    case .absent: problem = "the kubelet has files of it, and there is neither a sandbox nor a process"
    case .ready where sandbox.isHostNetwork?.value == true: break
    case .ready: problem = "its network namespace was not found: no process and no runtime tells it"
    }
  }

  /// Whether an interface of it is tied to this node.
  var isTiedToNode: Bool { interfaces.contains(where: \.side.isOnNode) }
}

extension Link {
  /// The kernel puts one of each kind of tunnel into every namespace once its module is loaded (tunl0, sit0, …).
  fileprivate var isFallbackTunnel: Bool {
    let kinds = ["ipip", "sit", "gre", "gretap", "erspan", "vti", "vti6", "ip6tnl", "ip6gre", "ip6gretap"]
    // IFF_UP
    return flags & 1 == 0 && kind.map(kinds.contains) == true
  }
}
