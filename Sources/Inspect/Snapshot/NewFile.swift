#if canImport(Glibc)
  import Glibc
#endif

/// A file that is not there yet, and is its owner's alone.
enum NewFile {
  /// Writes it whole, or leaves none.
  static func write(_ bytes: [UInt8], to path: String) throws(SnapshotError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .notWritten(path: path, errno: errno) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let code = errno
        close(file)
        unlink(path)
        throw .notWritten(path: path, errno: code)
      }
      rest = rest.dropFirst(count)
    }
    guard fsync(file) == 0, close(file) == 0 else {
      let code = errno
      unlink(path)
      throw .notWritten(path: path, errno: code)
    }
  }
}
