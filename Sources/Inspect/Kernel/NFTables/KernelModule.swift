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
  static let netfilterHooks = KernelModule(name: "nfnetlink_hook", function: "nfnl_hook_dump")

  /// Whether it is in the kernel, or the kernel loads nothing, so that asking changes nothing.
  var isPresent: Bool {
    if access("/sys/module/\(name)", F_OK) == 0 { return true }
    guard let modules = TextFile("/proc/modules") else {
      // A kernel without modules has no such file; without /proc nothing is known.
      return access("/proc/version", F_OK) == 0
    }
    if modules.contains(line: { $0.starts(with: Array("\(name) ".utf8)) }) { return true }
    if TextFile("/proc/sys/kernel/modules_disabled")?.contains(line: { $0.first == UInt8(ascii: "1") }) == true {
      return true
    }
    return isBuiltIn
  }

  private var isBuiltIn: Bool {
    var system = utsname()
    guard uname(&system) == 0 else { return false }
    let release = withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let ending = Array("/\(name).ko".utf8)
    for folder in ["/lib/modules", "/usr/lib/modules"] {
      guard let list = TextFile("\(folder)/\(release)/modules.builtin") else { continue }
      return list.contains { $0.suffix(ending.count).elementsEqual(ending) }
    }
    // In a container the kernel's files are often not there; its own list of functions takes longer.
    let symbol = Array(" \(function)".utf8)
    return TextFile("/proc/kallsyms")?.contains { $0.suffix(symbol.count).elementsEqual(symbol) } ?? false
  }
}

/// A file of lines, read in pieces until something is found.
struct TextFile: ~Copyable {
  private let descriptor: Int32

  init?(_ path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
  }

  // Also runs where `init` fails.
  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Whether a line is as wanted.
  consuming func contains(line isWanted: (ArraySlice<UInt8>) -> Bool) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    var rest: [UInt8] = []
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return !rest.isEmpty && isWanted(rest[...]) }
      rest += buffer[..<count]
      var start = 0
      while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
        if isWanted(rest[start..<end]) { return true }
        start = end + 1
      }
      rest.removeFirst(start)
    }
  }
}
