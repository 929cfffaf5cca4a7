import Inspect
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Files beside the tests.
enum Fixtures {
  /// Tests/Fixtures, found from this file.
  static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(2)
    return "/" + parts.joined(separator: "/") + "/Fixtures"
  }()

  static func path(_ name: String) -> String { "\(root)/\(name)" }

  static func text(_ name: String) throws -> String {
    String(decoding: try #require(try readFile(path(name)), "no fixture \(name)"), as: UTF8.self)
  }
}

/// A directory that goes when its last user goes.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/kpx-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
    path = String(cString: try #require(made))
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = "\(path)/\(name)"
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    return path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  deinit {
    if let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        unlink("\(path)/\(name)")
      }
      closedir(directory)
    }
    rmdir(path)
  }
}

extension ClusterSnapshot {
  /// A snapshot from text.
  static func of(_ text: String) throws(ClusterDumpError) -> ClusterSnapshot {
    try decode(Array(text.utf8), path: "test.json")
  }
}
