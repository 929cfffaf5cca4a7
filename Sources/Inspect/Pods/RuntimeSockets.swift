/// Where container runtimes are asked.
extension RuntimeEndpoint {
  /// Where runtimes listen unless they are told otherwise.
  public static let usual = [
    "/run/containerd/containerd.sock", "/run/k3s/containerd/containerd.sock", "/run/k0s/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock", "/run/crio/crio.sock", "/run/cri-dockerd.sock",
    "/var/run/cri-dockerd.sock", "/var/run/dockershim.sock", "/run/docker.sock", "/var/run/docker.sock",
  ].map(RuntimeEndpoint.init)

  /// Those of `endpoints` that are there, each socket once.
  static func present(_ endpoints: [RuntimeEndpoint]) -> [RuntimeEndpoint] {
    var seen: Set<NamespaceID> = []
    return endpoints.filter { endpoint in
      NodeFile.socket(endpoint.path).map { seen.insert($0).inserted } ?? false
    }
  }
}
