/// What checks look at: a node at one time, and what is known of its services.
struct Examination {
  let node: any Node
  /// What services rest on, beside the rules.
  let context: ServiceContext
  /// What the walk of all services found; nil where none were walked.
  let list: ServiceList?
  /// Why none were walked.
  let unwalked: String?
  /// Why connections were not read; nil where they were.
  let unreadConnections: String?
  /// kube-proxy's own word.
  let port: KubeProxyPort
  /// Seconds since 1970.
  let now: Double

  /// Nodes of the cluster, not all of a large one; nil where they are not known.
  var nodes: [NodeObject]?

  /// Which interfaces lead to pods; nil where they were not looked for.
  var pods: PodEnds?

  /// What the API says; nil without it.
  var cluster: ClusterSnapshot? { context.cluster }

  /// Who programs services; `none` where no rule of kube-proxy's is known.
  var mode: Proxy.Mode { list?.proxy.mode ?? .none }

  /// All frontends, with the service that each is of.
  var frontends: [(service: NamespacedName?, frontend: FrontendReport)] {
    (list?.items ?? []).flatMap { item in item.frontends.map { (item.name, $0) } }
  }
}

extension ServiceList.Item {
  /// The service's name; nil where no rule says one.
  var name: NamespacedName? { service.map { NamespacedName($0.namespace, $0.name) } }
}
