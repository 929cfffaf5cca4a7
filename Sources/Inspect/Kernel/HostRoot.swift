#if canImport(Glibc)
  import Glibc
#endif

/// The node's files for who is in a container that shares the node's processes, as a debug pod with hostPID does.
public enum HostRoot {
  /// The root directory of process 1, where that has other mounts than kpx and lets kpx look; nil where kpx sees the
  /// node's files itself, or process 1 is its own container's.
  /// - Parameter proc: where procfs is.
  public static func path(proc: String = "/proc") -> String? {
    guard let own = NodeFile.namespace("\(proc)/self/ns/mnt"), let first = NodeFile.namespace("\(proc)/1/ns/mnt"),
      own != first
    else { return nil }
    let root = "\(proc)/1/root"
    return access(root, X_OK) == 0 ? root : nil
  }
}
