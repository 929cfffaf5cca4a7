/// What a kube-proxy should have told its node's kernel, from what the API says.
public struct ExpectedForwarding: Sendable {
  /// A service with this label belongs to the proxy that its value names.
  static let otherProxyLabel = "service.kubernetes.io/service-proxy-name"

  /// The API's objects.
  public var cluster: ClusterSnapshot
  /// The node.
  public var node: NodeIdentity
  /// The release of kube-proxy.
  public var version: KubeProxyVersion
  /// Its mode.
  public var mode: ProxyMode

  /// What a kube-proxy of a release should do on a node.
  public init(
    cluster: ClusterSnapshot, node: NodeIdentity, version: KubeProxyVersion, mode: ProxyMode = .iptables
  ) {
    self.cluster = cluster
    self.node = node
    self.version = version
    self.mode = mode
  }

  private var behavior: ProxyBehavior { ProxyBehavior(version) }

  /// Why kube-proxy leaves all of a service alone; nil if it does not.
  public func unhandledReason(of service: Service) -> UnhandledReason? {
    if service.type == "ExternalName" { return .externalName }
    if service.isHeadless { return .headless }
    if let other = service.metadata.labels[Self.otherProxyLabel] { return .otherProxy(other) }
    if !behavior.filtersLabelsApart, service.metadata.labels[EndpointSlice.headlessLabel] != nil {
      return .headlessLabel
    }
    return service.clusterIPs.allSatisfy { IPAddress($0) == nil } ? .noClusterIP : nil
  }

  /// The frontends that the API gives a service: by its ports, and for each the cluster, external and load balancer
  /// addresses and node ports. Those that kube-proxy leaves alone are among them and say why.
  public func frontends(of service: Service) -> [ExpectedFrontend] {
    service.ports.flatMap { port in
      port.transport.map { frontends(of: service, port: port, transport: $0) } ?? []
    }
  }

  private func frontends(
    of service: Service, port: ServicePort, transport: TransportProtocol
  ) -> [ExpectedFrontend] {
    let selections = Dictionary(
      uniqueKeysWithValues: IPFamily.allCases.map { ($0, PortSelection(self, service, port, family: $0)) })
    return places(of: service, port: port).compactMap { place in
      guard let selection = selections[place.family] else { return nil }
      return frontend(place, of: service, port: port, transport: transport, selection: selection)
    }
  }

  private func frontend(
    _ place: Place, of service: Service, port: ServicePort, transport: TransportProtocol, selection: PortSelection
  ) -> ExpectedFrontend {
    let isLocal = selection.isLocal(place.kind, behavior)
    let name = ServicePortName(service.metadata.namespace, service.metadata.name, port: port.name)
    var frontend = ExpectedFrontend(
      kind: place.kind, family: place.family, address: place.address,
      port: place.kind == .nodePort ? port.nodePort ?? 0 : port.port, transport: transport, name: name,
      servicePort: port.port, affinitySeconds: service.affinitySeconds, sourceRanges: [],
      policy: isLocal ? .local : .cluster, verdict: .unknown, endpoints: [], endpointsInside: [], notes: [])
    if let reason = unhandledReason(place, of: service) {
      frontend.verdict = .unhandled(reason)
      return frontend
    }
    selection.decide(&frontend, isLocal: isLocal, mode: mode, behavior: behavior)
    addSourceRanges(of: service, to: &frontend)
    addGates(place, to: &frontend)
    return frontend
  }

  private func unhandledReason(_ place: Place, of service: Service) -> UnhandledReason? {
    if let reason = unhandledReason(of: service) { return reason }
    if !behavior.isDualStack && place.family != node.primaryFamily { return .familyNotServed(place.family) }
    let served = behavior.isDualStack ? service.clusterIPs : Array(service.clusterIPs.prefix(1))
    if !served.contains(where: { IPAddress($0)?.family == place.family }) { return .noClusterIPOfFamily(place.family) }
    return place.ipMode == .proxy && behavior.honoursIPMode ? .ipModeProxy : nil
  }

  /// Only load balancers' addresses have source ranges, and each family its own. One that holds every address holds
  /// nobody back.
  private func addSourceRanges(of service: Service, to frontend: inout ExpectedFrontend) {
    guard frontend.kind == .loadBalancer, !service.loadBalancerSourceRanges.isEmpty else { return }
    let ranges = service.loadBalancerSourceRanges.compactMap(IPPrefix.init).filter { $0.family == frontend.family }
    if ranges.isEmpty { frontend.notes.append(.noSourceRangesOfFamily) }
    if !ranges.contains(where: { $0.length == 0 }) { frontend.sourceRanges = ranges }
  }

  private func addGates(_ place: Place, to frontend: inout ExpectedFrontend) {
    if behavior.dualStackNeedsGate && place.family != node.primaryFamily {
      frontend.notes.append(.needsGate("IPv6DualStack"))
    }
    if behavior.ipModeNeedsGate && place.ipMode == .proxy { frontend.notes.append(.needsGate("LoadBalancerIPMode")) }
  }

  /// An address of a service, or its node port in one family.
  private struct Place: Hashable {
    var kind: FrontendKind
    var family: IPFamily
    var address: IPAddress?
    var ipMode = LoadBalancerIngress.Mode.vip
  }

