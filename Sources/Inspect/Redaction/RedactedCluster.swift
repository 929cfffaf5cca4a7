// The API's objects with pseudonyms.
extension Redactor {
  /// Takes in what kube-proxy's hashed names may be of.
  func learn(_ cluster: ClusterSnapshot) {
    for service in cluster.services {
      let name = service.metadata.namespacedName
      let addresses = endpoints(of: name, in: cluster)
      for port in service.ports {
        guard let transport = port.transport else { continue }
        chains.learn(
          ServicePortName(name.namespace, name.name, port: port.name), transport, endpoints: addresses[port.name] ?? [])
      }
    }
  }

  /// The endpoints of a service's ports, by the ports' names.
  private func endpoints(of service: NamespacedName, in cluster: ClusterSnapshot) -> [String: [SocketAddress]] {
    var found: [String: Set<SocketAddress>] = [:]
    func note(_ addresses: [String], _ ports: [EndpointPort]) {
      for port in ports {
        guard let number = port.port else { continue }
        found[port.name, default: []].formUnion(
          addresses.compactMap { IPAddress($0) }.map { SocketAddress($0, port: number) })
      }
    }
    for slice in cluster.slices(of: service) { note(slice.endpoints.flatMap(\.addresses), slice.ports) }
    for subset in cluster.endpoints(of: service)?.subsets ?? [] {
      note((subset.addresses + subset.notReadyAddresses).map(\.ip), subset.ports)
    }
    return found.mapValues { Array($0) }
  }

  /// All objects, with the fields that kpx reads.
  func cluster(_ cluster: ClusterSnapshot) -> ClusterSnapshot {
    var image = ClusterSnapshot()
    for kind in cluster.kinds { image.note(kind) }
    for object in cluster.services { image.add(service(object)) }
    for object in cluster.slices { image.add(slice(object)) }
    for object in cluster.allEndpoints { image.add(endpoints(object)) }
    for object in cluster.pods { image.add(pod(object)) }
    for object in cluster.nodes { image.add(node(object)) }
    return image
  }

  private func metadata(_ meta: ObjectMeta, _ kind: NameMap.Kind) -> ObjectMeta {
    var image = meta
    image.name = kind == .pod ? pod(named: meta.name) : names.pseudonym(meta.name, kind)
    image.namespace = names.pseudonym(meta.namespace, .namespace)
    image.uid = names.uid(meta.uid)
    image.labels = labels(meta.labels)
    image.annotations = meta.annotations.mapValues { names.pseudonym($0, .value) }
    // That it was asked to go is what counts.
    image.deletionTimestamp = meta.deletionTimestamp.map { _ in "1970-01-01T00:00:00Z" }
    return image
  }

  /// kpx knows pods of kube-vip's by their names alone.
  func pod(named name: String) -> String {
    let ofKubeVIP = "kube-vip-"
    return name.hasPrefix(ofKubeVIP) ? names.pseudonym(name, .pod, after: ofKubeVIP) : names.pseudonym(name, .pod)
  }

  private func labels(_ labels: [String: String]) -> [String: String] {
    Dictionary(labels.map { (label($0), names.pseudonym($1, Self.kind(ofLabel: $0))) }) { first, _ in first }
  }

  private func label(_ key: String) -> String {
    WellKnownNames.labels.contains(key) ? key : names.pseudonym(key, .label)
  }

  /// What a label names.
  private static func kind(ofLabel key: String) -> NameMap.Kind {
    switch key {
    case EndpointSlice.serviceNameLabel: .service
    case "kubernetes.io/hostname": .node
    case "kubernetes.io/metadata.name": .namespace
    default: .value
    }
  }

  /// An address of the API, which may be none.
  private func place(_ text: String) -> String {
    text == "None" ? text : address(in: text) ?? names.pseudonym(text, .host)
  }

  private func service(_ service: Service) -> Service {
    var image = service
    image.metadata = metadata(service.metadata, .service)
    image.type = keyword(service.type)
    image.clusterIPs = service.clusterIPs.map(place)
    image.externalName = service.externalName.map { names.pseudonym($0, .host) }
    image.externalIPs = service.externalIPs.map(place)
    image.ingress = service.ingress.map { ingress in
      LoadBalancerIngress(
        ip: ingress.ip.map(place), ipMode: ingress.mode.rawValue == ingress.ipMode ? ingress.ipMode : nil)
    }
    image.loadBalancerSourceRanges = service.loadBalancerSourceRanges.map(place)
    image.trafficDistribution = service.trafficDistribution.map(keyword)
    image.selector = labels(service.selector)
    image.ports = service.ports.map { port in
      var image = port
      image.name = names.pseudonym(port.name, .port)
      if case .name(let name)? = port.targetPort { image.targetPort = .name(names.pseudonym(name, .port)) }
      return image
    }
    return image
  }

