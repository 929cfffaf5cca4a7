/// The name of a chain that kube-proxy makes for one service port or one endpoint, in iptables mode.
///
/// The hash tells nothing by itself, but names of what the API knows can be computed and compared.
public struct ChainName: Sendable, Hashable {
  /// What a chain is for.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The endpoints of the Cluster policy.
    case service = "KUBE-SVC-"
    /// The endpoints of the Local policy (since 1.24).
    case local = "KUBE-SVL-"
    /// Traffic from outside (since 1.24).
    case external = "KUBE-EXT-"
    /// Traffic from outside under the Local policy (up to 1.23).
    case externalLocal = "KUBE-XLB-"
    /// The source ranges of a load balancer; up to 1.23 every load balancer.
    case firewall = "KUBE-FW-"
    /// One endpoint.
    case endpoint = "KUBE-SEP-"
  }

  private static let hashLength = 16

  /// What the chain is for.
  public let kind: Kind
  /// The sixteen letters that stand for the service port or endpoint.
  public let hash: String

  /// Reads a chain's name; nil if it is not of this form.
  public init?(_ name: some StringProtocol) {
    guard let kind = Kind.allCases.first(where: { name.hasPrefix($0.rawValue) }) else { return nil }
    let hash = name.dropFirst(kind.rawValue.count)
    guard NameHash.isHash(hash, length: Self.hashLength) else { return nil }
    self.kind = kind
    self.hash = String(hash)
  }

  private init(kind: Kind, hashing text: String) {
    self.kind = kind
    hash = NameHash.of(text, length: Self.hashLength)
  }

  /// The names of a service port's chains of a kind: two where releases differ, the newer first.
  public static func names(_ kind: Kind, of port: ServicePortName, transport: TransportProtocol) -> [ChainName] {
    port.hashedForms.map { ChainName(kind: kind, hashing: $0 + transport.name) }
  }

  /// The names of an endpoint's chain: two where releases differ, the newer first.
  public static func names(
    of endpoint: SocketAddress, of port: ServicePortName, transport: TransportProtocol
  ) -> [ChainName] {
    port.hashedForms.map { ChainName(kind: .endpoint, hashing: "\($0)\(transport.name)\(endpoint)") }
  }
}

extension ChainName: CustomStringConvertible {
  /// `KUBE-SVC-OIQIZJVJK6E34BR4`.
  public var description: String { kind.rawValue + hash }
}

/// A chain of kube-proxy's or the kubelet's that there is once, whatever the services.
public enum WellKnownChain: String, Sendable, Hashable, CaseIterable {
  case services = "KUBE-SERVICES"
  case externalServices = "KUBE-EXTERNAL-SERVICES"
  case nodePorts = "KUBE-NODEPORTS"
  case postrouting = "KUBE-POSTROUTING"
  case markMasquerade = "KUBE-MARK-MASQ"
  case markDrop = "KUBE-MARK-DROP"
  case forward = "KUBE-FORWARD"
  case firewall = "KUBE-FIREWALL"
  case proxyFirewall = "KUBE-PROXY-FIREWALL"
  case proxyCanary = "KUBE-PROXY-CANARY"
  case kubeletCanary = "KUBE-KUBELET-CANARY"
  case iptablesHint = "KUBE-IPTABLES-HINT"
  /// IPVS mode's node ports; iptables mode's have an S.
  case ipvsNodePort = "KUBE-NODE-PORT"
  case ipvsLoadBalancer = "KUBE-LOAD-BALANCER"
  case ipvsSourceRanges = "KUBE-SOURCE-RANGES-FIREWALL"
  case ipvsFilter = "KUBE-IPVS-FILTER"
  case ipvsOutFilter = "KUBE-IPVS-OUT-FILTER"
}
