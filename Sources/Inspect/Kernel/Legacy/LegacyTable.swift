import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// One legacy table as the kernel gave it, walked in place.
///
/// The entries of a large cluster are hundreds of megabytes, of which a trace meets a few hundred: nothing is copied,
/// and an entry is looked at, and checked, when a walk comes to it. A chain has its name in the entry in front of its
/// first rule, so that a jump's offset leads to both; all chains are listed only when one is asked for by a name that
/// no jump has shown yet.
public final class LegacyTable {
  /// The table's family.
  public let family: IPFamily
  /// The table's name.
  public let name: String

  let info: LegacyInfo
  let blob: LegacyBlob

  private let memory: LegacyMemory
  private var names: [Int: String] = [:]
  private var offsets: [String: Int] = [:]
  private var index: LegacyChainIndex?

  /// A table of what getsockopt gave: struct ipt_getinfo, and struct ipt_get_entries with its entries.
  /// - Parameter reading: what the entries are called in errors; nil: the table.
  public convenience init(
    info: [UInt8], entries: [UInt8], family: IPFamily, setNames: @escaping SetNames = { _ in nil },
    reading: String? = nil
  ) throws(KernelError) {
    guard let memory = LegacyMemory(size: entries.count) else {
      throw .system(reading: "a table of \(entries.count) bytes", errno: ENOMEM)
    }
    memory.bytes.copyBytes(from: entries)
    try self.init(info: LegacyInfo(info), memory: memory, family: family, setNames: setNames, reading: reading)
  }

  /// Takes over what getsockopt wrote to `memory`.
  init(
    info: LegacyInfo, memory: LegacyMemory, family: IPFamily, setNames: @escaping SetNames, reading: String? = nil
  ) throws(KernelError) {
    self.info = info
    self.family = family
    self.name = info.name
    self.memory = memory
    let header = sizeof_ipt_get_entries
    let whole = UnsafeRawBufferPointer(memory.bytes)
    let reading = reading ?? Self.reading(family, info.name)
    guard whole.count >= header, whole.count - header >= Int(info.entriesSize) else {
      throw .malformed(
        reading: reading, offset: whole.count, problem: "cut off; \(info.entriesSize) bytes of entries were announced")
    }
    self.blob = LegacyBlob(
      bytes: UnsafeRawBufferPointer(rebasing: whole[header..<header + Int(info.entriesSize)]), family: family,
      reading: reading, setNames: setNames)
    let announced = whole.loadUnaligned(fromByteOffset: 32, as: UInt32.self)
    guard announced == info.entriesSize else {
      throw .malformed(reading: reading, offset: 32, problem: "\(announced) bytes instead of \(info.entriesSize)")
    }
    for hook in Hook.allCases where info.has(hook) {
      let number = Int(hook.rawValue)
      guard info.hookEntries[number] < info.entriesSize, info.underflows[number] < info.entriesSize else {
        throw .malformed(
          reading: "the description of \(reading)", offset: 36 + 4 * number,
          problem: "chain \(hook.chainName) is behind the end")
      }
    }
  }

  static func reading(_ family: IPFamily, _ name: String) -> String { "the \(family.rawValue) table \(name)" }
}

// MARK: - Chains

/// A chain of a legacy table.
public struct LegacyChain: Sendable, Hashable {
  /// Its name.
  public let name: String
  /// The hook that enters it; nil for a chain that only jumps lead to.
  public let hook: Hook?
  /// What its end does, for a built-in chain.
  public let policy: Policy?
  /// What met the policy, for a built-in chain.
  public let counters: Counters?
  /// Where its first rule is.
  let start: Int
}

extension LegacyTable {
  /// The hooks that the table has a built-in chain for.
  public var hooks: [Hook] { Hook.allCases.filter { info.has($0) } }

  /// The chain that a hook enters; nil if the table has none there.
  public func builtInChain(at hook: Hook) throws(KernelError) -> LegacyChain? {
    guard info.has(hook) else { return nil }
    let underflow = try blob.entry(at: Int(info.underflows[Int(hook.rawValue)]))
    let policy: Policy =
      switch try blob.verdict(of: underflow) {
      case .accept: .accept
      case .drop: .drop
      default: throw blob.malformed(underflow.target, "the policy of \(hook.chainName) is neither ACCEPT nor DROP")
      }
    return LegacyChain(
      name: hook.chainName, hook: hook, policy: policy, counters: blob.counters(of: underflow),
      start: Int(info.hookEntries[Int(hook.rawValue)]))
  }

  /// The chain of a name; nil if there is none.
  public func chain(named name: String) throws(KernelError) -> LegacyChain? {
    for hook in Hook.allCases where hook.chainName == name {
      if let chain = try builtInChain(at: hook) { return chain }
    }
    let start: Int
    if let known = offsets[name] {
      start = known
    } else {
      guard let found = try chainIndex().start(of: name, in: blob) else { return nil }
      remember(name, at: found)
      start = found
    }
    return LegacyChain(name: name, hook: nil, policy: nil, counters: nil, start: start)
  }

  /// All chains: the built-in ones by hook, then the others in the kernel's order.
  public func chains() throws(KernelError) -> [LegacyChain] {
    var chains: [LegacyChain] = []
    for hook in hooks {
      if let chain = try builtInChain(at: hook) { chains.append(chain) }
    }
    for start in try chainIndex().starts {
      chains.append(
        LegacyChain(
          name: try chainName(startingAt: Int(start)), hook: nil, policy: nil, counters: nil, start: Int(start)))
    }
    return chains
  }

  private func chainIndex() throws(KernelError) -> LegacyChainIndex {
    if let index { return index }
    let index = try LegacyChainIndex(blob)
    self.index = index
    return index
  }

  /// The name of the chain whose first rule is at an offset, from the entry in front of it.
  func chainName(startingAt start: Int) throws(KernelError) -> String {
    if let known = names[start] { return known }
    guard start >= blob.layout.headSize else { throw blob.malformed(start, "a jump to what is no chain") }
    let head = try blob.entry(at: start - blob.layout.headSize)
    guard blob.isHead(head), head.next == start else { throw blob.malformed(start, "a jump to what is no chain") }
    let name = blob.headName(head)
    remember(name, at: start)
    return name
  }

  /// Keeps what a trace needs again. Whoever reads all chains finds them by the index, which is much smaller.
  private func remember(_ name: String, at start: Int) {
    guard names.count < 4096 else { return }
    names[start] = name
    offsets[name] = start
  }

  /// Gives `body` a chain's entries in order, numbered from 1, until it answers false; the chain's own last entry (its
  /// policy, or the return that every other chain ends in) is not among them.
  func forEachEntry(
    of chain: LegacyChain, _ body: (Int, LegacyEntry) throws -> Bool
  ) throws {
    let underflow = chain.hook.map { Int(info.underflows[Int($0.rawValue)]) }
    var number = 1
    var current = try blob.entry(at: chain.start)
    while current.offset != underflow {
      guard !blob.isHead(current) else { throw blob.malformed(current.offset, "chain \(chain.name) has no end") }
      let next = try blob.entry(at: current.next)
      if underflow == nil, blob.isHead(next) {
        guard try blob.verdict(of: current) == .return else {
          throw blob.malformed(current.offset, "chain \(chain.name) does not end in a return")
        }
        return
      }
      guard try body(number, current) else { return }
      number += 1
      current = next
    }
  }
}
