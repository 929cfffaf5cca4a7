#if canImport(Glibc)
  import Glibc
#endif

/// Names that root's commands leave, so that a command line can be completed by who has neither root nor the API, as when
/// `sudo kpx` is typed. Names and nothing else: of services, of this node's pods, and of ipsets.
public struct LeftNames: Sendable {
  /// What they are of. Each kind is a file.
  public enum Kind: String, Sendable, CaseIterable {
    case services, pods, sets
  }

  /// What a list of names is all of.
  public enum Scope: Sendable, Hashable {
    case all
    case namespace(String)
    /// Of nothing: there are others.
    case some
  }

  /// More than 10,000 services have; what is longer is cut.
  private static let largest = 1 << 20
  private let parent: String
  private static let folder = "kpx"

  /// - Parameter parent: where the folder `kpx` is, which is root's alone.
  public init(in parent: String = "/run") { self.parent = parent }

  /// Whether the calling thread is in the network namespace of process 1, whose names are this node's.
  public static var isInNode: Bool {
    guard let own = NodeFile.namespace("/proc/thread-self/ns/net") else { return false }
    return own == NodeFile.namespace("/proc/1/ns/net")
  }

  // MARK: - Reading

  /// The names that were left, of which each is such a name; none where anybody but root could have written them.
  public func read(_ kind: Kind) -> [String] {
    guard let folder = open(parent + "/" + Self.folder) else { return [] }
    defer { close(folder) }
    return Self.read(kind, in: folder)
  }

  private static func read(_ kind: Kind, in folder: Int32) -> [String] {
    let file = openat(folder, kind.rawValue, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    guard let status = rootsAlone(file, S_IFREG), status.st_size <= largest else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = Glibc.read(file, &bytes, bytes.count)
    return bytes.prefix(max(count, 0)).split(separator: UInt8(ascii: "\n"))
      .map { String(decoding: $0, as: UTF8.self) }.filter(kind.isName)
  }

  // MARK: - Writing

  /// Leaves names for the next command line. Where that cannot be done, or not safely, nothing is.
  public func leave(_ names: [String], _ kind: Kind, all scope: Scope) {
    guard geteuid() == 0, let folder = makeFolder() else { return }
    defer { close(folder) }
    let old = Self.read(kind, in: folder)
    let all = Set(old.filter { !scope.contains($0) } + names.filter(kind.isName))
    guard all != Set(old) else { return }
    Self.write(all.sorted(), kind, in: folder)
  }

  /// The folder, which is made where it is not there.
  private func makeFolder() -> Int32? {
    guard let parent = open(parent) else { return nil }
    defer { close(parent) }
    // Where there is something, it is looked at below.
    if mkdirat(parent, Self.folder, 0o755) == 0 { fchmodat(parent, Self.folder, 0o755, 0) }
    return open(self.parent + "/" + Self.folder)
  }

  /// Puts a new file in the old one's place: who reads has the one or the other.
  private static func write(_ names: [String], _ kind: Kind, in folder: Int32) {
    let draft = ".\(kind.rawValue).\(getpid())"
    let file = openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { return }
    defer { close(file) }
    let bytes = Array(names.lazy.map { $0 + "\n" }.joined().utf8)
    let end = bytes.count <= largest ? bytes.count : (bytes[..<largest].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    // Whatever the umask is.
    guard fchmod(file, 0o644) == 0, Glibc.write(file, bytes, end) == end,
      renameat(folder, draft, folder, kind.rawValue) == 0
    else {
      unlinkat(folder, draft, 0)
      return
    }
  }

  // MARK: - Whose it is

  /// A folder that is root's alone to write.
  private func open(_ path: String) -> Int32? {
    let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard folder >= 0 else { return nil }
    guard Self.rootsAlone(folder, S_IFDIR) != nil else {
      close(folder)
      return nil
    }
    return folder
  }

  /// What an open file is, if it is of that type and nobody but root may write to it.
  private static func rootsAlone(_ file: Int32, _ type: mode_t) -> stat? {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == type, status.st_uid == 0,
      status.st_mode & (S_IWGRP | S_IWOTH) == 0
    else { return nil }
    return status
  }
}

extension LeftNames.Scope {
  fileprivate func contains(_ name: String) -> Bool {
    switch self {
    case .all: true
    case .namespace(let namespace): name.hasPrefix(namespace + "/")
    case .some: false
    }
  }
}

extension LeftNames.Kind {
  /// Whether a text is such a name: what a shell would take for anything else is none.
  fileprivate func isName(_ text: String) -> Bool {
    switch self {
    case .services, .pods:
      let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      return parts.count == 2 && parts.allSatisfy { (1...253).contains($0.count) && $0.allSatisfy(Self.isLowercase) }
    case .sets:
      return (1..<32).contains(text.utf8.count) && text.utf8.allSatisfy { Self.isLowercase($0) || Self.isOfSet($0) }
    }
  }

  /// Of a DNS subdomain (RFC 1123), as the names of the API's objects are.
  private static func isLowercase(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func isOfSet(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
    default: false
    }
  }
}
