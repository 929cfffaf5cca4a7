/// How this node forwards a service, with all that the walks found; `Trace` is what is told of it.
public struct ServiceTrace: Sendable {
  /// The node that has the rules.
  public var node: AnsweringNode
  /// Who programs services there.
  public var proxy: Proxy
  /// nil for an address that belongs to no known service.
  public var service: ServiceSummary?
  /// Those of the API, and behind them those that only the rules have.
  public var frontends: [FrontendAnswer]
  /// What is wrong or worth knowing of the service and of the node.
  public var findings: [Finding]
  /// What the answer rests on and what it could not tell.
  public var notes: [Note]
  /// The canonical form of how it is forwarded.
  var forwarding: ServiceForwarding
  /// How the tables read a second time compare; nil where that was not asked for.
  public var verification: [Verification]?
  /// The pods that have the addresses now to which connections go that no rule sends there; none: no pod has it.
  var strayHolders: [IPAddress: Known<ObjectName>] = [:]
}

/// The service that was asked for, as far as it is known.
public struct ServiceSummary: Sendable, Hashable {
  /// Its namespace and name.
  public var name: NamespacedName
  /// nil without the API.
  public var type: String?
  /// nil without the API; empty where it has none.
  public var clusterIPs: [String]?
}

extension ServiceTrace {
  /// Addresses of endpoints of which nothing but the rules tells.
  var unnamedAddresses: [IPAddress] {
    let unnamed = frontends.lazy.flatMap(\.endpoints).filter { $0.pod == nil && !$0.isKnownWithoutPod }
    return Set(unnamed.map(\.trace.address.address)).sorted()
  }

  /// Whether a kube-proxy of this release reads v1 Endpoints and not slices.
  var needsEndpoints: Bool {
    let version = proxy.version.flatMap { KubeProxyVersion($0.min) }
    return version.map { !ProxyBehavior($0).readsSlices } ?? false
  }

  /// The same, with the pods that a cluster knows by now.
  func named(by cluster: ClusterSnapshot) -> ServiceTrace {
    var trace = self
    trace.frontends = frontends.map { $0.named(by: cluster, node: node.name) }
    return trace
  }
}
