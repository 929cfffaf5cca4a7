/// How a node forwards one frontend of a service.
public struct FrontendReport: Codable, Sendable, Hashable {
  /// nil where neither the API nor a rule's comment says.
  public var kind: FrontendKind?
  /// nil where the port has no name or it is not known.
  public var portName: String?
  /// TCP, UDP or SCTP.
  public var transport: TransportProtocol
  /// A service of two families has a frontend for each.
  public var family: IPFamily
  /// nil for a node port: any address of the node.
  @Nullable public var address: IPAddress?
  /// The port that clients send to.
  public var port: UInt16
  /// For a client outside the cluster; for a ClusterIP, a pod of this node; or for the one packet that was asked for.
  public var verdict: Verdict
  /// Why, where it is not `forward`.
  public var reason: Reason?
  /// Who carries packets to the endpoints; nil where nobody is known to.
  public var dataplane: Dataplane?
  /// For which of these clients' packets the verdict is, where it is not for all.
  public var when: PacketCondition?
  /// Where the one packet comes from that it is for; nil where it is for all.
  public var from: OriginReport?
  /// The chains at which packets begin their way to it; nil where no packet does.
  public var hooks: [String]?
  /// What was counted of packets that were sent to it.
  public var packets: UInt64?
  /// What becomes of the other packets, where the verdict is not for all.
  public var exceptions: [ExceptionReport]?
  /// Whether clients' addresses are replaced by the node's.
  public var masquerade: MasqueradeKind
  /// For which packets, where it is for some.
  public var masqueradeWhen: PacketCondition?
  /// How long a client keeps its endpoint; nil without session affinity.
  @Nullable public var affinitySeconds: UInt32?
  /// The rules met on the way to the choice of an endpoint; nil in a list.
  public var path: [StepReport]?
  /// All ways of packets to it; nil where they were not asked for.
  public var graph: GraphReport?
  /// Where packets are sent to; empty where they get no further than this node.
  public var endpoints: [EndpointReport]
  /// Endpoints that the API has and that get no packet, since they are not ready or on their way out; nil where there are
  /// none. They have no share.
  public var unused: [EndpointReport]?
  /// Connections that go where no new one would, at most 20 places; nil where there are none, and where they were not read.
  public var strays: [StrayConnections]?
  /// The virtual services of IPVS that take packets to it; nil where there are none.
  public var virtualServices: [VirtualServiceReport]?
  /// What the API implies; nil without it, and for what it does not have.
  public var expected: ExpectedReport?
  /// Why that could not be held against what the kernel does; nil where it was, and without the API.
  public var uncompared: String?

  private enum CodingKeys: String, CodingKey {
    case kind, portName
    case transport = "protocol"
    case family, address, port, verdict, reason, dataplane, when, from, hooks, packets, exceptions, masquerade,
      masqueradeWhen
    case affinitySeconds, path, graph, endpoints, unused, strays, virtualServices, expected, uncompared
  }

  /// Whether kube-proxy leaves it alone, as it is meant to.
  public var isLeftAlone: Bool { verdict == .unhandled && expected?.verdict == .unhandled }

  /// The frontend as a packet sees it.
  public var place: FrontendAddress {
    FrontendAddress(address: address, port: port, transport: transport, family: family)
  }
}

/// Whether clients' addresses are replaced by the node's.
public enum MasqueradeKind: String, Codable, Sendable {
  case always, never, conditional, uncertain
}

/// Where one packet comes from.
public struct OriginReport: Codable, Sendable, Hashable {
  /// What was asked for.
  public enum Kind: String, Codable, Sendable {
    case node, external, address, pod
  }

  /// What kind of origin was asked for.
  public var kind: Kind
  /// The pod that was named; nil for other origins.
  public var pod: ObjectName?
  /// Whether the node itself sends it.
  public var local: Bool
  /// nil: any outside the cluster, or one of the node's own that the kernel chooses.
  public var address: IPAddress?
  /// The interface that it comes by; nil: any.
  public var interface: Known<String>?
}

/// What becomes of packets that the verdict is not for.
public struct ExceptionReport: Codable, Sendable, Hashable {
  /// What becomes of them.
  public var verdict: Verdict
  /// Why, where it is not `forward`.
  public var reason: Reason?
  /// nil: for any.
  @Nullable public var when: PacketCondition?
  /// Of the packets that `when` speaks of, 0 to 1.
  public var share: Double
}

/// A rule that a packet met and that did something to it, the policy at a base chain's end, or a virtual service.
public struct StepReport: Codable, Sendable, Hashable {
  /// What took the packet.
  public enum Kind: String, Codable, Sendable {
    case rule, policy, virtualService
  }

