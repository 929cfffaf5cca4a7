import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A program of the node's that prints rules, such as `nft`: run only to compare.
struct PeerProgram {
  /// Where it is.
  let path: String

  /// More than any of them prints of what a trace has read.
  private static let largestOutput = 1 << 30
  private static let folders = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"]

  /// What a program left.
  struct Result {
    /// nil where a signal ended it.
    let status: Int32?
    let output: [UInt8]
  }

  /// A program by name, on PATH or where such programs are; nil if it is not installed.
  init?(_ name: String) {
    let search = getenv("PATH").map { String(cString: UnsafePointer($0)) } ?? ""
    let folders = search.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") } + Self.folders
    let candidates: [String] = folders.map { "\($0)/\(name)" }
    guard let path = candidates.first(where: { access($0, X_OK) == 0 }) else { return nil }
    self.path = path
  }

  /// Runs it in the calling thread's namespaces, without a shell, and waits for its end. Its standard error is not
  /// wanted: nothing of it may get into an answer.
  func run(_ arguments: [String]) throws(KernelError) -> Result {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw KernelError(errno: errno, reading: path) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var isOpen = true
    defer {
      close(ends[0])
      if isOpen { close(ends[1]) }
    }
    let process = try spawn(arguments, output: ends[1])
    close(ends[1])
    isOpen = false
    let output = Self.readAll(ends[0])
    // Whoever prints more than is wanted would wait for a reader.
    if output == nil { kill(process, SIGKILL) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { throw KernelError(errno: errno, reading: path) }
    }
    return Result(status: status & 0x7f == 0 ? (status >> 8) & 0xff : nil, output: output ?? [])
  }

  private func spawn(_ arguments: [String], output: Int32) throws(KernelError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    // Words as programmers read them, whatever the user's language.
    let variables: [String] = ["PATH=\(Self.folders.joined(separator: ":"))", "LC_ALL=C"]
    let environment = variables.map { strdup($0) }
    let words = ([path] + arguments).map { strdup($0) }
    defer { for copy in environment + words { free(copy) } }
    var process = pid_t()
    let code = posix_spawn(&process, path, &actions, nil, words + [nil], environment + [nil])
    guard code == 0 else { throw KernelError(errno: code, reading: path) }
    return process
  }

  /// nil if there is too much of it.
  private static func readAll(_ descriptor: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
      if bytes.count > largestOutput { return nil }
    }
  }
}
