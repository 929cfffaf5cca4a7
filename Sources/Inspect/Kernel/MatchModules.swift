#if canImport(Glibc)
  import Glibc
#endif

/// Which matches of xtables rules may ask for: those that the kernel has, and those that it has a module for.
enum MatchModules {
  /// Whether a rule may ask for a match; nil if that cannot be told. Nothing is loaded by it.
  static func offers(_ name: String) -> Bool? {
    let registered = ["ip_tables_matches", "ip6_tables_matches"].map { file in
      NodeFile.contains("/proc/thread-self/net/\(file)") { $0.elementsEqual(name.utf8) }
    }
    if registered.contains(true) || access("/sys/module/xt_\(name)", F_OK) == 0 { return true }
    if access("/proc/modules", F_OK) != 0, access("/proc/version", F_OK) == 0 {
      // A kernel without modules has all that there is in these lists, where it has legacy tables.
      return registered.contains(false) ? false : nil
    }
    guard let release = KernelRelease.running?.text else { return nil }
    let roots = [HostRoot.path(), ""].compactMap(\.self)
    let folders = roots.flatMap { root in ["/lib/modules", "/usr/lib/modules"].map { "\(root)\($0)/\(release)" } }
    let known = folders.compactMap { hasModule("xt_\(name)", in: $0) }
    return known.isEmpty ? nil : known.contains(true)
  }

  /// Whether a kernel's files name a module, be it in the kernel itself; nil where they are not all there.
  static func hasModule(_ name: String, in folder: String) -> Bool? {
    let lists = ["modules.dep", "modules.builtin"].map { file in
      NodeFile.contains("\(folder)/\(file)") { isModule(name, in: String(decoding: $0, as: UTF8.self)) }
    }
    if lists.contains(true) { return true }
    return lists.contains(nil) ? nil : false
  }

  /// A line is `kernel/net/netfilter/xt_nfacct.ko.xz: kernel/net/netfilter/nfnetlink_acct.ko.xz`.
  private static func isModule(_ name: String, in line: String) -> Bool {
    line.prefix { $0 != ":" }.split(separator: "/").last?.hasPrefix("\(name).ko") == true
  }
}
