extension TraceTarget {
  /// What has to be read of the API to answer for a target.
  ///
  /// A service that is asked for by an address or a node port has to be found among all.
  func question(namespace: String) -> ClusterQuestion {
    switch self {
    case .service(let given, let name, _, _): .service(NamespacedName(given ?? namespace, name))
    case .address(let address, let port, let transport):
      .services { $0.has(address) && $0.has(port, transport) || $0.hasNodePort(port, transport) }
    case .nodePort(let port, let transport): .services { $0.hasNodePort(port, transport) }
    case .namespace(let namespace): .all(namespace: namespace)
    case .chain(let chain): .services { $0.port(of: chain) != nil }
    }
  }
}

extension TraceTarget {
  /// The namespace of the service that is meant; nil where nothing tells it.
  func namespace(in cluster: ClusterSnapshot?) -> String? {
    if let namespace { return namespace }
    guard case .services(let isMeant) = question(namespace: "") else { return nil }
    return cluster?.services.first(where: isMeant)?.metadata.namespace
  }
}

extension Service {
  fileprivate func has(_ address: IPAddress) -> Bool {
    (clusterIPs + externalIPs + ingress.compactMap(\.ip)).contains { IPAddress($0) == address }
  }

  fileprivate func has(_ port: UInt16?, _ transport: TransportProtocol?) -> Bool {
    guard let port else { return true }
    return ports.contains { $0.port == port && (transport == nil || $0.transport == transport) }
  }

  /// Whether a port of the nodes leads to it; any address may be a node's.
  fileprivate func hasNodePort(_ port: UInt16?, _ transport: TransportProtocol?) -> Bool {
    guard let port else { return false }
    return ports.contains { $0.nodePort == port && (transport == nil || $0.transport == transport) }
  }
}
