/// The pods of this node, from every source that is there.
///
/// Sources are asked in the order of how much they know, and each fact is kept from the first that has it. What belongs
/// together is told by the pod's uid and by the network namespace.
struct PodInventory: Sendable {
  private(set) var sandboxes: [PodSandbox] = []
  /// What could not be asked, in sentences.
  private(set) var notes: [String] = []
  /// Whether a runtime that is there gave no answer, so that pods may be missing.
  private(set) var isIncomplete = false
  /// Namespaces that nothing says to be a pod's.
  private(set) var unidentifiedNamespaces: [NamespaceReference: Int32?] = [:]

  /// What the kernel says of network namespaces; nil for one that is gone.
  typealias Look = ([NamespaceReference]) throws -> [ContestedNamespace.Facts?]

  private let sources: PodSources
  private let node: NamespaceID
  private let files: KubeletFiles
  /// Read when it is needed: a file of JSON for each interface of each pod.
  private lazy var cache = CNICache(sources.cniCache)
  private lazy var holders = files.holders()
  private lazy var leases = AddressLeases(sources.leases)
  private let root: NodeRoot
  /// The network namespaces of pods that have processes in several, by the pod's place.
  private var contested: [Int: [ContestedNamespace]] = [:]

  /// - Parameters:
  ///   - node: the node's own network namespace.
  ///   - target: which pods are asked for; nil for all.
  ///   - wantsContainers: whether every container's id is wanted.
  ///   - wantsCache: whether to ask the CNI cache also about pods whose names are known.
  ///   - look: asked only about pods that have processes in several network namespaces.
  init(
    _ sources: PodSources, node: NamespaceID, for target: PodTarget?, wantsContainers: Bool, wantsCache: Bool,
    look: Look
  ) throws {
    root = NodeRoot(of: node)
    let sources = sources.below(root)
    self.sources = sources
    self.node = node
    if let note = root.note { notes.append(note) }
    files = KubeletFiles(logs: sources.logs, pods: sources.kubelet)
    let deadline = Deadline(seconds: sources.seconds)
    let configured = sources.areRuntimesNamed ? [] : RuntimeEndpoint.configured(root)
    let endpoints = RuntimeEndpoint.present(configured + sources.runtimes)
    try noteMissing(endpoints)
    let reports = OwnThread.runAll(endpoints.map { endpoint in { try endpoint.list(within: deadline) } })
    for (endpoint, report) in zip(endpoints, reports) { try take(report, endpoint) }
    keepLatest()
    let scan = ProcessScan(node: node, wantsContainers: wantsContainers)
    take(scan)
    for case (var endpoint, .success(let report)) in zip(endpoints, reports) {
      endpoint.language = report.language
      askDetails(endpoint, deadline, for: target)
    }
    try settle(look)
    takeFiles()
    if wantsCache || sandboxes.contains(where: { $0.name == nil }) { takeCache() }
    takeMounts(scan)
    takeCluster()
  }

  // MARK: - Runtimes

  private mutating func noteMissing(_ present: [RuntimeEndpoint]) throws(PodError) {
    guard present.isEmpty else { return }
    if sources.areRuntimesNamed {
      guard !sources.runtimes.isEmpty else { return }
      let sentence = "no container runtime: no socket \(sources.runtimes.map(\.path).joined(separator: ", "))"
      if sources.areRuntimesRequired { throw .noRuntime(sentence) }
      isIncomplete = true
      notes.append(sentence)
    } else {
      notes.append("no container runtime was found; pods are known by their processes and the kubelet's files")
    }
  }

  private mutating func take(
    _ report: Result<RuntimeReport, any Error>, _ endpoint: RuntimeEndpoint
  ) throws(PodError) {
    switch report {
    case .success(let report):
      let known = places(\.id?.value)
      for sandbox in report.sandboxes where known[sandbox.id] == nil {
        var new = PodSandbox()
        new.runtime = report.name
        new.endpoint = endpoint.path
        new.id.learn(sandbox.id, .runtime)
        new.uid.learn(sandbox.uid, .runtime)
        new.name.learn(sandbox.name, .runtime)
        new.state = sandbox.isReady ? .ready : .dead
        new.createdAt = sandbox.createdAt
        new.containers = Set(report.containers[sandbox.id] ?? [])
        sandboxes.append(new)
      }
    // docker's own containerd has this switched off.
    case .failure(RuntimeError.unimplemented) where !sources.areRuntimesNamed: break
    case .failure(let error):
      let sentence = "the container runtime at \(endpoint.path) \(error)"
      switch error {
      case RuntimeError.notConnected, RuntimeError.permission:
        if sources.areRuntimesRequired { throw .noRuntime(sentence) }
      default: break
      }
      isIncomplete = true
      notes.append(sentence)
    }
  }

