/// Names that every cluster has, or that a program gives on every node: they tell nothing of one, and kpx asks for some.
enum WellKnownNames {
  static func of(_ kind: NameMap.Kind) -> Set<String> { all[kind] ?? [] }

  private static let all: [NameMap.Kind: Set<String>] = [
    .namespace: ["default", "kube-system", "kube-public", "kube-node-lease", "openshift-dns"],
    .service: ["kubernetes", "kube-dns", "coredns", "dns-default", "rke2-coredns-rke2-coredns"],
    .port: ["http", "https", "dns", "dns-tcp", "metrics", "grpc"],
    // Of labels, and of the annotations that kube-proxy reads.
    .value: ["Auto", "auto", "Disabled", "disabled", "kube-dns", "kube-proxy", "speaker", "metallb", "true", "false"],
    .table: tables,
    .nftSet: nftSets,
    .counter: ["ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts"],
    .helper: ["ftp", "tftp", "sip", "irc", "amanda", "pptp", "h323", "RAS", "Q.931", "snmp"],
    .program: programs,
  ]

  private static let tables: Set = ["raw", "mangle", "nat", "filter", "security", "kube-proxy"]

  /// kube-proxy's in nftables mode.
  private static let nftSets: Set = [
    "cluster-ips", "nodeport-ips", "service-ips", "service-nodeports", "no-endpoint-services", "no-endpoint-nodeports",
    "firewall-ips",
  ]

  private static let programs: Set = [
    "kubelet", "kube-proxy", "kube-apiserver", "kube-controller", "kube-scheduler", "etcd", "containerd", "dockerd",
    "docker-proxy", "crio", "sshd", "systemd", "systemd-resolve", "chronyd", "rpcbind", "k3s", "k3s-server",
    "k3s-agent",
    "rke2", "kubelite", "hyperkube", "k0s", "coredns", "node-cache", "calico-node", "bird", "bird6", "cilium-agent",
    "flanneld", "kindnetd", "kube-router", "speaker", "node_exporter", "haproxy", "nginx", "envoy",
  ]

  /// Keys of labels, of Kubernetes' own and of addons. Not all of a domain: behind `node-role.kubernetes.io/` anything may stand.
  static let labels: Set = [
    "app", "component", "k8s-app", "app.kubernetes.io/name", "app.kubernetes.io/component", "kubernetes.io/arch",
    "kubernetes.io/hostname", "kubernetes.io/metadata.name", "kubernetes.io/os", "kubernetes.io/service-name",
    "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "service.kubernetes.io/headless",
    "service.kubernetes.io/service-proxy-name", "endpointslice.kubernetes.io/managed-by",
    "node-role.kubernetes.io/control-plane", "node.kubernetes.io/exclude-from-external-load-balancers",
  ]

  /// What kube-proxy and the kubelet write in every node's rules.
  static let comments: Set = [
    "kubernetes service portals", "kubernetes externally-visible service portals", "kubernetes forwarding rules",
    "kubernetes load balancer firewall", "kubernetes service traffic requiring SNAT", "kubernetes postrouting rules",
    "kubernetes forwarding conntrack rule", "kubernetes forwarding conntrack pod source rule",
    "kubernetes forwarding conntrack pod destination rule",
    "kubernetes service nodeports; NOTE: this must be the last rule in this chain",
    "kubernetes health check service ports", "kubernetes health check rules",
    "Redirect pods trying to reach external loadbalancer VIP to clusterIP", "block incoming localnet connections",
    "kubernetes ipvs access filter", "kube-proxy firewall rules", "kubernetes firewall for dropping marked packets",
    "Kubernetes service external ip + port for masquerade and filter purpose",
    "Kubernetes service external ip + port with externalTrafficPolicy=local",
    "Kubernetes service cluster ip + port for masquerade purpose",
    "Kubernetes nodeport TCP port for masquerade purpose", "Kubernetes nodeport UDP port for masquerade purpose",
    "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
    "Kubernetes nodeport TCP port with externalTrafficPolicy=local",
    "Kubernetes nodeport UDP port with externalTrafficPolicy=local", "Kubernetes health check node port",
    "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose", "Kubernetes service lb portal",
    "Kubernetes service load balancer ip + port with externalTrafficPolicy=local",
    "Kubernetes service load balancer ip + port for load balancer with sourceRange",
    "Kubernetes service load balancer ip + port + source cidr for packet filter purpose",
    "Kubernetes service load balancer ip + port + source IP for packet filter purpose", "flanneld masq",
    "flanneld forward", "NodeLocal DNS Cache: skip conntrack", "NodeLocal DNS Cache: allow DNS traffic", "cluster IPs",
    "kube-proxy rules", "rules for kube-proxy",
  ]

  /// Chains that a program has on every node, beside kube-proxy's own.
  static let chains: Set = [
    "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING", "ERROR", "DOCKER", "DOCKER-USER", "DOCKER-FORWARD",
    "DOCKER-BRIDGE", "DOCKER-CT", "DOCKER-INTERNAL", "DOCKER-INGRESS", "DOCKER-ISOLATION-STAGE-1",
    "DOCKER-ISOLATION-STAGE-2", "CNI-ADMIN", "CNI-FORWARD", "CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-SETMARK",
    "CNI-HOSTPORT-MASQ", "FLANNEL-FWD", "FLANNEL-POSTRTG", "KUBE-ROUTER-INPUT", "KUBE-ROUTER-FORWARD",
    "KUBE-ROUTER-OUTPUT", "KUBE-ROUTER-SERVICES", "KUBE-NWPLCY-DEFAULT", "IP-MASQ-AGENT", "KIND-MASQ-AGENT",
    "WEAVE", "WEAVE-NPC", "WEAVE-NPC-DEFAULT", "WEAVE-NPC-EGRESS", "WEAVE-NPC-INGRESS", "ISTIO_INBOUND",
    "ISTIO_IN_REDIRECT", "ISTIO_OUTPUT", "ISTIO_REDIRECT", "cali-FORWARD", "cali-INPUT", "cali-OUTPUT",
    "cali-PREROUTING", "cali-POSTROUTING", "cali-fip-dnat", "cali-fip-snat", "cali-nat-outgoing", "cali-cidr-block",
    "cali-from-hep-forward", "cali-from-host-endpoint", "cali-to-hep-forward", "cali-to-host-endpoint",
    "cali-from-wl-dispatch", "cali-to-wl-dispatch", "cali-wl-to-host", "cali-rpf-skip", "cali-forward-check",
    "cali-forward-endpoint-mark", "cali-set-endpoint-mark", "cali-from-endpoint-mark",
  ]
}
