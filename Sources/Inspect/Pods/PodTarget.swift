/// Which pods are asked for.
public enum PodTarget: Sendable, Hashable {
  case name(NamespacedName)
  case address(IPAddress)
  case mac(MACAddress)
  case process(Int32)
  /// An interface of the node by its number.
  case interface(Int32)
  /// One end of a pair as `ip link` and `/sys` show it, `eth0@if4`: seen from the node or from the pod.
  case pairEnd(String, peer: Int32)
  /// The file of a network namespace.
  case namespaceFile(String)
  /// A pod of a Deployment or the like: kubectl's word, its name, and its namespace, which `-n` named.
  case made(kind: String, workload: String, namespace: String)
  /// A pod's name, an interface of the node, the name of a network namespace, or the beginning of an id; with the pod's
  /// namespace where one was named.
  case word(String, namespace: String?)

  /// Reads a target as typed.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String, namespace: String?) throws(TargetError) {
    if let target = Self.address(text) ?? Self.pairEnd(text) {
      self = target
    } else if text.hasPrefix("/"), text.utf8.count > 1, !text.hasSuffix("/"), text.utf8.filter({ $0 == 0x2f }).count > 1
    {
      self = .namespaceFile(text)
    } else {
      try self.init(name: text, namespace: namespace)
    }
  }

  private init(name text: String, namespace: String?) throws(TargetError) {
    var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    // As kubectl shows the id of a container: containerd://…
    if let scheme = text.firstRange(of: "://") { parts = [String(text[scheme.upperBound...])] }
    if parts.count == 3, Self.kinds.contains(parts[0]) { parts.removeFirst() }
    let isKind = parts.count == 2 && (Self.kinds.contains(parts[0]) || Self.isWorkload(parts[0]))
    if isKind, let namespace, namespace != parts[0] {
      let kind = parts.removeFirst()
      if Self.isWorkload(kind), !parts[0].isEmpty {
        self = .made(kind: kind, workload: parts[0], namespace: namespace)
        return
      }
    } else if parts.count == 2, let namespace, namespace != parts[0] {
      throw TargetError("\(text) is not in the namespace \(namespace) that -n names")
    }
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw TargetError(
        "\(text.isEmpty ? "the pod is empty" : text): expected POD, NAMESPACE/POD, an interface, an address, an id or a process id"
      )
    }
    if parts.count == 2 {
      self = .name(NamespacedName(parts[0], parts[1]))
    } else if namespace == nil, let number = Self.number(parts[0]) {
      self = .process(number)
    } else {
      self = .word(parts[0], namespace: namespace)
    }
  }

  // MARK: - Forms

  /// What kubectl calls pods before a name.
  static let kinds = ["pod", "pods", "po"]
  /// And what makes pods, each with how many parts it puts behind its own name.
  private static let workloads: [(kinds: [String], parts: ClosedRange<Int>)] = [
    (["deploy", "deployment", "deployments"], 2...2), (["job", "jobs"], 1...2),
    (
      ["rs", "replicaset", "replicasets", "sts", "statefulset", "statefulsets", "ds", "daemonset", "daemonsets"], 1...1
    ),
  ]

  /// Whether kubectl calls something so that makes pods.
  static func isWorkload(_ kind: String) -> Bool { workloads.contains { $0.kinds.contains(kind) } }

  /// Whether a pod is called as those of a workload are: `web-6c755fccd5-xcswm` of the Deployment `web`.
  static func isMade(_ pod: String, by workload: String, _ kind: String) -> Bool {
    guard let parts = workloads.first(where: { $0.kinds.contains(kind) })?.parts, pod.hasPrefix(workload + "-") else {
      return false
    }
    return parts.contains(pod.dropFirst(workload.count + 1).split(separator: "-").count)
  }

  /// As `ip`, `ss`, conntrack and tcpdump print addresses: with a prefix length, a port or an interface.
  private static func address(_ text: String) -> PodTarget? {
    if let mac = MACAddress(text) { return .mac(mac) }
    var text = text
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2, number(parts[1]) != nil { text = String(parts[0]) }
    if let place = SocketAddress(text) { text = "\(place.address)" }
    if let zone = text.firstIndex(of: "%") { text = String(text[..<zone]) }
    if text.lowercased().hasPrefix("::ffff:"), let mapped = IPAddress(String(text.dropFirst(7))) {
      return .address(mapped)
    }
    return IPAddress(text).map { .address($0) }
  }

  /// `vethfab408f4@if2`; a name behind the @ is of the same namespace.
  private static func pairEnd(_ text: String) -> PodTarget? {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !text.contains("/") else { return nil }
    guard parts[1].hasPrefix("if"), let index = number(parts[1].dropFirst(2)) else {
      return .word(String(parts[0]), namespace: nil)
    }
    return .pairEnd(String(parts[0]), peer: index)
  }

  /// A number of a process or an interface.
  static func number(_ text: some StringProtocol) -> Int32? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int32(text), number > 0 else { return nil }
    return number
  }

  // MARK: - Matching

  /// Whether every container's id has to be known.
  var mayBeContainer: Bool {
    guard case .word(let text, _) = self else { return false }
    return Self.isIDPrefix(text)
  }

  /// Fewer letters than docker and crictl show would name too many.
  static func isIDPrefix(_ text: String) -> Bool {
    (4...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0.isHexDigit || $0 == UInt8(ascii: "-") }
  }

  /// The sandboxes that are meant, as far as what they are tells without their interfaces: by name, else by id.
  func matches(_ sandboxes: [PodSandbox]) -> [PodSandbox] {
    switch self {
    case .name(let name):
      let named = sandboxes.filter { $0.name?.value == name }
      guard named.isEmpty, Self.kinds.contains(name.namespace) else { return named }
      return sandboxes.filter { $0.name?.value.name == name.name }
    case .address, .mac, .interface, .pairEnd, .namespaceFile, .made: return []
    case .process(let pid): return sandboxes.filter { $0.pid?.value == pid }
    case .word(let text, let namespace):
      let inNamespace = sandboxes.filter { namespace == nil || $0.name?.value.namespace == namespace }
      let named = inNamespace.filter { $0.name?.value.name == text }
      guard named.isEmpty, Self.isIDPrefix(text) else { return named }
      let prefix = text.lowercased()
      return inNamespace.filter { sandbox in
        sandbox.id?.value.hasPrefix(prefix) == true || sandbox.uid?.value.hasPrefix(prefix) == true
          || sandbox.containers.contains { $0.hasPrefix(prefix) }
      }
    }
  }
}

