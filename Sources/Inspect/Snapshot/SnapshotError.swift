#if canImport(Glibc)
  import Glibc
#endif

/// Why a snapshot could not be written or read.
public enum SnapshotError: Error, Sendable, Equatable {
  /// A file could not be opened.
  case file(path: String, FileError)
  /// What is in it is no snapshot, or not whole: how so, in words.
  case damaged(path: String, problem: String)
  /// It is of another kind of machine, or of a later kpx: how so, in words.
  case foreign(path: String, problem: String)
  /// A file is no key of a redaction.
  case notAKey(path: String)
  /// It could not be written.
  case notWritten(path: String, errno: Int32)
}

extension SnapshotError: CustomStringConvertible {
  /// The sentence for a person, with the file's path.
  public var description: String {
    switch self {
    case .file(let path, let error): error.sentence(path)
    case .damaged(let path, let problem): "\(path) is no snapshot that kpx can use: \(problem)"
    case .foreign(let path, let problem): "\(path) cannot be read here: \(problem)"
    case .notAKey(let path): "\(path) is no key that 'kpx snapshot --redact' has written"
    case .notWritten(let path, EEXIST): "\(path) is there already; kpx writes over nothing"
    case .notWritten(let path, let code): "\(path) could not be written: \(String(cString: strerror(code)))"
    }
  }
}
