/// An endpoint as kube-proxy sees it.
public struct ExpectedEndpoint: Sendable, Hashable {
  /// Where traffic is sent.
  public var address: SocketAddress
  /// The node it runs on, if the API says so.
  public var nodeName: String?
  /// Its zone, if the API says so.
  public var zone: String?
  /// Whether it runs on the node in question.
  public var isLocal: Bool
  /// Ready for traffic.
  public var isReady: Bool
  /// Answers, whether or not it is on its way out.
  public var isServing: Bool
  /// On its way out.
  public var isTerminating: Bool
  /// The pod behind it.
  public var pod: NamespacedName?
  /// For whom it is meant.
  var hints: EndpointHints
}

/// Why kube-proxy leaves a service, or one of its addresses, alone.
public enum UnhandledReason: Sendable, Hashable, CustomStringConvertible {
  /// It has no cluster address on purpose.
  case headless
  /// It is a name of something outside.
  case externalName
  /// It has no cluster address (yet).
  case noClusterIP
  /// Its label gives it to another proxy.
  case otherProxy(String)
  /// Its label calls it headless, whether or not it has an address.
  case headlessLabel
  /// The load balancer handles the address itself.
  case ipModeProxy
  /// This kube-proxy serves the other family only.
  case familyNotServed(IPFamily)
  /// The service has no cluster address of the address's family.
  case noClusterIPOfFamily(IPFamily)

  /// In words, for people.
  public var description: String {
    switch self {
    case .headless: "headless service: it has no address of its own"
    case .externalName: "ExternalName service: only a name in DNS"
    case .noClusterIP: "the service has no cluster address"
    case .otherProxy(let name): "label service.kubernetes.io/service-proxy-name: \(name) handles it"
    case .headlessLabel: "label \(EndpointSlice.headlessLabel): this release of kube-proxy leaves the service alone"
    case .ipModeProxy: "ipMode Proxy: the load balancer handles the address itself"
    case .familyNotServed(let family): "this kube-proxy does not serve \(family.rawValue)"
    case .noClusterIPOfFamily(let family): "the service has no \(family.rawValue) cluster address"
    }
  }
}

/// What kube-proxy makes of a frontend.
public enum ExpectedVerdict: Sendable, Hashable {
  /// Traffic goes to the endpoints.
  case forward
  /// Refused: the service has no endpoint anywhere.
  case reject
  /// Dropped: the policy is Local and this node has no endpoint.
  case drop
  /// Left alone.
  case unhandled(UnhandledReason)
  /// The API objects given say nothing of endpoints.
  case unknown

  /// Why it is not forwarded; nil if it is.
  public var reason: String? {
    switch self {
    case .forward: nil
    case .reject: "the service has no endpoints"
    case .drop: "the traffic policy is Local and this node has no endpoints"
    case .unhandled(let reason): "\(reason)"
    case .unknown: "neither EndpointSlices nor Endpoints are known"
    }
  }
}

/// What shaped an expectation.
public enum ExpectationNote: Sendable, Hashable, CustomStringConvertible {
  /// Only the endpoints that are meant for this zone.
  case narrowedToZone(String)
  /// Only the endpoints that are meant for this node.
  case narrowedToNode
  /// No endpoint is ready: those that terminate and still serve are used.
  case terminatingFallback
  /// IPVS lists all endpoints where the policy is Local and none is local; replies to clients outside get lost.
  case allForLackOfLocal
  /// Source ranges are given, but none of this family: every source is let through.
  case noSourceRangesOfFamily
  /// The policy is Local, or endpoints are meant for nodes, and it is not known which node this is.
  case nodeUnknown
  /// Endpoints are meant for zones, and this node's zone is not known.
  case zoneUnknown
  /// v1 Endpoints were used, which do not say what terminates or where hints lead.
  case fromEndpoints
  /// Slices were used where this release reads v1 Endpoints.
  case fromSlices
  /// The v1 Endpoints object lists only some of the endpoints.
  case truncated
  /// In this release a feature gate decides, and by default it is off.
  case needsGate(String)

