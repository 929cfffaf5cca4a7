/// From where the files of the node are seen that is looked at: kpx may run in a container, and the node may be one.
struct NodeRoot: Sendable, Hashable {
  /// Stands before the path of each file; empty where the node's files are this process's own.
  private(set) var prefix = ""
  /// Why files are looked for there; nil where they are this process's own.
  private(set) var note: String?

  /// The files are this process's own.
  init() {}

  /// The files of the node that a network namespace is of.
  init(of node: NamespaceID) {
    self.init()
    if node == NodeFile.namespace("/proc/self/ns/net") {
      self = NodeRoot(
        first: HostRoot.path(), bound: "/host", own: "")
    } else if let process = Self.process(in: node) {
      prefix = "/proc/\(process)/root"
      note = "the node is a container: its files are those of process \(process), below \(prefix)"
    }
  }

  /// - Parameters:
  ///   - first: the root of process 1, where that is in another mount namespace than this one.
  ///   - bound: where pods that are to mend a node have its root.
  ///   - own: the root of this process.
  init(first: String?, bound: String, own: String) {
    for other in [first, bound].compactMap(\.self) where Self.hasKubelet(other, besides: own) {
      prefix = other
      note = "kpx runs in a container: the node's files are looked for below \(other)"
      return
    }
  }

  /// Where a file of the node is found here.
  func path(_ path: String) -> String {
    guard !prefix.isEmpty else { return path }
    // A link that leads from a root would lead into this process's own.
    return prefix + (path.hasPrefix("/var/run/") ? String(path.dropFirst(4)) : path)
  }

  /// The first process of a node, not of one of its pods, that sees other files than this process. Who has a user namespace of
  /// their own needs no privilege to make up such files.
  private static func process(in node: NamespaceID) -> Int32? {
    for pid in (NodeFile.names(in: "/proc") ?? []).compactMap({ Int32($0) }).sorted() {
      guard NodeFile.namespace("/proc/\(pid)/ns/net") == node, isElsewhere(pid),
        NodeFile.namespace("/proc/\(pid)/ns/user") == NodeFile.namespace("/proc/self/ns/user"),
        ProcessScan.pod(of: pid) == nil,
        hasKubelet("/proc/\(pid)/root", besides: "")
      else { continue }
      return pid
    }
    return nil
  }

  private static func isElsewhere(_ pid: Int32) -> Bool {
    guard let other = NodeFile.namespace("/proc/\(pid)/ns/mnt") else { return false }
    return other != NodeFile.namespace("/proc/self/ns/mnt")
  }

  /// Whether a kubelet keeps files below a root, which are not the ones that this process sees anyway.
  private static func hasKubelet(_ root: String, besides own: String) -> Bool {
    ["/var/lib/kubelet", "/var/log/pods"].contains { path in
      NodeFile.folder(root + path).map { $0 != NodeFile.folder(own + path) } ?? false
    }
  }
}

extension PodSources {
  /// The same places of the node that these files are of; what the user named stays.
  func below(_ root: NodeRoot) -> PodSources {
    let usual = PodSources()
    var sources = self
    for place in [\PodSources.logs, \.kubelet, \.cniCache, \.leases, \.mounts]
    where self[keyPath: place] == usual[keyPath: place] {
      sources[keyPath: place] = root.path(self[keyPath: place])
    }
    guard !areRuntimesNamed else { return sources }
    for index in runtimes.indices { sources.runtimes[index].path = root.path(runtimes[index].path) }
    return sources
  }
}
