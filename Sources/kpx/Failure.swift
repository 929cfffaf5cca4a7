import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// The statuses that the program ends with (sysexits.h where it has one).
enum ExitStatus: Int32 {
  /// Something is wrong with the service.
  case wrong = 1
  /// It cannot be told.
  case uncertain = 2
  /// EX_USAGE
  case usage = 64
  /// EX_NOINPUT: no such service, pod, namespace.
  case notFound = 66
  /// EX_UNAVAILABLE: a kernel facility or the API is not there.
  case unavailable = 69
  /// EX_IOERR: the answer could not be written.
  case output = 74
  /// EX_NOPERM
  case permission = 77
}

/// An error that ends the program: one sentence for a person, and a status for a script.
struct Failure: Error {
  let message: String
  let status: ExitStatus

  init(_ message: String, _ status: ExitStatus) {
    self.message = message
    self.status = status
  }

  /// The failure that an error of the library is.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as SessionError: self.init(session: error)
    case let error as SnapshotError: self.init(session: .snapshot(error))
    case let error as TargetError: self.init(error.description, .usage)
    case let error as KernelError: self.init(kernel: error)
    default: self.init("\(error)", .unavailable)
    }
  }

  /// A file could not be read.
  init(_ error: FileError, reading path: String) {
    switch error {
    case .system(EPERM), .system(EACCES): self.init(error.sentence(path), .permission)
    default: self.init(error.sentence(path), .unavailable)
    }
  }

  private init(session error: SessionError) {
    switch error {
    case .kernel(let error): self.init(kernel: error)
    case .untraceable(let found): self.init(error.description, Self.status(found))
    case .podHasEnded, .noSuchPod, .podWithoutAddress, .leadsToNoPod, .pod(.notFound), .noSuchSet, .noSuchTable,
      .noSuchChain, .noVirtualService, .noSuchService, .noSuchNode, .noSuchNamespace,
      .noNetworkNamespace:
      self.init(error.description, .notFound)
    case .dump, .kubeconfig(.file), .pod(.unknown), .pod(.noRuntime), .noKubeProxy, .other:
      self.init(error.description, .unavailable)
    case .snapshot(.notWritten): self.init(error.description, .output)
    case .snapshot(.file(_, .system(errno: EPERM))), .snapshot(.file(_, .system(errno: EACCES))):
      self.init(error.description, .permission)
    case .snapshot(.file(_, .system(errno: ENOENT))): self.init(error.description, .notFound)
    case .snapshot: self.init(error.description, .unavailable)
    case .kubeconfig, .ambiguousPod, .noMember: self.init(error.description, .usage)
    }
  }

  private static func status(_ found: SessionError.Untraceable) -> ExitStatus {
    if found.verification?.contains(where: \.isDoubtful) == true { return .uncertain }
    // Without the API nobody knows whether it exists.
    return found.hasAPI || found.apiNotes.isEmpty ? .notFound : .unavailable
  }

  private init(kernel error: KernelError) {
    switch error {
    case .permission:
      self.init("\(error); \(Privileges.advice)", .permission)
    case .system(_, let code) where code == EPERM || code == EACCES:
      self.init("\(error); \(Privileges.advice)", .permission)
    case .system(_, let code) where code == ENOENT || code == ESRCH,
      .refused(_, let code, _) where code == ENOENT || code == ESRCH:
      self.init("\(error)", .notFound)
    case .unavailable, .system, .refused, .malformed, .changing:
      self.init("\(error)", .unavailable)
    }
  }
}
