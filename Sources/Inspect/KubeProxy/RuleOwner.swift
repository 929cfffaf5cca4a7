/// The program that wrote a rule, as far as the names of its table and chain and its comment show.
public enum RuleOwner: String, Codable, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case kubeProxy = "kube-proxy"
  case kubelet
  case calico = "Calico"
  case kubeRouter = "kube-router"
  case cilium = "Cilium"
  case antrea = "Antrea"
  case weave = "Weave Net"
  case flannel
  case aws = "the AWS VPC CNI"
  case kindnet
  case portmap = "the portmap CNI plugin"
  case bridge = "the bridge CNI plugin"
  case nodeLocalDNS = "node-local-dns"
  case ipMasqAgent = "ip-masq-agent"
  case istio = "Istio"
  case docker = "Docker"
  case podman = "Podman"
  case firewalld
  case ufw
  case libvirt

  /// As it is called in answers.
  public var description: String { rawValue }

  /// nil for a rule of no known program.
  init?(table: String, chain: String, comments: [String]) {
    if let owner = Self(table, among: Self.tableBeginnings) ?? Self(chain, among: Self.chainBeginnings)
      ?? comments.lazy.compactMap({ Self($0, among: Self.commentBeginnings) }).first
    {
      self = owner
    } else {
      return nil
    }
  }

  /// Tables of nf_tables; those of iptables are everybody's.
  static let tableBeginnings: [(prefix: String, owner: RuleOwner)] = [
    ("kube-proxy", .kubeProxy), ("calico", .calico), ("cilium", .cilium), ("antrea", .antrea),
    ("flannel", .flannel), ("kindnet", .kindnet), ("kube-network-policies", .kindnet), ("cni_hostport", .portmap),
    ("cni_plugins_masquerade", .bridge), ("firewalld", .firewalld), ("docker", .docker), ("netavark", .podman),
    ("aws-", .aws), ("libvirt", .libvirt), ("istio", .istio),
  ]
  /// Chains of iptables.
  static let chainBeginnings: [(prefix: String, owner: RuleOwner)] = [
    ("cali-", .calico), ("filter-cali", .calico), ("KUBE-ROUTER-", .kubeRouter), ("KUBE-NWPLCY-", .kubeRouter),
    ("KUBE-POD-FW-", .kubeRouter), ("KUBE-FIREWALL", .kubelet), ("KUBE-MARK-DROP", .kubelet),
    ("KUBE-KUBELET-", .kubelet), ("KUBE-", .kubeProxy), ("CILIUM_", .cilium), ("ANTREA-", .antrea),
    ("WEAVE", .weave), ("FLANNEL-", .flannel), ("AWS-", .aws), ("KIND-", .kindnet), ("CNI-HOSTPORT-", .portmap),
    ("CNI-DN-", .portmap), ("CNI-", .bridge), ("IP-MASQ", .ipMasqAgent), ("ISTIO_", .istio), ("DOCKER", .docker),
    ("NETAVARK", .podman), ("IN_", .firewalld), ("FWD", .firewalld), ("INPUT_ZONES", .firewalld),
    ("FORWARD_", .firewalld), ("ufw", .ufw), ("LIBVIRT_", .libvirt),
  ]
  /// Comments of rules.
  static let commentBeginnings: [(prefix: String, owner: RuleOwner)] = [
    ("cali:", .calico), ("cilium", .cilium), ("Antrea", .antrea), ("flanneld", .flannel), ("AWS", .aws),
    ("NodeLocal DNS Cache", .nodeLocalDNS), ("kube-router", .kubeRouter), ("ip-masq-agent", .ipMasqAgent),
    ("CNI portfwd", .portmap), ("dnat name:", .portmap), ("name: \"", .bridge), ("CNI firewall", .bridge),
  ]

  private init?(_ text: String, among owners: [(prefix: String, owner: RuleOwner)]) {
    guard let found = owners.first(where: { text.hasPrefix($0.prefix) }) else { return nil }
    self = found.owner
  }

  /// Whether it carries NetworkPolicies out: what its rules drop is meant to be dropped.
  var enforcesPolicies: Bool {
    switch self {
    case .calico, .kubeRouter, .cilium, .antrea, .weave, .aws, .kindnet: true
    default: false
    }
  }
}

extension RuleOwner {
  /// Who wrote the rule of a step, or of the chain that a policy is of; nil for no known program.
  init?(_ step: Step) {
    guard let chain = step.chain else { return nil }
    let rule = step.rule?.rule
    if let owner = RuleOwner(table: chain.table.name, chain: chain.name, comments: rule?.comments ?? []) {
      self = owner
    } else if let rule, rule.matches.contains(where: \.isOfWeave) {
      self = .weave
    } else {
      return nil
    }
  }
}

extension Match {
  /// Whether it asks for Weave's bridge: what no policy allowed, Weave drops in FORWARD itself, in a rule without a comment.
  fileprivate var isOfWeave: Bool {
    switch self {
    case .outInterface(let interface): interface.name == "weave" && !interface.inverted
    default: false
    }
  }
}