extension PodTarget {
  /// Fewer letters than that may be the beginning of a name by mistake.
  private static let shortestBeginning = 3

  /// Whether a pod's name begins with what was typed, as those of a Deployment's pods do with its own.
  func isBeginning(of name: NamespacedName) -> Bool {
    switch self {
    case .name(let typed) where Self.isWorkload(typed.namespace):
      Self.isMade(name.name, by: typed.name, typed.namespace)
    case .made(let kind, let workload, let namespace):
      namespace == name.namespace && Self.isMade(name.name, by: workload, kind)
    case .name(let typed):
      (typed.namespace == name.namespace || Self.kinds.contains(typed.namespace))
        && typed.name.utf8.count >= Self.shortestBeginning && name.name.hasPrefix(typed.name)
    case .word(let word, let namespace):
      (namespace == nil || namespace == name.namespace) && word.utf8.count >= Self.shortestBeginning
        && name.name.hasPrefix(word)
    case .address, .mac, .process, .interface, .pairEnd, .namespaceFile: false
    }
  }

  /// The names of pods that are nearest to what was typed, whole: pods of several namespaces may have the same.
  func nearest(in names: [NamespacedName]) -> [NamespacedName] {
    let typed: NamespacedName? = if case .name(let name) = self { name } else { nil }
    let hasNamespace = typed.map { !Self.kinds.contains($0.namespace) && !Self.isWorkload($0.namespace) } ?? false
    let near = Inspect.nearest(
      to: hasNamespace ? description : typed?.name ?? description,
      in: Set(names.map { hasNamespace ? "\($0)" : $0.name }).sorted())
    let found = near.flatMap { near in names.filter { (hasNamespace ? "\($0)" : $0.name) == near } }
    return Array(found.prefix(3))
  }
}

extension PodTarget: CustomStringConvertible {
  /// What was asked for, as messages name it.
  public var description: String {
    switch self {
    case .name(let name): "\(name)"
    case .address(let address): "\(address)"
    case .mac(let mac): "\(mac)"
    case .process(let pid): "process \(pid)"
    case .interface(let index): "interface \(index)"
    case .pairEnd(let name, let peer): "\(name)@if\(peer)"
    case .namespaceFile(let path): path
    case .made(let kind, let workload, let namespace): "\(kind)/\(workload) in \(namespace)"
    case .word(let text, let namespace): namespace.map { "\($0)/\(text)" } ?? text
    }
  }
}

/// Why a pod could not be told.
public enum PodError: Error, Sendable, Equatable {
  /// There is none; `hint` may say what there is instead.
  case notFound(String, hint: String?)
  /// There is none among those that are known, and a runtime gave no answer.
  case unknown(String, because: String)
  /// The runtime that the user named cannot be reached; the sentence that says so.
  case noRuntime(String)
}

extension PodError: CustomStringConvertible {
  /// The sentence for a person.
  public var description: String {
    switch self {
    case .notFound(let what, let hint): "no pod of this node is \(what)" + (hint.map { ": \($0)" } ?? "")
    case .noRuntime(let sentence): sentence
    case .unknown(let what, let reason): "no pod is known to be \(what), and not all pods are known: \(reason)"
    }
  }
}
