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
  /// Bytes that make no sense, and where.
  case malformed(reading: String, offset: Int, problem: String)
  /// What was read changed all the time.
  case changing(reading: String, attempts: Int)
}

extension KernelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .permission(let reading):
      "no permission to read \(reading)"
    case .unavailable(let what):
      what
    case .system(let reading, let code):
      "cannot read \(reading): \(String(cString: strerror(code)))"
    case .malformed(let reading, let offset, let problem):
      "\(reading) is damaged at byte \(offset): \(problem)"
    case .changing(let reading, let attempts):
      "\(reading) kept changing while it was read (\(attempts) attempts)"
    }
  }
}
