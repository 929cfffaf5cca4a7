import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A program that kpx runs in the calling thread's namespaces, without a shell, and whose output it reads.
struct ChildProcess {
  /// Where it is.
  let path: String
  var arguments: [String]
  /// `NAME=VALUE`
  var environment: [String]
  /// Whether it has kpx's standard error; else nothing of it is to be seen.
  var sharesErrors = false
  /// Whether it may ask the user: it has kpx's standard input and stays in the process group that the terminal lets read.
  /// Otherwise it has no input, and a group of its own, so that its children end with it.
  var isInteractive = false
  /// How much it may print.
  var largestOutput: Int
  /// How long it may take; nil: as long as it wants.
  var limit: Duration?

  /// What a program left.
  struct Result {
    let end: End
    let output: [UInt8]
  }

  enum End: Equatable {
    case exited(Int32)
    case signaled(Int32)
  }

  enum Failure: Error {
    case notStarted(errno: Int32)
    case timedOut
    case tooMuchOutput
  }

  /// Where a program is that has this name, on PATH or in one of `folders`; nil if it is not installed.
  static func find(_ name: String, in folders: [String] = []) -> String? {
    let search = getenv("PATH").map { String(cString: UnsafePointer($0)) } ?? ""
    return (search.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") } + folders)
      .map { "\($0)/\(name)" }
      .first { access($0, X_OK) == 0 }
  }

  /// The variables of kpx's own environment whose names are wanted.
  static func inherited(_ isWanted: (String) -> Bool) -> [String] {
    var variables: [String] = []
    var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
    while let pointer = next, let variable = pointer.pointee {
      let text = String(cString: variable)
      if isWanted(String(text.prefix { $0 != "=" })) { variables.append(text) }
      next = pointer + 1
    }
    return variables
  }

  /// Runs it and waits for its end. Past its limits it is killed with its children.
  func run() throws(Failure) -> Result {
    let deadline = limit.map { ContinuousClock.now + $0 }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .notStarted(errno: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let process: pid_t
    do {
      defer { close(ends[1]) }
      process = try spawn(output: ends[1])
    }
    // A terminal's ^C, and who ends kpx, would not reach a group of its own.
    if !isInteractive { csys_end_with_process(process) }
    defer { if !isInteractive { csys_end_with_process(0) } }
    do throws(Failure) {
      let output = try readAll(ends[0], until: deadline)
      return Result(end: try wait(for: process, until: deadline), output: output)
    } catch {
      kill(isInteractive ? process : -process, SIGKILL)
      _ = try wait(for: process, until: nil)
      throw error
    }
  }

  private func spawn(output: Int32) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if !isInteractive { posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    if !sharesErrors { posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // It inherits neither the signals that this thread blocks nor those that kpx ignores.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (isInteractive ? 0 : POSIX_SPAWN_SETPGROUP)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let environment = environment.map { strdup($0) }
    let words = ([path] + arguments).map { strdup($0) }
    defer { for copy in environment + words { free(copy) } }
    var process = pid_t()
    let code = posix_spawn(&process, path, &actions, &attributes, words + [nil], environment + [nil])
    guard code == 0 else { throw .notStarted(errno: code) }
    return process
  }

  private func readAll(_ descriptor: Int32, until deadline: ContinuousClock.Instant?) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&question, 1, try Self.milliseconds(until: deadline))
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
      if bytes.count > largestOutput { throw .tooMuchOutput }
    }
  }

  /// Waits for the end of a process that has closed its output, and so is about to end.
  private func wait(for process: pid_t, until deadline: ContinuousClock.Instant?) throws(Failure) -> End {
    var status: Int32 = 0
    while true {
      let ended = waitpid(process, &status, deadline == nil ? 0 : WNOHANG)
      if ended == process { break }
      if ended < 0 && errno != EINTR { throw .notStarted(errno: errno) }
      if ended == 0 { poll(nil, 0, min(10, try Self.milliseconds(until: deadline))) }
    }
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signaled(signal)
  }

  /// For poll(2): -1 is without end.
  private static func milliseconds(until deadline: ContinuousClock.Instant?) throws(Failure) -> Int32 {
    guard let deadline else { return -1 }
    let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
    guard left > 0 else { throw .timedOut }
    return Int32(clamping: Int64(left.rounded(.up)))
  }
}
