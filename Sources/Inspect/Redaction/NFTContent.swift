import CSys

/// What a part of a register, of a key or of a map's value is, as far as redaction tells it apart.
enum NFTContent: Hashable {
  case number
  case address(IPFamily)
  case hardwareAddress
  case interface

  /// Of a field of a packet; nil where kpx does not know what its bytes are.
  init?(_ field: NFTField) {
    switch field {
    case .sourceAddress(let family), .destinationAddress(let family): self = .address(family)
    case .inInterface, .outInterface: self = .interface
    case .payload(.link, 0, 6), .payload(.link, 6, 6): self = .hardwareAddress
    // Ports, and short fields of the headers of TCP, UDP, SCTP and ICMP; others may be what packets carry.
    case .payload(.transport, let offset, let length) where offset + length <= (length > 2 ? 4 : 20): self = .number
    // The first words of an IPv4 header, and the first two of an IPv6 one: no addresses.
    case .payload(.network, let offset, let length) where offset + length <= 8: self = .number
    case .payload: return nil
    case .meta(let key):
      // NFT_META_BRI_IIFNAME, _BRI_OIFNAME, _SDIFNAME; _BRI_IIFHWADDR. Names of kinds of interfaces are the kernel's.
      self = [17, 18, 34].contains(key) ? .interface : key == 36 ? .hardwareAddress : .number
    case .connection(let key, _):
      switch key {
      case NFT_CT_SRC_IP.rawValue, NFT_CT_DST_IP.rawValue: self = .address(.v4)
      case NFT_CT_SRC_IP6.rawValue, NFT_CT_DST_IP6.rawValue: self = .address(.v6)
      // Of either family; names of helpers; labels, which are policies'.
      case NFT_CT_SRC.rawValue, NFT_CT_DST.rawValue, NFT_CT_HELPER.rawValue, NFT_CT_LABELS.rawValue: return nil
      default: self = .number
      }
    default: self = .number
    }
  }

  /// Of a type that nft gave a set's field; nil where the type does not tell.
  init?(_ type: NFTDataType) {
    switch type {
    case .ipv4Address: self = .address(.v4)
    case .ipv6Address: self = .address(.v6)
    case .etherAddress: self = .hardwareAddress
    case .interfaceName: self = .interface
    case _ where type.length != nil: self = .number
    default: return nil
    }
  }

  /// Of the parts of a value, in order; nil where one is not known.
  static func parts(of value: NFTValue) -> [NFTContent]? {
    switch value {
    case .field(let field): return NFTContent(field).map { [$0] }
    case .number, .hash: return [.number]
    case .fib(let fib): return [fib.result == .interfaceName ? .interface : .number]
    case .mapped(let lookup): return NFTContent.parts(of: lookup.set.dataTypes)
    case .concatenation(let values):
      var parts: [NFTContent] = []
      for value in values {
        guard let found = self.parts(of: value) else { return nil }
        parts += found
      }
      return parts
    case .bitwise(let value, _, _), .shift(let value, _, _), .byteSwap(let value, _), .slice(let value, _, _):
      return parts(of: value) == [.number] ? [.number] : nil
    case .combination(_, let left, let right):
      return parts(of: left) == [.number] && parts(of: right) == [.number] ? [.number] : nil
    case .constant, .unknown: return nil
    }
  }

  /// Of the fields of a set's key or value; nil where a type does not tell.
  static func parts(of types: [NFTDataType]) -> [NFTContent]? {
    let parts = types.compactMap { NFTContent($0) }
    return parts.isEmpty || parts.count != types.count ? nil : parts
  }

  /// Numbers that follow one another as one: one load may bring several.
  static func withoutRuns(_ contents: [NFTContent]) -> [NFTContent] {
    contents.reduce(into: []) { if $1 != .number || $0.last != .number { $0.append($1) } }
  }
}

extension Redactor {
  /// The bytes that stand for a field's, all of them.
  func field(_ bytes: [UInt8], _ content: NFTContent) -> [UInt8]? {
    switch content {
    case .number: bytes
    case .address(let family): bytes.count == family.bits / 8 ? address(bytes) : nil
    case .hardwareAddress: bytes.count == 6 ? names.hardwareAddress(bytes) : nil
    case .interface: bytes.count == 16 && bytes.last == 0 ? interface(bytes) : nil
    }
  }

  /// The bytes that stand for a constant that a value is compared with; nil where they cannot be said.
  func constant(_ bytes: [UInt8], comparedWith value: NFTValue) -> [UInt8]? {
    switch value {
    case .field(let field):
      guard let content = NFTContent(field) else { return nil }
      return content == .interface ? interfaceTest(bytes) : self.field(bytes, content)
    case .slice(.field(let field), 0, bytes.count):
      switch NFTContent(field) {
      case .interface?: return interfaceTest(bytes)
      case .address(let family)?: return network(bytes, bits: bytes.count * 8, family)
      case .number?: return bytes
      case .hardwareAddress?, nil: return nil
      }
    case .bitwise(.field(let field), let mask, let xor), .bitwise(.slice(.field(let field), 0, _), let mask, let xor):
      guard case .address(let family)? = NFTContent(field) else {
        return NFTContent(field) == .number ? bytes : nil
      }
      guard xor.allSatisfy({ $0 == 0 }), mask.count == bytes.count, let length = Self.prefixLength(mask) else {
        return nil
      }
      return network(bytes, bits: length, family)
    case .concatenation(let parts): return concatenation(bytes, comparedWith: parts)
    default:
      return NFTContent.parts(of: value) == [.number] ? bytes : nil
    }
  }

  private func concatenation(_ bytes: [UInt8], comparedWith parts: [NFTValue]) -> [UInt8]? {
    guard let contents = NFTContent.parts(of: .concatenation(parts)), contents.count == parts.count else { return nil }
    // What one load has brought of several fields has no padding; of numbers alone it does not matter.
    return contents.allSatisfy { $0 == .number } ? bytes : nil
  }

  /// A name, or the beginning of names: one without a zero.
  private func interfaceTest(_ bytes: [UInt8]) -> [UInt8]? {
    if bytes.contains(0) { return bytes.count == 16 ? interface(bytes) : Self.trimmed(interface(Self.widened(bytes))) }
    return interfaces.pseudonym(ofBeginning: String(decoding: bytes, as: UTF8.self)).map { Array($0.utf8) }
  }

  private static func widened(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: max(16 - bytes.count, 0))
  }

  /// A name with its NUL.
  private static func trimmed(_ bytes: [UInt8]) -> [UInt8] { bytes.prefix { $0 != 0 } + [0] }

  /// The first bytes of an address, of which so many bits count.
  private func network(_ bytes: [UInt8], bits: Int, _ family: IPFamily) -> [UInt8]? {
    let size = family.bits / 8
    guard bytes.count <= size else { return nil }
    let whole = bytes + [UInt8](repeating: 0, count: size - bytes.count)
    return address(whole, length: bits).map { Array($0.prefix(bytes.count)) }
  }

  /// How many bits a mask leaves, where they are the first ones.
  static func prefixLength(_ mask: [UInt8]) -> Int? {
    let ones = mask.reduce(0) { $0 + $1.nonzeroBitCount }
    let isPrefix = (0..<mask.count * 8).allSatisfy { (mask[$0 / 8] >> UInt8(7 - $0 % 8) & 1 == 1) == ($0 < ones) }
    return isPrefix ? ones : nil
  }
}
