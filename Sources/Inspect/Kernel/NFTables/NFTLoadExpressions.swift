import CSys

// Expressions that put something in a register.
extension NFTRuleDecoder {
  func payload(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    if try expression.attributes.has(NFTA_PAYLOAD_SREG) { return try write(expression, &builder) }
    let register = try expression.number(NFTA_PAYLOAD_DREG, "register")
    let number = try expression.number(NFTA_PAYLOAD_BASE, "base")
    let offset = try expression.number(NFTA_PAYLOAD_OFFSET, "offset")
    let length = try expression.number(NFTA_PAYLOAD_LEN, "length")
    guard let base = NFTField.PayloadBase(rawValue: number) else { throw NFTProblem("base \(number) is not known") }
    guard (1...64).contains(length), offset <= 0xffff else { throw NFTProblem("\(length) bytes at \(offset)") }
    let bytes = Int(offset)..<Int(offset + length)
    let value = NFTHeader(base, family: builder.family, transport: builder.transport).value(bytes)
    builder.registers.store(
      value ?? .field(.payload(base: base, offset: offset, length: length)), length: Int(length), in: register)
  }

  /// What changes addresses or ports changes the packet's way; DSCP, TTL and the like are nothing that a walk goes by.
  private func write(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let offset = Int(try expression.number(NFTA_PAYLOAD_OFFSET, "offset"))
    let bytes = offset..<offset + Int(try expression.number(NFTA_PAYLOAD_LEN, "length"))
    let ends: [Range<Int>]
    switch NFTField.PayloadBase(rawValue: try expression.number(NFTA_PAYLOAD_BASE, "base")) {
    case .network?:
      // The addresses of struct iphdr and struct ipv6hdr.
      ends = builder.family == .v4 ? [12..<20] : [8..<40]
    case .transport?: ends = [0..<4]
    default: ends = [0..<Int.max]
    }
    if ends.contains(where: { $0.overlaps(bytes) }) {
      builder.add(.unknown(expression.unknown("it writes to the packet's addresses or ports")) as Action)
    } else {
      builder.add(.native(.passive("<payload: writes to the packet>")) as Action)
    }
  }

  func meta(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let key = try expression.number(NFTA_META_KEY, "key")
    if let source = try expression.attributes.be32(NFTA_META_SREG, "source register") {
      return builder.setMeta(key, source)
    }
    let field: NFTField =
      switch key {
      case NFT_META_MARK.rawValue: .mark
      case NFT_META_IIFNAME.rawValue: .inInterface
      case NFT_META_OIFNAME.rawValue: .outInterface
      case NFT_META_L4PROTO.rawValue: .transportProtocol
      case NFT_META_NFPROTO.rawValue: .networkProtocol
      default: .meta(key: key)
      }
    builder.registers.store(.field(field), length: field.length, in: try expression.number(NFTA_META_DREG, "register"))
  }

  func connection(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let key = try expression.number(NFTA_CT_KEY, "key")
    if let source = try expression.attributes.be32(NFTA_CT_SREG, "source register") {
      return builder.setConnection(key, source)
    }
    let direction = try expression.attributes.byte(NFTA_CT_DIRECTION, "direction")
    let field: NFTField =
      switch key {
      case NFT_CT_STATE.rawValue: .connectionState
      case NFT_CT_STATUS.rawValue: .connectionStatus
      case NFT_CT_MARK.rawValue: .connectionMark
      case NFT_CT_DIRECTION.rawValue: .connectionDirection
      default: .connection(key: key, direction: direction)
      }
    builder.registers.store(.field(field), length: field.length, in: try expression.number(NFTA_CT_DREG, "register"))
  }

  func immediate(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let register = try expression.number(NFTA_IMMEDIATE_DREG, "register")
    guard register == NFT_REG_VERDICT.rawValue else {
      let bytes = try expression.value(NFTA_IMMEDIATE_DATA, "value")
      return builder.registers.store(.constant(bytes), length: bytes.count, in: register)
    }
    guard let data = try expression.attributes.first(NFTA_IMMEDIATE_DATA)?.nested,
      let verdict = try NFTVerdict(data)
    else { throw NFTProblem("no verdict") }
    builder.add(verdict.action ?? .native(.continue))
  }

