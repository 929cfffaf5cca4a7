/// One address of a node.
public struct NodeAddress: Sendable, Hashable, Codable {
  /// `InternalIP`, `ExternalIP`, `Hostname`, …
  public var type: String
  /// The address or name.
  public var address: String
}

/// A Node object of the API, as far as forwarding depends on it.
public struct NodeObject: Sendable, Hashable {
  /// The label that names a node's zone.
  public static let zoneLabel = "topology.kubernetes.io/zone"

  /// Name and labels.
  public var metadata: ObjectMeta
  /// Its addresses.
  public var addresses: [NodeAddress]
  /// The ranges its pods have addresses from.
  public var podCIDRs: [String]
  /// The kubelet's release, as `v1.34.0`. What `kubeProxyVersion` says is the same, never kube-proxy's own (KEP-4004).
  public var kubeletVersion: String?

  /// The zone, if the node is labelled with one.
  public var zone: String? { metadata.labels[Self.zoneLabel].flatMap { $0.isEmpty ? nil : $0 } }

  /// The node's addresses of a type that are addresses indeed.
  public func ips(_ type: String) -> [IPAddress] {
    addresses.filter { $0.type == type }.compactMap { IPAddress($0.address) }
  }
}

extension NodeObject: Decodable {
  private enum CodingKeys: String, CodingKey { case metadata, spec, status }

  private struct Spec: Decodable {
    var podCIDR: String?
    var podCIDRs: [String]?
  }

  private struct Status: Decodable {
    struct Info: Decodable { var kubeletVersion: String? }
    var addresses: [NodeAddress]?
    var nodeInfo: Info?
  }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    metadata = try fields.decode(ObjectMeta.self, forKey: .metadata)
    let spec: Spec = try fields.value(.spec, default: Spec())
    let status: Status = try fields.value(.status, default: Status())
    let ranges = spec.podCIDRs ?? []
    podCIDRs = ranges.isEmpty ? [spec.podCIDR].compactMap(\.self) : ranges
    addresses = status.addresses ?? []
    kubeletVersion = status.nodeInfo?.kubeletVersion
  }
}
