import CSys

/// struct ipt_getinfo: where in a table's entries its built-in chains are.
struct LegacyInfo: Equatable {
  let name: String
  let validHooks: UInt32
  /// Offset of each hook's first rule.
  let hookEntries: [UInt32]
  /// Offset of each hook's policy.
  let underflows: [UInt32]
  let entryCount: UInt32
  let entriesSize: UInt32
  /// As the kernel gave it.
  let bytes: [UInt8]

  /// Reads the struct as the kernel gave it.
  init(_ bytes: [UInt8]) throws(KernelError) {
    guard bytes.count >= sizeof_ipt_getinfo else {
      throw .malformed(reading: "a table's description", offset: bytes.count, problem: "cut off")
    }
    func number(_ offset: Int) -> UInt32 {
      bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }
    self.bytes = bytes
    name = bytes.withUnsafeBytes { $0.cString(at: ipt_getinfo_name, capacity: Int(XT_TABLE_MAXNAMELEN)) }
    validHooks = number(ipt_getinfo_valid_hooks)
    hookEntries = (0..<5).map { number(ipt_getinfo_hook_entry + 4 * $0) }
    underflows = (0..<5).map { number(ipt_getinfo_underflow + 4 * $0) }
    entryCount = number(ipt_getinfo_num_entries)
    entriesSize = number(ipt_getinfo_size)
  }

  func has(_ hook: Hook) -> Bool { !hook.isAtInterface && validHooks >> UInt32(hook.rawValue) & 1 != 0 }
}
