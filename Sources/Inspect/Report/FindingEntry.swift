/// What the catalogue says of a finding, whatever service it is about: kpx-findings(7).
public struct FindingEntry: Encodable, Sendable, Hashable {
  /// Which finding.
  public var id: FindingID
  /// How much it may matter, by what else is known.
  public var severities: [Finding.Severity]
  /// What is the case where it is reported, in sentences.
  public var meaning: String
  /// What to do about it, in sentences.
  public var advice: String
  /// Where to read more; nil where there is nothing better than the advice.
  public var reference: String?

  fileprivate init(_ id: FindingID, _ severities: [Finding.Severity], _ meaning: String, _ advice: String) {
    self.id = id
    self.severities = severities
    self.meaning = meaning
    self.advice = advice
    reference = id.reference
  }
}

extension FindingID {
  /// The catalogue's words for it.
  public var entry: FindingEntry {
    // kpx makes an info of drift that kube-proxy may be about to mend.
    let drift: [Finding.Severity] = [.error, .info]
    func entry(_ severities: [Finding.Severity], _ meaning: String, _ advice: String) -> FindingEntry {
      FindingEntry(self, severities, meaning, advice)
    }
    return switch self {
    case .affinity:
      entry(
        [.warning],
        "A Service has sessionAffinity, and the kernel's list of an endpoint's clients is full (xt_recent remembers 100, if it is "
          + "not told otherwise): for each further client it forgets one whose time is not over, and who then gets another "
          + "endpoint. Or rules send clients that were there before to an endpoint that no new client is sent to, as it is not "
          + "ready or gone.",
        "Have xt_recent remember more (options xt_recent ip_list_tot=1000 in /etc/modprobe.d, from the node's next start on), or "
          + "use the nftables mode. Clients that an endpoint keeps are forgotten by echo / > /proc/net/xt_recent/LIST.")
    case .affinityDrift:
      entry(
        drift,
        "The rules keep a client at its endpoint for longer or shorter than sessionAffinity in the API says, or not at all.",
        Self.followAPI)
    case .apiEndpointStale:
      entry(
        [.error],
        "An endpoint of the Service default/kubernetes is an address of this node, and nothing listens at its port: clients of "
          + "the API that come to it are refused.",
        "Look whether the kube-apiserver of this node runs. One that ended without a farewell is taken out of the endpoints "
          + "after some 15 seconds; after a change of the node's address its --advertise-address is the old one.")
    case .backendMixed:
      entry(
        [.error],
        "kube-proxy's rules are both in legacy tables and in nf_tables, and packets meet both. One of them is out of date.",
        "kube-proxy and the kubelet must use the iptables variant that the node uses (update-alternatives --display iptables). "
          + "Flush the KUBE- chains of the other one, or reboot the node.")
    case .bridgeNF:
      entry(
        [.error],
        "Pods of this node are ports of a Linux bridge, and packets that it carries from pod to pod do not meet iptables' "
          + "rules. A pod that is sent by a Service to a pod of the same node gets answers from that pod's address, which it "
          + "does not take for an answer.",
        "Load the module br_netfilter (modprobe br_netfilter; /etc/modules-load.d) and set net.bridge.bridge-nf-call-iptables "
          + "and bridge-nf-call-ip6tables to 1 (/etc/sysctl.d).")
    case .cidrOverlap:
      entry(
        [.error, .warning],
        "The ClusterIP of a Service is also the address of a pod or node (error), or lies in the range that pods get their "
          + "addresses from (warning). What is sent to the one does not get there, but to the Service.",
        "Choose ranges that do not overlap: --service-cluster-ip-range of the kube-apiserver, --cluster-cidr of the "
          + "kube-controller-manager and the network plugin's pools.")
    case .connectionsLost:
      entry(
        [.error], "A share of new connections reaches no endpoint: the rules that choose by chance leave a gap.",
        "Something other than kube-proxy changed the rules. " + Self.restart)
    case .conntrackFull:
      entry(
        [.error],
        "The kernel's table of connections has less than a tenth of its places free. Where it is full, packets that begin a "
          + "connection are dropped, whatever Service they go to.",
        "See who has so many (conntrack -L, kpx trace --connections), and allow for more: kube-proxy sets "
          + "net.netfilter.nf_conntrack_max by --conntrack-max-per-core and --conntrack-min.")
    case .conntrackStale:
      entry(
        [.warning],
        "Connections to the Service are in the kernel's connection table and go where no new connection would: to an address "
          + "that is no endpoint (UDP), or untranslated to the Service's own address. Rules are asked for the first packet of "
          + "a connection alone, so that a client that keeps its source port, as DNS resolvers and syslog senders may, never "
          + "gets to another endpoint. kube-proxy ends such connections of UDP itself; since 1.32 it misses some.",
        "End just those connections with the command that the finding names (conntrack of the package conntrack), or restart "
          + "the client.")
    case .deliveredHere:
      entry(
        [.error, .warning, .info],
        "Packets to the Service are delivered to a program of this node before an endpoint is chosen: a rule redirects them "
          + "(a proxy, a service mesh), or a program has the Service's address, as NodeLocal DNSCache does (info). It is an "
          + "error if no program listens there.",
        "See which program listens: ss -lnp. If none should, remove the rule that the finding names.")
    case .dropped:
      entry(
        [.warning],
        "Packets to the Service are dropped. Reported without the API, as it is not known whether that is meant.",
        "Read the rule that the finding names. With the API kpx tells whether it should be so: do without --no-api.")
    case .droppedByRule:
      entry(
        [.error, .warning, .info],
        "Packets are sent to an endpoint, and a rule or policy of this node rejects or drops them on the way, or drops the "
          + "endpoint's answers. The finding names the program that the rule belongs to, if it is known. It is a warning if a "
          + "network policy may mean it so, and info if the rule asks for what kpx does not know, or lists few sources outside the "
          + "cluster, as a blocklist does.",
        "For rules of a network plugin look at the NetworkPolicies that select the pods (kubectl get networkpolicies -A); for "
          + "those of Docker, firewalld or ufw at their configuration.")
    case .duplicateRules:
      entry(
        [.warning],
        "A rule that leads to a chain of Kubernetes is in the same chain more than once. A program adds it again and again, as "
          + "it does not find the one that is there; each packet is held against all of them.",
        "kube-proxy, the kubelet and the network plugin must use an iptables of the same backend and of about the same "
          + "release. Delete all copies but one (iptables -D), or reboot the node.")
    case .endpointDrift:
      entry(
        drift,
        "The kernel and the API do not have the same endpoints: the evidence lists those that are missing in the kernel and "
          + "those that only the kernel has. Connections to the latter usually hang.",
        Self.followAPI)
    case .endpointSilent:
      entry(
        [.warning],
        "The connections to an endpoint that are in the kernel's connection table were all opened for the first time more than "
          + "3 seconds ago, and none was answered. A program that does not listen refuses connections at once; silence is that "
          + "of packets that are dropped on the way there or back, or of a pod that hangs.",
        "Look whether the pod listens (kpx exec POD -- ss -tln), at NetworkPolicies that select it, and at the way to its node."
      )
    case .endpointUnroutable:
      entry(
        [.error],
        "Packets are sent to an endpoint, and the node's routes do not lead there, or lead to an interface that is down; or an "
          + "interface with the endpoint's network is down, and its routes are gone.",
        "See ip route get ADDRESS and ip -d link show. The network plugin writes routes to pods: look at its pod on this node, "
          + "and whether the endpoint's pod still exists.")
    case .familyGap:
      entry(
        [.warning],
        "Services have ClusterIPs of IPv4 and IPv6, and kube-proxy has rules for one of the two on this node. Addresses of the "
          + "other family do not work from here.",
        "kube-proxy leaves out a family that the node has no address of (--node-ip of the kubelet), or no iptables for. Its log "
          + "says so when it starts.")
    case .firewallDropAll:
      entry(
        [.error],
        "A rule of the chain KUBE-FIREWALL drops packets and asks for nothing, so that it drops all of them. It was written "
          + "with a match on a mark, which an older iptables did not understand and left out when it wrote the table anew.",
        "Use one release of iptables for kube-proxy, the kubelet and the node. Delete the rule (iptables -D KUBE-FIREWALL "
          + "-j DROP); the kubelet writes the right one.")
    case .forwardBlocked:
      entry(
        [.error], "The node does not forward packets: forwarding is off in the kernel. No pod reaches another node.",
        "Turn it on (sysctl -w net.ipv4.ip_forward=1, net.ipv6.conf.all.forwarding=1), and see what turned it off in "
          + "/etc/sysctl.d and /etc/sysctl.conf.")
    case .hairpin:
      entry(
        [.warning],
        "Pods of this node are ports of a Linux bridge that sends no packet back by the port that it came by. A pod that is "
          + "sent by a Service to itself gets no answer.",
        "Set hairpinMode of the bridge CNI plugin to true, or promiscMode, and make the pods anew. For one interface at once: "
          + "bridge link set dev VETH hairpin on.")
    case .hostPortLost:
      entry(
        [.error],
        "A pod of this node has a hostPort, and packets to the node at that port do not get to the pod: the rules that the "
          + "network plugin writes when a pod starts are gone, or were never there. Nobody writes them again.",
        "Find out what flushed them (firewalld, iptables -F), and delete the pod, so that it starts anew. Without the portmap "
          + "plugin in the CNI's configuration a hostPort leads nowhere.")
    case .invalidDrop:
      entry(
        [.warning],
        "At least one of a hundred forwarded packets is dropped by kube-proxy's rule for packets of no known connection: their "
          + "answers take another node, or they come late. Connections hang or are reset.",
        "Where packets and answers take different ways on purpose, set conntrack.tcpBeLiberal of kube-proxy, or "
          + "net.netfilter.nf_conntrack_tcp_be_liberal to 1.")
    case .ipvsDrained:
      entry(
        [.info], "Real servers of IPVS have weight 0: they keep the connections that they have and get no new ones.",
        "Nothing, while a pod terminates. kube-proxy removes them once their connections have ended.")
    case .ipvsDummyDrift:
      entry(
        drift,
        "IPVS has a virtual service for an address that the node does not have: packets to it do not get to IPVS.",
        "kube-proxy puts the address of each Service on the interface kube-ipvs0. Restarting it on this node puts it back."
      )
    case .ipvsMissing:
      entry(
        [.error], "kube-proxy's rules are those of IPVS mode, and the kernel has no IPVS: no Service works.",
        "Load the module (modprobe ip_vs) and restart kube-proxy. If kube-proxy runs in another mode, the rules are left over: "
          + "kube-proxy --cleanup removes them.")
    case .ipvsRetired:
      entry(
        [.info],
        "kube-proxy is in IPVS mode, which Kubernetes has deprecated since 1.35.",
        "Nothing today. Plan for the nftables mode (Linux 5.13 and later), or the iptables mode.")
    case .ipvsSysctl:
      entry(
        [.warning],
        "A setting of IPVS is not as kube-proxy sets it when it starts: masquerading fails (net.ipv4.vs.conntrack), "
          + "connections hang for a second or go to endpoints that are gone (conn_reuse_mode, expire_nodest_conn, "
          + "expire_quiescent_template), or all nodes answer for a load balancer's address (arp_ignore, without strictARP).",
        "Find out what changed it, in /etc/sysctl.d and in tuning agents. Restarting kube-proxy on this node sets it again."
      )
    case .jumpMissing:
      entry(
        [.error],
        "kube-proxy's chains are there, and no rule leads to them: no Service works on this node; or none does in PREROUTING, and "
          + "no Service works for its pods and for what comes from elsewhere.",
        "Something flushed PREROUTING or OUTPUT of the nat table. Restart kube-proxy on this node, and find out what did."
      )
    case .localFallback:
      entry(
        [.warning],
        "externalTrafficPolicy is Local and no endpoint is on this node. IPVS mode then sends to endpoints of other nodes "
          + "without masquerading, and clients outside the cluster get no replies.",
        "Send external traffic only to nodes that have an endpoint, as the load balancer's health check does.")
    case .markDropIneffective:
      entry(
        [.warning, .info],
        "Packets that kube-proxy means to drop are not: the chain KUBE-MARK-DROP marks nothing, or no rule drops what it "
          + "marks. They go on without being translated. Of those of sources that a Service's ranges leave out it is a remark: they do "
          + "not get to an endpoint either way.",
        "kube-proxy before 1.25 leaves dropping to chains that the kubelet creates, and the kubelet since 1.28 creates none. "
          + "Use the same release of both.")
    case .masqueradeGap:
      entry(
        [.warning],
        "kube-proxy takes addresses of a range for pods', and pods have addresses outside of it. What these send to a Service "
          + "is masqueraded: endpoints and NetworkPolicies see the node, and not the pod.",
        "Set --cluster-cidr of kube-proxy (clusterCIDR) to the range that the network plugin gives addresses from, or use "
          + "another --detect-local-mode.")
    case .masqueradeDrift:
      entry(
        drift,
        "Packets that should be masqueraded are not, so that replies may not come back through this node; or packets are "
          + "masqueraded although externalTrafficPolicy is Local, and endpoints do not see the client's address.",
        Self.followAPI)
    case .modeLeftovers:
      entry(
        [.warning], "Rules of another mode of kube-proxy (iptables, IPVS, nftables) are left over on this node.",
        "kube-proxy --cleanup, run in the former mode, removes them; so does a reboot.")
    case .mtu:
      entry(
        [.warning],
        "A tunnel between nodes takes packets that do not fit, with its own headers, into those of the interface below it. "
          + "Small requests work, and large answers hang or are slow.",
        "Set the MTU of the network plugin to that of the nodes' interface less 50 bytes for VXLAN over IPv4, 70 over IPv6."
      )
    case .noEndpoints:
      entry(
        [.warning],
        "The Service has no endpoint that is ready, and connections are refused. The message says why if the API is known: no "
          + "pod is selected, none is ready, or no endpoint has this port.",
        "Look at the Service's selector and at the pods' readiness: kubectl describe service, kubectl get pods -o wide."
      )
    case .noLocalEndpoints:
      entry(
        [.warning, .info],
        "The traffic policy is Local and no endpoint is on this node: packets are dropped, as they should be. To kpx check it is "
          + "info if only traffic from outside the cluster is concerned and another node has an endpoint.",
        "Ask a node that has an endpoint, or set the policy to Cluster.")
    case .nodeOrigin:
      entry(
        [.error], "Pods reach the Service, and this node's own processes and pods on the host network do not.",
        "The jump from OUTPUT to kube-proxy's rules is missing. Restarting kube-proxy on this node writes it anew.")
    case .nodePortConflict:
      entry(
        [.warning],
        "A program of this node listens at the number of a node port. What comes to the node at this port goes to the "
          + "Service, and never to the program.",
        "Give the program another port, outside of --service-node-port-range (30000 to 32767), or the Service another nodePort."
      )
    case .nodePortReach:
      entry(
        [.warning, .info],
        "The node port is served at some addresses of this node, and not at the one that was asked for.",
        "kube-proxy's --nodeport-addresses says where. The node's addresses are read when kube-proxy starts: restart it if they "
          + "have changed. On loopback addresses only iptables mode serves node ports, and only IPv4.")
    case .orphanVeth:
      entry(
        [.error, .info],
        "An interface of this node leads to a network namespace that a container runtime made for a pod, that no process is in "
          + "and that no pod of this node has: the pod is gone, and its network was not removed. It is an error if packets to "
          + "another pod leave by it, as where that pod got the same address.",
        "Remove the namespace that the finding names (ip netns delete), once no pod has it: the interface goes with it. Look in "
          + "the log of the container runtime why it was not.")
    case .overlayBlocked:
      entry(
        [.warning],
        "A rule or policy of this node ends the UDP packets by which other nodes send it what their pods send (VXLAN). A "
          + "Service works from the node alone that has the pod.",
        "Let the UDP port that the finding names in from the nodes' addresses: ufw, firewalld, a rule of INPUT. A cloud's "
          + "firewall in front of the node must let it pass, too.")
    case .proxyStalled:
      entry(
        [.error, .warning],
        "kube-proxy writes no rules: it does not run, does not answer, or is more than 30 seconds late. It is a warning while "
          + "the rules are still those that the API implies.",
        "The rules stay as they are until it runs again. Look at its log, or restart it. Where the kernel lacks the module xt_nfacct "
          + "none of its rules can be written (kubernetes#142068): the evidence says so.")
    case .rejected:
      entry(
        [.warning],
        "Connections to the Service are refused, and not because it has no endpoints. Reported without the API, as it is not "
          + "known whether that is meant.",
        "Read the rule that the finding names. With the API kpx tells whether it should be so: do without --no-api.")
    case .rejectShadow:
      entry(
        drift,
        "The Service has endpoints by the API, and the kernel rejects or drops its packets: often a rule that was right while "
          + "there were none.",
        Self.followAPI)
    case .replyElsewhere:
      entry(
        [.warning],
        "With --from: neither the client nor the endpoint is on this node, and nothing masquerades the packet. The endpoint "
          + "replies to the client directly, which does not take that for an answer.",
        "Use the ClusterIP, or a node that has an endpoint of its own.")
    case .rpFilter:
      entry(
        [.warning],
        "The network plugin lets packets come to an interface by another way than their answers take, and the kernel drops "
          + "them there: rp_filter is 1 (strict). Pods of other nodes or clients outside get no answer.",
        "Set net.ipv4.conf.all.rp_filter and that of the interface to 2 (loose), or 0 with Cilium. The greater of the two "
          + "counts, and systemd's /usr/lib/sysctl.d sets new interfaces'.")
    case .sourceExcluded:
      entry(
        [.warning, .info],
        "Packets of some sources are dropped or rejected, and the Service does not ask for that. It is info if the rules list "
          + "few sources outside the cluster, as a blocklist does.",
        "The finding names the rule and, if known, the program that it belongs to. It is not kube-proxy's.")
    case .sourceRangeDrift:
      entry(
        drift,
        "The sources that reach the load balancer's address are not those of loadBalancerSourceRanges in the API.",
        Self.followAPI)
    case .sourceRangeDrop:
      entry(
        [.info], "Only clients in loadBalancerSourceRanges reach the load balancer's address, as the Service says.",
        "Nothing, unless a client should be in one of the ranges.")
    case .terminatingOnly:
      entry(
        [.info], "All endpoints are terminating. kube-proxy uses those that still serve.",
        "See why no new pod is ready: kubectl get pods.")
    case .topologyNarrowed:
      entry(
        [.info], "The API reserves some endpoints for other zones or nodes: only the rest is used here.",
        "Nothing. trafficDistribution of the Service and the hints in its EndpointSlices decide.")
    case .unevenShares:
      entry(
        [.error], "The rules give endpoints different shares of new connections. kube-proxy gives each the same.",
        "Something other than kube-proxy changed the rules. " + Self.restart)
    case .vitalServices:
      entry(
        [.error],
        "The Service of the Kubernetes API (default/kubernetes) or the one of the cluster's DNS does not work from this node. "
          + "Pods that need it do not start, or find no other Service.",
        "The evidence says what becomes of its packets: see kpx trace default/kubernetes, or that of the DNS.")
    case .verdictDrift:
      entry(
        [.error, .warning, .info],
        "The kernel does something else with packets than the API implies: they should be rejected or dropped and match no "
          + "rule, or the other way round.",
        Self.followAPI)
    }
  }

  private static let restart = "Restarting kube-proxy on this node writes them anew."

  private static let followAPI =
    "kube-proxy on this node has not followed the API. Look at its log and at curl http://127.0.0.1:10256/healthz; "
    + "restarting it on this node writes the rules anew."
}
