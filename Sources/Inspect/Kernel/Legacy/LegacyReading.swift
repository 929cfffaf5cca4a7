import CSys

#if canImport(Glibc)
  import Glibc
#endif

// Legacy tables of the running kernel, of the network namespace that the calling thread is in.

extension LegacyTable {
  /// How often a table that changes between being measured and being read is tried again.
  static let attempts = 5

  /// Which tables exist here, in the kernel's order.
  ///
  /// Asking the kernel for a table by getsockopt makes it where there is none (and loads its module), so that this
  /// list comes first: it is only read.
  public static func instantiated(_ family: IPFamily) throws(KernelError) -> [String] {
    // Of this thread: it may have entered a network namespace that the process's first thread is not in.
    let path = "/proc/thread-self/net/" + (family == .v4 ? "ip_tables_names" : "ip6_tables_names")
    do throws(KernelError) {
      return try NodeFile.text(path).split(separator: "\n").map(String.init)
    } catch .system(_, ENOENT) {
      // The module is not loaded.
      return []
    } catch .system(_, let code) where code == EACCES || code == EPERM {
      throw .permission(reading: "the list of \(family.rawValue) tables (\(path))")
    }
  }

  /// Reads a table as it is now; nil if there is none of that name here.
  public static func read(
    family: IPFamily, name: String, _ observer: ActivityObserver = .none,
    setNames: @escaping SetNames = { _ in nil }
  ) throws(KernelError) -> LegacyTable? {
    guard try instantiated(family).contains(name) else { return nil }
    let socket = try LegacySocket(family)
    for _ in 0..<attempts {
      if let (info, memory) = try socket.snapshot(of: name, observer) {
        return try LegacyTable(info: info, memory: memory, family: family, setNames: setNames)
      }
    }
    throw .changing(reading: reading(family, name), attempts: attempts)
  }

  /// How many rules a table has, by its description, chains' heads and policies among them. It must be there: else it is made.
  static func ruleCount(family: IPFamily, name: String) throws(KernelError) -> Int {
    Int(try LegacySocket(family).info(name).entryCount)
  }
}

/// The raw socket whose options are the tables.
struct LegacySocket: ~Copyable {
  private let family: IPFamily
  private let descriptor: Int32

  init(_ family: IPFamily) throws(KernelError) {
    self.family = family
    descriptor = socket(
      family.addressFamily, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Int32(IPPROTO_RAW))
    guard descriptor >= 0 else { throw Self.error(errno, "\(family.rawValue) tables") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// One table's description and entries that belong together; nil if it changed meanwhile.
  func snapshot(
    of table: String, _ observer: ActivityObserver = .none
  ) throws(KernelError) -> (LegacyInfo, LegacyMemory)? {
    try Self.together { () throws(KernelError) in
      let info = try info(table)
      observer.tell(.readingTable(name: table, rules: Int(info.entryCount)))
      return info
    } entries: { size throws(KernelError) in
      try entries(table, size: size)
    }
  }

  static func together<Entries>(
    info: () throws(KernelError) -> LegacyInfo, entries: (Int) throws(KernelError) -> Entries?
  ) throws(KernelError) -> (LegacyInfo, Entries)? {
    let before = try info()
    guard let entries = try entries(Int(before.entriesSize)) else { return nil }
    // A change that leaves the size as it was is not refused, and would make the chains' offsets wrong.
    guard try info() == before else { return nil }
    return (before, entries)
  }

  func info(_ table: String) throws(KernelError) -> LegacyInfo {
    var bytes = [UInt8](repeating: 0, count: sizeof_ipt_getinfo)
    bytes.replaceSubrange(0..<min(31, table.utf8.count), with: table.utf8.prefix(31))
    var length = socklen_t(bytes.count)
    // IPT_SO_GET_INFO and IP6T_SO_GET_INFO are the same number.
    guard getsockopt(descriptor, level, IPT_SO_GET_INFO, &bytes, &length) == 0 else {
      throw Self.error(errno, LegacyTable.reading(family, table))
    }
    return try LegacyInfo(bytes)
  }

  private func entries(_ table: String, size: Int) throws(KernelError) -> LegacyMemory? {
    let total = sizeof_ipt_get_entries + size
    guard let memory = LegacyMemory(size: total), let start = memory.bytes.baseAddress else {
      throw .system(reading: "\(LegacyTable.reading(family, table)) of \(size) bytes", errno: ENOMEM)
    }
    memory.bytes.copyBytes(from: table.utf8.prefix(31))
    memory.bytes.storeBytes(of: UInt32(size), toByteOffset: ipt_get_entries_size, as: UInt32.self)
    var length = socklen_t(total)
    if getsockopt(descriptor, level, IPT_SO_GET_ENTRIES, start, &length) == 0 { return memory }
    if errno == EAGAIN { return nil }
    throw Self.error(errno, LegacyTable.reading(family, table))
  }

  /// SOL_IP, SOL_IPV6
  private var level: Int32 { Int32(family == .v4 ? IPPROTO_IP : IPPROTO_IPV6) }

  private static func error(_ code: Int32, _ reading: String) -> KernelError {
    switch code {
    case EPERM, EACCES: .permission(reading: reading)
    default: .system(reading: reading, errno: code)
    }
  }
}
