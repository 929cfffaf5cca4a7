/// The endpoints of one service port and family, as kube-proxy collects them from the API.
struct EndpointCollection {
  /// Every endpoint, ready or not, by address; nil if nothing is known of endpoints.
  private(set) var endpoints: [ExpectedEndpoint]?
  /// What the objects tell that it is from.
  private(set) var known = EndpointKnowledge.complete
  /// What shaped the collection.
  private(set) var notes: [ExpectationNote] = []

  /// Whether there is any slice of the family, and any endpoint in them, whatever its port.
  private var (hasSlice, hasEndpoint) = (false, false)
  /// The label for which slices with endpoints were left alone, if any were.
  private var labelOfOthers: String?
  private let foreignLabels: [String]
  private let port: ServicePort
  private let family: IPFamily
  private let node: NodeIdentity
  private var byAddress: [SocketAddress: ExpectedEndpoint] = [:]

  /// Collects from slices or from v1 Endpoints: what the release reads, or the other if only that is known.
  init(
    of service: Service, port: ServicePort, family: IPFamily, in cluster: ClusterSnapshot, node: NodeIdentity,
    behavior: ProxyBehavior
  ) {
    let name = service.metadata.namespacedName
    let readsSlices = behavior.readsSlices
    foreignLabels =
      [EndpointSlice.headlessLabel] + (behavior.filtersLabelsApart ? [] : [ExpectedForwarding.otherProxyLabel])
    self.port = port
    self.family = family
    self.node = node
    let useSlices = readsSlices ? cluster.knows(.endpointSlice) : !cluster.knows(.endpoints)
    if useSlices && cluster.knows(.endpointSlice) {
      for slice in cluster.slices(of: name) { add(slice) }
      if !readsSlices { notes.append(.fromSlices) }
    } else if cluster.knows(.endpoints) {
      let endpoints = cluster.endpoints(of: name)
      // A kube-proxy that reads the same knows no more.
      if readsSlices { known = EndpointKnowledge(endpoints, of: service) }
      guard known.families.contains(family) else { return }
      if let endpoints { add(endpoints) }
      if readsSlices { notes.append(.fromEndpoints) }
    } else {
      return
    }
    endpoints = byAddress.values.sorted { $0.address < $1.address }
  }

  /// Why none of them is used.
  func lack(in service: Service) -> EndpointLack {
    if !byAddress.isEmpty { return .notReady(byAddress.count) }
    if let label = labelOfOthers, !hasEndpoint { return .leftAlone(label: label) }
    if hasEndpoint { return .noPort(port.name.isEmpty ? "\(port.port)" : port.name) }
    return hasSlice ? .noPod(selector: service.selector) : .noSlice(hasSelector: !service.selector.isEmpty)
  }

  private mutating func add(_ slice: EndpointSlice) {
    guard slice.family == family, !isLeftAlone(slice.metadata, isEmpty: slice.endpoints.isEmpty) else { return }
    hasSlice = true
    hasEndpoint = hasEndpoint || !slice.endpoints.isEmpty
    for number in portNumbers(slice.ports) {
      for endpoint in slice.endpoints {
        // Consumers use the first address; further ones mean the same endpoint.
        guard let address = endpoint.addresses.first.flatMap(IPAddress.init), address.family == family else { continue }
        add(endpoint, at: SocketAddress(address, port: number))
      }
    }
  }

  private mutating func add(_ endpoint: SliceEndpoint, at address: SocketAddress) {
    add(
      ExpectedEndpoint(
        address: address, nodeName: endpoint.nodeName, zone: endpoint.zone, isLocal: endpoint.nodeName == node.name,
        isReady: endpoint.conditions.isReady, isServing: endpoint.conditions.isServing,
        isTerminating: endpoint.conditions.isTerminating, pod: endpoint.targetRef?.pod,
        hints: endpoint.hints ?? EndpointHints(zones: [], nodes: [])))
  }

  private mutating func add(_ object: Endpoints) {
    guard !isLeftAlone(object.metadata, isEmpty: object.subsets.isEmpty) else { return }
    hasSlice = true
    hasEndpoint = hasEndpoint || object.subsets.contains { !$0.addresses.isEmpty || !$0.notReadyAddresses.isEmpty }
    if object.isTruncated { notes.append(.truncated) }
    for subset in object.subsets {
      for number in portNumbers(subset.ports) {
        for endpoint in subset.addresses { add(endpoint, port: number, ready: true) }
        for endpoint in subset.notReadyAddresses { add(endpoint, port: number, ready: false) }
      }
    }
  }

  private mutating func add(_ endpoint: EndpointAddress, port: UInt16, ready: Bool) {
    guard let address = IPAddress(endpoint.ip), address.family == family else { return }
    add(
      ExpectedEndpoint(
        address: SocketAddress(address, port: port), nodeName: endpoint.nodeName, zone: nil,
        isLocal: endpoint.nodeName == node.name, isReady: ready, isServing: ready, isTerminating: false,
        pod: endpoint.targetRef?.pod, hints: EndpointHints(zones: [], nodes: [])))
  }

  /// Of two with one address the one that stays counts.
  private mutating func add(_ endpoint: ExpectedEndpoint) {
    if let other = byAddress[endpoint.address], !other.isTerminating || endpoint.isTerminating { return }
    byAddress[endpoint.address] = endpoint
  }

  /// A service's port is found by its name and protocol, never by its number.
  private func portNumbers(_ ports: [EndpointPort]) -> [UInt16] {
    ports.filter { $0.name == port.name && $0.transport == port.transport }.compactMap(\.port)
  }

  /// kube-proxy asks the API only for objects without these labels.
  private mutating func isLeftAlone(_ metadata: ObjectMeta, isEmpty: Bool) -> Bool {
    guard let label = foreignLabels.first(where: { metadata.labels[$0] != nil }) else { return false }
    if !isEmpty { labelOfOthers = label }
    return true
  }
}
