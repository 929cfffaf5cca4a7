/// Which pods are asked for.
public enum PodTarget: Sendable, Hashable {
  case name(NamespacedName)
  case address(IPAddress)
  case process(Int32)
  /// A pod's name, an interface of the node, or the beginning of an id; with the pod's namespace where one was named.
  case word(String, namespace: String?)

  /// Reads a target as typed.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String, namespace: String?) throws(TargetError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if let address = IPAddress(text) {
      self = .address(address)
    } else if parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) {
      if let namespace, namespace != parts[0] {
        throw TargetError("\(text) is not in the namespace \(namespace) that -n names")
      }
      self = .name(NamespacedName(parts[0], parts[1]))
    } else if parts.count == 1, !text.isEmpty {
      if namespace == nil, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let pid = Int32(text), pid > 0 {
        self = .process(pid)
      } else {
        self = .word(text, namespace: namespace)
      }
    } else {
      throw TargetError("\(text): expected POD, NAMESPACE/POD, an interface, an address, an id or a process id")
    }
  }

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
    case .name(let name): return sandboxes.filter { $0.name?.value == name }
    case .address: return []
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

extension PodTarget: CustomStringConvertible {
  /// What was asked for, as messages name it.
  public var description: String {
    switch self {
    case .name(let name): "\(name)"
    case .address(let address): "\(address)"
    case .process(let pid): "process \(pid)"
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
