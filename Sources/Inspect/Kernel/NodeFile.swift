import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// What may be behind a name that is opened.
enum FileKind: Sendable, Hashable {
  /// A regular file and nothing else.
  case regular
  /// Also a pipe, as `<(…)` makes one, until a point in time (nil: as long as it takes), and /dev/null. For what the user
  /// named.
  case pipe(until: ContinuousClock.Instant?)
}

/// Why a file could not be read.
public enum FileError: Error, Sendable, Hashable {
  case system(errno: Int32)
  /// A pipe, a device, a folder, where a regular file should be.
  case notRegular
  case tooLarge(limit: Int)
  /// A pipe's writer did not end in time.
  case timedOut

  /// The whole sentence.
  /// - Parameter user: who was not allowed to read it, where that is not the user of this process.
  public func sentence(_ path: String, user: String? = nil) -> String {
    switch self {
    case .system(let code): "cannot read \(path)\(user.map { " as \($0)" } ?? ""): \(String(cString: strerror(code)))"
    case .notRegular: "\(path) is not a regular file"
    case .tooLarge(let limit): "\(path) is larger than \(limit < 1 << 20 ? "\(limit >> 10) KiB" : "\(limit >> 20) MiB")"
    case .timedOut: "\(path): its writer did not end in time"
    }
  }
}

/// The one way in which files are opened by name. Nothing that stands there instead of a file makes the reader wait: neither
/// a pipe nor a terminal.
public enum NodeFile {
  /// What was read, and whose file it is.
  struct Content: Sendable {
    var bytes: [UInt8]
    var owner: UInt32
  }

  /// All bytes of a file of at most `limit`.
  static func content(_ path: String, limit: Int, _ kind: FileKind = .regular) throws(FileError) -> Content {
    let (file, status) = try open(path, kind)
    return try content(of: file, status, limit: limit, kind)
  }

  /// All bytes of a file of at most `limit`, as a process finds it. Symbolic links in it lead nowhere else.
  public static func bytes(_ path: String, inRootOf process: Int32, limit: Int) throws(FileError) -> [UInt8] {
    try content(path, inRoot: "/proc/\(process)/root", limit: limit).bytes
  }

  /// All bytes of a file of at most `limit`, as who has another root directory finds it. Symbolic links in it lead nowhere
  /// else.
  static func content(_ path: String, inRoot folder: String, limit: Int) throws(FileError) -> Content {
    let root = Glibc.open(folder, O_DIRECTORY | O_CLOEXEC)
    guard root >= 0 else { throw .system(errno: errno) }
    defer { close(root) }
    let file = csys_open_in_root(root, path)
    guard file >= 0 else { throw .system(errno: -file) }
    return try content(of: file, try status(of: file, .regular), limit: limit, .regular)
  }

  /// Reads an open file and closes it.
  private static func content(
    of file: Int32, _ status: stat, limit: Int, _ kind: FileKind
  ) throws(FileError) -> Content {
    defer { close(file) }
    var bytes: [UInt8] = []
    let isPipe = status.st_mode & S_IFMT == S_IFIFO
    while true {
      if isPipe, case .pipe(let end) = kind { try wait(file, until: end) }
      let got = append(1 << 16, of: file, to: &bytes)
      if got == 0 { return Content(bytes: bytes, owner: status.st_uid) }
      if got < 0 && errno != EINTR && errno != EAGAIN { throw .system(errno: errno) }
      if bytes.count > limit { throw .tooLarge(limit: limit) }
    }
  }

  /// The bytes of a small regular file, such as one of /proc: the first `limit` of them. nil where it is not there or may
  /// not be read: other sources may know.
  static func read(_ path: String, limit: Int) -> [UInt8]? {
    guard let (file, _) = try? open(path) else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let wanted = min(limit - bytes.count, 4096)
      let got = append(wanted, of: file, to: &bytes)
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { return nil }
      // Files of /proc come in one piece if there is room.
      if got < wanted { break }
    }
    return bytes
  }

  /// The name of a process; nil if it is gone.
  static func command(of process: Int32) -> String? {
    read("/proc/\(process)/comm", limit: 64).map { String(decoding: $0.prefix { $0 != 10 }, as: UTF8.self) }
  }

  /// The text of a small file of /proc, for who cannot do without it.
  static func text(_ path: String) throws(KernelError) -> String {
    do throws(FileError) {
      return String(decoding: try content(path, limit: 1 << 20).bytes, as: UTF8.self)
    } catch .system(let code) {
      throw .system(reading: path, errno: code)
    } catch {
      throw .unavailable(error.sentence(path))
    }
  }

  /// Whether a line of a file is as wanted, which is read no further then; nil where there is no such file.
  static func contains(_ path: String, line isWanted: (ArraySlice<UInt8>) -> Bool) -> Bool? {
    guard let (file, _) = try? open(path) else { return nil }
    defer { close(file) }
    var rest: [UInt8] = []
    while append(1 << 16, of: file, to: &rest) > 0 {
      var start = 0
      while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
        if isWanted(rest[start..<end]) { return true }
        start = end + 1
      }
      rest.removeFirst(start)
    }
    return !rest.isEmpty && isWanted(rest[...])
  }

  /// Opens a file for reading; the caller closes it.
  static func open(_ path: String, _ kind: FileKind = .regular) throws(FileError) -> (descriptor: Int32, status: stat) {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard file >= 0 else { throw .system(errno: errno) }
    return (file, try status(of: file, kind))
  }

  /// What an open file is; one that is not of the kind is closed.
  private static func status(of file: Int32, _ kind: FileKind) throws(FileError) -> stat {
    var status = stat()
    guard fstat(file, &status) == 0, allows(status, kind) else {
      close(file)
      throw .notRegular
    }
    return status
  }

  private static func allows(_ status: stat, _ kind: FileKind) -> Bool {
    switch (status.st_mode & S_IFMT, kind) {
    case (S_IFREG, _), (S_IFIFO, .pipe): true
    // /dev/null (1:3), as in KUBECONFIG=/dev/null
    case (S_IFCHR, .pipe): status.st_rdev == 1 << 8 | 3
    default: false
    }
  }

  /// Appends at most `count` bytes; returns what read(2) does.
  private static func append(_ count: Int, of file: Int32, to bytes: inout [UInt8]) -> Int {
    withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { chunk in
      let got = Glibc.read(file, chunk.baseAddress, chunk.count)
      if got > 0 { bytes.append(contentsOf: chunk[..<got]) }
      return got
    }
  }

  /// Waits until a pipe has something to read, or its last writer is gone. A named pipe that nobody has written to yet has
  /// no end either.
  private static func wait(_ file: Int32, until end: ContinuousClock.Instant?) throws(FileError) {
    while true {
      let left = end.map { ContinuousClock.now.duration(to: $0) / .milliseconds(1) }
      if let left, left <= 0 { throw .timedOut }
      var question = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      let ready = poll(&question, 1, left.map { Int32(clamping: Int64($0.rounded(.up))) } ?? -1)
      if ready > 0 { return }
      if ready < 0 && errno != EINTR { throw .system(errno: errno) }
    }
  }

  /// Whether the calling thread is in the network namespace of process 1; nil where that cannot be told.
  static var isOfProcess1: Bool? {
    guard let first = namespace("/proc/1/ns/net"), let own = namespace("/proc/thread-self/ns/net") else { return nil }
    return first == own
  }
}
