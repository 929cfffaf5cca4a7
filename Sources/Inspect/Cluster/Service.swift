/// Which endpoints traffic to a service may reach.
public enum TrafficPolicy: String, Sendable, Hashable {
  /// Every endpoint of the cluster.
  case cluster = "Cluster"
  /// Those of the node that the traffic arrives at.
  case local = "Local"
}

/// Where a service's port leads in a pod: a number, or the name of a container's port.
public enum TargetPort: Sendable, Hashable, CustomStringConvertible {
  case number(Int)
  case name(String)

  /// The number or the name.
  public var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .name(let name): name
    }
  }
}

extension TargetPort: Decodable {
  /// Reads a number or a name, as an IntOrString is written.
  public init(from decoder: any Decoder) throws {
    let field = try decoder.singleValueContainer()
    self =
      if let number = try? field.decode(Int.self) { .number(number) } else { .name(try field.decode(String.self)) }
  }
}

/// One port of a service.
public struct ServicePort: Sendable, Hashable {
  /// The port's name; empty for the only port of a service.
  public var name: String
  /// The protocol; nil if it is none that has ports here.
  public var transport: TransportProtocol?
  /// The port of the service's addresses.
  public var port: UInt16
  /// The port of the pods.
  public var targetPort: TargetPort?
  /// The port of the nodes; nil if it has none.
  public var nodePort: UInt16?
}

extension ServicePort: Decodable {
  private enum CodingKeys: String, CodingKey {
    case name, port, targetPort, nodePort
    case transport = "protocol"
  }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.value(.name, default: "")
    transport = TransportProtocol(try fields.value(.transport, default: "TCP"))
    port = try fields.port(.port) ?? 0
    targetPort = try fields.value(.targetPort)
    nodePort = try fields.port(.nodePort)
  }
}

/// One address of a service's load balancer.
public struct LoadBalancerIngress: Sendable, Hashable, Codable {
  /// Who handles traffic to a load balancer's address.
  public enum Mode: String, Sendable {
    /// Traffic arrives with the address as its destination, and the node forwards it.
    case vip = "VIP"
    /// The load balancer sends traffic to a node port or a pod; the node must leave the address alone.
    case proxy = "Proxy"
  }

  /// The address, if it has one.
  public var ip: String?
  /// `VIP` or `Proxy`, as the API writes it.
  public var ipMode: String?

  /// Who handles traffic to the address: the node, unless the API says otherwise.
  public var mode: Mode { ipMode.flatMap(Mode.init) ?? .vip }
}

/// A service, as far as a node's forwarding depends on it.
public struct Service: Sendable, Hashable {
  /// Name, namespace, labels and annotations.
  public var metadata: ObjectMeta
  /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
  public var type: String
  /// The cluster addresses, the first family first; `None` for a headless service, empty for ExternalName.
  public var clusterIPs: [String]
  /// The name that an ExternalName service's own stands for in DNS; nil for others.
  public var externalName: String?
  /// External addresses.
  public var externalIPs: [String]
  /// The addresses of its load balancer.
  public var ingress: [LoadBalancerIngress]
  /// The sources that may use the load balancer's addresses, as the specification says them; empty is all.
  public var loadBalancerSourceRanges: [String]
  /// The policy for traffic from outside.
  public var externalTrafficPolicy: TrafficPolicy
  /// The policy for traffic to the cluster address.
  public var internalTrafficPolicy: TrafficPolicy
  /// Where traffic should stay if it can, such as `PreferSameZone`; nil without a wish.
  public var trafficDistribution: String?
  /// For how many seconds a client stays with its endpoint; nil without session affinity.
  public var affinitySeconds: Int?
  /// The port where nodes answer health checks of the load balancer; nil without.
  public var healthCheckNodePort: UInt16?
  /// The labels of its pods; empty without a selector.
  public var selector: [String: String]
  /// The ports.
  public var ports: [ServicePort]

  /// Whether it has no cluster address on purpose.
  public var isHeadless: Bool { clusterIPs.contains("None") }

  /// Whether a pod's labels, of the same namespace, are those that it asks for.
  public func selects(_ pod: Pod) -> Bool {
    !selector.isEmpty && selector.allSatisfy { pod.metadata.labels[$0.key] == $0.value }
  }

  /// Whether its endpoints may be meant for some zones or nodes.
  public var asksForTopology: Bool {
    let annotations = ["service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"]
    return trafficDistribution != nil || annotations.contains { metadata.annotations[$0] != nil }
  }
}

extension Service: Decodable {
  /// The API's default for session affinity without a time: three hours.
  static let defaultAffinitySeconds = 10800

  private enum CodingKeys: String, CodingKey { case metadata, spec, status }

  private enum SpecKeys: String, CodingKey {
    case type, clusterIP, clusterIPs, externalName, externalIPs, loadBalancerSourceRanges, externalTrafficPolicy,
      internalTrafficPolicy, trafficDistribution, sessionAffinity, sessionAffinityConfig, healthCheckNodePort, selector,
      ports
  }

  private struct Status: Decodable {
    struct LoadBalancer: Decodable { var ingress: [LoadBalancerIngress]? }
    var loadBalancer: LoadBalancer?
  }

  private struct AffinityConfig: Decodable {
    struct ClientIP: Decodable { var timeoutSeconds: Int? }
    var clientIP: ClientIP?
  }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    metadata = try fields.decode(ObjectMeta.self, forKey: .metadata)
    let status: Status? = try fields.value(.status)
    ingress = status?.loadBalancer?.ingress ?? []
    let spec = try fields.nestedContainer(keyedBy: SpecKeys.self, forKey: .spec)
    type = try spec.value(.type, default: "ClusterIP")
    clusterIPs = try Self.clusterIPs(spec)
    let externalName: String? = try spec.value(.externalName)
    self.externalName = type == "ExternalName" ? externalName : nil
    externalIPs = try spec.value(.externalIPs, default: [])
    loadBalancerSourceRanges = try spec.value(.loadBalancerSourceRanges, default: [String]()).map(\.trimmed)
    externalTrafficPolicy = try Self.policy(spec, .externalTrafficPolicy)
    internalTrafficPolicy = try Self.policy(spec, .internalTrafficPolicy)
    trafficDistribution = try spec.value(.trafficDistribution)
    affinitySeconds = try Self.affinity(spec)
    healthCheckNodePort = try spec.port(.healthCheckNodePort)
    selector = try spec.value(.selector, default: [:])
    ports = try spec.value(.ports, default: [])
  }

  /// API servers before 1.20 say only `clusterIP`.
  private static func clusterIPs(_ spec: KeyedDecodingContainer<SpecKeys>) throws -> [String] {
    let all: [String] = try spec.value(.clusterIPs, default: [])
    let first: String = try spec.value(.clusterIP, default: "")
    return all.isEmpty && !first.isEmpty ? [first] : all
  }

  private static func policy(_ spec: KeyedDecodingContainer<SpecKeys>, _ key: SpecKeys) throws -> TrafficPolicy {
    TrafficPolicy(rawValue: try spec.value(key, default: "")) ?? .cluster
  }

  private static func affinity(_ spec: KeyedDecodingContainer<SpecKeys>) throws -> Int? {
    let affinity: String = try spec.value(.sessionAffinity, default: "None")
    guard affinity == "ClientIP" else { return nil }
    let config: AffinityConfig? = try spec.value(.sessionAffinityConfig)
    return config?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds
  }
}
