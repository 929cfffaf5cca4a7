/// All that is known of a node's pods at one time.
struct NodePods {
  private(set) var pods: [PodNetwork] = []
  private(set) var orphans: [OrphanInterface] = []
  /// Network namespaces of nodes that are containers of this one, with words for what they are.
  private var nestedNodes: [NamespaceID: String] = [:]
  private var inventory: PodInventory
  private let host: NodeLinks
  private let withDetails: Bool
  /// Whether it is process 1's, and the processes that are seen are those of no other node.
  private let isFirst: Bool

  var sandboxes: [PodSandbox] { inventory.sandboxes }

  init(
    _ sources: PodSources, _ reader: inout NamespaceReader, for target: PodTarget?, wantsContainers: Bool = false,
    withDetails: Bool
  ) throws {
    guard let node = reader.nodeNamespace else { throw KernelError.unavailable("this node's network namespace") }
    self.withDetails = withDetails
    isFirst = node == NodeFile.namespace("/proc/1/ns/net")
    inventory = try PodInventory(
      sources, node: node, for: target, wantsContainers: wantsContainers, wantsCache: withDetails
    ) { references in
      try Self.look(references, &reader)
    }
    host = try NodeLinks.all(&reader, withDetails: withDetails)
  }

  // MARK: - Reading

  /// What tells a pod's own network namespace from others that are made in it.
  private static func look(
    _ references: [NamespaceReference], _ reader: inout NamespaceReader
  ) throws -> [ContestedNamespace.Facts?] {
    let host = try NodeLinks.all(&reader, withDetails: false)
    let views = try reader.readInside(references, withStatistics: false)
    return zip(references, views).map { reference, view in
      guard case .success(let view) = view else { return nil }
      return ContestedNamespace.Facts(
        isOwnedAsNodes: reader.isOwnedAsNodes(reference),
        isTied: PodNetwork(PodSandbox(), view, host).isTiedToNode, addresses: Set(view.addresses.map(\.address)))
    }
  }

  /// The networks of some sandboxes.
  func read(_ sandboxes: [PodSandbox], _ reader: borrowing NamespaceReader) throws -> [PodNetwork] {
    let references = sandboxes.compactMap { $0.namespace?.value }
    let views = try reader.readInside(references, withStatistics: withDetails)
    let found = zip(references, views).reduce(into: [:]) { $0[$1.0] = $1.1 }
    return sandboxes.map { sandbox in
      guard let reference = sandbox.namespace?.value, let view = found[reference] else {
        return PodNetwork(withoutNamespace: sandbox)
      }
      switch view {
      case .success(let view): return PodNetwork(sandbox, view, host)
      case .failure(let error):
        var pod = PodNetwork(withoutNamespace: sandbox)
        pod.problem = "\(error)"
        return pod
      }
    }
  }

  /// All pods, and what else the node's ends of pairs lead to.
  mutating func readAll(_ reader: borrowing NamespaceReader) throws {
    let all = try read(inventory.sandboxes, reader)
    findNestedNodes(all, reader)
    pods = all.filter { pod in isOfThisNode(pod) && pod.sandbox.namespace.map { nestedNodes[$0.value.id] } ?? nil == nil
    }
    try readStrangers(all, reader)
  }

  func isOfThisNode(_ pod: PodNetwork) -> Bool { pod.isOfThisNode(ownsProcesses: isFirst) }

  /// A node that is a container, as kind's, is seen from its host as a network namespace with processes of pods in it: those
  /// on that node's network. It is told by several pods that share it, or by the ends of other pods' pairs in it.
  private mutating func findNestedNodes(_ all: [PodNetwork], _ reader: borrowing NamespaceReader) {
    let tiedElsewhere = all.filter { $0.interfaces.contains(where: \.side.isElsewhere) }
    // Pods that the kubelet here has are this node's.
    let unnamed = all.filter { $0.namespace != nil && $0.sandbox.name == nil }
    guard !unnamed.isEmpty else { return }
    let uids = ProcessScan.uids(in: Set(unnamed.compactMap { $0.namespace?.id }))
    for pod in unnamed {
      guard let reference = pod.namespace, nestedNodes[reference.id] == nil else { continue }
      let id = reference.id
      // One that looks into it has a network of its own.
      let sharing = (uids[id] ?? []).filter { uid in
        all.first { $0.sandbox.uid?.value == uid }.map { $0.namespace?.id == id } ?? true
      }.count
      var behind: [PodNetwork] = []
      for other in tiedElsewhere where other.namespace?.id != id {
        if pod.holdsEnd(of: other, at: reference, reader) { behind.append(other) }
      }
      guard sharing > 1 || !behind.isEmpty else { continue }
      let place = pod.sandbox.pid.map { "--netns \($0.value)" } ?? "--netns"
      nestedNodes[id] = "a node that is a container, with \(sharing + behind.count) pods: see it by \(place)"
    }
  }