  /// A pod's earlier sandboxes are of no interest once it has another.
  private mutating func keepLatest() {
    var latest: [NamespacedName: PodSandbox] = [:]
    for sandbox in sandboxes {
      guard let name = sandbox.name?.value else { continue }
      guard let other = latest[name] else {
        latest[name] = sandbox
        continue
      }
      let isLater =
        (sandbox.state == .ready ? 1 : 0, sandbox.createdAt) > (other.state == .ready ? 1 : 0, other.createdAt)
      if isLater { latest[name] = sandbox }
    }
    // Those that are asked about first are the newest.
    sandboxes = latest.values.sorted { ($0.createdAt, $0.id?.value ?? "") > ($1.createdAt, $1.id?.value ?? "") }
  }

  /// Asks for the namespaces of those sandboxes of which no process was found: of those that are meant, else of those that
  /// live. It is a question for each, and a node keeps hundreds that are dead.
  private mutating func askDetails(_ endpoint: RuntimeEndpoint, _ deadline: Deadline, for target: PodTarget?) {
    let meant = Set(target?.matches(sandboxes) ?? [])
    let unknown = sandboxes.indices.filter { index in
      let sandbox = sandboxes[index]
      guard sandbox.endpoint == endpoint.path, sandbox.namespace == nil, sandbox.isHostNetwork == nil else {
        return false
      }
      return meant.isEmpty ? sandbox.state == .ready : meant.contains(sandbox)
    }
    guard !unknown.isEmpty else { return }
    let questions = unknown.map { index in
      RuntimeSandbox(
        id: sandboxes[index].id?.value ?? "", name: NamespacedName("", ""), uid: "",
        isReady: sandboxes[index].state == .ready, createdAt: 0)
    }
    var answers: [RuntimeSandbox] = []
    do throws(RuntimeError) {
      try endpoint.details(of: questions, within: deadline, into: &answers)
    } catch {
      isIncomplete = true
      notes.append(
        "the container runtime at \(endpoint.path) told of \(answers.count) of \(questions.count) pods where they are: it "
          + "\(error)")
    }
    for (index, answer) in zip(unknown, answers) { learn(answer, at: index) }
  }

  private mutating func learn(_ answer: RuntimeSandbox, at index: Int) {
    sandboxes[index].hasDetails = true
    sandboxes[index].runtimeAddresses = answer.addresses
    sandboxes[index].isHostNetwork.learn(answer.isHostNetwork, .runtime)
    // A name in /run/netns is this sandbox's own. What is in /proc is a process's, whoever has that number by now.
    let named = answer.namespacePath.flatMap { $0.hasPrefix("/proc/") ? nil : reference($0) }
    let pid = answer.pid.flatMap { isProcess($0, of: sandboxes[index], in: named) ? $0 : nil }
    sandboxes[index].pid.learn(pid, .runtime)
    guard answer.isHostNetwork != true else { return }
    sandboxes[index].namespace.learn(named ?? pid.flatMap { reference("/proc/\($0)/ns/net") }, .runtime)
  }

  /// A namespace other than the node's; nil if there is none at the path. All namespaces are files of one device (nsfs).
  private func reference(_ path: String) -> NamespaceReference? {
    let path = path.hasPrefix("/proc/") || path.hasPrefix(root.prefix) ? path : root.path(path)
    guard let id = NodeFile.namespace(path), id != node, id.device == node.device else { return nil }
    return NamespaceReference(path: path, id: id)
  }

  /// Whether a process is a sandbox's, by its cgroup or else by its namespace. A runtime may have noted a process that has
  /// ended since, as after a restart of the node, and its number may be another's.
  private func isProcess(_ pid: Int32, of sandbox: PodSandbox, in namespace: NamespaceReference?) -> Bool {
    guard let cgroup = ProcessScan.cgroup(of: pid) else { return false }
    if let pod = CgroupPod(bytes: cgroup) {
      return pod.uid == sandbox.uid?.value || pod.container != nil && pod.container == sandbox.id?.value
    }
    if let id = sandbox.id?.value, !id.isEmpty, String(decoding: cgroup, as: UTF8.self).contains(id) { return true }
    return namespace != nil && NodeFile.namespace("/proc/\(pid)/ns/net") == namespace?.id
  }

