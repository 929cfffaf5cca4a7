import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// What a program did.
public struct ToolResult: Sendable {
  /// The exit status; 128 + the signal's number for a program that a signal ended.
  public let status: Int32
  /// What it wrote to standard output.
  public let output: [UInt8]
  /// What it wrote to standard error.
  public let errors: [UInt8]

  /// Standard output as text.
  public var text: String { String(decoding: output, as: UTF8.self) }
  /// Standard error as text.
  public var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// Why a test could not be set up.
public struct SetupError: Error, CustomStringConvertible {
  /// The sentence for a person.
  public let description: String

  /// An error that says this.
  public init(_ description: String) { self.description = description }

  static func errno(_ doing: String, _ code: Int32 = Glibc.errno) -> SetupError {
    SetupError("\(doing): \(String(cString: strerror(code)))")
  }
}

/// Runs a program in the calling thread's namespaces and waits for its end.
///
/// A name without a slash is looked for in the system's folders first, which an ordinary user's PATH leaves out.
public func runTool(
  _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]
) throws(SetupError) -> ToolResult {
  guard let name = arguments.first else { throw SetupError("no program to run") }
  let standardInput = try TemporaryFile(holding: input)
  let standardOutput = try TemporaryFile()
  let standardError = try TemporaryFile()

  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, standardInput.descriptor, STDIN_FILENO)
  posix_spawn_file_actions_adddup2(&actions, standardOutput.descriptor, STDOUT_FILENO)
  posix_spawn_file_actions_adddup2(&actions, standardError.descriptor, STDERR_FILENO)

  // The threads of Swift's pool block signals, and a program would inherit that.
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

  var process = pid_t()
  let code = withCStrings(arguments) { argv in
    withCStrings(environmentList(adding: environment)) { envp in
      posix_spawnp(&process, pathOfTool(name), &actions, &attributes, argv, envp)
    }
  }
  guard code == 0 else { throw .errno("cannot run \(name)", code) }

  var status: Int32 = 0
  while waitpid(process, &status, 0) < 0 {
    guard errno == EINTR else { throw .errno("cannot wait for \(name)") }
  }
  let signal = status & 0x7f
  return ToolResult(
    status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
    output: try standardOutput.contents(), errors: try standardError.contents())
}

private func pathOfTool(_ name: String) -> String {
  guard !name.contains("/") else { return name }
  for folder in ["/usr/sbin", "/sbin"] where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
  return name
}

private func environmentList(adding added: [String: String]) -> [String] {
  // kpx is to leave nothing on the machine that tests it.
  var list = added["KPX_NO_NAMES"] == nil ? ["KPX_NO_NAMES=1"] : []
  for name in ["PATH", "HOME", "LANG", "LC_ALL", "TERM", "TMPDIR"] where added[name] == nil {
    if let value = getenv(name) { list.append("\(name)=\(String(cString: value))") }
  }
  return list + added.map { "\($0.key)=\($0.value)" }
}

private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}

/// A file without a name. Unlike a pipe it holds any amount, so that nobody has to read while a program writes.
private struct TemporaryFile: ~Copyable {
  let descriptor: Int32

  init(holding bytes: [UInt8] = []) throws(SetupError) {
    var template = Array("/tmp/kpx-test-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw .errno("cannot make a temporary file") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(template)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written) }
      guard count > 0 else { throw .errno("cannot write a temporary file") }
      written += count
    }
    lseek(descriptor, 0, SEEK_SET)
  }

  deinit { close(descriptor) }

  func contents() throws(SetupError) -> [UInt8] { try readAll(descriptor, rewinding: true) }
}

func readAll(_ descriptor: Int32, rewinding: Bool = false) throws(SetupError) -> [UInt8] {
  if rewinding { lseek(descriptor, 0, SEEK_SET) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count == 0 { return bytes }
    guard count > 0 else { throw .errno("cannot read") }
    bytes += chunk[..<count]
  }
}

/// The bytes of a file, or nil if there is none.
public func readFile(_ path: String) throws(SetupError) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    if errno == ENOENT { return nil }
    throw .errno("cannot open \(path)")
  }
  defer { close(descriptor) }
  return try readAll(descriptor)
}
