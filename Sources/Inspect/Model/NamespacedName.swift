/// A namespace and a name in it, as in `yaobank/summary`.
public struct NamespacedName: Codable, Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The namespace.
  public var namespace: String
  /// The name within it.
  public var name: String

  /// A name in a namespace.
  public init(_ namespace: String, _ name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// By namespace, then by name, as kubectl lists.
  public static func < (left: NamespacedName, right: NamespacedName) -> Bool {
    (left.namespace, left.name) < (right.namespace, right.name)
  }

  /// `yaobank/summary`.
  public var description: String { "\(namespace)/\(name)" }
}
