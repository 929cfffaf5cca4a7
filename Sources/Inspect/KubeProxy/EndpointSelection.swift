/// Which of a service port's endpoints kube-proxy uses under either policy.
struct EndpointSelection {
  /// The endpoints of the Cluster policy.
  private(set) var cluster: [ExpectedEndpoint] = []
  /// The endpoints of the Local policy.
  private(set) var local: [ExpectedEndpoint] = []
  /// Whether there is a usable endpoint anywhere.
  private(set) var hasAny = false
  /// Whether the Cluster policy's set depends on which node this is.
  private(set) var dependsOnNode = false
  /// What shaped the Cluster policy's set.
  private(set) var clusterNotes: [ExpectationNote] = []
  /// What shaped the Local policy's set.
  private(set) var localNotes: [ExpectationNote] = []

  /// What a service asks for.
  struct Policies {
    var internalLocal: Bool
    var externalLocal: Bool
    /// Whether hints for zones count.
    var zoneHints: Bool
  }

  init(_ all: [ExpectedEndpoint], policies: Policies, node: NodeIdentity, behavior: ProxyBehavior) {
    if behavior.separatesPolicies {
      selectApart(all, policies: policies, node: node, behavior: behavior)
    } else {
      selectTogether(all, policies: policies)
    }
  }

  /// Up to 1.23: one set for all traffic, and its local ones for external traffic under the Local policy.
  private mutating func selectTogether(_ all: [ExpectedEndpoint], policies: Policies) {
    let onlyLocal = policies.internalLocal && !policies.externalLocal
    dependsOnNode = onlyLocal
    cluster = all.filter { $0.isReady && ($0.isLocal || !onlyLocal) }
    local = cluster.filter(\.isLocal)
    hasAny = !cluster.isEmpty
  }

  /// Since 1.24.
  private mutating func selectApart(
    _ all: [ExpectedEndpoint], policies: Policies, node: NodeIdentity, behavior: ProxyBehavior
  ) {
    let ready = all.filter(\.isReady)
    let last = behavior.fallsBackToTerminating ? all.filter { $0.isServing && $0.isTerminating && !$0.isReady } : []
    hasAny = !ready.isEmpty || !last.isEmpty
    (cluster, clusterNotes) =
      ready.isEmpty
      ? (last, last.isEmpty ? [] : [.terminatingFallback])
      : Self.narrow(ready, policies: policies, node: node, behavior: behavior)
    dependsOnNode = behavior.honoursNodeHints && !ready.isEmpty && ready.allSatisfy { !$0.hints.nodes.isEmpty }
    let readyLocal = ready.filter(\.isLocal)
    local = readyLocal.isEmpty ? last.filter(\.isLocal) : readyLocal
    if readyLocal.isEmpty && !local.isEmpty { localNotes.append(.terminatingFallback) }
  }

  /// The ready endpoints that are meant for this node, or else for its zone, or else all.
  private static func narrow(
    _ ready: [ExpectedEndpoint], policies: Policies, node: NodeIdentity, behavior: ProxyBehavior
  ) -> ([ExpectedEndpoint], [ExpectationNote]) {
    if behavior.honoursNodeHints && ready.allSatisfy({ !$0.hints.nodes.isEmpty }) {
      let meant = ready.filter { $0.hints.nodes.contains(node.name) }
      if !meant.isEmpty { return (meant, [.narrowedToNode]) }
    }
    guard policies.zoneHints && ready.allSatisfy({ !$0.hints.zones.isEmpty }) else { return (ready, []) }
    guard node.knowsZone else { return (ready, [.zoneUnknown]) }
    guard let zone = node.zone else { return (ready, []) }
    let meant = ready.filter { $0.hints.zones.contains(zone) }
    return meant.isEmpty ? (ready, []) : (meant, [.narrowedToZone(zone)])
  }
}
