import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Why something could not be read from the kernel.
public enum KernelError: Error, Sendable, Equatable {
  /// A capability is missing; `reading` says for what.
  case permission(reading: String)
  /// The kernel has no such facility, or it is not in use here.
  case unavailable(String)
  /// A system call failed.
  case system(reading: String, errno: Int32)
  /// The kernel answered a request by an error, with its own words where it has some.
  case refused(reading: String, errno: Int32, text: String?)
  /// Bytes that make no sense, and where.
  case malformed(reading: String, offset: Int, problem: String)
  /// What was read changed all the time.
  case changing(reading: String, attempts: Int)
}

extension KernelError: CustomStringConvertible {
  /// In words, for whoever runs kpx.
  public var description: String {
    switch self {
    case .permission(let reading):
      "no permission to read \(reading)"
    case .unavailable(let what):
      what
    case .system(let reading, let code):
      "cannot read \(reading): \(String(cString: strerror(code)))"
    case .refused(let reading, let code, let text):
      "cannot read \(reading): \(String(cString: strerror(code)))\(text.map { " (kernel: \($0))" } ?? "")"
    case .malformed(let reading, let offset, let problem):
      "\(reading) is damaged at byte \(offset): \(problem)"
    case .changing(let reading, let attempts):
      "\(reading) kept changing while it was read (\(attempts) attempts)"
    }
  }
}

extension KernelError {
  /// A failed system call; a missing permission is told apart.
  init(errno code: Int32, reading: String) {
    self = code == EPERM || code == EACCES ? .permission(reading: reading) : .system(reading: reading, errno: code)
  }
}
