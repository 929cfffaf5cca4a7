/// A fact, and where it is from.
public struct Sourced<Value: Codable & Sendable & Hashable>: Codable, Sendable, Hashable {
  /// The fact.
  public var value: Value
  /// Who told it.
  public var source: PodSource

  /// A fact, and who told it.
  public init(_ value: Value, _ source: PodSource) {
    self.value = value
    self.source = source
  }
}

/// What holds a pod's containers together, and their network namespace.
public struct PodSandbox: Codable, Sendable, Hashable {
  /// The pod's namespace and name; nil where nothing told it.
  public var name: Sourced<NamespacedName>?
  /// The Pod object's; nil where nothing told it.
  public var uid: Sourced<String>?
  /// The sandbox's own id.
  public var id: Sourced<String>?
  /// Which runtime, such as `containerd`.
  public var runtime: String?
  /// Ids of containers in it, as far as they were looked for.
  public var containers: Set<String> = []
  /// A process that lives in it.
  public var pid: Sourced<Int32>?
  /// Its network namespace; nil where nothing told it, and for a pod on the node's network.
  public var namespace: Sourced<NamespaceReference>?
  /// Further network namespaces that processes of the pod are in.
  public var otherNamespaces: [NamespaceReference] = []
  /// nil where it is not known.
  public var isHostNetwork: Sourced<Bool>?
  /// Whether it lives.
  public var state = SandboxReport.State.ready
  /// Whether its process is in its network namespace still: process ids are used again.
  public var hasItsProcess: Bool {
    guard let pid = pid?.value else { return false }
    return namespace == nil || NodeFile.namespace("/proc/\(pid)/ns/net") == namespace?.value.id
  }

  /// The addresses that the runtime has for it, where it was asked.
  public var runtimeAddresses: [IPAddress] = []
  /// The socket of the runtime that listed it.
  var endpoint: String?
  /// Whether the runtime answered what its namespace is, be it none.
  var hasDetails = false
  /// Of several sandboxes of a pod the latest counts.
  var createdAt: Int64 = 0
  /// Interfaces on the node that the CNI cache has for it.
  var cachedHostInterfaces: Set<String> = []
}

extension Optional {
  /// Takes a fact where there is none yet: sources are asked in the order of how much they know.
  mutating func learn<Value>(_ value: Value?, _ source: PodSource) where Wrapped == Sourced<Value> {
    if self == nil, let value { self = Sourced(value, source) }
  }
}
