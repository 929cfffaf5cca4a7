/// A system that may carry out services in kube-proxy's place, where no packet-filter rule shows it.
public enum OtherDataplane: String, Sendable, Hashable, CaseIterable {
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
  var interface: String {
    switch self {
    case .cilium: "cilium_host"
    case .calicoEBPF: "bpfin.cali"
    case .kubeRouter: "kube-dummy-if"
    case .antrea: "antrea-gw0"
    case .ovnKubernetes: "ovn-k8s-mp0"
    }
  }

  /// In words, for a note or a reason.
  var text: String { "\(rawValue) is on this node (interface \(interface))" }
}
