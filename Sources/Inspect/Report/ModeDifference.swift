/// What kube-proxy does otherwise in one mode than in another, with the same objects of the API: docs/forwarding.md and
/// `kpx explain mode-differences` have each.
public enum ModeDifference: String, Codable, Sendable, CaseIterable, Hashable {
  /// Where the policy is Local and no endpoint is on this node, IPVS sends to all endpoints; other modes drop.
  case localWithoutEndpoints = "local-without-endpoints"
  /// To an external address under the policy Local, IPVS sends pods and the node itself to this node's endpoints; other modes to all.
  case localFromInside = "local-from-inside"
  /// What the node itself sends to an external address that is refused passes in iptables mode.
  case ownPackets = "own-packets"
  /// Node ports answer at 127.0.0.1 in iptables mode alone.
  case loopbackNodePorts = "loopback-node-ports"
  /// In nftables mode node ports are served at the node's first address of each family alone.
  case nodePortAddresses = "node-port-addresses"
  /// Packets to a cluster IP at a port that no service has go on in iptables mode; other modes reject them.
  case otherPorts = "other-ports"
  /// In IPVS mode cluster IPs are the node's own addresses, and answer pings.
  case localClusterIPs = "local-cluster-ips"

  /// In a few words, for a line.
  public var summary: String {
    switch self {
    case .localWithoutEndpoints:
      "the policy is Local and no endpoint is on this node: IPVS sends to all, other modes drop"
    case .localFromInside:
      "under the policy Local, IPVS sends pods and the node to this node's endpoints, other modes to all"
    case .ownPackets: "what the node sends to an external address without endpoints is not refused in iptables mode"
    case .loopbackNodePorts: "node ports answer at 127.0.0.1 in iptables mode alone"
    case .nodePortAddresses: "node ports are served at one address of each family in nftables mode, at all in others"
    case .otherPorts: "other ports of cluster IPs are rejected, but not in iptables mode"
    case .localClusterIPs: "cluster IPs are the node's own addresses in IPVS mode, and answer pings"
    }
  }

  /// In sentences.
  public var meaning: String {
    switch self {
    case .localWithoutEndpoints:
      "Where a traffic policy is Local and this node has no endpoint, iptables and nftables mode drop packets. IPVS mode sends them "
        + "to the endpoints of other nodes: pods of this node get answers, and clients outside the cluster get answers from an "
        + "address that they did not ask. With no address for clients outside, and internalTrafficPolicy Local, IPVS mode rejects."
    case .localFromInside:
      "externalTrafficPolicy Local is meant for clients outside. In iptables and nftables mode pods of this node and the node itself, "
        + "at a node port, a load balancer's address or an external IP, are sent to any endpoint. A virtual service of IPVS has one "
        + "list of endpoints for all clients: those of this node."
    case .ownPackets:
      "In iptables mode packets to load balancers' addresses and external IPs of Services without endpoints are rejected in INPUT and "
        + "FORWARD. What the node itself sends there meets neither: it leaves the node. The other modes refuse it. In nftables mode "
        + "up to 1.32 what the node itself sends to such an address under the policy Local, without an endpoint on this node, is "
        + "dropped as packets from outside are."
    case .loopbackNodePorts:
      "In iptables mode node ports answer on 127.0.0.1, unless --iptables-localhost-nodeports=false (kube-proxy sets route_localnet). "
        + "They do so neither in IPVS nor in nftables mode. What on the node uses them by localhost must use the node's address."
    case .nodePortAddresses:
      "Without --nodeport-addresses node ports are served at all addresses of the node in iptables and IPVS mode, and in nftables mode "
        + "at the node's primary address of each family."
    case .otherPorts:
      "What is sent to a cluster IP at a port that no Service has leaves the node in iptables mode, as nothing translates it. "
        + "nftables mode rejects it, and drops what is sent to addresses of the service range that nobody has; IPVS mode rejects it "
        + "since 1.26."
    case .localClusterIPs:
      "IPVS mode puts each cluster IP, external IP and load balancer's address on the interface kube-ipvs0: they are the node's own, "
        + "answer pings, and programs that listen on all addresses are reached at them up to 1.25. In the other modes nobody has them."
    }
  }
}
