import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Which namespace: the file of a namespace is the same file wherever it is bound.
public struct NamespaceID: Sendable, Hashable {
  public var device: UInt64
  public var inode: UInt64
}

/// Reads of this node's files. What is not there, or may not be read, is nil: other sources may know.
enum NodeFile {
  /// The bytes of a file, the first `limit` of them.
  static func read(_ path: String, limit: Int) -> [UInt8]? {
    // A named pipe must not make the reader wait.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let wanted = min(limit - bytes.count, 4096)
      let got = withUnsafeTemporaryAllocation(byteCount: wanted, alignment: 1) { chunk in
        let got = Glibc.read(file, chunk.baseAddress, chunk.count)
        if got > 0 { bytes.append(contentsOf: chunk[..<got]) }
        return got
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { return nil }
      // Files of /proc come in one piece if there is room.
      if got < wanted { break }
    }
    return bytes
  }

  /// The names in a folder, without `.` and `..`.
  static func names(in path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// The first name in a folder that ends so. A folder may have thousands, and makes no text of the others.
  static func name(in path: String, endingWith suffix: String) -> String? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    let wanted = Array(suffix.utf8)
    while let entry = readdir(folder) {
      let found: String? = withUnsafeBytes(of: &entry.pointee.d_name) { field in
        let length = field.firstIndex(of: 0) ?? field.count
        guard length >= wanted.count, field[length - wanted.count..<length].elementsEqual(wanted) else { return nil }
        return String(decoding: field[..<length], as: UTF8.self)
      }
      if let found { return found }
    }
    return nil
  }

  /// The namespace that a file holds; nil if it holds none that can be seen.
  static func namespace(_ path: String) -> NamespaceID? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return NamespaceID(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  /// The namespace of an open descriptor.
  static func namespace(of descriptor: Int32) -> NamespaceID? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    return NamespaceID(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  /// The user namespace that owns the namespace of an open descriptor; nil if the kernel does not tell.
  static func owner(of descriptor: Int32) -> NamespaceID? {
    let owner = csys_owner_of_namespace(descriptor)
    guard owner >= 0 else { return nil }
    defer { close(owner) }
    return namespace(of: owner)
  }

  /// Whether a path is a socket's, and which file it is: several names may lead to the same.
  static func socket(_ path: String) -> NamespaceID? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
    return NamespaceID(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
