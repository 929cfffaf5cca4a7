#if canImport(Glibc)
  import Glibc
#endif

/// The first two numbers of a kernel's release.
struct KernelRelease: Comparable, Sendable {
  var major: Int
  var minor: Int

  init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `6.1.0-18-amd64`.
  init?(_ text: String) {
    let numbers = text.split(whereSeparator: { !$0.isASCII || !$0.isNumber }).prefix(2).compactMap { Int($0) }
    guard numbers.count == 2 else { return nil }
    self.init(numbers[0], numbers[1])
  }

  /// That of the kernel that runs; nil if it does not tell.
  static let running = text.flatMap { KernelRelease($0) }

  /// The same in full, as `uname -r` prints it.
  static let text: String? = {
    var name = utsname()
    guard uname(&name) == 0 else { return nil }
    return withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }()

  static func < (left: KernelRelease, right: KernelRelease) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

extension AnsweringNode {
  /// A node with the kernel that runs here.
  public static func running(name: String?) -> AnsweringNode { AnsweringNode(name: name, kernel: KernelRelease.text) }
}
