import CSys
import Glibc
import Inspect

/// A pod's /etc/resolv.conf, to be shown in the place of the node's to one program.
struct PodResolver {
  private static let path = "/etc/resolv.conf"
  private static let largest = 1 << 16
  /// Every node has it, and its own /etc/resolv.conf is not in it.
  private static let folder = "/tmp"
  private let bytes: [UInt8]

  /// Reads it as a process of the pod sees it. The pod's files are its own to choose: links in them lead nowhere else, and
  /// nothing but a plain file counts.
  init(_ sandbox: PodSandbox, name: String) throws {
    guard let pid = sandbox.pid?.value else {
      throw Failure("no process of \(name) is known, and so not its \(Self.path)", .unavailable)
    }
    let root = open("/proc/\(pid)/root", O_DIRECTORY | O_CLOEXEC)
    guard root >= 0 else { throw Self.failure("open the root folder of process \(pid)", errno) }
    defer { close(root) }
    guard sandbox.hasItsProcess else { throw Failure("process \(pid) of \(name) has ended", .unavailable) }
    let file = csys_open_in_root(root, Self.path)
    guard file >= 0 else { throw Self.failure("open \(Self.path) of \(name)", 0 - file) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.largest else {
      throw Failure("\(Self.path) of \(name) is no plain file of at most \(Self.largest) bytes", .unavailable)
    }
    var content = [UInt8](repeating: 0, count: Self.largest)
    let length = read(file, &content, content.count)
    guard length >= 0 else { throw Self.failure("read \(Self.path) of \(name)", errno) }
    bytes = Array(content[..<length])
  }

  /// Shows a copy to this process and what it becomes, and to nobody else: a file in memory, for whose making a folder of
  /// this process' own view of the mounts is covered. Nothing is written on the node.
  func mount() throws {
    let failure = csys_unshare_mounts()
    guard failure == 0 else { throw Self.failure("make a mount namespace", failure) }
    let cover = csys_cover(Self.folder)
    guard cover == 0 else { throw Self.failure("mount over \(Self.folder)", cover) }
    // The mount on the file stays.
    defer { _ = csys_uncover(Self.folder) }
    let path = "\(Self.folder)/resolv.conf"
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Self.failure("make a file in memory", errno) }
    defer { close(file) }
    fchmod(file, 0o644)
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
      throw Self.failure("write a file in memory", errno)
    }
    let problem = csys_bind_mount(path, Self.path)
    guard problem == 0 else { throw Self.failure("mount over \(Self.path)", problem) }
  }

  private static func failure(_ doing: String, _ code: Int32) -> Failure {
    Failure(
      "cannot \(doing): \(String(cString: strerror(code)))",
      code == EPERM || code == EACCES ? .permission : .unavailable)
  }
}
