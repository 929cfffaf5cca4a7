#if canImport(Glibc)
  import Glibc
#endif

/// The files of a dump.
enum DumpFiles {
  /// More than a cluster of 10,000 services and 150,000 pods needs.
  private static let limit = 2 << 30

  /// The path itself if it is a file, or the `*.json` of a directory in order.
  static func list(_ path: String) throws(ClusterDumpError) -> [String] {
    guard let names = NodeFile.names(in: path) else {
      if errno == ENOTDIR { return [path] }
      throw .file(path: path, .system(errno: errno))
    }
    if let compressed = names.sorted().first(where: { $0.hasSuffix(".json.gz") }) {
      throw .compressed(path: "\(path)/\(compressed)")
    }
    let files = names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted()
    if files.isEmpty { throw .noFiles(path: path) }
    return files.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
  }

  /// All bytes of a file.
  static func read(_ path: String, _ kind: FileKind) throws(ClusterDumpError) -> [UInt8] {
    do throws(FileError) {
      return try NodeFile.content(path, limit: limit, kind).bytes
    } catch {
      throw .file(path: path, error)
    }
  }
}
