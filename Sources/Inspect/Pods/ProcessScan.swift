/// A process of a pod.
public struct PodProcess: Sendable, Hashable {
  /// As /proc has it.
  public var pid: Int32
  /// The pod and container that its cgroup names.
  public var pod: CgroupPod
  /// The network namespace that it is in.
  public var namespace: NamespaceID
}

/// The node's processes, by network namespace and pod.
struct ProcessScan: Sendable {
  /// Processes of pods, by id.
  private(set) var processes: [PodProcess] = []
  /// The first process of each network namespace but the node's.
  private(set) var first: [NamespaceID: Int32] = [:]
  /// Network namespaces other than the node's that processes of pods are in.
  private var pods: Set<NamespaceID> = []

  /// The first process of each network namespace that no pod's process was found in.
  var others: [NamespaceID: Int32] { first.filter { !pods.contains($0.key) } }

  /// What /proc says of one process; nil if it is not there or belongs to no pod.
  static func process(_ pid: Int32) -> PodProcess? {
    guard let namespace = NodeFile.namespace("/proc/\(pid)/ns/net"), let pod = pod(of: pid) else { return nil }
    return PodProcess(pid: pid, pod: pod, namespace: namespace)
  }

  /// - Parameter wantsContainers: whether each container's id is wanted; else one process tells which pod a namespace is.
  init(node: NamespaceID, wantsContainers: Bool) {
    for pid in (NodeFile.names(in: "/proc") ?? []).compactMap({ Int32($0) }).sorted() {
      guard let namespace = NodeFile.namespace("/proc/\(pid)/ns/net") else { continue }
      if namespace != node, first[namespace] == nil { first[namespace] = pid }
      if !wantsContainers, pods.contains(namespace) { continue }
      guard let pod = Self.pod(of: pid) else { continue }
      processes.append(PodProcess(pid: pid, pod: pod, namespace: namespace))
      // Pods on the node's network share one namespace.
      if namespace != node { pods.insert(namespace) }
    }
  }

  /// The uids of all pods that have processes in some network namespaces.
  static func uids(in namespaces: Set<NamespaceID>) -> [NamespaceID: Set<String>] {
    var found: [NamespaceID: Set<String>] = [:]
    for pid in (NodeFile.names(in: "/proc") ?? []).compactMap({ Int32($0) }) {
      guard let namespace = NodeFile.namespace("/proc/\(pid)/ns/net"), namespaces.contains(namespace),
        let pod = pod(of: pid)
      else { continue }
      found[namespace, default: []].insert(pod.uid)
    }
    return found
  }

  static func pod(of pid: Int32) -> CgroupPod? {
    cgroup(of: pid).flatMap { CgroupPod(bytes: $0) }
  }

  /// The cgroups of a process, as /proc has them; nil if it is gone.
  static func cgroup(of pid: Int32) -> [UInt8]? { NodeFile.read("/proc/\(pid)/cgroup", limit: 1 << 16) }

  /// When a process began, in ticks since the start of the machine; nil if it is gone. Numbers of processes begin anew
  /// once all were used.
  static func startTime(_ pid: Int32) -> UInt64? {
    NodeFile.read("/proc/\(pid)/stat", limit: 4096).flatMap { startTime(inStat: $0) }
  }

  /// The 22nd field of /proc/PID/stat. The second is a name, which may have blanks and brackets in it.
  static func startTime(inStat text: [UInt8]) -> UInt64? {
    guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
    return fields.count > 19 ? UInt64(String(decoding: fields[19], as: UTF8.self)) : nil
  }
}
