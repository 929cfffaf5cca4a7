/// What the registers of nf_tables hold while a rule runs: 16 words of 32 bits, which 4 registers of 128 bits overlap.
struct NFTRegisters {
  /// A value and the words that it lies in.
  private struct Entry {
    var start: Int
    var length: Int
    var value: NFTValue
    var end: Int { start + (length + 3) / 4 }
  }
  private static let words = 16
  private var entries: [Entry] = []
  /// What an expression that was not understood may have left in words that nothing was stored in since.
  private var poison: UnknownExtension?

  /// The first word of a register: NFT_REG_1 to 4 are 1 to 4, NFT_REG32_00 to 15 are 8 to 23.
  static func word(_ register: UInt32) -> Int? {
    switch register {
    case 1...4: Int(register - 1) * 4
    case 8...23: Int(register - 8)
    default: nil
    }
  }

  /// Puts a value of `length` bytes in a register.
  mutating func store(_ value: NFTValue, length: Int, in register: UInt32) {
    guard let start = Self.word(register) else { return }
    let entry = Entry(start: start, length: max(length, 1), value: value)
    entries.removeAll { $0.start < entry.end && entry.start < $0.end }
    entries.append(entry)
  }

  /// Marks a register, and what follows it, as holding something unknown.
  mutating func poison(_ register: UInt32, with unknown: UnknownExtension) {
    guard let start = Self.word(register) else { return }
    store(.unknown(unknown), length: (Self.words - start) * 4, in: register)
  }

  /// Marks all registers as holding something unknown.
  mutating func poisonAll(with unknown: UnknownExtension) {
    entries = []
    poison = unknown
  }

  /// What `length` bytes from a register on are.
  func load(_ register: UInt32, length: Int) -> NFTValue {
    guard let start = Self.word(register), length > 0, length <= 64 else { return undefined(register) }
    guard let first = entries.first(where: { $0.start <= start && start < $0.end }) else { return undefined(register) }
    let offset = (start - first.start) * 4
    // Values shorter than a word are padded with zeros up to it, so that a word can be read of them.
    if offset + length <= (first.length + 3) & ~3 { return part(first, offset: offset, length: length) }
    return concatenation(from: start, length: length, register)
  }

  private func part(_ entry: Entry, offset: Int, length: Int) -> NFTValue {
    if case .unknown = entry.value { return entry.value }
    if offset == 0 && length >= entry.length { return entry.value }
    if case .constant(let bytes) = entry.value, offset + length <= bytes.count {
      return .constant(Array(bytes[offset..<offset + length]))
    }
    return .slice(entry.value, offset: offset, length: min(length, entry.length - offset))
  }

  /// Values in consecutive words, each of which must begin where the one before it ends.
  private func concatenation(from start: Int, length: Int, _ register: UInt32) -> NFTValue {
    var parts: [NFTValue] = []
    var word = start
    let end = start + (length + 3) / 4
    while word < end {
      guard let entry = entries.first(where: { $0.start <= word && word < $0.end }) else { return undefined(register) }
      let offset = (word - entry.start) * 4
      parts.append(part(entry, offset: offset, length: min(entry.length - offset, (end - word) * 4)))
      word = min(entry.end, end)
    }
    return .concatenation(parts)
  }

  private func undefined(_ register: UInt32) -> NFTValue {
    .unknown(
      poison
        ?? UnknownExtension(
          name: "register", revision: 0, bytes: [], reason: "register \(register) is read before it is written"))
  }
}
