import CSys

// Rules of nf_tables, expression by expression. Registers tell what a constant is of, as when kpx reads a rule.
extension RedactedNFTables {
  /// The name of an expression that nothing is left of: kpx does not understand it.
  static let leftOut = "left-out"

  /// Looks at what rules look up in sets, without writing anything.
  func learnLookups(_ bytes: [UInt8]) throws {
    try forEachRule(bytes) { table, attributes in
      guard var expressions = try attributes.first(NFTA_RULE_EXPRESSIONS)?.nested else { return }
      let decoder = self.decoder(table)
      var builder = NFTRuleBuilder(table: table)
      while let element = try expressions.next() {
        let expression = try NFTExpression(element.nested)
        if let name = try expression.setName, let set = sets[Place(table: table, name: name)] {
          note(try key(of: expression, set, builder), of: Place(table: table, name: name))
        }
        try decoder.add(expression, to: &builder)
      }
    }
  }

  private func forEachRule(_ bytes: [UInt8], _ body: (Table, NetlinkAttributes) throws -> Void) throws {
    var messages = NetlinkMessages(bytes.span.bytes, reading: Self.rulesMember)
    while let message = try messages.next() {
      // NLMSG_MIN_TYPE; those below are netlink's own.
      guard message.type >= 16 else { continue }
      let attributes = try message.netfilterAttributes(of: "rule")
      guard Self.isOfIP(attributes) else { continue }
      try body(try Self.table(attributes, NFTA_RULE_TABLE), attributes)
    }
  }

  private func decoder(_ table: Table) -> NFTRuleDecoder {
    NFTRuleDecoder(table: table) { self.sets[Place(table: table, name: $0)] }
  }

  private func note(_ contents: [NFTContent]?, of place: Place) {
    guard let known = lookups[place] else {
      lookups[place] = .some(contents)
      return
    }
    if known != contents { lookups[place] = .some(nil) }
  }

  private func key(of expression: NFTExpression, _ set: NFTSet, _ builder: NFTRuleBuilder) throws -> [NFTContent]? {
    let type =
      switch expression.name {
      case "lookup": Int(NFTA_LOOKUP_SREG.rawValue)
      case "dynset": Int(NFTA_DYNSET_SREG_KEY.rawValue)
      default: Int(NFTA_OBJREF_SET_SREG.rawValue)
      }
    guard let register: UInt32 = try expression.attributes.bigEndian(type, "register") else { return nil }
    return NFTContent.parts(of: builder.registers.load(register, length: set.keyLength))
  }

  /// NFT_MSG_NEWRULE. After `elements`.
  func rules(_ bytes: [UInt8]) throws -> [UInt8] {
    var writer = MessageWriter()
    var messages = NetlinkMessages(bytes.span.bytes, reading: Self.rulesMember)
    while let message = try messages.next() {
      if Int32(message.type) == NLMSG_DONE { writer.done() }
      // NLMSG_MIN_TYPE; those below are netlink's own.
      guard message.type >= 16 else { continue }
      let attributes = try message.netfilterAttributes(of: "rule")
      guard Self.isOfIP(attributes) else { continue }
      let header: [UInt8] = [attributes.protocolFamily, UInt8(NFNETLINK_V0), 0, 0]
      try writer.message(type: message.type, flags: message.flags, header: header) { try rule(attributes, &$0) }
    }
    return writer.bytes
  }

  private func rule(_ rule: NetlinkAttributes, _ writer: inout MessageWriter) throws {
    let table = try Self.table(rule, NFTA_RULE_TABLE)
    var attributes = rule
    while let attribute = try attributes.next() {
      switch nft_rule_attributes(UInt32(attribute.type)) {
      case NFTA_RULE_TABLE: writer.append(attribute.type, text: redactor.nftTable(attribute.string))
      case NFTA_RULE_CHAIN:
        writer.append(attribute.type, text: redactor.chains.pseudonym(attribute.string, in: table.name))
      case NFTA_RULE_HANDLE, NFTA_RULE_POSITION: redactor.copyNumber(attribute, &writer)
      case NFTA_RULE_EXPRESSIONS: try expressions(attribute, table, &writer)
      case NFTA_RULE_USERDATA: redactor.userData(attribute, &writer)
      default: redactor.leaveOut("attributes that kpx does not read")
      }
    }
  }