  private func places(of service: Service, port: ServicePort) -> [Place] {
    let addresses = service.clusterIPs.compactMap(IPAddress.init)
    var places = addresses.map { Place(kind: .clusterIP, family: $0.family, address: $0) }
    places += service.externalIPs.compactMap(IPAddress.init).map {
      Place(kind: .externalIP, family: $0.family, address: $0)
    }
    places += service.ingress.compactMap { ingress in
      ingress.ip.flatMap(IPAddress.init).map {
        Place(kind: .loadBalancer, family: $0.family, address: $0, ipMode: ingress.mode)
      }
    }
    if port.nodePort != nil { places += addresses.map { Place(kind: .nodePort, family: $0.family, address: nil) } }
    var seen: Set<Place> = []
    return places.filter { seen.insert($0).inserted }
  }
}

/// The endpoints of a service port in one family, and what becomes of its frontends.
private struct PortSelection {
  let policies: EndpointSelection.Policies
  private let isExternallyAccessible: Bool
  private let collection: EndpointCollection
  private let selection: EndpointSelection?
  private let lack: EndpointLack
  private let isNodeKnown: Bool

  init(_ expected: ExpectedForwarding, _ service: Service, _ port: ServicePort, family: IPFamily) {
    let behavior = ProxyBehavior(expected.version)
    policies = EndpointSelection.Policies(
      internalLocal: behavior.honoursInternalPolicy && service.internalTrafficPolicy == .local,
      externalLocal: service.externalTrafficPolicy == .local && Self.hasExternalPolicy(service, behavior),
      zoneHints: behavior.honoursZoneHints(of: service))
    isExternallyAccessible = port.nodePort != nil || !service.externalIPs.isEmpty || !service.ingress.isEmpty
    collection = EndpointCollection(
      of: service, port: port, family: family, in: expected.cluster, node: expected.node, behavior: behavior)
    lack = collection.lack(in: service)
    isNodeKnown = expected.node.isKnown
    selection = collection.endpoints.map { [policies] in
      EndpointSelection($0, policies: policies, node: expected.node, behavior: behavior)
    }
  }

  /// An external policy counts only where traffic can come from outside.
  private static func hasExternalPolicy(_ service: Service, _ behavior: ProxyBehavior) -> Bool {
    service.type == "LoadBalancer" || service.type == "NodePort"
      || behavior.externalPolicyOfExternalIPs && !service.externalIPs.isEmpty
  }

  /// Whether the Local policy holds for a kind of frontend.
  func isLocal(_ kind: FrontendKind, _ behavior: ProxyBehavior) -> Bool {
    switch kind {
    case .clusterIP: policies.internalLocal
    case .externalIP: policies.externalLocal && behavior.honoursExternalPolicyOfExternalIPs
    case .loadBalancer, .nodePort: policies.externalLocal
    }
  }

  func decide(_ frontend: inout ExpectedFrontend, isLocal: Bool, mode: ProxyMode, behavior: ProxyBehavior) {
    frontend.known = collection.known
    guard let selection else { return }
    frontend.notes = collection.notes
    if mode == .ipvs {
      decideIPVS(&frontend, isLocal: isLocal, selection)
    } else if !selection.hasAny {
      frontend.verdict = .reject
    } else if frontend.kind.isExternal {
      decideExternal(&frontend, isLocal: isLocal, selection)
    } else {
      decideInternal(&frontend, isLocal: isLocal && behavior.separatesPolicies, selection)
    }
    let used = Set((frontend.endpoints + frontend.endpointsInside).map(\.address))
    let others = (collection.endpoints ?? []).filter { !used.contains($0.address) }
    frontend.unused = others.filter { !$0.isReady }
    frontend.elsewhere = others.filter(\.isReady).map(\.address)
    if !selection.hasAny { frontend.lack = lack }
    if !isNodeKnown, isLocal || selection.dependsOnNode {
      frontend.verdict = .unknown
      frontend.notes = [.nodeUnknown]
    }
  }

  private func decideInternal(_ frontend: inout ExpectedFrontend, isLocal: Bool, _ selection: EndpointSelection) {
    frontend.endpoints = isLocal ? selection.local : selection.cluster
    frontend.endpointsInside = frontend.endpoints
    frontend.notes += isLocal ? selection.localNotes : selection.clusterNotes
    frontend.verdict = frontend.endpoints.isEmpty ? .drop : .forward
  }

  /// The node and its pods are not held to the Local policy: for them an external address is as good as the cluster's.
  private func decideExternal(_ frontend: inout ExpectedFrontend, isLocal: Bool, _ selection: EndpointSelection) {
    frontend.endpoints = isLocal ? selection.local : selection.cluster
    frontend.endpointsInside = selection.cluster
    frontend.notes += isLocal ? selection.localNotes : selection.clusterNotes
    frontend.verdict = frontend.endpoints.isEmpty ? .drop : .forward
  }

  /// A virtual service without real servers refuses. Under the Local policy all endpoints serve where none is local,
  /// unless the service is not to be reached from outside at all.
  private func decideIPVS(_ frontend: inout ExpectedFrontend, isLocal: Bool, _ selection: EndpointSelection) {
    let all = policies.internalLocal && !isExternallyAccessible ? [] : selection.cluster
    let usesLocal = isLocal && !selection.local.isEmpty
    frontend.endpoints = usesLocal ? selection.local : all
    frontend.endpointsInside = frontend.endpoints
    frontend.notes += usesLocal ? selection.localNotes : selection.clusterNotes
    if isLocal && !usesLocal && !all.isEmpty { frontend.notes.append(.allForLackOfLocal) }
    frontend.verdict = frontend.endpoints.isEmpty ? .reject : .forward
  }
}