  /// Namespaces that no pod is known to have are read only if something leads there.
  private mutating func readStrangers(_ all: [PodNetwork], _ reader: borrowing NamespaceReader) throws {
    let taken = Set(pods.flatMap(\.hostIndices))
    let open = host.outward.filter { !taken.contains($0.index) && !host.uplinks.contains($0.index) }.sorted {
      $0.index < $1.index
    }
    guard !open.isEmpty else { return }
    let unidentifiedNamespaces = inventory.unidentifiedNamespaces.sorted { $0.key.path < $1.key.path }
    let views = try reader.readInside(unidentifiedNamespaces.map(\.key), withStatistics: withDetails)
    var reasons: [Int32: String] = [:]
    var empty: [Int32: EmptyNamespace] = [:]
    for pod in all {
      guard let words = pod.namespace.flatMap({ nestedNodes[$0.id] }) else { continue }
      for case (let interface, .pair(let end)) in pod.interfaces.map({ ($0, $0.side) }) {
        reasons[end.link.index] = "\(interface.link.name) of \(words)"
      }
    }
    for (stranger, view) in zip(unidentifiedNamespaces, views) {
      guard case .success(let view) = view else { continue }
      let tied = PodNetwork(PodSandbox(), view, host).hostIndices
      let ends = open.filter { tied.contains($0.index) }
      guard !ends.isEmpty else { continue }
      let addresses = view.addresses.filter { !$0.isLinkLocal }.map(\.address)
      if let owner = inventory.sandbox(withOther: stranger.key.id) {
        for end in ends { reasons[end.index] = reason(end, in: view, beside: owner, pid: stranger.value) }
        continue
      }
      let words: String
      switch inventory.claim(stranger.key, pid: stranger.value, addresses: addresses) {
      case .pod(let sandbox):
        pods.removeAll { $0.sandbox.uid != nil && $0.sandbox.uid == sandbox.uid }
        pods.append(PodNetwork(sandbox, view, host))
        continue
      case .anyOf(let names): words = "which may be any of \(names.joined(separator: ", ")): each had its address"
      case .nobody:
        words = "no pod of this node"
        if stranger.value == nil { for end in ends { empty[end.index] = EmptyNamespace(stranger.key.path) } }
      }
      for end in ends {
        reasons[end.index] = reason(end, in: view, at: stranger.key.path, pid: stranger.value) + ", " + words
      }
    }
    let pairs = Set(pods.flatMap(\.hostIndices))
    orphans = open.filter { !pairs.contains($0.index) }.map { link in
      OrphanInterface(
        link: link, master: link.master.flatMap { host.link(index: $0)?.name },
        reason: reasons[link.index] ?? unseen(link), isUnseen: reasons[link.index] == nil,
        empty: empty[link.index])
    }
  }

  private func reason(_ end: Link, in view: NamespaceView, beside pod: PodSandbox, pid: Int32?) -> String {
    let peer = view.links.first { $0.index == end.peer?.index }?.name ?? "its other end"
    let owner = pid.map { pid in " of process \(pid)" + (NodeFile.command(of: pid).map { " (\($0))" } ?? "") } ?? ""
    return "\(peer) in a further network namespace\(owner) of pod \(pod.title)"
  }

  private func reason(_ end: Link, in view: NamespaceView, at path: String, pid: Int32?) -> String {
    let peer = view.links.first { $0.index == end.peer?.index }?.name ?? "its other end"
    let owner = pid.map { pid in "process \(pid)" + (NodeFile.command(of: pid).map { " (\($0))" } ?? "") }
    let place = path.hasPrefix("/proc/") ? "the network namespace" : path
    return "\(peer) in \(place)" + (owner.map { " of \($0)" } ?? ", which no process is in")
  }

