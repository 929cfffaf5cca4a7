extension Check {
  /// Rule: that of the walk; and an interface of the node that was set down has the network of endpoints that the API has on
  /// this node (certain, an error). With the interface its routes are gone: packets follow the default route, away from the
  /// node, and no step of the walk shows it.
  static let endpointUnroutable = Check(.endpointUnroutable, services: .rules) { examination in
    guard let links = try examination.node.links(), let addresses = try examination.node.interfaceAddresses() else {
      return .skipped("the node's interfaces are not known")
    }
    let endpoints = Set(
      examination.frontends.flatMap { $0.frontend.endpoints }.filter { $0.local == true }.map(\.address))
    let findings = links.filter { !$0.isSetUp }.compactMap { link -> Finding? in
      let own = addresses.filter { $0.index == link.index && !$0.isLinkLocal }
      let networks = own.map { IPPrefix($0.address, length: $0.prefixLength) }
      let behind = endpoints.filter { endpoint in networks.contains { $0.contains(endpoint) } }
        .subtracting(own.map(\.address)).sorted()
      guard let first = behind.first else { return nil }
      let more = behind.count > 1 ? " and \(behind.count - 1) more" : ""
      return Finding(
        .endpointUnroutable, .error, subject: .node,
        message:
          "the interface \(link.name) is down, behind which \(behind.count == 1 ? "an endpoint is" : "endpoints are")",
        evidence: [
          Finding.Evidence(.links, "\(link.name): \(own.map(\.description).joined(separator: ", ")), not UP"),
          Finding.Evidence(.api, "\(first)\(more) \(behind.count == 1 ? "is" : "are") on this node"),
        ],
        advice: [
          Finding.Advice("find out who set it down, and set it up", command: "ip link set \(link.name) up")
        ])
    }
    return findings.isEmpty ? .ok() : .found(findings)
  }
}
