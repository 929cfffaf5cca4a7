import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

/// A file that a command line or a kubeconfig names, and in whose name it is read.
struct ConfigFile: Sendable, Hashable {
  /// Where it is for who has `root` as root directory.
  private let place: String
  /// Empty, or another root directory such as a container's or the node's. Symbolic links do not lead out of it.
  private let root: String
  /// nil: whoever runs kpx.
  var reader: LocalUser?
  var kind = FileKind.regular

  /// Far more than a kubeconfig, certificate or token has.
  private static let limit = 4 << 20

  init(_ path: String, root: String = "", reader: LocalUser? = nil, kind: FileKind = .regular) {
    place = path
    self.root = root
    self.reader = reader
    self.kind = kind
  }

  /// Where it is for kpx.
  var path: String { root + place }

  /// All bytes.
  func read() throws(KubeconfigError) -> [UInt8] { try content().bytes }

  /// All bytes, and whose file it is.
  func content() throws(KubeconfigError) -> NodeFile.Content {
    do {
      guard let reader else { return try open() }
      return try reader.run { try open() }
    } catch {
      throw .file(path: path, error as? FileError ?? .system(errno: EAGAIN), user: reader?.name)
    }
  }

  private func open() throws(FileError) -> NodeFile.Content {
    root.isEmpty
      ? try NodeFile.content(place, limit: Self.limit, kind)
      : try NodeFile.content(place, inRoot: root, limit: Self.limit)
  }
}

/// Where the files are that a kubeconfig names, and who reads them.
struct ConfigFolder: Sendable {
  /// Where every pod finds its service account's token and its cluster's authority.
  static let account = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// The kubeconfig below `root`, to whose folder names are relative.
  let path: String
  /// Where its absolute paths begin: empty, or another root directory such as a container's.
  var root = ""
  /// For a pod's kubeconfig, the folder below `root` that the pod has as `account`.
  var mountedAccount: String?
  /// Who reads its files and runs its plugins; nil: whoever runs kpx.
  var reader: LocalUser?

  private var folder: String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
  }

  /// The kubeconfig as kpx finds it.
  var shownPath: String { root + path }

  /// Where kpx finds what the kubeconfig names.
  func resolve(_ name: String) -> String { root + place(name) }

  func file(_ name: String) -> ConfigFile { ConfigFile(place(name), root: root, reader: reader) }

  /// Below `root`.
  private func place(_ name: String) -> String {
    if let mountedAccount, name.hasPrefix(Self.account + "/") {
      return mountedAccount + name.dropFirst(Self.account.count)
    }
    return name.hasPrefix("/") ? name : "\(folder)/\(name)"
  }
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