  // MARK: - Processes

  private mutating func take(_ scan: ProcessScan) {
    let byUID = places(\.uid?.value)
    let byID = places(\.id?.value)
    for (uid, processes) in processes(scan) {
      let matching = byUID[uid] ?? processes.lazy.compactMap { $0.pod.container.flatMap { byID[$0] } }.first
      let index: Int
      if let matching {
        index = matching
      } else {
        index = sandboxes.count
        sandboxes.append(PodSandbox())
        sandboxes[index].uid.learn(uid, .process)
      }
      guard Self.areApart(processes) else {
        learn(processes, at: index)
        continue
      }
      sandboxes[index].containers.formUnion(processes.compactMap(\.pod.container))
      contested[index] = Dictionary(grouping: processes, by: \.namespace).values.compactMap {
        ContestedNamespace($0)
      }.sorted(by: ContestedNamespace.areInOrder)
    }
  }

  /// By pod: one of each network namespace, or all if a pod has processes in several. Who was there first is among all
  /// processes of the pod then, and where one of them is in another pod's namespace, it hid that pod's own.
  private func processes(_ scan: ProcessScan) -> [String: [PodProcess]] {
    let byPod = Dictionary(grouping: scan.processes, by: \.pod.uid)
    guard byPod.values.contains(where: Self.areApart) else { return byPod }
    return Dictionary(grouping: ProcessScan(node: node, wantsContainers: true).processes, by: \.pod.uid)
  }

  private static func areApart(_ processes: [PodProcess]) -> Bool {
    processes.contains { $0.namespace != processes[0].namespace }
  }

  /// Which of several network namespaces is a pod's own: by the runtime, by who is the sandbox's own process, by the
  /// kubelet, else by what the kernel says of them.
  private mutating func settle(_ look: Look) rethrows {
    for (index, namespaces) in contested {
      let own = try own(of: sandboxes[index], namespaces, look)
      if let own { learn(own.processes, at: index) }
      let id = sandboxes[index].isHostNetwork?.value == true ? node : sandboxes[index].namespace?.value.id
      sandboxes[index].otherNamespaces = namespaces.filter { $0.id != id && $0.id != node }.map(\.reference)
    }
  }

  private func own(
    of sandbox: PodSandbox, _ namespaces: [ContestedNamespace], _ look: Look
  ) rethrows -> ContestedNamespace? {
    let nodes = namespaces.first { $0.id == node }
    if let id = sandbox.isHostNetwork?.value == true ? node : sandbox.namespace?.value.id {
      return namespaces.first { $0.id == id }
    }
    if let id = sandbox.id?.value,
      let own = namespaces.first(where: { $0.processes.contains { $0.pod.container == id } })
    {
      return own
    }
    let uid = sandbox.uid?.value ?? ""
    let isHostNetwork = files.isOnHostNetwork(uid)
    if isHostNetwork == true, let nodes { return nodes }
    // A virtual machine's monitor is on the node's network, and in no container's cgroup.
    let mayBeNodes = isHostNetwork == nil && nodes?.processes.contains { $0.pod.container != nil } == true
    let others = namespaces.filter { $0.id != node }.prefix(ContestedNamespace.limit)
    var candidates = zip(others, try look(others.map(\.reference))).compactMap { namespace, facts in
      facts.map { (namespace, $0) }
    }
    if mayBeNodes, let nodes {
      candidates.append((nodes, ContestedNamespace.Facts(isOwnedAsNodes: true, isTied: true, addresses: [])))
    }
    return ContestedNamespace.own(of: candidates, addresses: Set(files.addresses(of: uid)))
  }

  /// Where in the list each is, by something that it is known by.
  private func places(_ key: (PodSandbox) -> String?) -> [String: Int] {
    Dictionary(
      sandboxes.indices.compactMap { index in key(sandboxes[index]).map { ($0, index) } }, uniquingKeysWith: { $1 })
  }

  private mutating func learn(_ processes: [PodProcess], at index: Int) {
    // The sandbox's own process is the one that was there first, unless the runtime knows better.
    let own = processes.first { $0.pod.container != nil && $0.pod.container == sandboxes[index].id?.value }
    guard let first = own ?? processes.first else { return }
    sandboxes[index].pid.learn(first.pid, .process)
    sandboxes[index].id.learn(first.pod.container, .process)
    sandboxes[index].containers.formUnion(processes.compactMap(\.pod.container))
    if first.namespace == node {
      sandboxes[index].isHostNetwork.learn(true, .process)
    } else {
      sandboxes[index].isHostNetwork.learn(false, .process)
      sandboxes[index].namespace.learn(
        NamespaceReference(path: "/proc/\(first.pid)/ns/net", id: first.namespace), .process)
    }
  }

