import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

/// The folder of a configuration file, to which the files that it names are relative.
struct ConfigFolder: Sendable {
  /// The configuration file.
  let path: String
  /// Where its paths begin: empty, or another root directory such as a container's.
  var root = ""

  private var folder: String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
  }

  func resolve(_ name: String) -> String {
    name.hasPrefix("/") ? root + name : "\(folder)/\(name)"
  }
}

/// What is read as a whole.
enum ConfigFile {
  /// Far more than a kubeconfig, certificate or token has.
  private static let limit = 4 << 20

  /// All bytes; pipes (`--kubeconfig <(…)`) are read to their end.
  static func read(_ path: String) throws(KubeconfigError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .unreadable(path: path, errno: errno) }
    defer { close(file) }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      let start = bytes.count
      var count = 0
      bytes.append(contentsOf: repeatElement(0, count: 1 << 14))
      bytes.withUnsafeMutableBytes { buffer in
        count = Glibc.read(file, buffer.baseAddress.map { $0 + start }, 1 << 14)
      }
      bytes.removeLast((1 << 14) - max(0, count))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: path, errno: errno) }
      if count == 0 { return bytes }
    }
    throw .tooLarge(path: path)
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
