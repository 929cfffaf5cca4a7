#if canImport(Glibc)
  import Glibc
#endif

/// What the running kernel can and kernels that nodes have may not, for tests that need it. A test that is skipped for
/// it says so in words that begin with "this kernel": `Tests/Support/vm/run-tests.sh` lets no other reason pass.
public enum KernelFeature {
  /// An element of an nf_tables set for all keys that no other has (`*`): since Linux 5.13.
  public static let elementForAllOthers = isAtLeast(5, 13)
  /// Whether `fib … oif` may stand behind PREROUTING: not in Linux 5.10, and in 5.18.
  public static let outputInterfaceAtInput = isAtLeast(5, 18)

  /// Chains of netdev at an interface's egress: since Linux 5.16.
  public static let egress = isAtLeast(5, 16)

  private static func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
    var name = utsname()
    guard uname(&name) == 0 else { return true }
    let release = withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    return !numbers.lexicographicallyPrecedes([major, minor])
  }
}
