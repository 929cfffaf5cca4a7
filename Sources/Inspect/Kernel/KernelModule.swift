#if canImport(Glibc)
  import Glibc
#endif

/// A part of the kernel that may be a module: asking for it by netlink would load it, which looking must not.
struct KernelModule {
  /// The module's name.
  let name: String
  /// A function of it, by which it is found in a kernel that has it built in.
  let function: String

  static let nfTables = KernelModule(name: "nf_tables", function: "nf_tables_getgen")
  static let ipset = KernelModule(name: "ip_set", function: "ip_set_test")
  static let nfnetlinkAcct = KernelModule(name: "nfnetlink_acct", function: "nfnl_acct_overquota")
  static let netfilterHooks = KernelModule(name: "nfnetlink_hook", function: "nfnl_hook_dump")

  /// Whether it is in the kernel, or the kernel loads nothing, so that asking changes nothing.
  var isPresent: Bool {
    if access("/sys/module/\(name)", F_OK) == 0 { return true }
    let start = Array("\(name) ".utf8)
    guard let isLoaded = NodeFile.contains("/proc/modules", line: { $0.starts(with: start) }) else {
      // A kernel without modules has no such file; without /proc nothing is known.
      return access("/proc/version", F_OK) == 0
    }
    return isLoaded || NodeFile.read("/proc/sys/kernel/modules_disabled", limit: 1) == [UInt8(ascii: "1")] || isBuiltIn
  }

  private var isBuiltIn: Bool {
    var system = utsname()
    guard uname(&system) == 0 else { return false }
    let release = withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let ending = Array("/\(name).ko".utf8)
    for folder in ["/lib/modules", "/usr/lib/modules"] {
      let list = "\(folder)/\(release)/modules.builtin"
      if let isBuiltIn = NodeFile.contains(list, line: { $0.suffix(ending.count).elementsEqual(ending) }) {
        return isBuiltIn
      }
    }
    // In a container the kernel's files are often not there; its own list of functions takes longer.
    let symbol = Array(" \(function)".utf8)
    return NodeFile.contains("/proc/kallsyms") { $0.suffix(symbol.count).elementsEqual(symbol) } ?? false
  }
}
