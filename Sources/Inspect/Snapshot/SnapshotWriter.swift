import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A snapshot that is being written: to a file that has no name before it is whole, or to an open descriptor.
///
/// The file is its owner's alone, and nothing that is there is written over.
struct SnapshotWriter: ~Copyable {
  private let gzip: OpaquePointer
  private let time: Int
  private(set) var members: [SnapshotManifest.Member] = []
  /// The file's folder and its names there; nil for a descriptor.
  private var place: Place?

  private struct Place {
    let folder: Int32
    let draft: String
    let name: String
    let path: String
  }

  /// zlib's fastest level but two: what is left is hardly smaller.
  private static let level: Int32 = 3

  /// Begins a file that is not there yet.
  /// - Parameter time: when the snapshot was made, in seconds since 1970.
  init(creating path: String, time: Int) throws(SnapshotError) {
    let slash = path.lastIndex(of: "/")
    let folderPath = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let folder = open(folderPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .notWritten(path: path, errno: errno) }
    let draft = ".\(name.utf8.prefix(200)).\(getpid())"
    var file: Int32 = -1
    if name.isEmpty || faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 {
      errno = EEXIST
    } else {
      file = openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    guard file >= 0 else {
      let code = errno
      Glibc.close(folder)
      throw .notWritten(path: path, errno: code)
    }
    guard let gzip = csys_gzip_open(file, Self.level) else {
      unlinkat(folder, draft, 0)
      Glibc.close(folder)
      throw .notWritten(path: path, errno: ENOMEM)
    }
    self.gzip = gzip
    self.time = time
    place = Place(folder: folder, draft: draft, name: name, path: path)
  }

  /// Writes to a descriptor, which stays open.
  init(to descriptor: Int32, time: Int) throws(SnapshotError) {
    guard let gzip = csys_gzip_open(fcntl(descriptor, F_DUPFD_CLOEXEC, 0), Self.level) else {
      throw .notWritten(path: "standard output", errno: ENOMEM)
    }
    self.gzip = gzip
    self.time = time
  }

  /// Appends a member.
  mutating func append(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    let entry = TarEntry(name: path, size: bytes.count)
    try write(entry.header(time: time))
    try write(bytes)
    try write([UInt8](repeating: 0, count: entry.padding))
    members.append(SnapshotManifest.Member(path: path, bytes: bytes.count))
  }

  /// Appends a member.
  mutating func append(_ path: String, _ bytes: [UInt8]) throws(SnapshotError) {
    let entry = TarEntry(name: path, size: bytes.count)
    try write(entry.header(time: time) + bytes + [UInt8](repeating: 0, count: entry.padding))
    members.append(SnapshotManifest.Member(path: path, bytes: bytes.count))
  }

  /// Appends the manifest, and gives the file its name.
  consuming func finish(_ manifest: SnapshotManifest) throws(SnapshotError) {
    var isWhole = false
    defer { if !isWhole { discard() } }
    var manifest = manifest
    manifest.members = members
    let json: [UInt8]
    do {
      json = try encodedJSON(manifest)
    } catch {
      throw .notWritten(path: path, errno: EINVAL)
    }
    try append(SnapshotManifest.name, json)
    try write(TarEntry.end)
    isWhole = true
    try close()
  }

  /// Leaves nothing behind.
  consuming func abandon() { discard() }

  private func discard() {
    _ = csys_gzip_close(gzip)
    guard let place else { return }
    unlinkat(place.folder, place.draft, 0)
    Glibc.close(place.folder)
  }

  private func close() throws(SnapshotError) {
    var code = csys_gzip_close(gzip)
    guard let place else {
      if code != 0 { throw .notWritten(path: path, errno: code) }
      return
    }
    defer { Glibc.close(place.folder) }
    // A link, other than a new name, is refused where something has the name by now.
    if code == 0, linkat(place.folder, place.draft, place.folder, place.name, 0) != 0 { code = errno }
    unlinkat(place.folder, place.draft, 0)
    if code != 0 { throw .notWritten(path: place.path, errno: code) }
  }

  private var path: String { place?.path ?? "standard output" }

  private func write(_ bytes: [UInt8]) throws(SnapshotError) {
    let code = bytes.withUnsafeBytes { csys_gzip_write(gzip, $0.baseAddress, $0.count) }
    if code != 0 { throw .notWritten(path: path, errno: code) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    let code = csys_gzip_write(gzip, bytes.baseAddress, bytes.count)
    if code != 0 { throw .notWritten(path: path, errno: code) }
  }
}
