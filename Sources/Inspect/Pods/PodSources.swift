/// Where this node's pods are looked for.
public struct PodSources: Sendable {
  /// The kubelet's folder of logs.
  public var logs = "/var/log/pods"
  /// The kubelet's folder of pods.
  public var kubelet = "/var/lib/kubelet/pods"
  /// libcni's folder of results.
  public var cniCache = "/var/lib/cni/results"
  /// The folder of host-local, the CNI plugin that hands out addresses: a folder for each network.
  public var leases = "/var/lib/cni/networks"
  /// Where `ip netns` and runtimes mount network namespaces.
  public var mounts = "/run/netns"
  /// Sockets of container runtimes; those that are not there are passed over.
  public var runtimes = RuntimeEndpoint.usual
  /// Whether the user or the environment named them, and one that is not there is worth a word.
  public var areRuntimesNamed = false
  /// Whether the user named them for this one question: one that cannot be reached is then an error.
  public var areRuntimesRequired = false
  /// How long all runtimes together may take.
  public var seconds = 2.0
  /// What the API says; nil without.
  public var cluster: ClusterSnapshot?

  /// The usual places of a node.
  public init() {}
}