  // MARK: - Files

  private mutating func takeCache() {
    let byUID = places(\.uid?.value)
    let byID = places(\.id?.value)
    for entry in cache.entries {
      guard let index = byID[entry.container] ?? entry.uid.flatMap({ byUID[$0] }) else { continue }
      sandboxes[index].id.learn(entry.container, .cniCache)
      sandboxes[index].name.learn(entry.pod, .cniCache)
      sandboxes[index].cachedHostInterfaces.formUnion(entry.hostInterfaces)
    }
  }

  private mutating func takeFiles() {
    for index in sandboxes.indices {
      guard let uid = sandboxes[index].uid?.value else { continue }
      sandboxes[index].name.learn(files.names[uid], .podLogs)
    }
  }

  /// Which namespaces have a name, and which of them nobody has spoken for.
  private mutating func takeMounts(_ scan: ProcessScan) {
    var mounted: [NamespaceID: String] = [:]
    for name in (NodeFile.names(in: sources.mounts) ?? []).sorted() {
      let path = "\(sources.mounts)/\(name)"
      if let id = reference(path)?.id { mounted[id] = path }
    }
    var pids = scan.first
    for other in sandboxes.flatMap({ $0.otherNamespaces.prefix(ContestedNamespace.limit) }) {
      // /proc/PID/ns/net, of a process of the pod.
      pids[other.id] = Int32(other.path.split(separator: "/")[1])
    }
    var known: Set<NamespaceID> = []
    for index in sandboxes.indices {
      guard let namespace = sandboxes[index].namespace?.value else { continue }
      known.insert(namespace.id)
      // A name outlives a process.
      if namespace.path.hasPrefix("/proc/"), let path = mounted[namespace.id] {
        sandboxes[index].namespace = Sourced(NamespaceReference(path: path, id: namespace.id), .mount)
      }
    }
    // What leads there is of no use to the pod, and who has it can be said.
    for sandbox in sandboxes {
      for other in sandbox.otherNamespaces.prefix(ContestedNamespace.limit)
      where !known.contains(other.id) && mounted[other.id] == nil {
        unidentifiedNamespaces[other] = pids[other.id]
      }
    }
    for (id, path) in mounted where !known.contains(id) {
      unidentifiedNamespaces[NamespaceReference(path: path, id: id)] = pids[id]
    }
    for (id, pid) in scan.others where !known.contains(id) && mounted[id] == nil {
      unidentifiedNamespaces[NamespaceReference(path: "/proc/\(pid)/ns/net", id: id)] = pid
    }
  }

  // MARK: - The API, last

  private mutating func takeCluster() {
    guard let cluster = sources.cluster else { return }
    // A static pod's API object has an id of its own, and the kubelet's in an annotation.
    let mirror = "kubernetes.io/config.mirror"
    let byUID = places(\.uid?.value)
    for pod in cluster.pods {
      for uid in [pod.metadata.uid, pod.metadata.annotations[mirror] ?? ""] {
        guard let index = byUID[uid] else { continue }
        sandboxes[index].name.learn(pod.metadata.namespacedName, .api)
        sandboxes[index].isHostNetwork.learn(pod.hostNetwork, .api)
      }
    }
  }

  // MARK: - What only the interfaces tell

