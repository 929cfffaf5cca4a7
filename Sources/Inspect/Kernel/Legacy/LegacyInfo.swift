/// struct ipt_getinfo: where in a table's entries its built-in chains are.
struct LegacyInfo: Equatable {
  /// sizeof(struct ipt_getinfo)
  static let size = 84

  let name: String
  let validHooks: UInt32
  /// Offset of each hook's first rule.
  let hookEntries: [UInt32]
  /// Offset of each hook's policy.
  let underflows: [UInt32]
  let entryCount: UInt32
  let entriesSize: UInt32

  /// Reads the struct as the kernel gave it.
  init(_ bytes: [UInt8]) throws(KernelError) {
    guard bytes.count >= Self.size else {
      throw .malformed(reading: "a table's description", offset: bytes.count, problem: "cut off")
    }
    func number(_ offset: Int) -> UInt32 {
      bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }
    name = bytes.withUnsafeBytes { $0.cString(at: 0, capacity: 32) }
    validHooks = number(32)
    hookEntries = (0..<5).map { number(36 + 4 * $0) }
    underflows = (0..<5).map { number(56 + 4 * $0) }
    entryCount = number(76)
    entriesSize = number(80)
  }

  func has(_ hook: Hook) -> Bool { validHooks >> UInt32(hook.rawValue) & 1 != 0 }
}
