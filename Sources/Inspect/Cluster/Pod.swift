/// A condition of a pod or a node.
public struct ObjectCondition: Sendable, Hashable, Codable {
  /// Which condition, such as `Ready`.
  public var type: String
  /// `True`, `False` or `Unknown`.
  public var status: String
}

/// A port of the node that leads to one of a pod's.
public struct HostPort: Sendable, Hashable {
  /// The node's port.
  public var port: UInt16
  /// The protocol; nil if it is none that has ports here.
  public var transport: TransportProtocol?
  /// At which address of the node alone; nil for all.
  public var address: String?
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
  /// The node's ports that lead to it.
  public var hostPorts: [HostPort] = []

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
    var containers: [Container]?
  }

  private struct Container: Decodable {
    struct Port: Decodable {
      var hostPort: Int?
      var hostIP: String?
      var `protocol`: String?
    }
    var ports: [Port]?
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
    hostPorts = (spec.containers ?? []).flatMap { $0.ports ?? [] }.compactMap { port in
      guard let number = port.hostPort.flatMap({ UInt16(exactly: $0) }), number != 0 else { return nil }
      let address = port.hostIP.flatMap { $0.isEmpty ? nil : $0 }
      return HostPort(port: number, transport: TransportProtocol(port.protocol ?? "TCP"), address: address)
    }
  }
}
