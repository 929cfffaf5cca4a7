/// A system that may carry out services in kube-proxy's place, where no packet-filter rule shows it.
public enum OtherSystem: String, Sendable, Hashable, CaseIterable {
  case cilium = "Cilium"
  case calicoEBPF = "Calico's eBPF data plane"
  case kubeRouter = "kube-router"
  case antrea = "Antrea"
  case ovnKubernetes = "OVN-Kubernetes"

  /// The word for it in JSON.
  var id: String {
    switch self {
    case .cilium: "cilium"
    case .calicoEBPF: "calico-ebpf"
    case .kubeRouter: "kube-router"
    case .antrea: "antrea"
    case .ovnKubernetes: "ovn-kubernetes"
    }
  }

  /// An interface that it makes on every node.
  private var interface: String {
    switch self {
    case .cilium: "cilium_host"
    case .calicoEBPF: "bpfin.cali"
    case .kubeRouter: "kube-dummy-if"
    case .antrea: "antrea-gw0"
    case .ovnKubernetes: "ovn-k8s-mp0"
    }
  }

  /// Those that have their interface in the calling thread's network namespace.
  ///
  /// By netlink: SIOCGIFINDEX, and so if_nametoindex, has the kernel run modprobe for a name that is not there (dev_load).
  public static func present() throws(KernelError) -> [OtherSystem] {
    var socket = try RouteSocket()
    var found: [OtherSystem] = []
    for system in allCases where try socket.link(named: system.interface, withStatistics: false) != nil {
      found.append(system)
    }
    return found
  }

  /// In words, for a note or a reason.
  var text: String { "\(rawValue) is on this node (interface \(interface))" }
}
