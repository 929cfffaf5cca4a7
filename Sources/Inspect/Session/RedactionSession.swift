#if canImport(Glibc)
  import Glibc
#endif

/// How a snapshot is redacted.
public struct RedactionQuery: Sendable {
  /// The file to make. Its key is written beside it.
  public var path: String
  /// The key of an earlier one, by which the same names and addresses become the same; nil for a new one.
  public var key: String?

  /// A redaction to a file.
  public init(path: String, key: String?) {
    self.path = path
    self.key = key
  }

  /// The file of the key, and of what pseudonyms stand for.
  public var keyPath: String { path + ".key" }
}

extension Session {
  /// Writes a snapshot anew, with pseudonyms.
  /// - Returns: what the new one says of itself.
  public static func redact(
    _ snapshot: NodeSnapshot, _ query: RedactionQuery
  ) throws(SessionError) -> SnapshotManifest {
    do {
      return try write(snapshot, query)
    } catch let error as KernelError {
      throw .snapshot(.damaged(path: query.path, problem: "what it would be made of: \(error)"))
    } catch {
      throw SessionError(error)
    }
  }

  private static func write(_ snapshot: NodeSnapshot, _ query: RedactionQuery) throws -> SnapshotManifest {
    let redactor = try redactor(query)
    // Eleven octal digits; what a file says may be no time.
    let created = snapshot.manifest.created
    let time = (0..<Double(1 << 33)).contains(created) ? Int(created) : 0
    var writer = try SnapshotWriter(creating: query.path, time: time)
    var manifest: SnapshotManifest
    do {
      manifest = try redactor.snapshot(snapshot) { path, bytes in try writer.append(path, bytes) }
      // Before the snapshot has its name: without the key nobody could translate it back.
      try RedactionKeyFile(key: redactor.key.hexDigits, names: redactor.names.originals).write(query.keyPath)
    } catch {
      writer.abandon()
      throw error
    }
    manifest.members = writer.members
    do {
      try writer.finish(manifest)
    } catch {
      unlink(query.keyPath)
      throw error
    }
    return manifest
  }

  private static func redactor(_ query: RedactionQuery) throws(SnapshotError) -> Redactor {
    guard let path = query.key else { return Redactor(RedactionKey()) }
    let file = try RedactionKeyFile(path: path)
    guard let key = RedactionKey(hexDigits: file.key) else { throw .notAKey(path: path) }
    return Redactor(key, originals: file.names)
  }
}
