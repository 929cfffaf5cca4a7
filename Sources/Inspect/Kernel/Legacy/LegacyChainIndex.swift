/// Where all chains of a table begin, by name: offsets in an open hash table, whose names stay where they are.
struct LegacyChainIndex {
  /// Where each chain's first rule is, in the table's order.
  let starts: [UInt32]
  /// Numbers into `starts`, plus one; 0 is free. A power of two.
  private let slots: [UInt32]

  /// Passes through all entries of a blob.
  init(_ blob: LegacyBlob) throws(KernelError) {
    var starts: [UInt32] = []
    var offset = 0
    while offset < blob.bytes.count {
      let entry = try blob.entry(at: offset)
      // The last entry's name is ERROR, too, and no chain follows it.
      if entry.next < blob.bytes.count, blob.isHead(entry) { starts.append(UInt32(truncatingIfNeeded: entry.next)) }
      offset = entry.next
    }
    var capacity = 16
    while capacity < 2 * starts.count { capacity *= 2 }
    var slots = [UInt32](repeating: 0, count: capacity)
    for (number, start) in starts.enumerated() {
      let head = try blob.entry(at: Int(start) - blob.layout.headSize)
      guard head.next == Int(start), blob.isHead(head) else {
        throw blob.malformed(Int(start), "a chain's beginning of unexpected size")
      }
      var slot = Self.hash(blob.headName(head)) & (capacity - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
      slots[slot] = UInt32(number + 1)
    }
    self.starts = starts
    self.slots = slots
  }

  /// Where the first rule of a chain is.
  func start(of name: String, in blob: LegacyBlob) -> Int? {
    var slot = Self.hash(name) & (slots.count - 1)
    while slots[slot] != 0 {
      let start = Int(starts[Int(slots[slot]) - 1])
      if let head = try? blob.entry(at: start - blob.layout.headSize), blob.headName(head) == name { return start }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private static func hash(_ name: String) -> Int {
    // FNV-1a
    let hash = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: hash >> 1)
  }
}
