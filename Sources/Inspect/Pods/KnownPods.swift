/// The pods of a node as they were found at one time, to be searched: at once, or later in a snapshot.
struct KnownPods: Codable, Sendable {
  /// Without what is left of pods that are no more.
  var current: [PodNetwork] = []
  /// What is left of pods that the kubelet has no files of any more.
  var forgotten: [PodNetwork] = []
  /// Pods that the kubelet alone knows.
  var absent: [PodNetwork] = []
  /// What the node's ends of pairs lead to besides.
  var orphans: [OrphanInterface] = []
  /// What could not be asked, in sentences.
  var notes: [String] = []
  /// Why interfaces may lead to processes that are not seen; nil where all are.
  var noteOnProcesses: Note?
  /// Whether a runtime that is there gave no answer, so that pods may be missing.
  var isIncomplete = false
  /// Network namespaces of nodes that are containers of this one, with words for what they are.
  var nestedNodes: [NamespaceID: String] = [:]
  /// The node's own interfaces.
  var links: [Link] = []
  /// Those of them that a default route leaves by.
  var uplinks: Set<Int32> = []
  /// The uids of pods that are said to have an address that no interface has.
  var holders: [IPAddress: Set<String>] = [:]

  /// As a snapshot keeps it, in JSON.
  func encoded() throws -> [UInt8] { try encodedJSON(self) }

  /// Those that have a network, be it what is left of one.
  private var pods: [PodNetwork] { current + forgotten }

  // MARK: - Answers

  /// All pods, and what leads to none.
  func all() -> PodInterfaces { answer(current + absent, orphans: orphans) }

  /// The pods that are meant; at least one, or an interface that leads to none.
  /// - Throws: `PodError.notFound` or `.unknown` where there is neither.
  func find(_ target: PodTarget, _ place: PodPlace) throws -> PodInterfaces {
    let found = pods(matching: target, place)
    if !found.isEmpty { return answer(found, orphans: []) }
    if let link = link(of: target), let orphan = orphans.first(where: { $0.link.index == link.index }) {
      return answer([], orphans: [orphan])
    }
    let missing = target.matches(absent.map(\.sandbox))
    if !missing.isEmpty { return answer(absent.filter { missing.contains($0.sandbox) }, orphans: []) }
    if let found = pods(beginningAs: target) {
      var answer = answer(found, orphans: [])
      if let name = found.first?.sandbox.name?.value {
        answer.readings.append("\(target) is taken for \(name), the only pod whose name begins so")
      }
      return answer
    }
    throw error(target, place)
  }

  /// Some of them, by name; what is known of a pod is much to move around.
  func answer(_ pods: [PodNetwork], orphans: [OrphanInterface]) -> PodInterfaces {
    let keys = pods.map(\.sandbox.order)
    return PodInterfaces(
      pods: pods.indices.sorted { keys[$0] < keys[$1] }.map { pods[$0] }, orphans: orphans,
      notes: notes.map { Note(.node, $0) } + [noteOnProcesses].compactMap(\.self)
        + pods.compactMap(\.sandbox.noteOnOthers),
      isIncomplete: isIncomplete, hidesProcesses: noteOnProcesses != nil)
  }

  // MARK: - Searching

  /// By what only interfaces tell, and by the names of pods that were found by them.
  private func pods(matching target: PodTarget, _ place: PodPlace) -> [PodNetwork] {
    let pods = pods
    let named = target.matches(pods.map(\.sandbox))
    if !named.isEmpty { return pods.filter { named.contains($0.sandbox) } }
    switch target {
    case .address(let address):
      let having = self.pods(having: address)
      guard having.isEmpty, let holders = holders[address] else { return having }
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
      return self.pods(in: place.namespace("/run/netns/\(name)", self))
    case .process(let pid): return self.pods(in: place.namespace("/proc/\(pid)/ns/net", self))
    case .namespaceFile(let path): return self.pods(in: place.namespace(path, self))
    case .name, .word, .made: return []
    }
  }

  /// Those with an interface that has an address.
  func pods(having address: IPAddress) -> [PodNetwork] {
    pods.filter { pod in pod.interfaces.flatMap(\.addresses).contains { $0.address == address } }
  }

  /// Those whose network namespace it is.
  private func pods(in namespace: NamespaceID?) -> [PodNetwork] {
    guard let namespace else { return [] }
    return pods.filter { $0.sandbox.namespace?.value.id == namespace }
  }

  /// The interface of the node that is meant.
  private func link(of target: PodTarget) -> Link? {
    switch target {
    case .interface(let index): return link(index: index)
    case .pairEnd(let name, let peer):
      let named = links.first { $0.name == name }
      return named?.peer?.index == peer ? named : link(index: peer) ?? named
    case .word(let text, nil):
      if let link = links.first(where: { $0.name == text }) { return link }
      return text.hasPrefix("if") ? PodTarget.number(text.dropFirst(2)).flatMap { link(index: $0) } : nil
    default: return nil
    }
  }

