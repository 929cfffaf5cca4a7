/// The kinds of addresses under which a service port is reached.
public enum FrontendKind: String, Codable, Sendable, Hashable, CaseIterable {
  case clusterIP = "ClusterIP"
  case externalIP = "ExternalIP"
  case loadBalancer = "LoadBalancer"
  case nodePort = "NodePort"

  /// Whether it is there for clients outside the cluster.
  public var isExternal: Bool { self != .clusterIP }
}
