/// A condition of a pod or a node.
public struct ObjectCondition: Sendable, Hashable, Decodable {
  /// Which condition, such as `Ready`.
  public var type: String
  /// `True`, `False` or `Unknown`.
  public var status: String
}

/// A pod, as far as traffic to it depends on it.
public struct Pod: Sendable, Hashable {
  /// Name, namespace, labels, whether it is going.
  public var metadata: ObjectMeta
  /// The node it was given to; nil before.
  public var nodeName: String?
  /// Whether it uses the node's own network.
  public var hostNetwork: Bool
  /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
  public var phase: String
  /// Its addresses, the first family first.
  public var podIPs: [String]
  /// Its conditions.
  public var conditions: [ObjectCondition]

  /// Whether it says it is ready; nil if it says nothing.
  public var isReady: Bool? { conditions.first { $0.type == "Ready" }.map { $0.status == "True" } }

  /// Whether its containers have ended, so that its address may be another's by now.
  public var hasEnded: Bool { phase == "Succeeded" || phase == "Failed" }
}

extension Pod: Decodable {
  private enum CodingKeys: String, CodingKey { case metadata, spec, status }

  private struct Spec: Decodable {
    var nodeName: String?
    var hostNetwork: Bool?
  }

  private struct Status: Decodable {
    struct Address: Decodable { var ip: String? }
    var phase: String?
    var podIP: String?
    var podIPs: [Address]?
    var conditions: [ObjectCondition]?
  }

  /// Reads what the API writes; fields that kpx does not use are passed over.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    metadata = try fields.decode(ObjectMeta.self, forKey: .metadata)
    let spec: Spec = try fields.value(.spec, default: Spec())
    let status: Status = try fields.value(.status, default: Status())
    nodeName = spec.nodeName.flatMap { $0.isEmpty ? nil : $0 }
    hostNetwork = spec.hostNetwork ?? false
    phase = status.phase ?? "Unknown"
    let addresses = (status.podIPs ?? []).compactMap(\.ip)
    podIPs = addresses.isEmpty ? [status.podIP].compactMap(\.self) : addresses
    conditions = status.conditions ?? []
  }
}
