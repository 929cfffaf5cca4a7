/// How kube-proxy tells the kernel.
public enum ProxyMode: String, Sendable, Hashable, CaseIterable {
  case iptables
  case ipvs
  case nftables
}
