#if canImport(Glibc)
  import Glibc
#endif

extension KernelRelease {
  /// That of the kernel that runs; nil if it does not tell.
  static let running: KernelRelease? = {
    var name = utsname()
    guard uname(&name) == 0 else { return nil }
    return KernelRelease(
      withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
  }()

  /// The machine's architecture, as `uname -m` prints it; nil if the kernel does not tell.
  static var machine: String? {
    var name = utsname()
    guard uname(&name) == 0 else { return nil }
    return withUnsafeBytes(of: name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
