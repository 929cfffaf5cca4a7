import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A directory for a test's files. It goes with its last user.
public final class ScratchDirectory: Sendable {
  /// Below /tmp.
  public let path: String

  /// Makes it, empty.
  public init() throws(SetupError) {
    var template = Array("/tmp/kpx-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let made else { throw .errno("cannot make a temporary directory") }
    path = made
  }

  /// Writes a file, and the folders above it; returns its path.
  @discardableResult
  public func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws(SetupError) -> String {
    var folder = path
    for part in name.split(separator: "/").dropLast() {
      folder += "/\(part)"
      mkdir(folder, 0o755)
    }
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw .errno("cannot write \(file)") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw .errno("cannot write \(file)") }
    return file
  }

  /// Makes a named pipe that nobody writes to; returns its path.
  public func pipe(_ name: String) throws(SetupError) -> String {
    let file = try write(name, "")
    guard unlink(file) == 0, mkfifo(file, 0o644) == 0 else { throw .errno("cannot make the pipe \(file)") }
    return file
  }

  /// Gives a file, or the folder itself, to a user of this number and its group.
  public func give(_ name: String = "", to user: uid_t) throws(SetupError) {
    guard chown("\(path)/\(name)", user, user) == 0 else { throw .errno("cannot give \(path)/\(name) away") }
  }

  deinit { _ = try? runTool(["rm", "-rf", path]) }
}

/// Certificates for a server on loopback, made by openssl once for all tests of a process.
public struct TestCertificates: Sendable {
  private let folder: ScratchDirectory

  /// The authority that signed the others.
  public var authority: String { "\(folder.path)/ca.crt" }
  /// Signed by the authority for 127.0.0.1, localhost and api.test.
  public var server: String { "\(folder.path)/server.crt" }
  /// The key of `server`.
  public var serverKey: String { "\(folder.path)/server.key" }
  /// Signed by the authority for elsewhere.test alone.
  public var misnamed: String { "\(folder.path)/misnamed.crt" }
  /// The key of `misnamed`.
  public var misnamedKey: String { "\(folder.path)/misnamed.key" }
  /// Signed by the authority for the user test-admin.
  public var client: String { "\(folder.path)/client.crt" }
  /// The key of `client`.
  public var clientKey: String { "\(folder.path)/client.key" }
  /// Another authority, which has signed nothing.
  public var stranger: String { "\(folder.path)/stranger.crt" }

  /// The certificates; they are removed when the process ends.
  public static func made() throws(SetupError) -> TestCertificates {
    try shared.withLock { (shared) throws(SetupError) in
      if let shared { return shared }
      let made = try TestCertificates()
      shared = made
      atexit { TestCertificates.shared.withLock { $0 = nil } }
      return made
    }
  }

  private static let shared = Mutex<TestCertificates?>(nil)

