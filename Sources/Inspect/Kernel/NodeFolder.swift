#if canImport(Glibc)
  import Glibc
#endif

extension NodeFile {
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

  /// The error's number of a path of which nothing can be told; nil if something can.
  static func problem(_ path: String) -> Int32? {
    var status = stat()
    return stat(path, &status) == 0 ? nil : errno
  }

  /// When a file was written last, in nanoseconds; nil if it is not there.
  static func modificationTime(_ path: String) -> Int64? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let seconds = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue
    return seconds.addingReportingOverflow(Int64(status.st_mtim.tv_nsec)).partialValue
  }

  /// Which folder is behind a name; nil if there is none.
  static func folder(_ path: String) -> NamespaceID? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return NamespaceID(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
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
}