  private func link(index: Int32) -> Link? { links.first { $0.index == index } }

  /// All of the one name that begins as what was typed; nil where none or several do, or not all are known.
  private func pods(beginningAs target: PodTarget) -> [PodNetwork]? {
    let found = pods.filter { $0.sandbox.name.map { target.isBeginning(of: $0.value) } ?? false }
    guard !isIncomplete, Set(found.map { $0.sandbox.name?.value }).count == 1 else { return nil }
    return found
  }

  // MARK: - Where there is none

  private func error(_ target: PodTarget, _ place: PodPlace) -> PodError {
    isIncomplete
      ? .unknown("\(target)", because: notes.joined(separator: "; "))
      : .notFound("\(target)", hint: hint(target, place))
  }

  private func hint(_ target: PodTarget, _ place: PodPlace) -> String? {
    if let link = link(of: target) { return hint(link) }
    switch target {
    case .name, .word, .made:
      let names = Set(pods.compactMap { $0.sandbox.name?.value }).sorted()
      let beginning = Array(names.filter(target.isBeginning).prefix(3))
      let close = (beginning.isEmpty ? target.nearest(in: names) : beginning).map(\.description)
      return didYouMean(close)
    case .process(let pid): return hint(process: pid, place)
    case .address(let address):
      return place.ownAddresses()?.contains { $0.contains(address) } ?? false ? "it is the node's own address" : nil
    case .namespaceFile(let path):
      return place.namespace(path, self) == nil
        ? "there is no such network namespace" : "it is no pod's network namespace"
    case .mac, .interface, .pairEnd: return nil
    }
  }

  private func hint(process pid: Int32, _ place: PodPlace) -> String {
    if case .snapshot = place { return "of processes a snapshot has one for each pod" }
    if let id = place.namespace("/proc/\(pid)/ns/net", self) {
      if let pod = pods.first(where: { $0.sandbox.otherNamespaces.contains { $0.id == id } }) {
        return "it is of pod \(pod.sandbox.title), and in another network namespace than the pod"
      }
      if let words = nestedNodes[id] { return "it is in \(words)" }
    }
    if let uid = ProcessScan.process(pid)?.pod.uid {
      return "it is of the pod with the uid \(uid), which nothing ties to this node"
    }
    return "its network namespace is no pod's"
  }

  /// What an interface is that is of no pod.
  private func hint(_ link: Link) -> String {
    if let peer = link.peer, peer.netnsid == nil, let other = self.link(index: peer.index) {
      return "\(link.name) is one end of a pair, and the other is \(other.name), on this node, too"
    }
    if uplinks.contains(link.index) {
      return "\(link.name) is the node's own way out: a default route leaves by it"
    }
    return "\(link.name) is an interface of the node itself" + (link.kind.map { " (\($0))" } ?? "")
  }
}

extension PodTarget {
  /// What `look` finds of it. A number that is no pod's process may be an interface's.
  func found(by look: (PodTarget) throws -> PodInterfaces) throws -> PodInterfaces {
    do {
      return try look(self)
    } catch let error as PodError {
      // In /sys/class/net/eth0/iflink of a pod stands the number of the node's end.
      guard case .process(let number) = self, case .notFound = error,
        var answer = try? look(.interface(number))
      else { throw error }
      answer.readings.append("\(number) is no process of a pod: it is taken for the number of an interface of the node")
      return answer
    }
  }
}

/// Where pods are searched: what a search asks besides what was found.
enum PodPlace: Sendable {
  /// This machine, in the node's network namespace.
  case here
  /// A snapshot of a node with these addresses; nil where they were not told.
  case snapshot(ownAddresses: [IPPrefix]?)

  /// The network namespace at a path. A snapshot knows those of pods.
  fileprivate func namespace(_ path: String, _ known: KnownPods) -> NamespaceID? {
    switch self {
    case .here: return NodeFile.namespace(path)
    case .snapshot:
      let sandboxes = (known.current + known.forgotten).map(\.sandbox)
      let references = sandboxes.compactMap { $0.namespace?.value } + sandboxes.flatMap(\.otherNamespaces)
      if let found = references.first(where: { $0.path == path }) { return found.id }
      return sandboxes.first { $0.pid.map { "/proc/\($0.value)/ns/net" == path } ?? false }?.namespace?.value.id
    }
  }

  fileprivate func ownAddresses() -> [IPPrefix]? {
    switch self {
    case .here: try? LocalAddresses.read()
    case .snapshot(let addresses): addresses
    }
  }
}

extension PodNetwork {
  /// The indices of the node's interfaces that its own stand upon.
  fileprivate var parentIndices: [Int32] {
    interfaces.compactMap { if case .parent(let link) = $0.side { link.index } else { nil } }
  }
}

extension PodSandbox {
  /// What to call it in a sentence.
  var title: String { (name?.value).map { "\($0)" } ?? uid?.value ?? "without a known name" }

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
