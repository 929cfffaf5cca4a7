/// The kinds of addresses under which a service port is reached.
public enum FrontendKind: String, Codable, Sendable, Hashable, CaseIterable {
  case clusterIP = "ClusterIP"
  case externalIP = "ExternalIP"
  case loadBalancer = "LoadBalancer"
  case nodePort = "NodePort"

  /// Whether it is there for clients outside the cluster.
  public var isExternal: Bool { self != .clusterIP }
}

/// How kube-proxy tells the kernel.
public enum ProxyMode: String, Sendable, Hashable, CaseIterable {
  case iptables
  case ipvs
  case nftables
}
