import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// The network namespace of the process, whichever the calling thread is in.
///
/// A thread inherits the namespace of the one that starts it. Swift's pool starts threads when work is handed to it, and
/// a test in a private namespace hands work to it as well: any thread of the pool may be in a namespace of a test that
/// is long over. Who talks to a server in the process' own namespace goes there first.
public enum ProcessNamespace {
  private static var path: String { "/proc/\(getpid())/ns/net" }

  /// Brings the calling thread there. Without root no thread was ever elsewhere.
  public static func enter() throws(SetupError) {
    guard canMakeNetworkNamespaces else { return }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .errno("cannot open \(path)") }
    defer { close(descriptor) }
    let code = csys_setns_net(descriptor)
    guard code == 0 else { throw .errno("cannot enter \(path)", code) }
  }

  /// A command line that runs a program there, for `runTool`.
  public static func command(_ arguments: [String]) -> [String] {
    canMakeNetworkNamespaces ? ["nsenter", "--net=\(path)"] + arguments : arguments
  }
}
