import CSys

// Expressions that decide whether a rule goes on.
extension NFTRuleDecoder {
  func comparison(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let number = try expression.number(NFTA_CMP_OP, "operator")
    guard let operation = NFTComparison.Operator(rawValue: number) else {
      throw NFTProblem("operator \(number) is not known")
    }
    let data = try expression.value(NFTA_CMP_DATA, "value")
    let value = builder.registers.load(try expression.number(NFTA_CMP_SREG, "register"), length: data.count)
    builder.compare(NFTComparison(value: value, operation: operation, data: data))
  }

  func range(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let operation = try expression.number(NFTA_RANGE_OP, "operator")
    guard operation <= NFT_RANGE_NEQ.rawValue else { throw NFTProblem("operator \(operation) is not known") }
    let lower = try expression.value(NFTA_RANGE_FROM_DATA, "lower end")
    let upper = try expression.value(NFTA_RANGE_TO_DATA, "upper end")
    guard lower.count == upper.count else { throw NFTProblem("ends of \(lower.count) and \(upper.count) bytes") }
    let value = builder.registers.load(try expression.number(NFTA_RANGE_SREG, "register"), length: lower.count)
    builder.test(
      NFTRangeMatch(value: value, lower: lower, upper: upper, inverted: operation == NFT_RANGE_NEQ.rawValue))
  }

  func lookup(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let set = try declaredSet(try expression.attributes.string(NFTA_LOOKUP_SET))
    let key = builder.registers.load(
      try expression.number(NFTA_LOOKUP_SREG, "register"), length: set.keyLength)
    if let unknown = key.unknown { return builder.add(.unknown(unknown) as Match) }
    let flags = try expression.attributes.be32(NFTA_LOOKUP_FLAGS, "flags") ?? 0
    let lookup = NFTLookup(set: set, key: key, inverted: flags & UInt32(NFT_LOOKUP_F_INV.rawValue) != 0)
    switch try expression.attributes.be32(NFTA_LOOKUP_DREG, "destination register") {
    case nil: builder.add(.native(.lookup(lookup)) as Match)
    case NFT_REG_VERDICT.rawValue: builder.add(.native(.verdictMap(lookup)) as Action)
    case let target?: builder.registers.store(.mapped(lookup), length: set.dataLength, in: target)
    }
  }

  /// The declaration of a set that an expression names.
  func declaredSet(_ name: String?) throws -> NFTSet {
    guard let name else { throw NFTProblem("no set") }
    guard let set = try set(name) else { throw NFTProblem("there is no set \(name)") }
    guard set.keyLength > 0, set.keyLength <= 64 else { throw NFTProblem("keys of \(set.keyLength) bytes") }
    return set
  }
}

extension NFTRuleBuilder {
  /// Adds a comparison: as xtables' own match where it has one.
  mutating func compare(_ comparison: NFTComparison) {
    if let unknown = comparison.value.unknown { return add(.unknown(unknown) as Match) }
    if comparison.operation == .equal, let parts = split(comparison) {
      for part in parts { compare(part) }
      return
    }
    if comparison.operation == .lessOrEqual, let range = rangeWithLast(comparison) {
      removeLast()
      return test(range)
    }
    note(comparison)
    let recognizer = XTablesEquivalents(transport: transport)
    switch recognizer.match(comparison) {
    case .tcp(let test)?: if !mergeTCP(test) { add(.tcp(test) as Match) }
    case .udp(let test)?: if !mergeUDP(test) { add(.udp(test) as Match) }
    case .sctp(let test)?: if !mergeSCTP(test) { add(.sctp(test) as Match) }
    case .icmp(let test)?: add(.icmp(test) as Match)
    case let match?: add(match)
    case nil: add(.native(.comparison(comparison)) as Match)
    }
  }

  /// Adds a test of a range.
  mutating func test(_ range: NFTRangeMatch) {
    if let unknown = range.value.unknown { return add(.unknown(unknown) as Match) }
    switch XTablesEquivalents(transport: transport).match(range) {
    case .tcp(let test)?: if !mergeTCP(test) { add(.tcp(test) as Match) }
    case .udp(let test)?: if !mergeUDP(test) { add(.udp(test) as Match) }
    case .sctp(let test)?: if !mergeSCTP(test) { add(.sctp(test) as Match) }
    case let match?: add(match)
    case nil: add(.native(.range(range)) as Match)
    }
  }

  /// What a test says of all packets that come by it.
  private mutating func note(_ comparison: NFTComparison) {
    guard comparison.operation == .equal else { return }
    switch (comparison.value, comparison.data.first) {
    case (.field(.transportProtocol), let number?): knows(transport: TransportProtocol(rawValue: number))
    case (.field(.networkProtocol), 2): knows(family: .v4)
    case (.field(.networkProtocol), 10): knows(family: .v6)
    // ETH_P_IP, ETH_P_IPV6.
    case (.field(.meta(key: NFT_META_PROTOCOL.rawValue)), _) where comparison.data == [0x08, 0x00]: knows(family: .v4)
    case (.field(.meta(key: NFT_META_PROTOCOL.rawValue)), _) where comparison.data == [0x86, 0xdd]: knows(family: .v6)
    default: break
    }
  }

  /// nft loads neighbouring fields at once.
  private func split(_ comparison: NFTComparison) -> [NFTComparison]? {
    guard case .field(.payload(let base, let offset, let length)) = comparison.value,
      comparison.data.count == Int(length)
    else { return nil }
    let start = Int(offset)
    let header = NFTHeader(base, family: family, transport: transport)
    return header.split(start..<start + Int(length))?.map { part in
      NFTComparison(
        value: .field(part.field), operation: .equal,
        data: Array(comparison.data[part.bytes.lowerBound - start..<part.bytes.upperBound - start]))
    }
  }

  /// A range whose lower end was tested just before.
  private func rangeWithLast(_ comparison: NFTComparison) -> NFTRangeMatch? {
    guard case .native(.comparison(let lower))? = last, lower.operation == .greaterOrEqual,
      lower.value == comparison.value, lower.data.count == comparison.data.count
    else { return nil }
    return NFTRangeMatch(value: lower.value, lower: lower.data, upper: comparison.data, inverted: false)
  }

  private mutating func mergeTCP(_ new: TCPMatch) -> Bool {
    merge { match in
      guard case .tcp(var old) = match, PortMatch.merge(new.source, into: &old.source),
        PortMatch.merge(new.destination, into: &old.destination)
      else { return nil }
      if new.flagMask != 0 {
        guard old.flagMask == 0 else { return nil }
        (old.flagMask, old.flagComparison, old.flagsInverted) = (new.flagMask, new.flagComparison, new.flagsInverted)
      }
      return .tcp(old)
    }
  }

  private mutating func mergeUDP(_ new: UDPMatch) -> Bool {
    merge { match in
      guard case .udp(var old) = match, PortMatch.merge(new.source, into: &old.source),
        PortMatch.merge(new.destination, into: &old.destination)
      else { return nil }
      return .udp(old)
    }
  }

  private mutating func mergeSCTP(_ new: SCTPMatch) -> Bool {
    merge { match in
      guard case .sctp(var old) = match, PortMatch.merge(new.source, into: &old.source),
        PortMatch.merge(new.destination, into: &old.destination)
      else { return nil }
      return .sctp(old)
    }
  }
}

extension PortMatch {
  /// Takes a test over where there is none yet; false if there are two.
  fileprivate static func merge(_ new: PortMatch, into old: inout PortMatch) -> Bool {
    if new == .any { return true }
    guard old == .any else { return false }
    old = new
    return true
  }
}
