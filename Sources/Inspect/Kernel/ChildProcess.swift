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
  /// Where its standard error goes.
  var errors = Errors.nowhere
  /// Whether it may ask the user: it has kpx's standard input and stays in the process group that the terminal lets read.
  /// Otherwise it has a group of its own, so that its children end with it.
  var isInteractive = false
  /// Whether it is one of many at the same time: it stays in kpx's process group then, too, and a terminal's ^C ends all.
  var isOneOfMany = false
  /// What it reads from standard input, one part after the other, where it is not interactive.
  var input: [[UInt8]] = []
  /// How much it may print.
  var largestOutput: Int
  /// How long it may take; nil: as long as it wants.
  var limit: Duration?

  enum Errors {
    case nowhere
    /// To kpx's standard error.
    case shared
    /// The last of it into the result.
    case kept
  }

  /// What a program left.
  struct Result {
    let end: End
    let output: [UInt8]
    /// What it wrote to standard error, where that is kept.
    let errors: [UInt8]
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
    let (input, output, errors) = (try Channel.toProgram(), try Channel.fromProgram(), try Channel.fromProgram())
    let process = try spawn(input: input, output: output, errors: errors)
    for channel in [input, output, errors] { channel.closeOther() }
    // A terminal's ^C, and who ends kpx, would not reach a group of its own.
    if !staysInGroup { csys_end_with_process(process) }
    defer { if !staysInGroup { csys_end_with_process(0) } }
    do throws(Failure) {
      let read = try exchange(input: input, output: output, errors: errors, until: deadline)
      let end = try wait(for: process, until: deadline)
      return Result(end: end, output: read.output, errors: read.errors)
    } catch {
      kill(staysInGroup ? process : -process, SIGKILL)
      _ = try wait(for: process, until: nil)
      throw error
    }
  }

  private var staysInGroup: Bool { isInteractive || isOneOfMany }

  /// What kpx and a program that it runs talk through. No other program has it, whichever thread runs one.
  private final class Channel {
    /// kpx's end; -1 where it is closed.
    private(set) var own: Int32
    /// The program's.
    private(set) var other: Int32

    /// Unlike a pipe a socket can be written to without a signal where nobody reads any more.
    static func toProgram() throws(Failure) -> Channel {
      var ends: [Int32] = [-1, -1]
      let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
      guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .notStarted(errno: errno) }
      return Channel(own: ends[0], other: ends[1])
    }

    /// Unlike a socket a pipe can be opened once more, as /dev/stdout.
    static func fromProgram() throws(Failure) -> Channel {
      var ends: [Int32] = [-1, -1]
      guard csys_pipe(&ends) == 0 else { throw .notStarted(errno: errno) }
      return Channel(own: ends[0], other: ends[1])
    }

    private init(own: Int32, other: Int32) { (self.own, self.other) = (own, other) }

    func closeOwn() { Self.close(&own) }
    func closeOther() { Self.close(&other) }

    private static func close(_ end: inout Int32) {
      if end >= 0 { Glibc.close(end) }
      end = -1
    }

    /// What there is to read, behind `bytes`. At its end this end is closed.
    func read(into bytes: inout [UInt8], _ chunk: inout [UInt8]) {
      let count = Glibc.read(own, &chunk, chunk.count)
      if count > 0 { bytes += chunk[..<count] }
      if count == 0 || count < 0 && errno != EINTR { closeOwn() }
    }

    /// Writes as much as it takes now. Once all is written, or nobody reads any more, this end is closed.
    func write(_ parts: inout ArraySlice<[UInt8]>, from start: inout Int) {
      let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
      let count = parts.first?.withUnsafeBytes { bytes in
        send(own, bytes.baseAddress.map { $0 + start }, bytes.count - start, flags)
      }
      if let count, count < 0 {
        if errno != EAGAIN && errno != EINTR { closeOwn() }
        return
      }
      start += count ?? 0
      if start == parts.first?.count { (parts, start) = (parts.dropFirst(), 0) }
      if parts.isEmpty { closeOwn() }
    }

    deinit {
      closeOwn()
      closeOther()
    }
  }

  private func spawn(input: Channel, output: Channel, errors: Channel) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if !isInteractive { posix_spawn_file_actions_adddup2(&actions, input.other, STDIN_FILENO) }
    posix_spawn_file_actions_adddup2(&actions, output.other, STDOUT_FILENO)
    switch self.errors {
    case .nowhere: posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    case .shared: break
    case .kept: posix_spawn_file_actions_adddup2(&actions, errors.other, STDERR_FILENO)
    }
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
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (staysInGroup ? 0 : POSIX_SPAWN_SETPGROUP)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let environment = environment.map { strdup($0) }
    let words = ([path] + arguments).map { strdup($0) }
    defer { for copy in environment + words { free(copy) } }
    var process = pid_t()
    let code = posix_spawn(&process, path, &actions, &attributes, words + [nil], environment + [nil])
    guard code == 0 else { throw .notStarted(errno: code) }
    return process
  }

  /// Writes all that it is to read, and reads what it writes until it has closed its output. What it has put in the background
  /// may keep the errors open, as ssh's masters do.
  private func exchange(
    input: Channel, output: Channel, errors: Channel, until deadline: ContinuousClock.Instant?
  ) throws(Failure) -> (output: [UInt8], errors: [UInt8]) {
    var read: (output: [UInt8], errors: [UInt8]) = ([], [])
    var parts = self.input[...]
    if parts.isEmpty { input.closeOwn() }
    // Of the first part.
    var written = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while output.own >= 0 {
      // A closed end, which is -1, is passed over.
      var questions = [
        pollfd(fd: output.own, events: Int16(POLLIN), revents: 0),
        pollfd(fd: errors.own, events: Int16(POLLIN), revents: 0),
        pollfd(fd: input.own, events: Int16(POLLOUT), revents: 0),
      ]
      let ready = poll(&questions, 3, try Self.milliseconds(until: deadline))
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      if questions[1].revents != 0 {
        errors.read(into: &read.errors, &chunk)
        read.errors = Array(read.errors.suffix(Self.mostErrors))
      }
      if questions[2].revents != 0 { input.write(&parts, from: &written) }
      if questions[0].revents != 0 {
        output.read(into: &read.output, &chunk)
        if read.output.count > largestOutput { throw .tooMuchOutput }
      }
    }
    var left = pollfd(fd: errors.own, events: Int16(POLLIN), revents: 0)
    if poll(&left, 1, 0) > 0 { errors.read(into: &read.errors, &chunk) }
    return read
  }

  /// The last of what a program says is what went wrong.
  private static let mostErrors = 1 << 12

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
