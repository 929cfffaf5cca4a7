/// The entries of a table, or one of them: struct ipt_entry or ip6t_entry, one after the other.
///
/// Whoever makes one sees to it that the bytes stay.
struct LegacyBlob {
  let bytes: UnsafeRawBufferPointer
  let family: IPFamily
  /// What is being read, for errors.
  let reading: String
  let setNames: SetNames
  let layout: LegacyLayout

  init(bytes: UnsafeRawBufferPointer, family: IPFamily, reading: String, setNames: @escaping SetNames) {
    self.bytes = bytes
    self.family = family
    self.reading = reading
    self.setNames = setNames
    layout = .of(family)
  }

  func malformed(_ offset: Int, _ problem: String) -> KernelError {
    .malformed(reading: reading, offset: offset, problem: problem)
  }

  /// The entry at an offset, if it lies within the table with all its parts.
  func entry(at offset: Int) throws(KernelError) -> LegacyEntry {
    guard offset >= 0, offset % 8 == 0 else { throw malformed(offset, "an entry that is not aligned") }
    let room = bytes.count - offset
    guard room >= layout.size + LegacyLayout.extensionHeaderSize else { throw malformed(offset, "an entry cut off") }
    let target = Int(load(offset + layout.targetOffset, as: UInt16.self))
    let next = Int(load(offset + layout.nextOffset, as: UInt16.self))
    guard next <= room, next % 8 == 0 else { throw malformed(offset, "an entry of \(next) bytes") }
    guard target >= layout.size, target % 8 == 0, target + LegacyLayout.extensionHeaderSize <= next else {
      throw malformed(offset, "an entry whose target is \(target) bytes behind it")
    }
    let targetSize = Int(load(offset + target, as: UInt16.self))
    guard targetSize >= LegacyLayout.extensionHeaderSize, target + targetSize <= next else {
      throw malformed(offset + target, "a target of \(targetSize) bytes")
    }
    return LegacyEntry(offset: offset, target: offset + target, targetSize: targetSize, next: offset + next)
  }

  /// Only for offsets within an entry that has been checked.
  func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
    bytes.loadUnaligned(fromByteOffset: offset, as: type)
  }

  /// Whether an entry begins a chain or ends the table: its target is called ERROR.
  func isHead(_ entry: LegacyEntry) -> Bool {
    // "ERROR\0" in the first six bytes of the name.
    let name = load(entry.target + LegacyLayout.extensionName, as: UInt64.self)
    return UInt64(littleEndian: name) & 0xffff_ffff_ffff == 0x0052_4f52_5245
  }

  /// What the entry's target says, if it is the standard target (whose name is empty).
  func verdict(of entry: LegacyEntry) throws(KernelError) -> LegacyVerdict? {
    guard load(entry.target + LegacyLayout.extensionName, as: UInt8.self) == 0 else { return nil }
    guard entry.targetSize >= LegacyLayout.extensionHeaderSize + 4 else {
      throw malformed(entry.target, "a verdict cut off")
    }
    let number = load(entry.target + LegacyLayout.extensionHeaderSize, as: Int32.self)
    guard let verdict = LegacyVerdict(number) else { throw malformed(entry.target, "verdict \(number)") }
    return verdict
  }

  func counters(of entry: LegacyEntry) -> Counters {
    Counters(
      packets: load(entry.offset + layout.counters, as: UInt64.self),
      bytes: load(entry.offset + layout.counters + 8, as: UInt64.self))
  }

  /// The name in the entry in front of a chain: struct xt_error_target's errorname.
  func headName(_ head: LegacyEntry) -> String {
    let field = head.target + LegacyLayout.extensionHeaderSize
    return bytes.cString(at: field, capacity: head.target + head.targetSize - field)
  }
}

// MARK: - Rules

extension LegacyBlob {
  /// What an entry means.
  ///
  /// `chainName` gives the name of the chain whose first rule is at an offset.
  func rule(
    _ entry: LegacyEntry, chainName: (Int) throws(KernelError) -> String
  ) throws(KernelError) -> Rule {
    let action = try action(of: entry, chainName: chainName)
    return Rule(
      matches: try matches(of: entry), actions: action.map { [$0] } ?? [], counters: counters(of: entry))
  }

  /// What an entry's target does; nil for a jump to the next rule, which is how a rule without a target is stored.
  private func action(
    of entry: LegacyEntry, chainName: (Int) throws(KernelError) -> String
  ) throws(KernelError) -> Action? {
    switch try verdict(of: entry) {
    case .accept: return .accept
    case .drop: return .drop
    case .queue: return .queue(QueueAction(number: nil))
    case .return: return .return
    case .jump(entry.next): return nil
    case .jump(let offset):
      let name = try chainName(offset)
      let isGoto = load(entry.offset + layout.flags, as: UInt8.self) & layout.gotoFlag != 0
      return isGoto ? .goto(name) : .jump(name)
    case nil:
      let payload = entry.target + LegacyLayout.extensionHeaderSize
      return XTables.action(
        name: extensionName(entry.target), revision: extensionRevision(entry.target),
        payload: UnsafeRawBufferPointer(rebasing: bytes[payload..<entry.target + entry.targetSize]), family: family,
        setNames: setNames)
    }
  }

  func matches(of entry: LegacyEntry) throws(KernelError) -> [Match] {
    let header = UnsafeRawBufferPointer(rebasing: bytes[entry.offset..<entry.offset + layout.size])
    var matches = LegacyHeader(bytes: header, family: family).matches
    var offset = entry.offset + layout.size
    while offset < entry.target {
      guard entry.target - offset >= LegacyLayout.extensionHeaderSize else {
        throw malformed(offset, "a match cut off")
      }
      let size = Int(load(offset, as: UInt16.self))
      guard size >= LegacyLayout.extensionHeaderSize, size <= entry.target - offset else {
        throw malformed(offset, "a match of \(size) bytes")
      }
      let payload = bytes[offset + LegacyLayout.extensionHeaderSize..<offset + size]
      matches.append(
        XTables.match(
          name: extensionName(offset), revision: extensionRevision(offset),
          payload: UnsafeRawBufferPointer(rebasing: payload), family: family, setNames: setNames))
      offset += size
    }
    return matches
  }

  private func extensionName(_ offset: Int) -> String {
    bytes.cString(at: offset + LegacyLayout.extensionName, capacity: LegacyLayout.extensionNameSize)
  }

  private func extensionRevision(_ offset: Int) -> UInt8 {
    load(offset + LegacyLayout.extensionRevision, as: UInt8.self)
  }
}
