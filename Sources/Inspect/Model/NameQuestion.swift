/// Which names a command line that is being typed may go on with.
public enum NameQuestion: Sendable, Hashable {
  case namespaces
  case nodes
  /// Of a namespace; nil: the namespaces, and the services of the one that is meant where none is named.
  case services(namespace: String?)
  /// Of the cluster, likewise.
  case pods(namespace: String?)
}

/// Names that answer a `NameQuestion`.
public struct KnownNames: Sendable, Hashable {
  /// Of namespaces.
  public var namespaces: Set<String> = []
  /// Of services or pods.
  public var objects: Set<NamespacedName> = []
  /// Of nodes.
  public var nodes: Set<String> = []
  /// The namespace that is meant where none is named.
  public var defaultNamespace = "default"

  /// None.
  public init() {}

  /// Objects, and the namespaces that they are in.
  public init(_ objects: some Sequence<NamespacedName>) {
    self.objects = Set(objects)
    namespaces = Set(self.objects.map(\.namespace))
  }

  /// Whether there is none.
  public var isEmpty: Bool { namespaces.isEmpty && objects.isEmpty && nodes.isEmpty }
}
