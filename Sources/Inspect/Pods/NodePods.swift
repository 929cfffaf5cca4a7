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
    _ sources: PodSources, _ reader: inout NamespaceReader, for target: PodTarget?, withDetails: Bool
  ) throws {
    guard let node = reader.nodeNamespace else { throw KernelError.unavailable("this node's network namespace") }
    self.withDetails = withDetails
    isFirst = node == NodeFile.namespace("/proc/1/ns/net")
    inventory = try PodInventory(sources, node: node, for: target, wantsCache: withDetails) { references in
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

  // MARK: - Answers

  /// Without what is left of pods that are no more.
  var current: [PodNetwork] { pods.filter { !$0.interfaces.isEmpty || !inventory.isForgotten($0.sandbox) } }

  /// Pods that the kubelet alone knows.
  var absent: [PodNetwork] {
    inventory.absent(besides: pods.map(\.sandbox)).map(PodNetwork.init(withoutNamespace:))
  }

  func answer(_ pods: [PodNetwork], orphans: [OrphanInterface]) -> PodInterfaces {
    PodInterfaces(
      pods: sorted(pods), orphans: orphans,
      notes: (inventory.notes.map { Note(.node, $0) } + [noteOnProcesses].compactMap(\.self))
        + pods.compactMap(\.sandbox.noteOnOthers),
      isIncomplete: inventory.isIncomplete, hidesProcesses: noteOnProcesses != nil)
  }

  /// By name; what is known of a pod is much to move around.
  private func sorted(_ pods: [PodNetwork]) -> [PodNetwork] {
    let keys = pods.map(\.sandbox.order)
    return pods.indices.sorted { keys[$0] < keys[$1] }.map { pods[$0] }
  }

  /// By what only interfaces tell, and by the names of pods that were found by them.
  mutating func pods(matching target: PodTarget) -> [PodNetwork] {
    let named = target.matches(pods.map(\.sandbox))
    if !named.isEmpty { return pods.filter { named.contains($0.sandbox) } }
    switch target {
    case .address(let address):
      let having = pods.filter { pod in pod.interfaces.flatMap(\.addresses).contains { $0.address == address } }
      guard having.isEmpty else { return having }
      let holders = inventory.holders(of: address)
      return pods.filter { pod in
        pod.sandbox.state == .ready && pod.sandbox.uid.map { holders.contains($0.value) } == true
      }
    case .mac(let mac):
      return pods.filter { pod in
        pod.interfaces.contains { $0.link.mac == mac || $0.hostLink?.mac == mac }
      }
    case .interface, .pairEnd, .word(_, nil):
      if let link = link(of: target) {
        return pods.filter { $0.hostIndices.contains(link.index) || $0.parentIndices.contains(link.index) }
      }
      guard case .word(let name, _) = target else { return [] }
      return pods(in: "/run/netns/\(name)")
    case .process(let pid): return pods(in: "/proc/\(pid)/ns/net")
    case .namespaceFile(let path): return pods(in: path)
    case .name, .word, .made: return []
    }
  }

  /// Those whose network namespace a file is.
  private func pods(in path: String) -> [PodNetwork] {
    guard let id = NodeFile.namespace(path) else { return [] }
    return pods.filter { $0.sandbox.namespace?.value.id == id }
  }

  /// The interface of the node that is meant.
  func link(of target: PodTarget) -> Link? {
    switch target {
    case .interface(let index): return host.link(index: index)
    case .pairEnd(let name, let peer):
      let named = host.link(named: name)
      return named?.peer?.index == peer ? named : host.link(index: peer) ?? named
    case .word(let text, nil):
      if let link = host.link(named: text) { return link }
      return text.hasPrefix("if") ? PodTarget.number(text.dropFirst(2)).flatMap { host.link(index: $0) } : nil
    default: return nil
    }
  }

  /// All of the one name that begins as what was typed; nil where none or several do, or not all are known.
  func pods(beginningAs target: PodTarget) -> [PodNetwork]? {
    let found = pods.filter { $0.sandbox.name.map { target.isBeginning(of: $0.value) } ?? false }
    guard !inventory.isIncomplete, Set(found.map { $0.sandbox.name?.value }).count == 1 else { return nil }
    return found
  }

  func error(_ target: PodTarget) -> PodError {
    if inventory.isIncomplete {
      return .unknown("\(target)", because: inventory.notes.joined(separator: "; "))
    }
    return .notFound("\(target)", hint: hint(target))
  }

  private func hint(_ target: PodTarget) -> String? {
    if let link = link(of: target) { return hint(link) }
    switch target {
    case .name, .word, .made:
      let names = Set(pods.compactMap { $0.sandbox.name?.value }).sorted()
      let beginning = Array(names.filter(target.isBeginning).prefix(3))
      let close = (beginning.isEmpty ? target.nearest(in: names) : beginning).map(\.description)
      return didYouMean(close)
    case .process(let pid):
      if let id = NodeFile.namespace("/proc/\(pid)/ns/net"), let pod = inventory.sandbox(withOther: id) {
        return "it is of pod \(pod.title), and in another network namespace than the pod"
      }
      if let id = NodeFile.namespace("/proc/\(pid)/ns/net"), let words = nestedNodes[id] { return "it is in \(words)" }
      if let uid = ProcessScan.process(pid)?.pod.uid {
        return "it is of the pod with the uid \(uid), which nothing ties to this node"
      }
      return "its network namespace is no pod's"
    case .address(let address):
      let isOwn = (try? LocalAddresses.read())?.contains { $0.contains(address) } ?? false
      return isOwn ? "it is the node's own address" : nil
    case .namespaceFile(let path):
      return NodeFile.namespace(path) == nil ? "there is no such network namespace" : "it is no pod's network namespace"
    case .mac, .interface, .pairEnd: return nil
    }
  }

  /// What an interface is that is of no pod.
  private func hint(_ link: Link) -> String {
    if let peer = link.peer, peer.netnsid == nil, let other = host.link(index: peer.index) {
      return "\(link.name) is one end of a pair, and the other is \(other.name), on this node, too"
    }
    if host.uplinks.contains(link.index) {
      return "\(link.name) is the node's own way out: a default route leaves by it"
    }
    return "\(link.name) is an interface of the node itself" + (link.kind.map { " (\($0))" } ?? "")
  }
}

extension PodInterface {
  /// The node's end of a pair.
  var hostLink: Link? { if case .pair(let host) = side { host.link } else { nil } }
}

extension PodNetwork {
  /// The indices of the node's ends of its pairs.
  fileprivate var hostIndices: [Int32] {
    interfaces.compactMap { if case .pair(let host) = $0.side { host.link.index } else { nil } }
  }

  /// The indices of the node's interfaces that its own stand upon.
  fileprivate var parentIndices: [Int32] {
    interfaces.compactMap { if case .parent(let link) = $0.side { link.index } else { nil } }
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

extension PodSandbox {
  /// What to call it in a sentence.
  fileprivate var title: String { (name?.value).map { "\($0)" } ?? uid?.value ?? "without a known name" }

  /// Who looks for a pod's network is to know that there was a choice.
  fileprivate var noteOnOthers: Note? {
    guard !otherNamespaces.isEmpty else { return nil }
    let shown = otherNamespaces.prefix(3).map(\.path).joined(separator: ", ")
    let count = otherNamespaces.count
    return Note(
      Subject(kind: .pod, name?.value),
      "pod \(title) has processes in \(count) other network namespace\(count == 1 ? "" : "s"): \(shown)"
        + (count > 3 ? ", …" : ""))
  }

  /// By namespace and name; those without come last.
  fileprivate var order: (Int, NamespacedName, String) {
    (name == nil ? 1 : 0, name?.value ?? NamespacedName("", ""), uid?.value ?? "")
  }
}

extension EmptyNamespace {
  /// One by the file that holds it.
  fileprivate init(_ path: String) {
    name = String(path.split(separator: "/").last ?? "")
    since = NodeFile.modificationTime(path).flatMap { $0 > 0 ? Double($0) / 1e9 : nil }
  }
}
