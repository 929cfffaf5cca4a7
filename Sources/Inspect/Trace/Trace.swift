/// How this node forwards a service: the answer of `kpx trace`.
public struct Trace: Sendable {
  /// The node's name, where it is known to the API or was given.
  public var node: String?
  public var proxy: Proxy
  /// nil for an address that belongs to no known service.
  public var service: ServiceSummary?
  public var frontends: [FrontendAnswer]
  public var findings: [Finding]
  /// What the answer rests on and what it could not tell.
  public var notes: [Note]
  /// Where what the API says is from; nil without the API.
  public var api: APIOrigin?
  /// How the tables read a second time compare; nil where that was not asked for.
  public var verification: [Verification]?

  /// 0 answered and healthy, 1 something is wrong, 2 cannot tell.
  public var exitStatus: Int32 {
    if verification?.contains(where: \.isDoubtful) == true { return 2 }
    if findings.contains(where: { $0.severity != .info }) { return 1 }
    if frontends.contains(where: { $0.trace.verdict == .uncertain }) { return 2 }
    // One packet that gets nowhere, or does so by chance, is wrong for whoever asks what becomes of it.
    return frontends.contains { $0.origin != nil && !$0.trace.forwardsAll } ? 1 : 0
  }
}

/// Who programs services on this node.
public struct Proxy: Sendable, Hashable {
  /// What carries out services.
  public enum Mode: String, Sendable, Hashable {
    case iptables, ipvs, nftables, none
  }
  public var mode: Mode
  /// nil where there are no rules.
  public var backend: Backend?
  /// nil where it is not known.
  public var version: KubeProxyVersion?
  /// Where the version is from, in words.
  public var versionSource: String?
  /// Whether the version is only the oldest that may run here.
  public var isVersionGuessed: Bool
}

/// The service that was asked for, as far as it is known.
public struct ServiceSummary: Sendable, Hashable {
  public var name: NamespacedName
  /// nil without the API.
  public var type: String?
  /// nil without the API; empty where it has none.
  public var clusterIPs: [String]?
}

/// Where what the API says is from.
public struct APIOrigin: Sendable, Hashable {
  /// The kubeconfig or dump, or what else it is.
  public var source: String
  /// The context of a kubeconfig.
  public var context: String?
  /// The server's URL; nil for a dump.
  public var server: String?
  /// What showed who asked, in a word.
  public var credential: String?

  /// A dump's path.
  public init(dump: String) { source = dump }

  /// A server that was asked.
  public init(_ access: ClusterAccess) {
    source = access.source.name
    context = access.source.context
    server = access.server.description
    credential = access.credentialKind
  }
}

extension Trace {
  /// Addresses of endpoints of which nothing but the rules tells.
  public var unnamedAddresses: [IPAddress] {
    let unnamed = frontends.flatMap(\.endpoints).filter { $0.pod == nil && !$0.isKnownWithoutPod }
    return Set(unnamed.map(\.trace.address.address)).sorted()
  }

  /// Whether a kube-proxy of this release reads v1 Endpoints and not slices.
  public var needsEndpoints: Bool { proxy.version.map { !ProxyBehavior($0).readsSlices } ?? false }

  /// The same, with the pods that a cluster knows by now.
  public func named(by cluster: ClusterSnapshot) -> Trace {
    var trace = self
    trace.frontends = frontends.map {
      FrontendAnswer(trace: $0.trace, origin: $0.origin, expected: $0.expected, cluster: cluster, node: node)
    }
    return trace
  }
}
