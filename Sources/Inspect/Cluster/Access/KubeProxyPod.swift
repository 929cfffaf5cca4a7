#if canImport(Glibc)
  import Glibc
#endif

/// What kube-proxy's pod asks the API with, where it runs as one, as kubeadm, kind and k0s have it: a kubeconfig from a
/// ConfigMap, and its service account's token and authority, both in volumes that the kubelet keeps for the pod.
struct KubeProxyPod: Sendable {
  /// The kubeconfig, below the node's root directory.
  let kubeconfig: String
  /// What the pod has as its service account's folder, below the node's root directory.
  let account: String

  /// k0s has the kubelet's folder elsewhere.
  private static let kubelets = ["/var/lib/kubelet", "/var/lib/k0s/kubelet"]

  /// Those of a node; one that is being replaced may be among them.
  /// - Parameter root: the node's root directory; empty for kpx's own.
  static func all(root: String) -> [KubeProxyPod] {
    kubelets.flatMap { kubelet in
      (NodeFile.names(in: "\(root)\(kubelet)/pods") ?? []).sorted().compactMap { uid in
        KubeProxyPod(volumes: "\(kubelet)/pods/\(uid)/volumes", root: root)
      }
    }
  }

  private init?(volumes: String, root: String) {
    kubeconfig = "\(volumes)/kubernetes.io~configmap/kube-proxy/kubeconfig.conf"
    guard access(root + kubeconfig, F_OK) == 0, let account = Self.account(volumes, root: root) else { return nil }
    self.account = account
  }

  /// Since 1.21 a projected volume; before, a secret's.
  private static func account(_ volumes: String, root: String) -> String? {
    let kinds = [("kubernetes.io~projected", "kube-api-access-"), ("kubernetes.io~secret", "kube-proxy-token-")]
    for (kind, prefix) in kinds {
      let names = NodeFile.names(in: "\(root)\(volumes)/\(kind)") ?? []
      for name in names.sorted() where name.hasPrefix(prefix) {
        let folder = "\(volumes)/\(kind)/\(name)"
        if access("\(root)\(folder)/token", F_OK) == 0 { return folder }
      }
    }
    return nil
  }
}
