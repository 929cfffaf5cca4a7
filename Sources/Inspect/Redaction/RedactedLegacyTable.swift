import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A legacy table with pseudonyms: entries of the same sizes at the same places, each with the fields that kpx reads alone.
struct RedactedLegacyTable {
  /// struct ipt_getinfo
  let info: [UInt8]
  /// struct ipt_get_entries
  private(set) var entries: [UInt8]
  private let start = sizeof_ipt_get_entries
  private let memory: LegacyMemory
  private let blob: LegacyBlob
  private let redactor: Redactor

  /// - Throws: `KernelError` where the table is damaged.
  init(info: [UInt8], entries: [UInt8], family: IPFamily, _ redactor: Redactor) throws(KernelError) {
    let found = try LegacyInfo(info)
    let reading = LegacyTable.reading(family, found.name)
    guard WellKnownNames.of(.table).contains(found.name) else {
      throw .malformed(reading: reading, offset: 0, problem: "a table of that name is not known")
    }
    let count = Int(found.entriesSize)
    guard entries.count - start >= count else {
      throw .malformed(reading: reading, offset: entries.count, problem: "cut off")
    }
    let name = Redactor.padded(found.name, to: Int(XT_TABLE_MAXNAMELEN))
    self.info = name + info[name.count..<sizeof_ipt_getinfo]
    self.redactor = redactor
    self.entries = [UInt8](repeating: 0, count: start + count)
    self.entries.replaceSubrange(0..<name.count, with: name)
    let size = withUnsafeBytes(of: found.entriesSize) { Array($0) }
    self.entries.replaceSubrange(ipt_get_entries_size..<ipt_get_entries_size + 4, with: size)
    // Whole words, so that numbers in it lie where processors want them.
    guard let memory = LegacyMemory(size: count) else { throw .system(reading: reading, errno: ENOMEM) }
    memory.bytes.copyBytes(from: entries[start..<start + count])
    self.memory = memory
    blob = LegacyBlob(
      bytes: UnsafeRawBufferPointer(memory.bytes), family: family, reading: reading, setNames: { _ in nil })
    var offset = 0
    while offset < count {
      let entry = try blob.entry(at: offset)
      try rewrite(entry)
      offset = entry.next
    }
  }

  private mutating func put(_ bytes: [UInt8], at offset: Int) {
    entries.replaceSubrange(start + offset..<start + offset + bytes.count, with: bytes)
  }

  private mutating func copy(_ offset: Int, _ count: Int) {
    put(Array(blob.bytes[offset..<offset + count]), at: offset)
  }

  private mutating func rewrite(_ entry: LegacyEntry) throws(KernelError) {
    header(entry)
    var offset = entry.offset + blob.layout.size
    while offset < entry.target {
      guard entry.target - offset >= LegacyLayout.extensionHeaderSize else {
        throw blob.malformed(offset, "a match cut off")
      }
      let size = Int(blob.load(offset, as: UInt16.self))
      guard size >= LegacyLayout.extensionHeaderSize, size <= entry.target - offset else {
        throw blob.malformed(offset, "a match of \(size) bytes")
      }
      rewriteExtension(offset, size, isMatch: true)
      offset += size
    }
    try target(entry)
  }

  /// struct ipt_entry or ip6t_entry, without what the kernel notes there for itself.
  private mutating func header(_ entry: LegacyEntry) {
    let layout = blob.layout
    let header = Array(blob.bytes[entry.offset..<entry.offset + layout.size])
    var fields = ExtensionFields(header, size: layout.size, family: blob.family, redactor)
    fields.copy(layout.transport, 2)
    for place in [layout.flags, layout.inversions] { fields.copy(place, 1) }
    for place in [layout.targetOffset, layout.nextOffset] { fields.copy(place, 2) }
    fields.copy(layout.counters, 16)
    let isSayable = [
      fields.network(layout.source, mask: layout.sourceMask),
      fields.network(layout.destination, mask: layout.destinationMask),
      fields.interface(layout.inInterface, mask: layout.inInterfaceMask),
      fields.interface(layout.outInterface, mask: layout.outInterfaceMask),
    ]
    if isSayable.contains(false) {
      // A mask with a hole is no test that kpx understands.
      fields.put([0xff, 0, 0xff], at: layout.inInterfaceMask)
      redactor.leaveOut("conditions of rules")
    }
    put(fields.result, at: entry.offset)
  }

  private mutating func target(_ entry: LegacyEntry) throws(KernelError) {
    let payload = entry.target + LegacyLayout.extensionHeaderSize
    if blob.isHead(entry) {
      copy(entry.target, 2)
      put(Array("ERROR".utf8), at: entry.target + LegacyLayout.extensionName)
      let name = redactor.chains.pseudonym(blob.headName(entry))
      put(Redactor.padded(name, to: entry.target + entry.targetSize - payload), at: payload)
    } else if try blob.verdict(of: entry) != nil {
      copy(entry.target, 2)
      copy(payload, 4)
    } else {
      rewriteExtension(entry.target, entry.targetSize, isMatch: false)
    }
  }

  /// struct xt_entry_match or xt_entry_target, and its payload.
  private mutating func rewriteExtension(_ offset: Int, _ size: Int, isMatch: Bool) {
    let payload = offset + LegacyLayout.extensionHeaderSize
    let redacted = RedactedExtension(
      name: blob.bytes.cString(
        at: offset + LegacyLayout.extensionName, capacity: LegacyLayout.extensionNameSize),
      revision: blob.load(offset + LegacyLayout.extensionRevision, as: UInt8.self),
      payload: Array(blob.bytes[payload..<offset + size]), family: blob.family, isMatch: isMatch, redactor)
    copy(offset, 2)
    put(
      Redactor.padded(redacted.name, to: LegacyLayout.extensionNameSize), at: offset + LegacyLayout.extensionName)
    put([redacted.revision], at: offset + LegacyLayout.extensionRevision)
    put(redacted.payload, at: payload)
  }
}