  /// A word of the API's own, as `PreferSameZone`; another may be anybody's.
  private func keyword(_ text: String) -> String {
    let isKnown = [
      "PreferClose", "PreferSameZone", "PreferSameNode", "Pod", "Node", "True", "False", "Unknown", "Ready",
      "PodScheduled", "Initialized", "ContainersReady", "PodReadyToStartContainers", "DisruptionTarget", "Pending",
      "Running", "Succeeded", "Failed", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "InternalIP",
      "ExternalIP", "Hostname", "InternalDNS", "ExternalDNS", "IPv4", "IPv6", "FQDN",
    ].contains(text)
    return isKnown ? text : names.pseudonym(text, .text)
  }

  private func reference(_ reference: ObjectReference) -> ObjectReference {
    ObjectReference(
      kind: keyword(reference.kind), namespace: names.pseudonym(reference.namespace, .namespace),
      name: reference.kind == "Node" ? names.pseudonym(reference.name, .node) : pod(named: reference.name),
      uid: reference.uid.map { names.uid($0) })
  }

  private func ports(_ ports: [EndpointPort]) -> [EndpointPort] {
    ports.map { port in
      var image = port
      image.name = names.pseudonym(port.name, .port)
      return image
    }
  }

  private func slice(_ slice: EndpointSlice) -> EndpointSlice {
    var image = slice
    image.metadata = metadata(slice.metadata, .slice)
    image.addressType = keyword(slice.addressType)
    image.ports = ports(slice.ports)
    image.endpoints = slice.endpoints.map { endpoint in
      var image = endpoint
      image.addresses = endpoint.addresses.map(place)
      image.nodeName = endpoint.nodeName.map { names.pseudonym($0, .node) }
      image.zone = endpoint.zone.map { names.pseudonym($0, .value) }
      image.hints?.zones = (endpoint.hints?.zones ?? []).map { names.pseudonym($0, .value) }
      image.hints?.nodes = (endpoint.hints?.nodes ?? []).map { names.pseudonym($0, .node) }
      image.targetRef = endpoint.targetRef.map(reference)
      return image
    }
    return image
  }

  private func endpoints(_ endpoints: Endpoints) -> Endpoints {
    func images(_ addresses: [EndpointAddress]) -> [EndpointAddress] {
      addresses.map {
        EndpointAddress(
          ip: place($0.ip), nodeName: $0.nodeName.map { names.pseudonym($0, .node) },
          targetRef: $0.targetRef.map(reference))
      }
    }
    var image = endpoints
    image.metadata = metadata(endpoints.metadata, .service)
    image.subsets = endpoints.subsets.map {
      EndpointSubset(
        addresses: images($0.addresses), notReadyAddresses: images($0.notReadyAddresses), ports: ports($0.ports))
    }
    return image
  }

  private func pod(_ pod: Pod) -> Pod {
    var image = pod
    image.metadata = metadata(pod.metadata, .pod)
    image.nodeName = pod.nodeName.map { names.pseudonym($0, .node) }
    image.phase = keyword(pod.phase)
    image.podIPs = pod.podIPs.map(place)
    image.conditions = pod.conditions.map { ObjectCondition(type: keyword($0.type), status: keyword($0.status)) }
    image.hostPorts = pod.hostPorts.map {
      HostPort(port: $0.port, transport: $0.transport, address: $0.address.map(place))
    }
    return image
  }

  private func node(_ node: NodeObject) -> NodeObject {
    var image = node
    image.metadata = metadata(node.metadata, .node)
    image.addresses = node.addresses.map {
      NodeAddress(type: keyword($0.type), address: address(in: $0.address) ?? names.pseudonym($0.address, .node))
    }
    image.podCIDRs = node.podCIDRs.map(place)
    image.kubeletVersion = node.kubeletVersion.flatMap { KubeProxyVersion($0) == nil ? nil : $0 }
    return image
  }
}
