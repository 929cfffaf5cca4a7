/// What a target that leads to no service may have meant.
extension ServiceTracer {
  /// The names of all services that the API or the rules have.
  func names(_ index: RuleIndex?) -> [NamespacedName] {
    Set((context.cluster?.services.map(\.metadata.namespacedName) ?? []) + (index?.services ?? [])).sorted()
  }

  /// For a word that was typed without a namespace: it may be one, or a node port without its colon.
  func noSuchService(word: String, in namespace: String) throws -> TraceError {
    let names = names(try RuleIndex(node, proxy.installations))
    let inside = names.filter { $0.namespace == word }
    if !inside.isEmpty { return .isNamespace(word, services: inside.map(\.name)) }
    let full = NamespacedName(namespace, word).description
    let near = UInt16(word).map { [":\($0)"] } ?? nearest(to: full, in: names.map(\.description))
    return .noSuchService(full, nearest: near, hasAPI: context.cluster != nil)
  }

  /// `NS/` asks for no single service.
  func servicesOf(_ namespace: String) throws -> TraceError {
    let index = try RuleIndex(node, proxy.installations)
    let inside = names(index).filter { $0.namespace == namespace }.map(\.name)
    guard inside.isEmpty else { return .isNamespace(namespace, services: inside) }
    let near = namespaces(near: namespace, index).map { "\($0)/" }
    return .noSuchNamespace(namespace, nearest: near, hasAPI: context.cluster != nil)
  }

  private func namespaces(near namespace: String, _ index: RuleIndex) -> [String] {
    nearest(to: namespace, in: Set(names(index).map(\.namespace)).sorted())
  }

  /// - Parameter port: of the nodes; nil for an address.
  func noSuchPlace(_ port: UInt16?, _ transport: TransportProtocol?, _ text: String) throws -> TraceError {
    guard let port else { return .noSuchAddress(text) }
    let ofAPI = (context.cluster?.services ?? []).filter { service in
      service.ports.contains { $0.port == port && (transport == nil || $0.transport == transport) }
    }
    let programmed = try RuleIndex(node, proxy.installations).entries.filter {
      $0.frontend.port == port && (transport == nil || $0.frontend.transport == transport)
    }
    let names = Set(ofAPI.map(\.metadata.namespacedName) + programmed.compactMap { $0.service?.service }).sorted()
    return names.isEmpty ? .noSuchAddress(text) : .noSuchNodePort(text, services: names.map(\.description))
  }
}
