/// The node that kube-proxy runs on, as far as its decisions depend on it.
public struct NodeIdentity: Sendable, Hashable {
  /// The node's name: endpoints of this node are local. Empty if it is not known which node this is.
  public var name: String
  /// Whether it is known which node this is.
  public var isKnown: Bool { !name.isEmpty }
  /// Its zone; nil if it has none.
  public var zone: String?
  /// Whether the zone is known at all: without a Node object nothing can be said of it.
  public var knowsZone: Bool
  /// The family of its first address: the only one that a kube-proxy before 1.20 serves.
  public var primaryFamily: IPFamily

  /// A node of which only the name is known.
  public init(name: String) {
    self.name = name
    knowsZone = false
    primaryFamily = .v4
  }

  /// A node as the API knows it.
  public init(_ node: NodeObject) {
    name = node.metadata.name
    zone = node.zone
    knowsZone = true
    primaryFamily = (node.ips("InternalIP") + node.ips("ExternalIP")).first?.family ?? .v4
  }
}
