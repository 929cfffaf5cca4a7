import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Rules out rules by the comparisons at their beginning, without decoding them.
///
/// Only plain equality of the destination (or its first bytes) and the protocol is looked at, up to the first
/// expression that is anything else; a rule that is not understood is admitted, and the decoder says what is wrong.
/// A dump of ten thousand rules for one service passes here, so the bytes are walked once and nothing is made of them.
struct NFTHintFilter {
  private let transport: UInt8?
  private let destination: [UInt8]?
  private let destinationOffset: UInt32

  init(_ hint: RuleHint, table: Table) {
    transport = hint.transport?.rawValue
    // In a table of two families the header's layout is not known before a test of it.
    let destination = hint.destination.flatMap { $0.family == table.family ? $0 : nil }
    self.destination = destination?.bytes
    destinationOffset = table.family == .v6 ? 24 : 16
  }

  /// Whether the rule, given by its attributes (NFTA_RULE_*), may match.
  func admits(_ rule: NFTBytes) -> Bool {
    guard transport != nil || destination != nil else { return true }
    return rule.withBytes { bytes in
      var attributes = Cursor(bytes, 0..<bytes.count)
      while let attribute = attributes.next() {
        if attribute.type == NFTA_RULE_EXPRESSIONS.rawValue { return admits(Cursor(bytes, attribute.value)) }
      }
      return true
    }
  }

  private func admits(_ list: Cursor) -> Bool {
    var list = list
    var loaded = Loaded.other
    var register: UInt32 = 0
    while let element = list.next() {
      var parts = Cursor(list.bytes, element.value)
      guard let name = parts.next(), let data = parts.next(), name.type == NFTA_EXPR_NAME.rawValue,
        data.type == NFTA_EXPR_DATA.rawValue
      else { return true }
      let fields = Cursor(list.bytes, data.value)
      switch list.name(name.value) {
      case .meta: (loaded, register) = meta(fields)
      case .payload: (loaded, register) = payload(fields)
      case .cmp: if contradicts(fields, loaded, register) { return false }
      // It tests more, and changes no register.
      case .match: continue
      case .other: return true
      }
    }
    return true
  }

  /// What of the packet is in the register that was loaded last.
  private enum Loaded {
    case transport
    /// So many first bytes of the destination.
    case destination(Int)
    case other
  }

  private func meta(_ fields: Cursor) -> (Loaded, UInt32) {
    var fields = fields
    var (key, register): (UInt32, UInt32) = (.max, 0)
    while let field = fields.next() {
      switch field.type {
      case NFTA_META_KEY.rawValue: key = fields.number(field.value)
      case NFTA_META_DREG.rawValue: register = fields.number(field.value)
      default: break
      }
    }
    return (key == NFT_META_L4PROTO.rawValue && transport != nil ? .transport : .other, register)
  }

  private func payload(_ fields: Cursor) -> (Loaded, UInt32) {
    var fields = fields
    var (base, offset, length, register): (UInt32, UInt32, UInt32, UInt32) = (.max, 0, 0, 0)
    while let field = fields.next() {
      switch field.type {
      case NFTA_PAYLOAD_BASE.rawValue: base = fields.number(field.value)
      case NFTA_PAYLOAD_OFFSET.rawValue: offset = fields.number(field.value)
      case NFTA_PAYLOAD_LEN.rawValue: length = fields.number(field.value)
      case NFTA_PAYLOAD_DREG.rawValue: register = fields.number(field.value)
      default: break
      }
    }
    guard base == NFT_PAYLOAD_NETWORK_HEADER.rawValue, offset == destinationOffset, let destination,
      length <= destination.count
    else { return (.other, register) }
    return (.destination(Int(length)), register)
  }

  private func contradicts(_ fields: Cursor, _ loaded: Loaded, _ register: UInt32) -> Bool {
    var fields = fields
    var value: Range<Int>?
    while let field = fields.next() {
      switch field.type {
      case NFTA_CMP_SREG.rawValue: if fields.number(field.value) != register { return false }
      case NFTA_CMP_OP.rawValue: if fields.number(field.value) != NFT_CMP_EQ.rawValue { return false }
      case NFTA_CMP_DATA.rawValue:
        var data = Cursor(fields.bytes, field.value)
        value = data.next()?.value
      default: break
      }
    }
    guard let value else { return false }
    switch loaded {
    case .transport: return value.count == 1 && fields.bytes[value.lowerBound] != transport
    case .destination(let length):
      guard let destination, value.count == length else { return false }
      for index in 0..<length where fields.bytes[value.lowerBound + index] != destination[index] { return true }
      return false
    case .other: return false
    }
  }

  /// Attributes of a stretch of bytes, one after the other. Ends at the first that does not fit.
  private struct Cursor {
    enum Name {
      case meta, payload, cmp, match, other
    }
    let bytes: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    /// `range` lies within the bytes.
    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
      self.bytes = bytes
      position = range.lowerBound
      end = range.upperBound
    }

    /// The next attribute; its value lies within the stretch.
    mutating func next() -> (type: UInt32, value: Range<Int>)? {
      guard end - position >= 4 else { return nil }
      let length = Int(bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self))
      guard length >= 4, length <= end - position else { return nil }
      let type = UInt32(bytes.loadUnaligned(fromByteOffset: position + 2, as: UInt16.self)) & 0x3fff
      let value = position + 4..<position + length
      position += (length + 3) & ~3
      return (type, value)
    }

    /// A number in network order; one that nothing equals if it is of another size.
    func number(_ range: Range<Int>) -> UInt32 {
      guard range.count == 4 else { return .max }
      return UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt32.self))
    }

    /// Which expression a name with its zero means.
    func name(_ range: Range<Int>) -> Name {
      switch range.count {
      case 4: equals(range, "cmp") ? .cmp : .other
      case 5: equals(range, "meta") ? .meta : .other
      case 6: equals(range, "match") ? .match : .other
      case 8: equals(range, "payload") ? .payload : .other
      default: .other
      }
    }

    private func equals(_ range: Range<Int>, _ name: StaticString) -> Bool {
      guard range.count == name.utf8CodeUnitCount + 1, let start = bytes.baseAddress else { return false }
      return memcmp(start + range.lowerBound, name.utf8Start, name.utf8CodeUnitCount) == 0
    }
  }
}
