/// A service or pod that something belongs to.
public struct OwnerName: Codable, Sendable, Hashable {
  /// The namespace of the service or pod.
  public var namespace: String
  /// The name within it.
  public var name: String
  /// The name of the service's port, where one is meant.
  public var port: String?

  init(_ name: NamespacedName, port: String? = nil) {
    namespace = name.namespace
    self.name = name.name
    self.port = port
  }
}
