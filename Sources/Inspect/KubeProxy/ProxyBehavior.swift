/// What a release of kube-proxy does, with the feature gates as they are by default.
struct ProxyBehavior: Sendable, Hashable {
  private let minor: Int

  /// The releases that began any of what is below.
  static let beginnings = [19, 20, 21, 22, 24, 26, 27, 29, 30, 31, 34, 36]

  /// Those that began what shows in how a frontend is carried out, and not in which endpoints it has.
  static let formBeginnings = [21, 24, 33]

  init(_ version: KubeProxyVersion) {
    minor = version.major > 1 ? .max : version.minor
  }

  /// EndpointSliceProxying is on since 1.19; before, v1 Endpoints are read.
  var readsSlices: Bool { minor >= 19 }

  /// Each family has its own proxy since 1.20. Before, there is one, and it knows `clusterIP` only.
  var isDualStack: Bool { minor >= 20 }

  /// In 1.20 the second family needs the gate IPv6DualStack, which is on since 1.21.
  var dualStackNeedsGate: Bool { minor == 20 }

  /// ExternalPolicyForExternalIP is on since 1.20. Before, external addresses have the endpoints of the whole cluster
  /// whatever the policy; 1.18 and 1.19 have the gate, and it is off.
  var honoursExternalPolicyOfExternalIPs: Bool { minor >= 20 }

  /// Since 1.21 iptables mode asks nothing of packets to an external IP; before, it left alone what a bridge carries, and what this
  /// node sends elsewhere.
  var translatesExternalIPsForAll: Bool { minor >= 21 }

  /// ServiceInternalTrafficPolicy is on since 1.22.
  var honoursInternalPolicy: Bool { minor >= 22 }

  /// Since 1.24 the sets of the Cluster and the Local policy are made apart from each other. Before, a service with the
  /// external policy Local is not filtered at all, and one with only the internal policy Local has its local endpoints
  /// for every kind of traffic.
  var separatesPolicies: Bool { minor >= 24 }

  /// ProxyTerminatingEndpoints is on since 1.26.
  var fallsBackToTerminating: Bool { minor >= 26 }

  /// Since 1.26 the API allows an external policy for a ClusterIP service with external addresses.
  var externalPolicyOfExternalIPs: Bool { minor >= 26 }

  /// LoadBalancerIPMode is on since 1.30.
  var honoursIPMode: Bool { minor >= 30 }

  /// In 1.29 LoadBalancerIPMode is there and off.
  var ipModeNeedsGate: Bool { minor == 29 }

  /// Since 1.33 nftables mode drops what finds no local endpoint behind the translation in OUTPUT, which has sent the node's own
  /// packets to all endpoints by then. Before, it drops them in front of it.
  var translatesOwnPacketsFirst: Bool { minor >= 33 }

  /// PreferSameTrafficDistribution is on since 1.34.
  var honoursNodeHints: Bool { minor >= 34 }

  /// Since 1.36 a service is left alone for the label of another proxy, and a slice for that of a headless service. Before,
  /// each of both labels takes both (kubernetes#134623).
  var filtersLabelsApart: Bool { minor >= 36 }

  /// Whether hints for zones count for a service.
  ///
  /// TopologyAwareHints is on since 1.24, for services with an annotation that says auto; since 1.27 a second annotation
  /// serves as well, with any value but disabled; since 1.31 (ServiceTrafficDistribution) no annotation is looked at.
  func honoursZoneHints(of service: Service) -> Bool {
    let old = service.metadata.annotations["service.kubernetes.io/topology-aware-hints"]
    switch minor {
    case ..<24: return false
    case ..<27: return old == "Auto" || old == "auto"
    case ..<31:
      let value = old ?? service.metadata.annotations["service.kubernetes.io/topology-mode"] ?? ""
      return !["", "disabled", "Disabled"].contains(value)
    default: return true
    }
  }
}
