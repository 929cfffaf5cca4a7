/// What the control plane says of an endpoint's health; nil is unknown.
public struct EndpointConditions: Sendable, Hashable, Codable {
  /// Ready for traffic: serving and not terminating, or published all the same.
  public var ready: Bool?
  /// Answers, whether or not it is on its way out.
  public var serving: Bool?
  /// Its pod was asked to go.
  public var terminating: Bool?

  /// What a consumer makes of unknown readiness: ready.
  public var isReady: Bool { ready ?? true }
  /// What a consumer makes of unknown service: as ready as it is.
  public var isServing: Bool { serving ?? isReady }
  /// What a consumer makes of unknown termination: staying.
  public var isTerminating: Bool { terminating ?? false }
}

/// For whom an endpoint is meant, as the control plane suggests.
public struct EndpointHints: Sendable, Hashable {
  /// Zones that should use it.
  public var zones: [String]
  /// Nodes that should use it.
  public var nodes: [String]
}

extension EndpointHints: Decodable {
  private enum CodingKeys: String, CodingKey { case forZones, forNodes }
  private struct Target: Decodable { var name: String }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let zones: [Target] = try fields.value(.forZones, default: [])
    let nodes: [Target] = try fields.value(.forNodes, default: [])
    self.zones = zones.map(\.name)
    self.nodes = nodes.map(\.name)
  }
}

/// One endpoint of a slice.
public struct SliceEndpoint: Sendable, Hashable {
  /// Addresses that mean the same endpoint. Consumers use the first.
  public var addresses: [String]
  /// Its health.
  public var conditions: EndpointConditions
  /// The node it runs on.
  public var nodeName: String?
  /// The zone it runs in.
  public var zone: String?
  /// For whom it is meant.
  public var hints: EndpointHints?
  /// The pod behind it.
  public var targetRef: ObjectReference?
}

extension SliceEndpoint: Decodable {
  private enum CodingKeys: String, CodingKey {
    case addresses, conditions, nodeName, zone, hints, targetRef, topology
  }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    // v1beta1 says node and zone among the topology labels.
    let topology: [String: String] = try fields.value(.topology, default: [:])
    addresses = try fields.value(.addresses, default: [])
    conditions = try fields.value(.conditions, default: EndpointConditions())
    nodeName = try fields.value(.nodeName) ?? topology["kubernetes.io/hostname"]
    zone = try fields.value(.zone) ?? topology["topology.kubernetes.io/zone"]
    hints = try fields.value(.hints)
    targetRef = try fields.value(.targetRef)
  }
}

/// One port of a slice; it holds for all of the slice's endpoints.
public struct EndpointPort: Sendable, Hashable {
  /// The name of the service's port; empty for the only one.
  public var name: String
  /// The protocol; nil if it is none that has ports here.
  public var transport: TransportProtocol?
  /// The number; nil means all ports, which no service uses.
  public var port: UInt16?
}

extension EndpointPort: Decodable {
  private enum CodingKeys: String, CodingKey {
    case name, port
    case transport = "protocol"
  }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.value(.name, default: "")
    transport = TransportProtocol(try fields.value(.transport, default: "TCP"))
    port = try fields.port(.port)
  }
}

/// A part of a service's endpoints: those of one family with one set of ports.
public struct EndpointSlice: Sendable, Hashable {
  /// The label that names a slice's service.
  public static let serviceNameLabel = "kubernetes.io/service-name"
  /// The label of a headless service's slices.
  public static let headlessLabel = "service.kubernetes.io/headless"

  /// Name, namespace, labels.
  public var metadata: ObjectMeta
  /// `IPv4`, `IPv6` or `FQDN`.
  public var addressType: String
  /// The endpoints.
  public var endpoints: [SliceEndpoint]
  /// The ports.
  public var ports: [EndpointPort]

  /// The service that it belongs to, if it says so.
  public var service: NamespacedName? {
    metadata.labels[Self.serviceNameLabel].map { NamespacedName(metadata.namespace, $0) }
  }

  /// The family of its addresses; nil for host names.
  public var family: IPFamily? { IPFamily(rawValue: addressType) }
}

extension EndpointSlice: Decodable {
  private enum CodingKeys: String, CodingKey { case metadata, addressType, endpoints, ports }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    metadata = try fields.decode(ObjectMeta.self, forKey: .metadata)
    addressType = try fields.value(.addressType, default: IPFamily.v4.rawValue)
    endpoints = try fields.value(.endpoints, default: [])
    ports = try fields.value(.ports, default: [])
  }
}
