/// Where a fact about a pod is from.
public enum PodSource: String, Codable, Sendable, Hashable, CaseIterable {
  case runtime
  case process = "/proc"
  case podLogs = "pod logs"
  case kubelet = "kubelet's files"
  case cniCache = "CNI cache"
  case lease = "host-local's leases"
  case mount = "/run/netns"
  case api = "API"
}
