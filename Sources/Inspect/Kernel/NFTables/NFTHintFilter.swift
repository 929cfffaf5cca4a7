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
  func admits(_ rule: NetlinkAttributes) throws(KernelError) -> Bool {
    guard transport != nil || destination != nil,
      var expressions = try rule.first(NFTA_RULE_EXPRESSIONS)?.nested
    else { return true }
    var loaded = Loaded.other
    var register: UInt32 = 0
    while let element = try expressions.next() {
      var parts = element.nested
      guard let name = try parts.next(), let data = try parts.next(), name.type == NFTA_EXPR_NAME.rawValue,
        data.type == NFTA_EXPR_DATA.rawValue
      else { return true }
      if name.isText("meta") {
        (loaded, register) = try meta(data.nested)
      } else if name.isText("payload") {
        (loaded, register) = try payload(data.nested)
      } else if name.isText("cmp") {
        if try contradicts(data.nested, loaded, register) { return false }
      } else if !name.isText("match") {
        return true
      }
      // A match tests more, and changes no register.
    }
    return true
  }

  /// What of the packet is in the register that was loaded last.
  private enum Loaded {
    case transport
    /// So many first bytes of the destination.
    case destination(UInt32)
    case other
  }

  private func meta(_ fields: consuming NetlinkAttributes) throws(KernelError) -> (Loaded, UInt32) {
    var (key, register): (UInt32, UInt32) = (.max, 0)
    while let field = try fields.next() {
      switch UInt32(field.type) {
      case NFTA_META_KEY.rawValue: key = try field.bigEndian("key")
      case NFTA_META_DREG.rawValue: register = try field.bigEndian("register")
      default: break
      }
    }
    return (key == NFT_META_L4PROTO.rawValue ? .transport : .other, register)
  }

  private func payload(_ fields: consuming NetlinkAttributes) throws(KernelError) -> (Loaded, UInt32) {
    var (base, offset, length, register): (UInt32, UInt32, UInt32, UInt32) = (.max, 0, 0, 0)
    while let field = try fields.next() {
      switch UInt32(field.type) {
      case NFTA_PAYLOAD_BASE.rawValue: base = try field.bigEndian("base")
      case NFTA_PAYLOAD_OFFSET.rawValue: offset = try field.bigEndian("offset")
      case NFTA_PAYLOAD_LEN.rawValue: length = try field.bigEndian("length")
      case NFTA_PAYLOAD_DREG.rawValue: register = try field.bigEndian("register")
      default: break
      }
    }
    let isDestination = base == NFT_PAYLOAD_NETWORK_HEADER.rawValue && offset == destinationOffset
    return (isDestination ? .destination(length) : .other, register)
  }

  /// Only with the register and the operator before the data, as the kernel writes them (nft_cmp_dump).
  private func contradicts(
    _ fields: consuming NetlinkAttributes, _ loaded: Loaded, _ register: UInt32
  ) throws(KernelError) -> Bool {
    var isEquality = false
    var isOfRegister = false
    while let field = try fields.next() {
      switch UInt32(field.type) {
      case NFTA_CMP_SREG.rawValue: isOfRegister = try field.bigEndian("register") == register
      case NFTA_CMP_OP.rawValue: isEquality = try field.bigEndian("operator") == NFT_CMP_EQ.rawValue
      case NFTA_CMP_DATA.rawValue:
        var data = field.nested
        guard isEquality, isOfRegister, let value = try data.next() else { return false }
        return differs(value.payload, from: loaded)
      default: break
      }
    }
    return false
  }

  @inline(__always)
  private func differs(_ value: RawSpan, from loaded: Loaded) -> Bool {
    switch loaded {
    case .transport:
      guard let transport, value.byteCount == 1 else { return false }
      return value.unsafeLoad(as: UInt8.self) != transport
    case .destination(let length):
      guard let destination, value.byteCount == length, length <= destination.count else { return false }
      for index in 0..<value.byteCount
      where value.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self) != destination[index] { return true }
      return false
    case .other: return false
    }
  }
}

extension NetlinkAttribute {
  /// Whether it is a text with its NUL.
  @inline(__always)
  fileprivate func isText(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard payload.byteCount == count + 1 else { return false }
    return payload.withUnsafeBytes { bytes in
      bytes.baseAddress.map { memcmp($0, text.utf8Start, count) == 0 } ?? false
    }
  }
}