  private func expressions(_ attribute: NetlinkAttribute, _ table: Table, _ writer: inout MessageWriter) throws {
    let decoder = decoder(table)
    let constants = try NFTConstants(attribute.nested, table)
    var builder = NFTRuleBuilder(table: table)
    var expressions = attribute.nested
    var number = 0
    try writer.nest(attribute.type) { writer in
      while let element = try expressions.next() {
        let expression = try NFTExpression(element.nested)
        let data = try data(of: expression, builder, table, constants.contents[number])
        if data == nil { redactor.leaveOut("conditions of rules") }
        let name = data != nil && Redactor.isKernelName(expression.name) ? expression.name : Self.leftOut
        writer.nest(element.type) { writer in
          writer.append(NFTA_EXPR_NAME, text: name)
          writer.append(NFTA_EXPR_DATA, data ?? [])
        }
        try decoder.add(expression, to: &builder)
        number += 1
      }
    }
  }

  /// Expressions that have numbers alone.
  private static let ofNumbers: Set = [
    "payload", "meta", "ct", "byteorder", "numgen", "hash", "fib", "counter", "limit", "quota", "connlimit", "nat",
    "masq",
    "redir", "reject", "queue", "tproxy", "notrack", "exthdr", "rt", "socket", "osf", "xfrm", "tunnel", "last", "dup",
    "fwd",
  ]

  /// The attributes that stand for an expression's; nil where they cannot be said.
  private func data(
    of expression: NFTExpression, _ builder: NFTRuleBuilder, _ table: Table, _ constant: NFTContent?
  ) throws -> [UInt8]? {
    var writer = MessageWriter()
    let isSaid =
      switch expression.name {
      case "immediate": try immediate(expression, table, constant, &writer)
      case "cmp": try comparison(expression, builder, &writer)
      case "range": try range(expression, builder, &writer)
      case "bitwise": try bitwise(expression, builder, &writer)
      case "lookup", "dynset", "objref": try lookup(expression, table, &writer)
      case "match", "target": try extensionOfXTables(expression, builder, &writer)
      case "log": try log(expression, &writer)
      case "flow_offload": true
      case let name where Self.ofNumbers.contains(name): try copyNumbers(expression, &writer)
      default: false
      }
    return isSaid ? writer.bytes : nil
  }

  private func copyNumbers(_ expression: NFTExpression, _ writer: inout MessageWriter) throws -> Bool {
    var attributes = expression.attributes
    while let attribute = try attributes.next() { redactor.copyNumber(attribute, &writer) }
    return true
  }

  private func immediate(
    _ expression: NFTExpression, _ table: Table, _ content: NFTContent?, _ writer: inout MessageWriter
  ) throws -> Bool {
    guard let register = try expression.attributes.be32(NFTA_IMMEDIATE_DREG, "register"),
      let data = try expression.attributes.first(NFTA_IMMEDIATE_DATA)?.nested
    else { return false }
    writer.append(NFTA_IMMEDIATE_DREG, be32: register)
    if register == NFT_REG_VERDICT.rawValue {
      guard let verdict = try NFTVerdict(data) else { return false }
      writer.nest(NFTA_IMMEDIATE_DATA) { $0.append(redactor.verdict(verdict, in: table.name)) }
      return true
    }
    guard let content, let value = try data.first(NFTA_DATA_VALUE)?.bytes, let image = redactor.field(value, content)
    else { return false }
    writer.nest(NFTA_IMMEDIATE_DATA) { $0.append(NFTA_DATA_VALUE, image) }
    return true
  }

  /// A register compared with a constant. Which of two addresses or names is greater is another question of their pseudonyms.
  private func comparison(
    _ expression: NFTExpression, _ builder: NFTRuleBuilder, _ writer: inout MessageWriter
  ) throws -> Bool {
    guard let register = try expression.attributes.be32(NFTA_CMP_SREG, "register"),
      let operation = try expression.attributes.be32(NFTA_CMP_OP, "operator"),
      let bytes = try expression.attributes.first(NFTA_CMP_DATA)?.nested.first(NFTA_DATA_VALUE)?.bytes
    else { return false }
    let value = builder.registers.load(register, length: bytes.count)
    let isOfEquality = [NFT_CMP_EQ.rawValue, NFT_CMP_NEQ.rawValue].contains(operation)
    guard isOfEquality || NFTContent.parts(of: value)?.allSatisfy({ $0 == .number }) ?? false,
      let image = constant(bytes, value, builder)
    else { return false }
    writer.append(NFTA_CMP_SREG, be32: register)
    writer.append(NFTA_CMP_OP, be32: operation)
    writer.nest(NFTA_CMP_DATA) { $0.append(NFTA_DATA_VALUE, image) }
    return true
  }

