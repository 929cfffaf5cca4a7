#if canImport(Glibc)
  import Glibc
#endif

/// Which of the API's nodes this host is.
struct ThisNode {
  /// nil where the API knows no node that this host is.
  let name: String?
  /// What tells the name, in words; nil where there is none.
  let source: String?
  /// What could not be found out.
  let note: String?

  /// What tells which node a host is, surest first.
  struct Evidence {
    /// The name that the user gave.
    var given: String?
    /// The name in the kubelet's certificate.
    var certificate: String?
    /// What this host calls itself.
    var host: String
    /// The host's own addresses; nil where they are not known.
    var addresses: [IPPrefix]?

    /// What to ask the API for.
    var guess: NodeGuess {
      NodeGuess(name: given ?? certificate ?? host, isHostName: given == nil && certificate == nil)
    }
  }

  init(_ evidence: Evidence, cluster: ClusterSnapshot?) {
    let nodes = cluster?.nodes ?? []
    let isKnown = { (name: String) in cluster?.knows(.node) != true || cluster?.node(name) != nil }
    if let given = evidence.given {
      (name, source) = (given, "--node")
      note = isKnown(given) ? nil : "the API has no node \(given): its zone and pod addresses are not known"
    } else if let certificate = evidence.certificate, isKnown(certificate) {
      (name, source) = (certificate, "the kubelet's certificate")
      note = nil
    } else if let node = Self.owner(of: evidence.addresses ?? [], nodes) {
      (name, source) = (node.metadata.name, "its address in the API")
      note = nil
    } else if let node = Self.named(evidence.host, nodes) {
      (name, source) = (node.metadata.name, "the host's name, as the API has it")
      note = nil
    } else if cluster?.knows(.node) == true {
      (name, source) = (nil, nil)
      note =
        "the API has no node named \(evidence.host), as this host is: which endpoints are local is not known (--node NAME)"
    } else if let cluster, !cluster.mentions(node: evidence.host) {
      (name, source) = (nil, nil)
      note =
        "nodes may not be read, and nothing in the API is on a node named \(evidence.host), as this host is: which endpoints "
        + "are local is not known (--node NAME)"
    } else {
      (name, source) = (evidence.host, "the host's name")
      note = nil
    }
  }

  /// The only one whose internal address is this host's.
  private static func owner(of addresses: [IPPrefix], _ nodes: [NodeObject]) -> NodeObject? {
    let owners = nodes.filter { node in
      node.ips("InternalIP").contains { address in addresses.contains { $0.contains(address) } }
    }
    return owners.count == 1 ? owners.first : nil
  }

  private static func named(_ host: String, _ nodes: [NodeObject]) -> NodeObject? {
    nodes.first { node in
      let names = [node.metadata.name, node.metadata.labels["kubernetes.io/hostname"]].compactMap(\.self)
      // A kubelet takes the host's name in lower case, some of them the name without its domain.
      return names.contains { $0 == host || $0 == host.prefix { $0 != "." } }
    }
  }

  /// The host's name in lower case, as kubelets take it.
  static var hostName: String {
    var name = utsname()
    uname(&name)
    return withUnsafeBytes(of: &name.nodename) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).lowercased()
    }
  }
}

extension ClusterSnapshot {
  /// Whether an endpoint is on a node of this name; true where none says where it is.
  fileprivate func mentions(node name: String) -> Bool {
    let names = services.flatMap { slices(of: $0.metadata.namespacedName) }.flatMap(\.endpoints).compactMap(\.nodeName)
    return names.isEmpty || names.contains(name)
  }
}