  private init() throws(SetupError) {
    folder = try ScratchDirectory()
    try root("ca")
    try root("stranger")
    try leaf("server", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:api.test")
    try leaf("misnamed", "/CN=kube-apiserver", "subjectAltName=DNS:elsewhere.test")
    try leaf("client", "/O=system:masters/CN=test-admin", "extendedKeyUsage=clientAuth")
  }

  private var newKey: [String] { ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"] }

  private func root(_ name: String) throws(SetupError) {
    try succeed(
      ["openssl", "req", "-x509", "-subj", "/CN=\(name)", "-keyout", "\(folder.path)/\(name).key"]
        + ["-out", "\(folder.path)/\(name).crt", "-addext", "keyUsage=critical,keyCertSign"] + newKey)
  }

  private func leaf(_ name: String, _ subject: String, _ more: String) throws(SetupError) {
    try succeed(
      ["openssl", "req", "-x509", "-subj", subject, "-keyout", "\(folder.path)/\(name).key"]
        + ["-out", "\(folder.path)/\(name).crt", "-addext", more, "-addext", "basicConstraints=critical,CA:FALSE"]
        + ["-CA", "\(folder.path)/ca.crt", "-CAkey", "\(folder.path)/ca.key"] + newKey)
  }
}

/// An API server, or a proxy, on a port of loopback: Tests/Support/api-server.py. It ends with its last user.
public final class APIServer: Sendable {
  /// A request that it was sent.
  public struct Request: Sendable {
    /// Its line of the log, which is JSON.
    public let line: String
    /// Without its query.
    public let path: String
    /// The answer's status.
    public let status: Int
    /// How many the answer's body has.
    public let bytes: Int
    /// When it began and ended, in seconds.
    public let began: Double
    /// When its answer was sent, in seconds.
    public let ended: Double
  }

  /// On 127.0.0.1.
  public let port: UInt16
  /// Where its log and kubeconfigs are.
  public let folder: ScratchDirectory
  private let process: pid_t
  private let input: Int32

  /// `https://127.0.0.1:PORT`.
  public var url: String { "\(isSecure ? "https" : "http")://127.0.0.1:\(port)" }
  private let isSecure: Bool

  /// Starts it in the process' network namespace; `options` are the script's.
  public init(_ options: String..., isSecure: Bool = true, misnamed: Bool = false) throws(SetupError) {
    folder = try ScratchDirectory()
    self.isSecure = isSecure
    var arguments = ProcessNamespace.command(["python3", Self.script]) + ["--log", "\(folder.path)/log"] + options
    if isSecure {
      let certificates = try TestCertificates.made()
      arguments += ["--certificate", misnamed ? certificates.misnamed : certificates.server]
      arguments += ["--key", misnamed ? certificates.misnamedKey : certificates.serverKey]
    }
    (process, input, port) = try Self.start(arguments)
  }

  deinit {
    close(input)
    kill(process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
  }

  private static let script =
    "\(#filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 })/Support/api-server.py"

  /// The recorded API objects of a catalogue.
  public static func objects(_ catalogue: String) -> String { "\(Capture.folder)/api/\(catalogue)" }

  private static func start(_ arguments: [String]) throws(SetupError) -> (pid_t, Int32, UInt16) {
    var input: [Int32] = [0, 0]
    var output: [Int32] = [0, 0]
    guard pipe(&input) == 0, pipe(&output) == 0 else { throw .errno("cannot make a pipe") }
    for end in input + output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO)
    var process = pid_t()
    let copies = arguments.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let code = posix_spawnp(&process, arguments[0], &actions, nil, copies + [nil], environ)
    close(input[0])
    close(output[1])
    defer { close(output[0]) }
    guard code == 0 else {
      close(input[1])
      throw .errno("cannot run \(arguments[0])", code)
    }
    let line = String(decoding: try readAll(upToNewline: output[0]), as: UTF8.self)
    guard let port = UInt16(line) else { throw SetupError("the API server did not start: \(line)") }
    return (process, input[1], port)
  }

  private static func readAll(upToNewline descriptor: Int32) throws(SetupError) -> [UInt8] {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while read(descriptor, &byte, 1) == 1, byte != 0x0a { bytes.append(byte) }
    return bytes
  }

  /// What it was asked, in the order in which the answers ended.
  public func requests() throws(SetupError) -> [Request] {
    // A line is written after its answer is sent.
    usleep(50000)
    let log = String(decoding: try readFile("\(folder.path)/log") ?? [], as: UTF8.self)
    return log.split(separator: "\n").map { line in
      let number = { (name: String) in Self.value(name, in: line) { $0.isNumber || $0 == "." } }
      return Request(
        line: String(line), path: Self.value("path", in: line) { $0 != "\"" }, status: Int(number("status")) ?? 0,
        bytes: Int(number("bytes")) ?? 0, began: Double(number("began")) ?? 0, ended: Double(number("ended")) ?? 0)
    }
  }

  private static func value(_ name: String, in line: Substring, _ belongs: (Character) -> Bool) -> String {
    guard let found = line.firstRange(of: "\"\(name)\": ") else { return "" }
    let rest = line[found.upperBound...]
    return String((rest.hasPrefix("\"") ? rest.dropFirst() : rest).prefix(while: belongs))
  }

  /// A kubeconfig for it, whose user has the lines of `user`; its path.
  public func kubeconfig(
    user: String = "{}", cluster: String = "", namespace: String = "default", name: String = "config"
  ) throws(SetupError) -> String {
    let certificates = try TestCertificates.made()
    let trust = cluster.isEmpty ? "certificate-authority: \(certificates.authority)" : cluster
    return try folder.write(
      name,
      """
      apiVersion: v1
      kind: Config
      current-context: test
      contexts: [{name: test, context: {cluster: test, user: test, namespace: \(namespace)}}]
      clusters:
      - name: test
        cluster:
          server: \(url)
          \(trust)
      users: [{name: test, user: \(user)}]

      """)
  }
}
