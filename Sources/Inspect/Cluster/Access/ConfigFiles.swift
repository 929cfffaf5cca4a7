import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

/// A file that a command line or a kubeconfig names, and in whose name it is read.
struct ConfigFile: Sendable, Hashable {
  let path: String
  /// nil: whoever runs kpx.
  var reader: LocalUser?
  var kind = FileKind.regular

  /// Far more than a kubeconfig, certificate or token has.
  private static let limit = 4 << 20

  init(_ path: String, reader: LocalUser? = nil, kind: FileKind = .regular) {
    self.path = path
    self.reader = reader
    self.kind = kind
  }

  /// All bytes.
  func read() throws(KubeconfigError) -> [UInt8] { try content().bytes }

  /// All bytes, and whose file it is.
  func content() throws(KubeconfigError) -> NodeFile.Content {
    let (path, kind) = (path, kind)
    do {
      guard let reader else { return try NodeFile.content(path, limit: Self.limit, kind) }
      return try reader.run { try NodeFile.content(path, limit: Self.limit, kind) }
    } catch {
      throw .file(path: path, error as? FileError ?? .system(errno: EAGAIN), user: reader?.name)
    }
  }
}

/// Where the files are that a kubeconfig names, and who reads them.
struct ConfigFolder: Sendable {
  /// The kubeconfig, to whose folder names are relative.
  let path: String
  /// Where its absolute paths begin: empty, or another root directory such as a container's.
  var root = ""
  /// Who reads its files and runs its plugins; nil: whoever runs kpx.
  var reader: LocalUser?

  private var folder: String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
  }

  func resolve(_ name: String) -> String {
    name.hasPrefix("/") ? root + name : "\(folder)/\(name)"
  }

  func file(_ name: String) -> ConfigFile { ConfigFile(resolve(name), reader: reader) }
}

/// The bytes of base64, whose lines may be broken; nil if it is none.
func base64(_ text: String) -> [UInt8]? {
  let letters = text.utf8.filter { $0 > 0x20 }
  return Data(base64Encoded: Data(letters)).map { Array($0) }
}

/// What the system calls an error.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Base64 in one line.
func encodedBase64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