  /// Once, and not for each interface: in a container, the namespaces of other containers' processes are not to be seen.
  private var noteOnProcesses: Note? {
    // PROC_PID_INIT_INO: the namespace of process ids that the kernel started with.
    guard orphans.contains(where: \.isUnseen), NodeFile.namespace("/proc/self/ns/pid")?.inode != 0xEFFF_FFFC else {
      return nil
    }
    return Note(
      .node, "kpx sees the processes of a container alone: in a pod it needs hostPID to tell whose interfaces are")
  }

  private func unseen(_ link: Link) -> String {
    let peer = link.peer.map { "interface \($0.index) of network namespace \($0.netnsid ?? -1)" } ?? "nothing"
    return "\(peer), which no process and no name of this node shows"
  }

  // MARK: - What was found

  /// Those whose networks were read, before all were.
  func answer(_ pods: [PodNetwork]) -> PodInterfaces { told.answer(pods, orphans: []) }

  /// All that was read.
  func known() -> KnownPods {
    var known = told
    known.forgotten = pods.filter { $0.interfaces.isEmpty && inventory.isForgotten($0.sandbox) }
    known.current =
      known.forgotten.isEmpty ? pods : pods.filter { !$0.interfaces.isEmpty || !inventory.isForgotten($0.sandbox) }
    known.absent = inventory.absent(besides: pods.map(\.sandbox)).map(PodNetwork.init(withoutNamespace:))
    known.orphans = orphans
    known.noteOnProcesses = noteOnProcesses
    return known
  }

  /// What was told of them, without their networks.
  private var told: KnownPods {
    var known = KnownPods()
    known.notes = inventory.notes
    known.isIncomplete = inventory.isIncomplete
    known.nestedNodes = nestedNodes
    known.links = Array(host.links)
    known.uplinks = host.uplinks
    return known
  }

  /// Which pods are said to have an address that no interface has.
  mutating func holders(of address: IPAddress) -> Set<String> { inventory.holders(of: address) }

  /// The same of all addresses.
  mutating func holders() -> [IPAddress: Set<String>] { inventory.holdersOfAll() }
}

extension PodInterface {
  /// The node's end of a pair.
  var hostLink: Link? { if case .pair(let host) = side { host.link } else { nil } }
}

extension PodNetwork {
  /// The indices of the node's ends of its pairs.
  var hostIndices: [Int32] {
    interfaces.compactMap { if case .pair(let host) = $0.side { host.link.index } else { nil } }
  }

  fileprivate var namespace: NamespaceReference? { sandbox.namespace?.value }

  /// A process in a pod's cgroup may be of another node on the same machine.
  ///
  /// - Parameter ownsProcesses: whether the processes that are seen are this node's. A pod that has hardware for an interface,
  ///   or none yet, is then told from those of nodes that are containers of this one: theirs are tied to those.
  func isOfThisNode(ownsProcesses: Bool) -> Bool {
    guard sandbox.runtime == nil, sandbox.isHostNetwork?.value != true else { return true }
    // libcni's cache is the machine's; the kubelet's files and the API are the node's.
    if isTiedToNode || (sandbox.name.map { $0.source != .cniCache } ?? false) { return true }
    return ownsProcesses && !interfaces.contains(where: \.side.isElsewhere)
  }

  /// Whether the node's end of another pod's pair is in this one's namespace.
  fileprivate func holdsEnd(
    of other: PodNetwork, at reference: NamespaceReference, _ reader: borrowing NamespaceReader
  ) -> Bool {
    for interface in other.interfaces {
      guard case .elsewhere(let key) = interface.side, let theirs = other.namespace, interface.link.isPair,
        interfaces.contains(where: { $0.link.index == key.index && $0.link.peer?.index == interface.link.index })
      else { continue }
      // Other namespaces have interfaces of the same numbers. One that has gone since has none.
      if let id = try? reader.id(of: reference, in: theirs), id == key.netnsid { return true }
    }
    return false
  }
}

extension EmptyNamespace {
  /// One by the file that holds it.
  fileprivate init(_ path: String) {
    name = String(path.split(separator: "/").last ?? "")
    since = NodeFile.modificationTime(path).flatMap { $0 > 0 ? Double($0) / 1e9 : nil }
  }
}
