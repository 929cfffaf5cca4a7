/// Who an address or port belongs to, by the API.
public struct AddressNames: Sendable {
  /// Who it is.
  public enum Owner: Sendable, Hashable, CustomStringConvertible {
    case servicePort(ServicePortName)
    /// An address alone: several services may share it.
    case services([NamespacedName])
    /// A port at which a load balancer asks after a service's health on this node.
    case healthCheck(NamespacedName)
    case pod(NamespacedName)
    case node(String)

    /// As answers name it beside an address.
    public var description: String {
      switch self {
      case .servicePort(let port): "\(port)"
      case .services(let names): names.map(\.description).joined(separator: ", ")
      case .healthCheck(let name): "\(name) health check"
      case .pod(let name): "pod \(name)"
      case .node(let name): "node \(name)"
      }
    }
  }

  private struct Place: Hashable {
    var address: IPAddress?
    var port: UInt16
    var transport: TransportProtocol
  }

  private var ports: [Place: ServicePortName] = [:]
  private var healthChecks: [UInt16: NamespacedName] = [:]
  private var services: [IPAddress: [NamespacedName]] = [:]
  private var nodes: [IPAddress: String] = [:]
  private let cluster: ClusterSnapshot?

  /// Whether anybody told names.
  public var hasAPI: Bool { cluster != nil }

  /// Knows nobody without the API.
  public init(_ cluster: ClusterSnapshot?) {
    self.cluster = cluster
    for service in cluster?.services ?? [] { add(service) }
    for node in cluster?.nodes ?? [] {
      for address in node.ips("InternalIP") + node.ips("ExternalIP") { nodes[address] = node.metadata.name }
    }
  }

  private mutating func add(_ service: Service) {
    let name = service.metadata.namespacedName
    let addresses = (service.clusterIPs + service.externalIPs + service.ingress.compactMap(\.ip))
      .compactMap { IPAddress($0) }
    for address in addresses where services[address]?.contains(name) != true {
      services[address, default: []].append(name)
    }
    if let port = service.healthCheckNodePort { healthChecks[port] = name }
    for port in service.ports {
      guard let transport = port.transport else { continue }
      let portName = ServicePortName(name.namespace, name.name, port: port.name)
      for address in addresses { ports[Place(address: address, port: port.port, transport: transport)] = portName }
      if let number = port.nodePort { ports[Place(address: nil, port: number, transport: transport)] = portName }
    }
  }

  /// Who serves an address and port: a service of that address, a node port of this or another node, a pod.
  public func owner(of address: SocketAddress, transport: TransportProtocol) -> Owner? {
    let place = Place(address: address.address, port: address.port, transport: transport)
    if let port = ports[place] { return .servicePort(port) }
    if let pod = pod(at: address.address) { return .pod(pod) }
    // A node port is served at every address of the node, of which the API does not know all.
    let nodePort = ports[Place(address: nil, port: address.port, transport: transport)]
    return nodePort.map(Owner.servicePort) ?? owner(of: address.address)
  }

  /// The service port that is served at an address and port, or, without an address, at a port of every node.
  func servicePort(
    at address: IPAddress?, port: UInt16, _ transport: TransportProtocol
  ) -> ServicePortName? {
    ports[Place(address: address, port: port, transport: transport)]
  }

  /// Who has an address.
  public func owner(of address: IPAddress) -> Owner? {
    if let names = services[address] { return .services(names) }
    if let pod = pod(at: address) { return .pod(pod) }
    return nodes[address].map(Owner.node)
  }

  /// Who has a port on every node: a service's node port, or its health check.
  public func owner(ofNodePort port: UInt16, transport: TransportProtocol) -> Owner? {
    servicePort(at: nil, port: port, transport).map(Owner.servicePort)
  }

  /// The pod of an address; nil for addresses that pods share with their node.
  public func pod(at address: IPAddress) -> NamespacedName? {
    let pods = cluster?.pods(at: address).filter { !$0.hasEnded && !$0.hostNetwork } ?? []
    return pods.count == 1 ? pods[0].metadata.namespacedName : nil
  }

  /// Whether pods that have not ended have an address, one or several.
  func hasPods(at address: IPAddress) -> Bool { cluster?.pods(at: address).contains { !$0.hasEnded } == true }

  /// Who a member of a set is for.
  public func owner(of entry: IPSetEntry, in header: IPSetHeader) -> Owner? {
    guard let network = entry.network else { return owner(ofPortIn: entry, header) }
    guard network.last == nil, network.prefixLength.map({ Int($0) == network.address.family.bits }) ?? true else {
      return nil
    }
    guard let port = entry.port, let transport = entry.transport else { return owner(of: network.address) }
    return owner(of: SocketAddress(network.address, port: port), transport: transport)
  }

  /// A bitmap of ports has no protocol: kube-proxy's say it by their names.
  private func owner(ofPortIn entry: IPSetEntry, _ header: IPSetHeader) -> Owner? {
    guard let port = entry.port, header.name.hasPrefix("KUBE-") else { return nil }
    if header.name.hasSuffix("HEALTH-CHECK-NODE-PORT") { return healthChecks[port].map(Owner.healthCheck) }
    let transports: [TransportProtocol] = [.tcp, .udp].filter { header.name.hasSuffix("-\($0)") }
    return transports.lazy.compactMap { owner(ofNodePort: port, transport: $0) }.first
  }
}
