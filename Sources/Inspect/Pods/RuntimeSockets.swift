/// Where container runtimes are asked.
extension RuntimeEndpoint {
  /// Where runtimes listen unless they are told otherwise.
  public static let usual = [
    "/run/containerd/containerd.sock", "/run/k3s/containerd/containerd.sock", "/run/k0s/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock", "/run/crio/crio.sock", "/run/cri-dockerd.sock",
    "/var/run/cri-dockerd.sock", "/var/run/dockershim.sock", "/run/docker.sock", "/var/run/docker.sock",
  ].map(RuntimeEndpoint.init)

  /// Those that a node's own files name: crictl's, the kubelet's, and the kubelet's options as kubeadm writes them.
  static func configured(_ root: NodeRoot) -> [RuntimeEndpoint] {
    let files = [
      ("/etc/crictl.yaml", "runtime-endpoint:"), ("/var/lib/kubelet/config.yaml", "containerRuntimeEndpoint:"),
      ("/var/lib/kubelet/kubeadm-flags.env", "--container-runtime-endpoint="),
    ]
    return files.compactMap { file, key in
      guard let bytes = NodeFile.read(root.path(file), limit: 1 << 16) else { return nil }
      guard let text = value(of: key, in: String(decoding: bytes, as: UTF8.self)) else { return nil }
      var endpoint = RuntimeEndpoint(text)
      endpoint.path = root.path(endpoint.path)
      return endpoint.path.hasPrefix("/") ? endpoint : nil
    }
  }

  /// The word behind a key, with or without quotes, in a line that is no comment.
  static func value(of key: String, in text: String) -> String? {
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let place = line.firstRange(of: key) else { continue }
      let word = line[place.upperBound...].split { " \t\r\"'".contains($0) }.first
      if let word { return String(word) }
    }
    return nil
  }

  /// Those of `endpoints` that are there, each socket once.
  static func present(_ endpoints: [RuntimeEndpoint]) -> [RuntimeEndpoint] {
    var seen: Set<NamespaceID> = []
    return endpoints.filter { endpoint in
      NodeFile.socket(endpoint.path).map { seen.insert($0).inserted } ?? false
    }
  }
}
