import CSys
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

/// A node in a file: what its kernel said and what the API said, with what tells of whom and of when it is.
public struct NodeSnapshot: Sendable {
  /// What it says of itself.
  public let manifest: SnapshotManifest
  /// What the kernel said.
  let members: SavedMembers
  /// What the API said; nil where it was not asked or told nothing.
  let cluster: ClusterSnapshot?

  /// The node's pods; nil where they were not found.
  let pods: KnownPods?

  static let kernelFolder = "kernel/"
  static let cluster = "api/objects.json"
  static let podsMember = "pods/pods.json"

  /// No file has more members.
  private static let mostMembers = 256
  /// Rules of the largest clusters are some hundred megabytes.
  private static let largestMember = 1 << 30
  /// What all members may have, uncompressed.
  private static let largestContent = 2 << 30

  init(manifest: SnapshotManifest, members: SavedMembers, cluster: ClusterSnapshot?, pods: KnownPods?) {
    (self.manifest, self.members, self.cluster, self.pods) = (manifest, members, cluster, pods)
  }

  /// Reads a file.
  /// - Throws: where it is no snapshot, or not a whole one.
  public init(path: String) throws(SnapshotError) {
    let file: Int32
    do throws(FileError) {
      file = try NodeFile.open(path).descriptor
    } catch {
      throw .file(path: path, error)
    }
    guard let gzip = csys_gzip_open(file, 0) else { throw .damaged(path: path, problem: "there is no memory for it") }
    defer { _ = csys_gzip_close(gzip) }
    var content = try Self.read(gzip, path)
    guard let json = content.removeValue(forKey: SnapshotManifest.name) else {
      throw .damaged(path: path, problem: "it has no \(SnapshotManifest.name)")
    }
    manifest = try Self.manifest(json, path)
    try Self.check(content, manifest, path)
    if let objects = content.removeValue(forKey: Self.cluster) {
      do throws(ClusterDumpError) {
        cluster = try ClusterSnapshot.decode(objects, path: "\(path): \(Self.cluster)")
      } catch {
        throw .damaged(path: path, problem: error.description)
      }
    } else {
      cluster = nil
    }
    pods = try content.removeValue(forKey: Self.podsMember).map { json throws(SnapshotError) in
      do {
        return try JSONDecoder().decode(KnownPods.self, from: Data(json))
      } catch {
        throw .damaged(path: path, problem: "its \(Self.podsMember) is not as kpx writes it")
      }
    }
    members = SavedMembers(
      Dictionary(
        content.compactMap { name, bytes in
          name.hasPrefix(Self.kernelFolder) ? (String(name.dropFirst(Self.kernelFolder.count)), bytes) : nil
        }
      ) { first, _ in first })
  }

  private static func manifest(_ json: [UInt8], _ path: String) throws(SnapshotError) -> SnapshotManifest {
    let version: Int
    do {
      version = try JSONDecoder().decode(Version.self, from: Data(json)).version
    } catch {
      throw .damaged(path: path, problem: "its \(SnapshotManifest.name) is not as kpx writes it")
    }
    guard version <= SnapshotManifest.version else {
      throw .foreign(
        path: path, problem: "a later kpx has made it (format \(version), this one reads \(SnapshotManifest.version))")
    }
    let manifest: SnapshotManifest
    do {
      manifest = try JSONDecoder().decode(SnapshotManifest.self, from: Data(json))
    } catch {
      throw .damaged(path: path, problem: "its \(SnapshotManifest.name) is not as kpx writes it")
    }
    guard manifest.machine == SnapshotManifest.Machine() else {
      throw .foreign(
        path: path,
        problem: "it is of a machine of \(manifest.machine.wordBits) bits, \(manifest.machine.byteOrder)-endian")
    }
    return manifest
  }

  private struct Version: Decodable { let version: Int }

  /// Every member that the manifest names is there, and no other.
  private static func check(
    _ content: [String: [UInt8]], _ manifest: SnapshotManifest, _ path: String
  ) throws(SnapshotError) {
    for member in manifest.members where content[member.path]?.count != member.bytes {
      throw .damaged(path: path, problem: "its \(member.path) is not the one that its \(SnapshotManifest.name) names")
    }
    guard content.count == manifest.members.count else {
      throw .damaged(path: path, problem: "it has members that its \(SnapshotManifest.name) does not name")
    }
  }

  // MARK: - The archive

  private static func read(_ gzip: OpaquePointer, _ path: String) throws(SnapshotError) -> [String: [UInt8]] {
    var content: [String: [UInt8]] = [:]
    var left = largestContent
    while true {
      let header = try bytes(TarEntry.blockSize, of: gzip, path)
      let entry: TarEntry?
      do throws(TarEntry.Problem) {
        entry = try TarEntry(header: header)
      } catch {
        throw .damaged(path: path, problem: error.text)
      }
      guard let entry else { break }
      guard isName(entry.name), content[entry.name] == nil, content.count < mostMembers else {
        throw .damaged(path: path, problem: "a member has a name that no snapshot's has")
      }
      left -= entry.size
      guard entry.size <= largestMember, left >= 0 else {
        throw .damaged(path: path, problem: "it is too large: \(entry.name) has \(entry.size) bytes")
      }
      content[entry.name] = try bytes(entry.size, of: gzip, path)
      _ = try bytes(entry.padding, of: gzip, path)
    }
    // Behind the end nothing counts; whether the file is whole its last bytes say.
    var rest = [UInt8](repeating: 0, count: 1 << 16)
    while left > 0 {
      let count = csys_gzip_read(gzip, &rest, rest.count)
      if count < 0 { throw damage(count, path) }
      if count == 0 { break }
      left -= count
    }
    return content
  }

  private static func bytes(_ count: Int, of gzip: OpaquePointer, _ path: String) throws(SnapshotError) -> [UInt8] {
    var result: [UInt8] = []
    // A size that is a lie costs no memory.
    let step = 16 << 20
    while result.count < count {
      let wanted = min(step, count - result.count)
      var problem = 0
      let part = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
        let got = csys_gzip_read(gzip, buffer.baseAddress, wanted)
        problem = got < wanted ? (got < 0 ? got : -Int(EBADMSG)) : 0
        initialized = max(got, 0)
      }
      if problem != 0 { throw damage(problem, path) }
      if result.isEmpty { result = part } else { result += part }
    }
    return result
  }

  private static func damage(_ result: Int, _ path: String) -> SnapshotError {
    Int32(-result) == EBADMSG
      ? .damaged(path: path, problem: "it is damaged or cut off") : .file(path: path, .system(errno: Int32(-result)))
  }

  /// What members are called: nothing that leads out of a folder.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix("/") && !name.split(separator: "/").contains("..")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
          UInt8(ascii: "."), UInt8(ascii: "/"):
          true
        default: false
        }
      }
  }
}