  /// A namespace that has a pod's address, and is then that pod's: by the hosts file that the kubelet made for the pod, by
  /// the cache, or by the API.
  mutating func claim(_ namespace: NamespaceReference, pid: Int32?, addresses: [IPAddress]) -> Claim {
    var sandbox = PodSandbox()
    sandbox.namespace.learn(namespace, .mount)
    sandbox.isHostNetwork.learn(false, .mount)
    sandbox.pid.learn(pid, .process)
    let name = namespace.path.split(separator: "/").last
    for entry in cache.entries where entry.namespace?.split(separator: "/").last == name {
      sandbox.id.learn(entry.container, .cniCache)
      sandbox.uid.learn(entry.uid, .cniCache)
      sandbox.name.learn(entry.pod, .cniCache)
      sandbox.cachedHostInterfaces.formUnion(entry.hostInterfaces)
    }
    var possible: [String] = []
    for address in addresses where sandbox.uid == nil {
      let container = leases.containers(at: address).first
      sandbox.id.learn(container, .lease)
      switch owner(of: address, container: container) {
      case .pod(let uid): sandbox.uid.learn(uid, .kubelet)
      case .anyOf(let uids): possible = uids
      case .nobody: break
      }
    }
    if let uid = sandbox.uid?.value { sandbox.name.learn(files.names[uid], .podLogs) }
    for address in addresses where sandbox.name == nil {
      guard let pod = sources.cluster?.pods(at: address).first(where: { !$0.hostNetwork && !$0.hasEnded }) else {
        continue
      }
      sandbox.uid.learn(pod.metadata.uid, .api)
      sandbox.name.learn(pod.metadata.namespacedName, .api)
    }
    if sandbox.uid == nil && sandbox.name == nil {
      return possible.isEmpty
        ? .nobody : .anyOf(possible.map { uid in files.names[uid].map { "\($0)" } ?? uid }.sorted())
    }
    if let uid = sandbox.uid?.value, let index = sandboxes.firstIndex(where: { $0.uid?.value == uid }) {
      guard sandboxes[index].namespace == nil else { return .nobody }
      sandboxes[index].namespace = sandbox.namespace
      sandboxes[index].cachedHostInterfaces = sandbox.cachedHostInterfaces
      return .pod(sandboxes[index])
    }
    sandboxes.append(sandbox)
    return .pod(sandbox)
  }

  /// Whose a network namespace is.
  enum Claim {
    case pod(PodSandbox)
    /// By their names: each had an address of it.
    case anyOf([String])
    case nobody
  }

  private mutating func owner(of address: IPAddress, container: String?) -> AddressOwner {
    let known = container.flatMap { id in
      sandboxes.first { $0.id?.value == id || $0.containers.contains(id) }?.uid?.value
        ?? cache.entries.first { $0.container == id }?.uid
    }
    let (all, ended) = (sandboxes, sources.cluster?.pods.filter(\.hasEnded) ?? [])
    func sandbox(_ uid: String) -> PodSandbox? { all.first { $0.uid?.value == uid } }
    return AddressOwner(
      holders[address] ?? [], leased: known,
      isTaken: { sandbox($0).map { $0.namespace != nil || $0.isHostNetwork?.value == true } ?? false },
      hasEnded: { uid in sandbox(uid)?.state == .dead || ended.contains { $0.metadata.uid == uid } })
  }

  /// Pods that the runtime or the kubelet has at an address that no interface has, as where a pod's network is a virtual
  /// machine's or gVisor's own.
  mutating func holders(of address: IPAddress) -> Set<String> {
    let told = sandboxes.filter { $0.runtimeAddresses.contains(address) }.compactMap { $0.uid?.value }
    if !told.isEmpty { return Set(told) }
    let newest = holders[address]?.max { $0.time < $1.time }
    return Set([newest?.uid].compactMap(\.self))
  }

  /// The same for all addresses that something is said of.
  mutating func holdersOfAll() -> [IPAddress: Set<String>] {
    let addresses = Set(sandboxes.flatMap(\.runtimeAddresses)).union(holders.keys)
    var found: [IPAddress: Set<String>] = [:]
    for address in addresses { found[address] = holders(of: address) }
    return found
  }

  /// Whether it is what is left of a pod that the kubelet has no files of any more.
  func isForgotten(_ sandbox: PodSandbox) -> Bool {
    guard sandbox.state == .dead, let uid = sandbox.uid?.value, !files.uids.isEmpty else { return false }
    return !files.uids.contains(uid)
  }

  /// The pod that a network namespace is a further one of.
  func sandbox(withOther namespace: NamespaceID) -> PodSandbox? {
    sandboxes.first { $0.otherNamespaces.contains { $0.id == namespace } }
  }

  /// Pods that the kubelet keeps files of, and that nothing else knows.
  func absent(besides known: [PodSandbox]) -> [PodSandbox] {
    let uids = Set(known.compactMap { $0.uid?.value })
    let names = Set(known.compactMap { $0.name?.value })
    return files.uids.subtracting(uids).sorted().compactMap { uid in
      var sandbox = PodSandbox()
      sandbox.uid.learn(uid, .kubelet)
      sandbox.name.learn(files.names[uid], .podLogs)
      sandbox.state = .absent
      if files.isOnHostNetwork(uid) == true { sandbox.isHostNetwork.learn(true, .kubelet) }
      // A pod of the same name lives: these are leavings of an earlier one.
      return sandbox.name.map { names.contains($0.value) } == true ? nil : sandbox
    }
  }
}
