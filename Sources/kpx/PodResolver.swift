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
    do throws(FileError) {
      bytes = try NodeFile.bytes(Self.path, inRootOf: pid, limit: Self.largest)
    } catch {
      throw Failure(error, reading: "\(Self.path) of \(name)")
    }
    // Then it was so when its file was opened.
    guard sandbox.hasItsProcess else { throw Failure("process \(pid) of \(name) has ended", .unavailable) }
  }

  /// Shows a copy to this process, whose mount namespace is its own, and to what it becomes: a file in memory, for whose making
  /// a folder of this process' own view of the mounts is covered. Nothing is written on the node.
  func mount() throws {
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