  /// nft loads neighbouring fields of a header at once.
  private func constant(_ bytes: [UInt8], _ value: NFTValue, _ builder: NFTRuleBuilder) -> [UInt8]? {
    if case .field(.payload(let base, let offset, let length)) = value, Int(length) == bytes.count {
      let start = Int(offset)
      let header = NFTHeader(base, family: builder.family, transport: builder.transport)
      if let parts = header.split(start..<start + bytes.count) {
        let images = parts.map { part in
          redactor.constant(
            Array(bytes[part.bytes.lowerBound - start..<part.bytes.upperBound - start]),
            comparedWith: .field(part.field))
        }
        return images.contains(nil) ? nil : images.compactMap(\.self).flatMap(\.self)
      }
    }
    return redactor.constant(bytes, comparedWith: value)
  }

  private func range(_ expression: NFTExpression, _ builder: NFTRuleBuilder, _ writer: inout MessageWriter) throws
    -> Bool
  {
    guard let register = try expression.attributes.be32(NFTA_RANGE_SREG, "register") else { return false }
    let (low, high) = (
      try expression.value(NFTA_RANGE_FROM_DATA, "lower end"), try expression.value(NFTA_RANGE_TO_DATA, "upper end")
    )
    var ends = (low, high)
    let contents = NFTContent.parts(of: builder.registers.load(register, length: low.count))
    switch contents?.count == 1 ? contents?.first : nil {
    case .number?: break
    case .address?:
      guard let range = Self.addresses(low, high), let image = redactor.addresses.pseudonym(range) else { return false }
      ends = (image.lowerBound.bytes, image.upperBound.bytes)
    default: return false
    }
    var attributes = expression.attributes
    while let attribute = try attributes.next() {
      switch nft_range_attributes(UInt32(attribute.type)) {
      case NFTA_RANGE_FROM_DATA: writer.nest(attribute.type) { $0.append(NFTA_DATA_VALUE, ends.0) }
      case NFTA_RANGE_TO_DATA: writer.nest(attribute.type) { $0.append(NFTA_DATA_VALUE, ends.1) }
      default: redactor.copyNumber(attribute, &writer)
      }
    }
    return true
  }

  /// Netmasks are numbers; what is put in the place of an address's bits is not.
  private func bitwise(
    _ expression: NFTExpression, _ builder: NFTRuleBuilder, _ writer: inout MessageWriter
  ) throws -> Bool {
    guard let register = try expression.attributes.be32(NFTA_BITWISE_SREG, "register"),
      let length = try expression.attributes.be32(NFTA_BITWISE_LEN, "length")
    else { return false }
    let value = builder.registers.load(register, length: Int(length))
    let isOfNumbers = NFTContent.parts(of: value)?.allSatisfy { $0 == .number } ?? false
    var attributes = expression.attributes
    while let attribute = try attributes.next() {
      switch nft_bitwise_attributes(UInt32(attribute.type)) {
      case NFTA_BITWISE_MASK, NFTA_BITWISE_XOR, NFTA_BITWISE_DATA:
        guard let bytes = try attribute.nested.first(NFTA_DATA_VALUE)?.bytes else { return false }
        let isNetmask = attribute.type == NFTA_BITWISE_MASK.rawValue && Redactor.prefixLength(bytes) != nil
        guard isOfNumbers || isNetmask || bytes.allSatisfy({ $0 == 0 }) else { return false }
        writer.nest(attribute.type) { $0.append(NFTA_DATA_VALUE, bytes) }
      default: redactor.copyNumber(attribute, &writer)
      }
    }
    return true
  }
}

extension NFTExpression {
  /// The set that it asks or changes; nil if it has nothing to do with one.
  var setName: String? {
    get throws(KernelError) {
      switch name {
      case "lookup": try attributes.string(NFTA_LOOKUP_SET)
      case "dynset": try attributes.string(NFTA_DYNSET_SET_NAME)
      case "objref": try attributes.string(NFTA_OBJREF_SET_NAME)
      default: nil
      }
    }
  }
}