  /// Whether the expectation may be wrong because of it.
  public var isDoubt: Bool {
    switch self {
    case .zoneUnknown, .fromEndpoints, .fromSlices, .truncated, .needsGate: true
    default: false
    }
  }

  /// In words, for people.
  public var description: String {
    switch self {
    case .narrowedToZone(let zone): "narrowed by zone hints to \(zone)"
    case .narrowedToNode: "narrowed by node hints to this node"
    case .terminatingFallback: "no endpoint is ready: terminating ones that still serve are used"
    case .allForLackOfLocal: "no local endpoint: IPVS lists all, and replies to clients outside the cluster get lost"
    case .noSourceRangesOfFamily: "no source range is of this family: every source is let through"
    case .nodeUnknown: "they depend on which node this is, and that is not known"
    case .zoneUnknown: "endpoints have zone hints, and this node's zone is not known"
    case .fromEndpoints: "read from v1 Endpoints, for want of EndpointSlices"
    case .fromSlices: "read from EndpointSlices, though this release reads v1 Endpoints"
    case .truncated: "the v1 Endpoints object is truncated"
    case .needsGate(let gate): "in this release it depends on the feature gate \(gate)"
    }
  }
}

/// One address and port under which a service port should be reached on this node.
public struct ExpectedFrontend: Sendable, Hashable {
  /// The kind of address.
  public var kind: FrontendKind
  /// The family.
  public var family: IPFamily
  /// The address; nil for a node port.
  public var address: IPAddress?
  /// The port: the service's, or the node port.
  public var port: UInt16
  /// The protocol.
  public var transport: TransportProtocol
  /// The service port.
  public var name: ServicePortName
  /// The service's own port, whichever port the frontend has.
  public var servicePort: UInt16
  /// For how many seconds a client stays with its endpoint.
  public var affinitySeconds: Int?
  /// The sources that are let through; empty is all.
  public var sourceRanges: [IPPrefix]
  /// The policy that holds here.
  public var policy: TrafficPolicy
  /// What becomes of traffic: of a client outside the cluster for external kinds, of a pod of this node for a cluster
  /// address.
  public var verdict: ExpectedVerdict
  /// The endpoints that such a client meets.
  public var endpoints: [ExpectedEndpoint]
  /// The endpoints that this node and its pods meet: others than those of clients outside under the Local policy.
  public var endpointsInside: [ExpectedEndpoint]
  /// What is known of the endpoints that it is made of.
  public var known = EndpointKnowledge.complete
  /// What shaped the answer.
  public var notes: [ExpectationNote]
  /// Endpoints that are not used, since they are not ready or on their way out.
  public var unused: [ExpectedEndpoint] = []
  /// Endpoints that are ready, and not meant for clients that this node serves.
  public var elsewhere: [SocketAddress] = []
  /// Why there is no endpoint at all, where there is none.
  public var lack: EndpointLack?

  /// Whether nothing is in doubt.
  public var isCertain: Bool { verdict != .unknown && !notes.contains(where: \.isDoubt) }

  /// Whether both say the same of the same frontend, whatever led there, and are as sure of it.
  public func agrees(with other: ExpectedFrontend) -> Bool {
    func addresses(_ endpoints: [ExpectedEndpoint]) -> Set<SocketAddress> { Set(endpoints.map(\.address)) }
    return kind == other.kind && family == other.family && address == other.address && port == other.port
      && transport == other.transport && name == other.name && verdict == other.verdict
      && affinitySeconds == other.affinitySeconds && sourceRanges == other.sourceRanges
      && addresses(endpoints) == addresses(other.endpoints)
      && addresses(endpointsInside) == addresses(other.endpointsInside) && isCertain == other.isCertain
  }
}
