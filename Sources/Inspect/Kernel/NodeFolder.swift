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