  func bitwise(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let source = try expression.number(NFTA_BITWISE_SREG, "register")
    let target = try expression.number(NFTA_BITWISE_DREG, "register")
    let length = Int(try expression.number(NFTA_BITWISE_LEN, "length"))
    guard (1...64).contains(length) else { throw NFTProblem("\(length) bytes") }
    let value = builder.registers.load(source, length: length)
    let operation = try expression.attributes.be32(NFTA_BITWISE_OP, "operation") ?? 0
    let result: NFTValue
    switch operation {
    case 0:
      let mask = try expression.value(NFTA_BITWISE_MASK, "mask")
      let xor = try expression.value(NFTA_BITWISE_XOR, "xor")
      guard mask.count == length, xor.count == length else { throw NFTProblem("a mask of \(mask.count) bytes") }
      result = .bitwise(value, mask: mask, xor: xor)
    case 1, 2:
      let bits = UInt32(hostBytes: try expression.value(NFTA_BITWISE_DATA, "shift"))
      result = .shift(value, left: operation == 1, bits: bits)
    default:
      guard let operation = NFTBitOperator(rawValue: operation) else {
        throw NFTProblem("operation \(operation) is not known")
      }
      result = .combination(operation, value, try operand(expression, length, builder))
    }
    builder.registers.store(result, length: length, in: target)
  }

  /// The right side of an operation on two values, since Linux 6.13: NFTA_BITWISE_SREG2 (8) or constant data.
  private func operand(_ expression: NFTExpression, _ length: Int, _ builder: NFTRuleBuilder) throws -> NFTValue {
    if let register: UInt32 = try expression.attributes.bigEndian(8, "second register") {
      return builder.registers.load(register, length: length)
    }
    return .constant(try expression.value(NFTA_BITWISE_DATA, "operand"))
  }

  func byteOrder(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let source = try expression.number(NFTA_BYTEORDER_SREG, "register")
    let target = try expression.number(NFTA_BYTEORDER_DREG, "register")
    let length = Int(try expression.number(NFTA_BYTEORDER_LEN, "length"))
    let size = Int(try expression.number(NFTA_BYTEORDER_SIZE, "size"))
    guard (1...64).contains(length), [2, 4, 8].contains(size) else { throw NFTProblem("\(length) bytes by \(size)") }
    // The kernel turns whole groups only (nft_byteorder_eval): nft 1.0.6 has it turn one byte by twos in the key of a
    // set with intervals, and nothing changes.
    guard length >= size else { return }
    let value = builder.registers.load(source, length: length)
    builder.registers.store(1.littleEndian == 1 ? .byteSwap(value, size: size) : value, length: length, in: target)
  }

  func numberGenerator(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let type = try expression.number(NFTA_NG_TYPE, "type")
    guard type == NFT_NG_INCREMENTAL.rawValue || type == NFT_NG_RANDOM.rawValue else {
      throw NFTProblem("type \(type) is not known")
    }
    let generator = NFTNumberGenerator(
      isRandom: type == NFT_NG_RANDOM.rawValue, modulus: try expression.number(NFTA_NG_MODULUS, "modulus"),
      offset: try expression.attributes.be32(NFTA_NG_OFFSET, "offset") ?? 0)
    guard generator.modulus > 0 else { throw NFTProblem("modulus 0") }
    builder.registers.store(.number(generator), length: 4, in: try expression.number(NFTA_NG_DREG, "register"))
  }

  func hash(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let target = try expression.number(NFTA_HASH_DREG, "register")
    let isSymmetric = try expression.attributes.be32(NFTA_HASH_TYPE, "type") == NFT_HASH_SYM.rawValue
    var key: NFTValue?
    if !isSymmetric {
      let length = Int(try expression.number(NFTA_HASH_LEN, "length"))
      key = builder.registers.load(try expression.number(NFTA_HASH_SREG, "register"), length: length)
    }
    let hash = NFTHash(
      key: key, modulus: try expression.number(NFTA_HASH_MODULUS, "modulus"),
      seed: try expression.attributes.be32(NFTA_HASH_SEED, "seed"),
      offset: try expression.attributes.be32(NFTA_HASH_OFFSET, "offset") ?? 0)
    builder.registers.store(.hash(hash), length: 4, in: target)
  }

