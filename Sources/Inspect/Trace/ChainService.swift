/// The service behind a chain of iptables mode, whose name is a hash: names of what is known are computed and compared.
extension ServiceTracer {
  /// The port that a chain is for, by this node's rules; nil where they do not tell.
  static func port(
    of chain: ChainName, _ context: ServiceContext, _ node: any Node
  ) throws -> (port: ServicePortName, transport: TransportProtocol)? {
    try answer(context, node) { tracer in
      let known = try RuleIndex(node, tracer.proxy.installations).entries.compactMap { entry in
        entry.service.map { (port: $0, transport: entry.frontend.transport) }
      }
      let endpoints = chain.kind == .endpoint ? try tracer.translations(in: chain) : []
      return known.first { chain.isOf($0.port, $0.transport, endpoints) }
    }
  }

  /// By the API alone: endpoints' chains are not told.
  func trace(_ chain: ChainName) throws -> ServiceTrace {
    for service in context.cluster?.services ?? [] {
      guard let port = service.port(of: chain) else { continue }
      let asked = AskedPort(port: port.name.isEmpty ? nil : port.name, transport: port.transport)
      return try trace(service.metadata.namespacedName, asked)
    }
    throw TraceError.noSuchChain(chain)
  }

  /// Where the rules of an endpoint's chain send packets.
  private func translations(in chain: ChainName) throws -> [SocketAddress] {
    var found: [SocketAddress] = []
    for installation in proxy.installations where installation.mode == .iptables {
      let table = Table(backend: installation.backend, family: installation.family, name: "nat")
      _ = try node.filter.forEachRule(in: ChainReference(table: table, name: "\(chain)"), hint: .none) { _, rule in
        for case .dnat(let to) in rule.actions {
          if let address = to.addresses?.lowerBound, let port = to.ports?.lowerBound {
            found.append(SocketAddress(address, port: port))
          }
        }
        return true
      }
    }
    return found
  }
}

extension ChainName {
  /// - Parameter endpoints: those that it may lead to, where it is one's.
  fileprivate func isOf(
    _ port: ServicePortName, _ transport: TransportProtocol, _ endpoints: [SocketAddress]
  ) -> Bool {
    guard kind == .endpoint else { return ChainName.names(kind, of: port, transport: transport).contains(self) }
    return endpoints.contains { ChainName.names(of: $0, of: port, transport: transport).contains(self) }
  }
}

extension Service {
  /// The port that a chain is for; nil where none is, and for an endpoint's.
  func port(of chain: ChainName) -> ServicePort? {
    ports.first { port in
      let name = ServicePortName(metadata.namespace, metadata.name, port: port.name)
      return port.transport.map { chain.isOf(name, $0, []) } ?? false
    }
  }
}
