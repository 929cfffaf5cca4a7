// The API's objects as the API writes them, with the fields that kpx reads and no others: `init(from:)` reads them back. What the
// API writes as kpx has it is written by the compiler's own code, beside the type.

extension ClusterSnapshot {
  /// The objects of some kinds, a list for each that is known.
  func encoded(_ wanted: [Kind] = Kind.allCases) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for kind in wanted where knows(kind) {
      switch kind {
      case .service: bytes += try Self.list(kind, services)
      case .endpointSlice: bytes += try Self.list(kind, slices)
      case .endpoints: bytes += try Self.list(kind, allEndpoints)
      case .pod: bytes += try Self.list(kind, pods)
      case .node: bytes += try Self.list(kind, nodes)
      }
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  private struct List<Item: Encodable>: Encodable {
    let kind: String
    let items: [Item]
  }

  private static func list(_ kind: Kind, _ items: [some Encodable]) throws -> [UInt8] {
    try encodedJSON(List(kind: "\(kind.rawValue)List", items: items))
  }
}

extension Service: Encodable {
  private struct Spec: Encodable {
    struct Affinity: Encodable {
      struct ClientIP: Encodable { let timeoutSeconds: Int }
      let clientIP: ClientIP
    }
    let type: String
    let clusterIPs: [String]
    let externalName: String?
    let externalIPs: [String]
    let loadBalancerSourceRanges: [String]
    let externalTrafficPolicy: String
    let internalTrafficPolicy: String
    let trafficDistribution: String?
    let sessionAffinity: String
    let sessionAffinityConfig: Affinity?
    let healthCheckNodePort: UInt16?
    let selector: [String: String]
    let ports: [ServicePort]
  }

  private struct Status: Encodable {
    struct LoadBalancer: Encodable { let ingress: [LoadBalancerIngress] }
    let loadBalancer: LoadBalancer
  }

  private enum EncodingKeys: String, CodingKey { case metadata, spec, status }

  /// Writes the fields that kpx reads.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: EncodingKeys.self)
    try fields.encode(metadata, forKey: .metadata)
    try fields.encode(
      Spec(
        type: type, clusterIPs: clusterIPs, externalName: externalName, externalIPs: externalIPs,
        loadBalancerSourceRanges: loadBalancerSourceRanges, externalTrafficPolicy: externalTrafficPolicy.rawValue,
        internalTrafficPolicy: internalTrafficPolicy.rawValue, trafficDistribution: trafficDistribution,
        sessionAffinity: affinitySeconds == nil ? "None" : "ClientIP",
        sessionAffinityConfig: affinitySeconds.map { Spec.Affinity(clientIP: .init(timeoutSeconds: $0)) },
        healthCheckNodePort: healthCheckNodePort, selector: selector, ports: ports), forKey: .spec)
    try fields.encode(Status(loadBalancer: .init(ingress: ingress)), forKey: .status)
  }
}

extension ServicePort: Encodable {
  private enum EncodingKeys: String, CodingKey { case name, port, targetPort, nodePort, `protocol` }

  /// Writes the fields that kpx reads.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: EncodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encodeProtocol(transport, forKey: .protocol)
    try fields.encode(port, forKey: .port)
    switch targetPort {
    case .number(let number)?: try fields.encode(number, forKey: .targetPort)
    case .name(let name)?: try fields.encode(name, forKey: .targetPort)
    case nil: break
    }
    try fields.encodeIfPresent(nodePort, forKey: .nodePort)
  }
}

extension EndpointSlice: Encodable {
  private enum EncodingKeys: String, CodingKey { case metadata, addressType, endpoints, ports }

  /// Writes the fields that kpx reads.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: EncodingKeys.self)
    try fields.encode(metadata, forKey: .metadata)
    try fields.encode(addressType, forKey: .addressType)
    try fields.encode(endpoints, forKey: .endpoints)
    try fields.encode(ports, forKey: .ports)
  }
}

extension SliceEndpoint: Encodable {
  private enum EncodingKeys: String, CodingKey { case addresses, conditions, nodeName, zone, hints, targetRef }

  /// Writes the fields that kpx reads.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: EncodingKeys.self)
    try fields.encode(addresses, forKey: .addresses)
    try fields.encode(conditions, forKey: .conditions)
    try fields.encodeIfPresent(nodeName, forKey: .nodeName)
    try fields.encodeIfPresent(zone, forKey: .zone)
    try fields.encodeIfPresent(hints, forKey: .hints)
    try fields.encodeIfPresent(targetRef, forKey: .targetRef)
  }
}

extension EndpointHints: Encodable {
  private enum EncodingKeys: String, CodingKey { case forZones, forNodes }
  private struct Target: Encodable { let name: String }

  /// Writes the fields that kpx reads.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: EncodingKeys.self)
    try fields.encode(zones.map(Target.init), forKey: .forZones)
    try fields.encode(nodes.map(Target.init), forKey: .forNodes)
  }
}

extension EndpointPort: Encodable {
  private enum EncodingKeys: String, CodingKey { case name, port, `protocol` }

  /// Writes the fields that kpx reads.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: EncodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encodeProtocol(transport, forKey: .protocol)
    try fields.encodeIfPresent(port, forKey: .port)
  }
}

extension Pod: Encodable {
  private struct Spec: Encodable {
    struct Container: Encodable { let ports: [HostPort] }
    let nodeName: String?
    let hostNetwork: Bool
    let containers: [Container]
  }

  private struct Status: Encodable {
    struct Address: Encodable { let ip: String }
    let phase: String
    let podIPs: [Address]
    let conditions: [ObjectCondition]
  }

  private enum EncodingKeys: String, CodingKey { case metadata, spec, status }

  /// Writes the fields that kpx reads.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: EncodingKeys.self)
    try fields.encode(metadata, forKey: .metadata)
    try fields.encode(
      Spec(
        nodeName: nodeName, hostNetwork: hostNetwork,
        containers: hostPorts.isEmpty ? [] : [Spec.Container(ports: hostPorts)]), forKey: .spec)
    try fields.encode(
      Status(phase: phase, podIPs: podIPs.map(Status.Address.init), conditions: conditions), forKey: .status)
  }
}

extension HostPort: Encodable {
  private enum EncodingKeys: String, CodingKey { case hostPort, hostIP, `protocol` }

  /// Writes the fields that kpx reads.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: EncodingKeys.self)
    try fields.encode(port, forKey: .hostPort)
    try fields.encodeIfPresent(address, forKey: .hostIP)
    try fields.encodeProtocol(transport, forKey: .protocol)
  }
}

extension NodeObject: Encodable {
  private struct Spec: Encodable { let podCIDRs: [String] }

  private struct Status: Encodable {
    struct Info: Encodable { let kubeletVersion: String? }
    let addresses: [NodeAddress]
    let nodeInfo: Info
  }

  private enum EncodingKeys: String, CodingKey { case metadata, spec, status }

  /// Writes the fields that kpx reads.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: EncodingKeys.self)
    try fields.encode(metadata, forKey: .metadata)
    try fields.encode(Spec(podCIDRs: podCIDRs), forKey: .spec)
    try fields.encode(Status(addresses: addresses, nodeInfo: .init(kubeletVersion: kubeletVersion)), forKey: .status)
  }
}

extension KeyedEncodingContainer {
  /// A protocol, which is not left out: the API's default is TCP. One that has no ports here is none.
  fileprivate mutating func encodeProtocol(_ transport: TransportProtocol?, forKey key: Key) throws {
    try encode(transport.map { $0.description.uppercased() } ?? "", forKey: key)
  }
}
