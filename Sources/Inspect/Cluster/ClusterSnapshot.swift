/// The API's objects at one time, as far as they are known.
///
/// A kind that is not in `kinds` was not asked for or not given: then nothing is known of it, which is not the same as
/// there being none.
public struct ClusterSnapshot: Sendable {
  /// A kind of object that matters here.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case service = "Service"
    case endpointSlice = "EndpointSlice"
    case endpoints = "Endpoints"
    case pod = "Pod"
    case node = "Node"
  }

  /// The kinds that are known, if only to have no object.
  public private(set) var kinds: Set<Kind> = []
  /// Kinds that were met and passed over.
  public private(set) var skippedKinds: Set<String> = []

  private var servicesByName: [NamespacedName: Service] = [:]
  private var slicesByName: [NamespacedName: EndpointSlice] = [:]
  private var slicesByService: [NamespacedName: Set<String>] = [:]
  private var endpointsByName: [NamespacedName: Endpoints] = [:]
  private var podsByName: [NamespacedName: Pod] = [:]
  private var podsByAddress: [IPAddress: Set<NamespacedName>] = [:]
  private var nodesByName: [String: NodeObject] = [:]

  /// Whether anything is known of a kind.
  public func knows(_ kind: Kind) -> Bool { kinds.contains(kind) }

  /// Notes that a kind is known, even if there is no object of it.
  public mutating func note(_ kind: Kind) { kinds.insert(kind) }

  /// Notes a kind that is of no use here.
  public mutating func noteSkipped(_ kind: String) { skippedKinds.insert(kind) }

  /// Adds a service, in place of an older one of its name.
  public mutating func add(_ service: Service) {
    note(.service)
    servicesByName[service.metadata.namespacedName] = service
  }

  /// Adds a slice, in place of an older one of its name.
  public mutating func add(_ slice: EndpointSlice) {
    note(.endpointSlice)
    let name = slice.metadata.namespacedName
    if let old = slicesByName.updateValue(slice, forKey: name)?.service { slicesByService[old]?.remove(name.name) }
    if let service = slice.service { slicesByService[service, default: []].insert(name.name) }
  }

  /// Adds a v1 Endpoints object, in place of an older one of its name.
  public mutating func add(_ endpoints: Endpoints) {
    note(.endpoints)
    endpointsByName[endpoints.metadata.namespacedName] = endpoints
  }

  /// Adds a pod, in place of an older one of its name.
  public mutating func add(_ pod: Pod) {
    note(.pod)
    let name = pod.metadata.namespacedName
    if let old = podsByName.updateValue(pod, forKey: name) {
      for address in old.podIPs.compactMap(IPAddress.init) { podsByAddress[address]?.remove(name) }
    }
    for address in pod.podIPs.compactMap(IPAddress.init) { podsByAddress[address, default: []].insert(name) }
  }

  /// Adds a node, in place of an older one of its name.
  public mutating func add(_ node: NodeObject) {
    note(.node)
    nodesByName[node.metadata.name] = node
  }

  /// Adds all that another snapshot knows.
  mutating func merge(_ other: ClusterSnapshot) {
    kinds.formUnion(other.kinds)
    skippedKinds.formUnion(other.skippedKinds)
    for service in other.servicesByName.values { add(service) }
    for slice in other.slicesByName.values { add(slice) }
    for endpoints in other.endpointsByName.values { add(endpoints) }
    for pod in other.podsByName.values { add(pod) }
    for node in other.nodesByName.values { add(node) }
  }

  /// How many objects it has, of all kinds.
  var count: Int {
    servicesByName.count + slicesByName.count + endpointsByName.count + podsByName.count + nodesByName.count
  }

  /// All services, by name.
  public var services: [Service] {
    servicesByName.values.sorted { $0.metadata.namespacedName < $1.metadata.namespacedName }
  }
  /// All pods, by name.
  public var pods: [Pod] { podsByName.values.sorted { $0.metadata.namespacedName < $1.metadata.namespacedName } }
  /// All nodes, by name.
  public var nodes: [NodeObject] { nodesByName.values.sorted { $0.metadata.name < $1.metadata.name } }

  /// All slices, by name.
  var slices: [EndpointSlice] {
    slicesByName.values.sorted { $0.metadata.namespacedName < $1.metadata.namespacedName }
  }
  /// All v1 Endpoints, by name.
  var allEndpoints: [Endpoints] {
    endpointsByName.values.sorted { $0.metadata.namespacedName < $1.metadata.namespacedName }
  }

  /// The service of a name.
  public func service(_ name: NamespacedName) -> Service? { servicesByName[name] }

  /// The services whose selectors a pod's labels meet, by name.
  public func services(selecting pod: Pod) -> [Service] {
    services.filter { $0.metadata.namespace == pod.metadata.namespace && $0.selects(pod) }
  }

  /// The slices of a service, by name.
  public func slices(of service: NamespacedName) -> [EndpointSlice] {
    (slicesByService[service] ?? []).sorted().compactMap { slicesByName[NamespacedName(service.namespace, $0)] }
  }

  /// The v1 Endpoints of a service.
  public func endpoints(of service: NamespacedName) -> Endpoints? { endpointsByName[service] }

  /// The pod of a name.
  public func pod(_ name: NamespacedName) -> Pod? { podsByName[name] }

  /// The node of a name.
  public func node(_ name: String) -> NodeObject? { nodesByName[name] }

  /// The pods that have an address, those that are likeliest to answer at it first: running ones, then others that
  /// have not ended; ones with a network of their own before those that share the node's.
  public func pods(at address: IPAddress) -> [Pod] {
    func rank(_ pod: Pod) -> Int {
      (pod.hasEnded ? 4 : 0) + (pod.hostNetwork ? 2 : 0) + (pod.phase == "Running" ? 0 : 1)
    }
    return (podsByAddress[address] ?? []).compactMap { podsByName[$0] }.sorted {
      (rank($0), $0.metadata.namespacedName) < (rank($1), $1.metadata.namespacedName)
    }
  }

  /// The addresses of a node's endpoints and pods; of pods that share the node's network, its own.
  public func podAddresses(on node: String) -> Set<IPAddress> {
    var found: [String] = []
    for slice in slicesByName.values {
      for endpoint in slice.endpoints where endpoint.nodeName == node { found += endpoint.addresses }
    }
    for subset in endpointsByName.values.lazy.flatMap(\.subsets) {
      for address in subset.addresses where address.nodeName == node { found.append(address.ip) }
    }
    for pod in podsByName.values where pod.nodeName == node && !pod.hasEnded { found += pod.podIPs }
    return Set(found.compactMap { IPAddress($0) })
  }
}
