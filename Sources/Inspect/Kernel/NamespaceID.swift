import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Which namespace: the file of a namespace is the same file wherever it is bound.
public struct NamespaceID: Codable, Sendable, Hashable {
  /// st_dev of the namespace's file.
  public var device: UInt64
  /// st_ino of the namespace's file.
  public var inode: UInt64
}

extension NodeFile {
  /// The namespace that a file holds; nil if it holds none that can be seen. Other regular files get by: their device is
  /// not that of the kernel's namespaces.
  static func namespace(_ path: String) -> NamespaceID? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
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