  /// The language of `text`.
  public enum Syntax: String, Codable, Sendable {
    case iptables, nft, ipvsadm
  }

  /// What took the packet.
  public var kind: Kind
  /// nil for a virtual service.
  public var table: String?
  /// The chain of the rule or policy; nil for a virtual service.
  public var chain: String?
  /// From 1; nil for what is no rule.
  public var rule: Int?
  /// A virtual service's address and port, or its mark; nil for what is none.
  public var virtualService: String?
  /// What nf_tables names the rule by, as `nft --handle list` shows it; nil in legacy tables.
  public var handle: UInt64?
  /// The rule or virtual service, in the words of `syntax`; nil for a policy.
  public var text: String?
  /// The language of `text`; nil for a policy.
  public var syntax: Syntax?
  /// The chain that the packet was sent to; nil for none.
  @Nullable public var target: String?
  /// What it has counted; nil where it does not count.
  public var packets: UInt64?
  /// What it has counted; nil where it does not count.
  public var bytes: UInt64?
  /// true for what leads from one chain to the next, up to the choice of an endpoint.
  public var leading: Bool?
}

/// An endpoint that packets are sent to, beside what the API says of it.
public struct EndpointReport: Codable, Sendable, Hashable {
  /// The endpoint's address.
  public var address: IPAddress
  /// The endpoint's port.
  public var port: UInt16
  /// The connections that there are to it through this frontend; nil where they were not read.
  public var connections: ConnectionCounts?
  /// Of the packets that `when` speaks of, 0 to 1; nil where it is not known beforehand.
  public var share: Double?
  /// For which packets; nil: for all.
  @Nullable public var when: PacketCondition?
  /// The address that it sees the one packet come from.
  public var source: IPAddress?
  /// The mark of the one packet at the end.
  public var mark: UInt32?
  /// The chain of the rule that sends packets there, and the rule's number.
  public var chain: String?
  /// The number of that rule in its chain, from 1; nil where it is no rule.
  public var rule: Int?
  /// The virtual service that does, in a rule's place.
  public var virtualService: String?
  /// What that rule or the real server has counted; nil where it does not count.
  public var packets: UInt64?
  /// What that rule or the real server has counted; nil where it does not count.
  public var bytes: UInt64?
  /// none: there is an endpoint, and no pod behind it.
  public var pod: Known<ObjectName>?
  /// The node that the endpoint is on, by the API.
  public var node: String?
  /// Whether that is this node.
  public var local: Bool?
  /// The interface of this node that leads to it.
  public var interface: String?
  /// Its condition in the API; nil where the API does not say.
  public var ready: Bool?
  /// Its condition in the API; nil where the API does not say.
  public var serving: Bool?
  /// Its condition in the API; nil where the API does not say.
  public var terminating: Bool?
  /// Whether a packet from the endpoint to itself is masqueraded.
  public var hairpinMasquerade: Bool?
  /// Whether IPVS only keeps the connections that it has.
  public var draining: Bool?
  /// IPVS's own account of it; nil in other modes.
  public var realServer: RealServerReport?

  /// Address and port.
  public var place: SocketAddress { SocketAddress(address, port: port) }
}

extension EndpointReport {
  /// One that only the API has.
  public init(missing place: SocketAddress) {
    self.init(address: place.address, port: place.port)
  }
}

/// What the API implies for a frontend.
public struct ExpectedReport: Codable, Sendable, Hashable {
  /// What should become of packets.
  public enum Verdict: String, Codable, Sendable {
    case forward, reject, drop, unhandled, unknown
  }

  /// What should become of packets.
  public var verdict: Verdict
  /// Why, where it is not `forward`.
  public var reason: Reason?
  /// Where packets of clients outside should be sent to.
  public var endpoints: [SocketAddress]
  /// Those that this node and its pods meet, where they are others.
  public var endpointsInside: [SocketAddress]?
  /// What shaped it.
  public var notes: [ExpectedNote]
}

/// Something that shaped what the API implies.
public struct ExpectedNote: Codable, Sendable, Hashable {
  /// What it is.
  public enum Kind: String, Codable, Sendable {
    case narrowedToZone, narrowedToNode, terminatingFallback, allForLackOfLocal, noSourceRangesOfFamily
    /// Those that leave a doubt.
    case nodeUnknown, zoneUnknown, fromEndpoints, fromSlices, truncated, needsGate
  }

  /// What kind of thing it is.
  public var kind: Kind
  /// In words.
  public var text: String
}
