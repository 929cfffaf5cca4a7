/// One address of a v1 Endpoints object.
public struct EndpointAddress: Sendable, Hashable, Codable {
  /// The address.
  public var ip: String
  /// The node it is on.
  public var nodeName: String?
  /// The pod behind it.
  public var targetRef: ObjectReference?
}

/// Addresses that share their ports.
public struct EndpointSubset: Sendable, Hashable {
  /// Ready addresses.
  public var addresses: [EndpointAddress]
  /// Addresses that are not ready.
  public var notReadyAddresses: [EndpointAddress]
  /// The ports of all of them.
  public var ports: [EndpointPort]
}

extension EndpointSubset: Codable {
  private enum CodingKeys: String, CodingKey { case addresses, notReadyAddresses, ports }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    addresses = try fields.value(.addresses, default: [])
    notReadyAddresses = try fields.value(.notReadyAddresses, default: [])
    ports = try fields.value(.ports, default: [])
  }
}

/// A service's endpoints as one object: what there was before slices. It has the service's name.
public struct Endpoints: Sendable, Hashable {
  /// Name and namespace: the service's own.
  public var metadata: ObjectMeta
  /// The endpoints, by their ports.
  public var subsets: [EndpointSubset]

  /// Whether it lists only some of the endpoints: there are more than 1000.
  public var isTruncated: Bool { metadata.annotations["endpoints.kubernetes.io/over-capacity"] != nil }
}

extension Endpoints: Codable {
  private enum CodingKeys: String, CodingKey { case metadata, subsets }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    metadata = try fields.decode(ObjectMeta.self, forKey: .metadata)
    subsets = try fields.value(.subsets, default: [])
  }
}