  func fib(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let number = try expression.number(NFTA_FIB_RESULT, "result")
    guard let result = NFTFib.Result(rawValue: number) else { throw NFTProblem("result \(number) is not known") }
    let fib = NFTFib(result: result, flags: NFTFib.Flags(rawValue: try expression.number(NFTA_FIB_FLAGS, "flags")))
    let length = result == .interfaceName ? 16 : fib.flags.contains(.present) ? 1 : 4
    builder.registers.store(.fib(fib), length: length, in: try expression.number(NFTA_FIB_DREG, "register"))
  }
}

extension NFTVerdict {
  /// The verdict of NFTA_DATA_VERDICT; nil if there is none.
  init?(_ data: NetlinkAttributes) throws(KernelError) {
    guard let verdict = try data.first(NFTA_DATA_VERDICT)?.nested,
      let number = try verdict.be32(NFTA_VERDICT_CODE, "code")
    else { return nil }
    let chain = try verdict.string(NFTA_VERDICT_CHAIN)
    switch (Int32(bitPattern: number), chain) {
    case (NF_DROP, _): self = .drop
    case (NF_ACCEPT, _): self = .accept
    case (NF_QUEUE, _): self = .queue
    case (NFT_CONTINUE.rawValue, _): self = .continue
    case (NFT_RETURN.rawValue, _): self = .return
    case (NFT_JUMP.rawValue, let chain?): self = .jump(chain)
    case (NFT_GOTO.rawValue, let chain?): self = .goto(chain)
    // The code's upper half is the queue's number or the errno of a drop.
    case (let code, _) where code > 0 && code & 0xff == NF_QUEUE: self = .queue
    case (let code, _): self = .unknown(code)
    }
  }
}

/// A header of which a payload expression loads bytes.
struct NFTHeader {
  /// The header's known fields, in order.
  private let fields: [(bytes: Range<Int>, field: NFTField)]

  init(_ base: NFTField.PayloadBase, family: IPFamily?, transport: TransportProtocol?) {
    switch (base, family) {
    case (.network, .v4):
      fields = [(9..<10, .transportProtocol), (12..<16, .sourceAddress(.v4)), (16..<20, .destinationAddress(.v4))]
    case (.network, .v6): fields = [(8..<24, .sourceAddress(.v6)), (24..<40, .destinationAddress(.v6))]
    case (.transport, _) where transport != .icmp && transport != .icmpv6:
      fields = [(0..<2, .sourcePort), (2..<4, .destinationPort)]
    case (.transport, _):
      fields = [
        (0..<1, .payload(base: .transport, offset: 0, length: 1)),
        (1..<2, .payload(base: .transport, offset: 1, length: 1)),
      ]
    default: fields = []
    }
  }

  /// The field that the bytes are, or are the beginning or a part of.
  func value(_ bytes: Range<Int>) -> NFTValue? {
    guard let (place, field) = fields.first(where: { $0.bytes.contains(bytes.lowerBound) }),
      bytes.upperBound <= place.upperBound
    else { return nil }
    if place == bytes { return .field(field) }
    return .slice(.field(field), offset: bytes.lowerBound - place.lowerBound, length: bytes.count)
  }

  /// The fields that the bytes are made of, if they are all known.
  func split(_ bytes: Range<Int>) -> [(bytes: Range<Int>, field: NFTField)]? {
    let parts = fields.filter { bytes.contains($0.bytes.lowerBound) && $0.bytes.upperBound <= bytes.upperBound }
    guard parts.count > 1, parts.first?.bytes.lowerBound == bytes.lowerBound,
      parts.last?.bytes.upperBound == bytes.upperBound,
      zip(parts, parts.dropFirst()).allSatisfy({ $0.bytes.upperBound == $1.bytes.lowerBound })
    else { return nil }
    return parts
  }
}
