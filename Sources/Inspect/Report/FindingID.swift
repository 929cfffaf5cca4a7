/// The catalogue of findings: a name that stays, for what a finding says.
public enum FindingID: String, Codable, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// Clients lose the endpoint that they should keep, or keep one that no others get.
  case affinity
  /// Clients keep their endpoint for longer or shorter than the API says.
  case affinityDrift = "affinity-drift"
  /// The Kubernetes API's own endpoint is on this node, and nothing listens there.
  case apiEndpointStale = "api-endpoint-stale"
  /// Rules of kube-proxy are in legacy tables and in nf_tables.
  case backendMixed = "backend-mixed"
  /// Packets between pods of this node do not meet kube-proxy's rules.
  case bridgeNF = "bridge-nf"
  /// The address of a service is a pod's or a node's, too, or may become one's.
  case cidrOverlap = "cidr-overlap"
  /// New connections come, by chance, to no endpoint.
  case connectionsLost = "connections-lost"
  /// A program of this node gets the packets, before an endpoint is chosen.
  case deliveredHere = "delivered-here"
  /// The table of connections is full, or about to be.
  case conntrackFull = "conntrack-full"
  /// Connections go where no new one would.
  case conntrackStale = "conntrack-stale"
  /// Without the API: packets are dropped.
  case dropped
  /// Packets are sent to endpoints, and a rule on their way there ends them.
  case droppedByRule = "dropped-by-rule"
  /// Rules are there many times.
  case duplicateRules = "dup-rules"
  /// Kernel and API do not have the same endpoints.
  case endpointDrift = "endpoint-drift"
  /// An endpoint answers no connection.
  case endpointSilent = "endpoint-silent"
  /// Packets are sent to endpoints, and the node's routes do not lead there, or lead to an interface that is down.
  case endpointUnroutable = "endpoint-unroutable"
  /// Services have addresses of two families, and kube-proxy has rules in one.
  case familyGap = "family-gap"
  /// The kubelet's chain drops every packet.
  case firewallDropAll = "firewall-drop-all"
  /// The node does not forward packets.
  case forwardBlocked = "forward-blocked"
  /// A pod does not reach itself by a service.
  case hairpin
  /// A port of the node does not lead to the pod that has it.
  case hostPortLost = "hostport-lost"
  /// Real servers of weight 0.
  case ipvsDrained = "ipvs-drained"
  /// The address of a virtual service is not the node's.
  case ipvsDummyDrift = "ipvs-dummy-drift"
  /// Many packets are dropped that belong to no connection.
  case invalidDrop = "invalid-drop"
  /// kube-proxy is in IPVS mode, and the kernel has no IPVS.
  case ipvsMissing = "ipvs-missing"
  /// kube-proxy's IPVS mode is on its way out.
  case ipvsRetired = "ipvs-retired"
  /// A setting of IPVS is not as kube-proxy sets it.
  case ipvsSysctl = "ipvs-sysctl"
  /// Nothing leads to kube-proxy's rules.
  case jumpMissing = "jump-missing"
  /// IPVS mode sends to all endpoints, as none is on this node, against the policy Local.
  case localFallback = "local-fallback"
  /// Packets that are marked to be dropped are not.
  case markDropIneffective = "mark-drop-ineffective"
  /// Pods have addresses that kube-proxy does not take for pods'.
  case masqueradeGap = "masq-gap"
  /// Packets that should be masqueraded are not.
  case masqueradeDrift = "masquerade-drift"
  /// Rules of another mode of kube-proxy are left.
  case modeLeftovers = "mode-leftovers"
  /// Packets do not fit into a tunnel's.
  case mtu
  /// No endpoint is ready.
  case noEndpoints = "no-endpoints"
  /// No endpoint is on this node, and the policy is Local.
  case noLocalEndpoints = "no-local-endpoints"
  /// What this node itself sends does not get to a service.
  case nodeOrigin = "node-origin"
  /// A program of the node listens at a node port.
  case nodePortConflict = "nodeport-conflict"
  /// A node port is not served at an address of the node.
  case nodePortReach = "nodeport-reach"
  /// An interface leads to what is left of a pod.
  case orphanVeth = "orphan-veth"
  /// Packets of the tunnel between nodes are dropped.
  case overlayBlocked = "overlay-blocked"
  /// kube-proxy does not write rules, as it does not run, hangs or is late.
  case proxyStalled = "proxy-stalled"
  /// The kernel drops packets that come by another way than they would go.
  case rpFilter = "rp-filter"
  /// Endpoints are there, and packets are rejected or dropped.
  case rejectShadow = "reject-shadow"
  /// Answers do not come back through this node.
  case replyElsewhere = "reply-elsewhere"
  /// Without the API: connections are refused, and not for want of endpoints.
  case rejected
  /// Packets of some sources are lost, and the service does not say so.
  case sourceExcluded = "source-excluded"
  /// Other sources get through than the API says.
  case sourceRangeDrift = "source-range-drift"
  /// Only clients in the source ranges get through.
  case sourceRangeDrop = "source-range-drop"
  /// All endpoints terminate.
  case terminatingOnly = "terminating-only"
  /// Only some endpoints are meant for this node.
  case topologyNarrowed = "topology-narrowed"
  /// Chance does not give each endpoint the same share.
  case unevenShares = "uneven-shares"
  /// The API or the cluster's DNS is not reached from this node.
  case vitalServices = "vital-services"
  /// The kernel does with packets what the API does not say.
  case verdictDrift = "verdict-drift"

  /// As in JSON: `endpoint-drift`.
  public var description: String { rawValue }

  /// Whether it is a difference of kernel and API that kube-proxy mends by itself once it has followed the API.
  public var isDrift: Bool {
    switch self {
    case .endpointDrift, .verdictDrift, .rejectShadow, .affinityDrift, .masqueradeDrift, .sourceRangeDrift,
      .ipvsDummyDrift:
      true
    default: false
    }
  }

  /// Whether it is about what the API has of a service, and so of no node: it is told on each that is asked, and on those nodes
  /// alone for which the service is meant so.
  public var isOfCluster: Bool {
    switch self {
    case .noEndpoints, .noLocalEndpoints, .terminatingOnly, .topologyNarrowed, .sourceRangeDrop, .localFallback,
      .cidrOverlap:
      true
    default: false
    }
  }

  /// Where to read more; nil where there is nothing better than the advice.
  public var reference: String? {
    func issue(_ number: Int) -> String { "https://github.com/kubernetes/kubernetes/issues/\(number)" }
    let virtualIPs = "https://kubernetes.io/docs/reference/networking/virtual-ips/"
    return switch self {
    case .backendMixed: issue(71305)
    case .endpointDrift: issue(121362)
    case .rejectShadow: issue(95149)
    case .noEndpoints:
      "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#does-the-service-have-any-endpointslices"
    case .noLocalEndpoints, .localFallback: virtualIPs + "#external-traffic-policy"
    case .terminatingOnly: virtualIPs + "#traffic-to-terminating-endpoints"
    case .topologyNarrowed: "https://kubernetes.io/docs/concepts/services-networking/topology-aware-routing/"
    case .sourceRangeDrop: issue(109575)
    case .conntrackStale: issue(139628)
    case .ipvsDrained: issue(108319)
    case .ipvsDummyDrift: issue(107662)
    case .modeLeftovers: issue(102314)
    case .jumpMissing: "https://github.com/rancher/rke2/issues/10469"
    case .affinity: issue(110302)
    case .affinityDrift: virtualIPs + "#session-affinity"
    case .nodePortReach:
      "https://kubernetes.io/docs/concepts/services-networking/service/#service-nodeport-custom-listen-address"
    case .apiEndpointStale: issue(67875)
    case .bridgeNF: issue(38802)
    case .cidrOverlap: issue(128723)
    case .conntrackFull: issue(71261)
    case .duplicateRules: issue(82361)
    case .firewallDropAll: issue(112477)
    case .forwardBlocked: issue(39823)
    case .hairpin:
      "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#a-pod-fails-to-reach-itself-via-the-service-ip"
    case .hostPortLost: "https://github.com/rancher/rke2/issues/10469"
    case .familyGap: "https://kubernetes.io/docs/concepts/services-networking/dual-stack/"
    case .invalidDrop: issue(74839)
    case .masqueradeGap: issue(36835)
    case .orphanVeth: "https://github.com/projectcalico/calico/issues/8598"
    case .overlayBlocked: "https://github.com/flannel-io/flannel/blob/master/Documentation/troubleshooting.md"
    case .rpFilter: "https://github.com/cilium/cilium/issues/13130"
    case .ipvsRetired: "https://kep.k8s.io/5495"
    case .ipvsSysctl: issue(81775)
    case .mtu: "https://github.com/projectcalico/calico/issues/2026"
    case .nodePortConflict: issue(107170)
    case .vitalServices: "https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/"
    case .connectionsLost, .deliveredHere, .dropped, .droppedByRule, .endpointSilent, .endpointUnroutable,
      .ipvsMissing,
      .markDropIneffective, .masqueradeDrift, .nodeOrigin, .proxyStalled, .rejected, .replyElsewhere, .sourceExcluded,
      .sourceRangeDrift, .unevenShares, .verdictDrift:
      nil
    }
  }
}
