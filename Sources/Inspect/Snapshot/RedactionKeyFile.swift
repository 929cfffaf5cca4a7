import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

/// What translates a redacted snapshot's answers back: the key, and what each pseudonym of a name stands for. It stays with
/// the owner of the names.
struct RedactionKeyFile: Codable {
  /// What it is.
  var kind = "RedactionKey"
  /// Of the format.
  var version = 1
  /// Hexadecimal digits.
  let key: String
  /// The originals by their pseudonyms.
  let names: [String: String]

  private static let limit = 1 << 30

  /// - Parameters:
  ///   - key: 64 hexadecimal digits.
  ///   - names: the originals by their pseudonyms.
  init(key: String, names: [String: String]) {
    (self.key, self.names) = (key, names)
  }

  /// Reads a file.
  /// - Throws: where it is no key.
  init(path: String) throws(SnapshotError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try NodeFile.content(path, limit: Self.limit).bytes
    } catch {
      throw .file(path: path, error)
    }
    guard let read = try? JSONDecoder().decode(Self.self, from: Data(bytes)), read.kind == "RedactionKey",
      read.version == 1
    else { throw .notAKey(path: path) }
    self = read
  }

  /// Writes a file that is not there yet, and is its owner's alone.
  func write(_ path: String) throws(SnapshotError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    guard let json = try? Array(encoder.encode(self)) + [0x0a] else { throw .notWritten(path: path, errno: EINVAL) }
    try NewFile.write(json, to: path)
  }
}
