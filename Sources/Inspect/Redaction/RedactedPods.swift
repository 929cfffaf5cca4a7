import FoundationEssentials

// The node's pods, as they were found, with pseudonyms.
extension Redactor {
  /// All that was found.
  func pods(_ pods: KnownPods) -> KnownPods {
    var image = pods
    image.current = pods.current.map(network)
    image.forgotten = pods.forgotten.map(network)
    image.absent = pods.absent.map(network)
    image.orphans = pods.orphans.map(orphan)
    image.notes = pods.notes.map { text($0) }
    image.noteOnProcesses = pods.noteOnProcesses.map { Note(.node, text($0.text)) }
    image.nestedNodes = pods.nestedNodes.mapValues { text($0) }
    image.links = pods.links.map(link)
    image.holders = Dictionary(
      pods.holders.map { (addresses.pseudonym($0), Set($1.map { names.uid($0) })) }
    ) { $0.union($1) }
    return image
  }

  private func network(_ network: PodNetwork) -> PodNetwork {
    var image = network
    image.sandbox = sandbox(network.sandbox)
    image.interfaces = network.interfaces.map(interface)
    image.problem = network.problem.map { text($0) }
    return image
  }

  private func sandbox(_ sandbox: PodSandbox) -> PodSandbox {
    var image = sandbox
    image.name = sandbox.name.map { name in
      Sourced(
        NamespacedName(names.pseudonym(name.value.namespace, .namespace), pod(named: name.value.name)), name.source)
    }
    image.uid = sandbox.uid.map { Sourced(names.uid($0.value), $0.source) }
    image.id = sandbox.id.map { Sourced(names.pseudonym($0.value, .object), $0.source) }
    image.runtime = sandbox.runtime.flatMap { Self.isKernelName($0) ? $0 : nil }
    image.containers = Set(sandbox.containers.map { names.pseudonym($0, .object) })
    image.namespace = sandbox.namespace.map { Sourced(reference($0.value), $0.source) }
    image.otherNamespaces = sandbox.otherNamespaces.map(reference)
    image.runtimeAddresses = sandbox.runtimeAddresses.map { addresses.pseudonym($0) }
    image.endpoint = sandbox.endpoint.map { text($0) }
    image.cachedHostInterfaces = Set(sandbox.cachedHostInterfaces.map { interfaces.pseudonym($0) })
    return image
  }

  /// `/proc/PID/ns/net`, or the path where a namespace is mounted, whose last part is its name.
  private func reference(_ reference: NamespaceReference) -> NamespaceReference {
    var image = reference
    let parts = reference.path.split(separator: "/")
    let isOfProcess = parts.count == 4 && parts[0] == "proc" && parts[1].allSatisfy(\.isWholeNumber)
    if !isOfProcess, let name = parts.last {
      let folder = reference.path.hasPrefix("/var/run/netns/") ? "/var/run/netns" : "/run/netns"
      image.path = "\(folder)/\(namespace(String(name)))"
      names.note(image.path, for: reference.path)
    }
    return image
  }

  /// By these beginnings kpx tells whose a namespace is.
  private func namespace(_ name: String) -> String {
    let isOfCNI = name.hasPrefix("cni-") || UUID(uuidString: name) != nil
    return names.pseudonym(name, .netns, after: isOfCNI ? "cni-" : "netns-")
  }

  private func interface(_ interface: PodInterface) -> PodInterface {
    PodInterface(
      link: link(interface.link), addresses: interface.addresses.map(address), side: side(interface.side))
  }

  private func side(_ side: HostSide) -> HostSide {
    switch side {
    case .pair(let host):
      var image = host
      image.link = link(host.link)
      image.master = host.master.map { interfaces.pseudonym($0) }
      image.routes = host.routes.map { addresses.pseudonym($0) }
      image.confirmations = host.confirmations.map { text($0) }
      return .pair(image)
    case .parent(let parent): return .parent(link(parent))
    case .inside(let other): return .inside(link(other))
    case .elsewhere, .none: return side
    }
  }

  private func orphan(_ orphan: OrphanInterface) -> OrphanInterface {
    var image = orphan
    image.link = link(orphan.link)
    image.master = orphan.master.map { interfaces.pseudonym($0) }
    image.reason = text(orphan.reason)
    image.empty = orphan.empty.map { EmptyNamespace(name: namespace($0.name), since: $0.since) }
    return image
  }

  private func link(_ link: Link) -> Link {
    var image = link
    image.name = interfaces.pseudonym(link.name)
    image.kind = link.kind.flatMap { Self.isKernelName($0) ? $0 : nil }
    image.mac = link.mac.map { MACAddress(names.hardwareAddress($0.bytes)) }
    return image
  }

  private func address(_ address: InterfaceAddress) -> InterfaceAddress {
    var image = address
    image.address = addresses.pseudonym(address.address)
    return image
  }
}
