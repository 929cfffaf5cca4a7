import CSys
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A network namespace that a test made for itself. It goes when `withPrivateNetworkNamespace` ends.
public struct PrivateNetworkNamespace: Sendable {
  /// Its name for `ip netns` and for `kpx --netns`.
  public let name: String
  /// The file that holds it.
  public var path: String { "/run/netns/\(name)" }

  /// Runs a program in the namespace.
  ///
  /// Only to be called on the namespace's own thread, where `withPrivateNetworkNamespace` runs its closure.
  public func run(
    _ arguments: String..., input: [UInt8] = [], environment: [String: String] = [:]
  ) throws(SetupError) -> ToolResult {
    try runTool(arguments, input: input, environment: environment)
  }

  /// Runs a program in the namespace, which must succeed, and returns its standard output.
  @discardableResult
  public func must(_ arguments: String..., input: [UInt8] = []) throws(SetupError) -> String {
    try succeed(arguments, input: input)
  }
}

/// Whether tests that need a network namespace of their own can run here. They need root.
public let canMakeNetworkNamespaces = geteuid() == 0

/// Makes a network namespace with lo up, runs `body` on a thread that lives in it, and removes it.
///
/// The namespace is `body`'s own: sockets that it opens and programs that it runs see no other. What it awaits
/// must stay nonisolated, or it leaves the thread. To read the namespace's /proc/net in this process use
/// /proc/thread-self/net: /proc/net is the main thread's.
public func withPrivateNetworkNamespace<Result: Sendable>(
  _ body: @Sendable (PrivateNetworkNamespace) async throws -> Result
) async throws -> Result {
  let namespace = try NetworkNamespaces.make()
  defer { NetworkNamespaces.remove(namespace) }
  let descriptor = open(namespace.path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw SetupError.errno("cannot open \(namespace.path)") }
  defer { close(descriptor) }
  let thread = try NamespaceThread(entering: descriptor)
  defer { thread.stop() }
  return try await withTaskExecutorPreference(thread) {
    try succeed(["ip", "link", "set", "lo", "up"])
    return try await body(namespace)
  }
}

/// The namespaces that this process made: `kpx-test-PROCESS-NUMBER`.
private enum NetworkNamespaces {
  private static let prefix = "kpx-test-"
  /// How many there were. Held while one is made: `ip netns add` mounts /run/netns the first time, and two at
  /// once trip over each other.
  private static let made = Mutex(0)

  static func make() throws(SetupError) -> PrivateNetworkNamespace {
    try made.withLock { (count) throws(SetupError) in
      if count == 0 { try removeLeftovers() }
      count += 1
      let name = "\(prefix)\(getpid())-\(count)"
      try succeed(["ip", "netns", "add", name])
      return PrivateNetworkNamespace(name: name)
    }
  }

  static func remove(_ namespace: PrivateNetworkNamespace) {
    made.withLock { _ in _ = try? runTool(["ip", "netns", "delete", namespace.name]) }
  }

  /// Removes what test runs left that were killed.
  private static func removeLeftovers() throws(SetupError) {
    for line in try succeed(["ip", "netns", "list"]).split(separator: "\n") where line.hasPrefix(prefix) {
      let name = line.prefix { $0 != " " }
      guard let process = pid_t(name.dropFirst(prefix.count).prefix { $0 != "-" }) else { continue }
      if kill(process, 0) != 0 && errno == ESRCH { _ = try runTool(["ip", "netns", "delete", String(name)]) }
    }
  }
}

/// What a shell command prints in the calling thread's namespaces; it must succeed.
@discardableResult
public func shell(_ command: String) throws(SetupError) -> String { try succeed(["sh", "-c", command]) }

/// Takes all capabilities from the calling thread.
public func dropCapabilities() throws(SetupError) {
  let code = csys_keep_capabilities(0)
  guard code == 0 else { throw .errno("cannot drop capabilities", code) }
}

/// Runs a program in the calling thread's namespaces that must succeed, and returns its standard output.
@discardableResult
public func succeed(_ arguments: [String], input: [UInt8] = []) throws(SetupError) -> String {
  let result = try runTool(arguments, input: input)
  guard result.status == 0 else {
    throw SetupError("\(arguments.joined(separator: " ")): exit \(result.status): \(result.errorText)")
  }
  return result.text
}
