/// How a node forwards its services, for a comparison with another.
struct ForwardedNode: Sendable {
  struct Item: Sendable {
    /// nil where no rule says it.
    var name: NamespacedName?
    /// nil for what the API does not have.
    var service: Service?
    var forwarding: ServiceForwarding
  }

  var node: AnsweringNode
  var proxy: Proxy
  /// The mode and the releases that may run.
  var mode: ProxyMode
  var versions: [KubeProxyVersion]
  var items: [Item]
  var traits: NodeTraits
  /// What the API implies; nil without it.
  var expectation: Expectation?
  /// Those that the API has for the node, and it has.
  var nodeAddresses: [IPAddress]
  var notes: [Note]

  /// How its kube-proxy was started.
  var settings: ProxySettings { items.first?.forwarding.settings ?? ProxySettings() }

  /// What the API implies for a service, as a kube-proxy of another mode, release and start would carry it out.
  func implied(_ item: Item, like other: ForwardedNode) -> CanonicalForwarding? {
    guard let expectation, let service = item.service, let version = other.versions.first else { return nil }
    let implied = ImpliedForwarding(
      frontends: expectation.frontends(of: service, mode: other.mode, version: version), mode: other.mode,
      versions: other.versions, nodeAddresses: nodeAddresses)
    return implied.form(other.settings)
  }
}

extension ServiceTracer {
  /// All services of a namespace, or of all.
  /// - Parameter service: the only one that is told of; nil for all.
  static func forwardedNode(
    namespace: String?, service: NamespacedName?, _ context: ServiceContext, _ node: any Node
  ) throws -> ForwardedNode {
    try answer(context, node) { try $0.forwardedNode(namespace: namespace, service: service) }
  }

  private func forwardedNode(namespace: String?, service: NamespacedName?) throws -> ForwardedNode {
    let (list, forwardings, _) = try list(namespace: namespace, nil)
    let expectation =
      context.cluster.map { _ in self.expectation(of: context.cluster?.services ?? []) }
    var items: [ForwardedNode.Item] = []
    for (item, forwarding) in zip(list.items, forwardings) {
      let name = item.service.map { NamespacedName($0.namespace, $0.name) }
      if let service, name != service { continue }
      items.append(
        ForwardedNode.Item(
          name: name, service: name.flatMap { context.cluster?.service($0) }, forwarding: forwarding))
    }
    return ForwardedNode(
      node: list.node, proxy: list.proxy, mode: proxy.expectedMode, versions: expectation?.versions ?? [],
      items: items, traits: try traits(of: list), expectation: expectation,
      nodeAddresses: context.internalAddresses(of: node), notes: list.notes.filter { $0.subject.service == nil })
  }
}
