import CSys

// Expressions that do something, or that keep state.
extension NFTRuleDecoder {
  func counter(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    guard builder.counters == nil else { return }
    builder.counters = try Counters(expression.attributes)
  }

  /// xt_match and xt_target in nf_tables: the same bytes as in a legacy table.
  func extensionOfXTables(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let isMatch = expression.name == "match"
    // NFTA_MATCH_* and NFTA_TARGET_* have the same numbers.
    let attributes = expression.attributes
    let number = try attributes.be32(NFTA_MATCH_REV, "revision") ?? 0
    guard let name = try attributes.string(NFTA_MATCH_NAME), let revision = UInt8(exactly: number),
      let info = try attributes.first(NFTA_MATCH_INFO)
    else { throw NFTProblem("no extension") }
    guard let family = builder.family else { throw NFTProblem("\(name) in a table of two families") }
    info.payload.withUnsafeBytes { bytes in
      if isMatch {
        builder.add(
          XTables.match(name: name, revision: revision, payload: bytes, family: family, setNames: setNames) as Match)
      } else {
        builder.add(
          XTables.action(name: name, revision: revision, payload: bytes, family: family, setNames: setNames) as Action)
      }
    }
  }

  func statement(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    switch expression.name {
    case "nat": try translation(expression, &builder)
    case "masq": try masquerade(expression, &builder)
    case "redir": try redirect(expression, &builder)
    case "reject": try reject(expression, &builder)
    case "log": try log(expression, &builder)
    case "limit": try limit(expression, &builder)
    case "quota": try quota(expression, &builder)
    case "connlimit": try connectionLimit(expression, &builder)
    case "objref": try object(expression, &builder)
    case "dynset": try dynamicSet(expression, &builder)
    case "queue": try queue(expression, &builder)
    case "tproxy": try transparentProxy(expression, &builder)
    case "notrack":
      builder.add(.conntrack(ConntrackAction(flags: 1)) as Action)
    // tcp option ... set, and reset
    case "exthdr" where try !expression.attributes.has(NFTA_EXTHDR_DREG):
      builder.add(.native(.passive("<exthdr: writes to the packet>")) as Action)
    case "flow_offload", "dup", "last": builder.add(.native(.passive(expression.name)) as Action)
    default: try load(expression, &builder)
    }
  }

  /// Expressions that only load a register (`UnknownExtension.loads`).
  private func load(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let target: UInt32? =
      switch expression.name {
      case "exthdr": try expression.attributes.be32(NFTA_EXTHDR_DREG, "destination register")
      case "rt": try expression.attributes.be32(NFTA_RT_DREG, "destination register")
      case "socket": try expression.attributes.be32(NFTA_SOCKET_DREG, "destination register")
      case "osf": try expression.attributes.be32(NFTA_OSF_DREG, "destination register")
      case "xfrm": try expression.attributes.be32(NFTA_XFRM_DREG, "destination register")
      case "tunnel": try expression.attributes.be32(NFTA_TUNNEL_DREG, "destination register")
      default: nil
      }
    guard let target else {
      // It may end the packet's way, as synproxy does.
      let unknown = expression.unknown("not known")
      builder.registers.poisonAll(with: unknown)
      return builder.add(.unknown(unknown) as Action)
    }
    var unknown = expression.unknown("what it loads is not known here")
    // Some have a name that an extension of iptables has, too.
    unknown.name = "expression \(expression.name)"
    builder.registers.poison(target, with: unknown)
  }

  private func translation(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let type = try expression.number(NFTA_NAT_TYPE, "type")
    guard type <= NFT_NAT_DNAT.rawValue else { throw NFTProblem("type \(type) is not known") }
    let family: IPFamily =
      switch Int32(bitPattern: try expression.number(NFTA_NAT_FAMILY, "family")) {
      case AF_INET: .v4
      case AF_INET6: .v6
      // NFPROTO_INET with a port alone: the family does not matter.
      default: builder.family ?? .v4
      }
    let registers = builder.registers
    func value<T: RawRepresentable>(_ type: T, length: Int) throws -> NFTValue? where T.RawValue == UInt32 {
      try expression.attributes.be32(type, "register").map { registers.load($0, length: length) }
    }
    let bytes = family.bits / 8
    try add(
      NFTTranslation(
        kind: type == NFT_NAT_SNAT.rawValue ? .source : .destination, family: family,
        address: value(NFTA_NAT_REG_ADDR_MIN, length: bytes),
        upperAddress: value(NFTA_NAT_REG_ADDR_MAX, length: bytes),
        port: value(NFTA_NAT_REG_PROTO_MIN, length: 2), upperPort: value(NFTA_NAT_REG_PROTO_MAX, length: 2),
        flags: try expression.attributes.be32(NFTA_NAT_FLAGS, "flags") ?? 0),
      of: expression, &builder)
  }

  private func masquerade(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let registers = builder.registers
    try add(
      NFTTranslation(
        kind: .masquerade, family: builder.family ?? .v4,
        port: try expression.attributes.be32(NFTA_MASQ_REG_PROTO_MIN, "port's register").map {
          registers.load($0, length: 2)
        },
        upperPort: try expression.attributes.be32(NFTA_MASQ_REG_PROTO_MAX, "last port's register").map {
          registers.load($0, length: 2)
        },
        flags: try expression.attributes.be32(NFTA_MASQ_FLAGS, "flags") ?? 0),
      of: expression, &builder)
  }

  private func redirect(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let registers = builder.registers
    try add(
      NFTTranslation(
        kind: .redirect, family: builder.family ?? .v4,
        port: try expression.attributes.be32(NFTA_REDIR_REG_PROTO_MIN, "port's register").map {
          registers.load($0, length: 2)
        },
        upperPort: try expression.attributes.be32(NFTA_REDIR_REG_PROTO_MAX, "last port's register").map {
          registers.load($0, length: 2)
        },
        flags: try expression.attributes.be32(NFTA_REDIR_FLAGS, "flags") ?? 0),
      of: expression, &builder)
  }

  /// Adds a translation: with constants it is xtables' own. NF_NAT_RANGE_NETMAP (64) and _PROTO_OFFSET (32) are not.
  private func add(
    _ translation: NFTTranslation, of expression: NFTExpression, _ builder: inout NFTRuleBuilder
  ) throws {
    let values = [translation.address, translation.upperAddress, translation.port, translation.upperPort]
    if let unknown = values.lazy.compactMap({ $0?.unknown }).first {
      throw NFTProblem("a register: \(unknown.name): \(unknown.reason)")
    }
    func constant(_ value: NFTValue?) -> [UInt8]?? {
      switch value {
      case nil: .some(nil)
      case .constant(let bytes)?: .some(bytes)
      default: nil
      }
    }
    guard translation.flags & 0x60 == 0, let address = constant(translation.address),
      let upperAddress = constant(translation.upperAddress), let port = constant(translation.port),
      let upperPort = constant(translation.upperPort)
    else { return builder.add(.native(.translation(translation)) as Action) }
    guard
      let plain = Translation(
        family: translation.family, address: address, upperAddress: upperAddress, port: port, upperPort: upperPort,
        flags: translation.flags)
    else { throw NFTProblem("an empty range") }
    switch translation.kind {
    case .source: builder.add(.snat(plain) as Action)
    case .destination: builder.add(.dnat(plain) as Action)
    case .masquerade: builder.add(.masquerade(plain) as Action)
    case .redirect: builder.add(.redirect(plain) as Action)
    }
  }

  private func reject(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let type = try expression.number(NFTA_REJECT_TYPE, "type")
    let code = try expression.attributes.byte(NFTA_REJECT_ICMP_CODE, "code") ?? 0
    guard let with = NFTReject.name(type: type, code: code, family: builder.family) else {
      throw NFTProblem("type \(type) code \(code) is not known")
    }
    builder.add(.reject(RejectAction(with: with)) as Action)
  }

  private func log(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let prefix = try expression.attributes.string(NFTA_LOG_PREFIX) ?? ""
    guard let group = try expression.attributes.be16(NFTA_LOG_GROUP, "group") else {
      let level = try expression.attributes.be32(NFTA_LOG_LEVEL, "level") ?? 4
      let flags = try expression.attributes.be32(NFTA_LOG_FLAGS, "flags") ?? 0
      return builder.add(
        .log(
          LogAction(
            level: UInt8(truncatingIfNeeded: level), flags: UInt8(truncatingIfNeeded: flags), prefix: prefix))
          as Action)
    }
    let length = try expression.attributes.be32(NFTA_LOG_SNAPLEN, "length")
    let threshold = try expression.attributes.be16(NFTA_LOG_QTHRESHOLD, "threshold")
    builder.add(
      .nflog(
        NFLogAction(
          // XT_NFLOG_F_COPY_LEN 1: the length was asked for.
          group: group, length: length ?? 0, threshold: threshold ?? 0, flags: length == nil ? 0 : 1,
          prefix: prefix)) as Action)
  }

  private func limit(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let rate = try expression.attributes.be64(NFTA_LIMIT_RATE, "rate") ?? 0
    let unit = try expression.attributes.be64(NFTA_LIMIT_UNIT, "unit") ?? 0
    guard rate > 0, unit > 0 else { throw NFTProblem("rate 0") }
    let limit = NFTLimit(
      rate: rate, unit: unit, burst: try expression.attributes.be32(NFTA_LIMIT_BURST, "burst") ?? 0,
      countsBytes: try expression.attributes.be32(NFTA_LIMIT_TYPE, "type") == NFT_LIMIT_PKT_BYTES.rawValue,
      isOver: (try expression.attributes.be32(NFTA_LIMIT_FLAGS, "flags") ?? 0) & UInt32(NFT_LIMIT_F_INV.rawValue) != 0)
    // iptables-nft writes `-m limit` so; XT_LIMIT_SCALE is 10000.
    let average = unit.multipliedReportingOverflow(by: 10000)
    if builder.isXTables, !limit.countsBytes, !limit.isOver, !average.overflow,
      let average = UInt32(exactly: average.partialValue / rate)
    {
      builder.add(.limit(LimitMatch(average: average, burst: limit.burst)) as Match)
    } else {
      builder.add(.native(.limit(limit)) as Match)
    }
  }

  private func quota(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let flags = try expression.attributes.be32(NFTA_QUOTA_FLAGS, "flags") ?? 0
    builder.add(
      .native(
        .quota(
          NFTQuota(
            bytes: try expression.attributes.be64(NFTA_QUOTA_BYTES, "bytes") ?? 0,
            used: try expression.attributes.be64(NFTA_QUOTA_CONSUMED, "consumed") ?? 0, isOver: flags & 1 != 0)))
        as Match)
  }

  private func connectionLimit(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let flags = try expression.attributes.be32(NFTA_CONNLIMIT_FLAGS, "flags") ?? 0
    builder.add(
      .native(
        .connectionLimit(count: try expression.number(NFTA_CONNLIMIT_COUNT, "count"), inverted: flags & 1 != 0))
        as Match)
  }

  private func object(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    var reference = NFTObjectReference(
      type: try expression.attributes.be32(NFTA_OBJREF_IMM_TYPE, "type"),
      name: try expression.attributes.string(NFTA_OBJREF_IMM_NAME), lookup: nil)
    if reference.name == nil {
      let set = try declaredSet(try expression.attributes.string(NFTA_OBJREF_SET_NAME))
      let key = builder.registers.load(
        try expression.number(NFTA_OBJREF_SET_SREG, "register"), length: set.keyLength)
      if let unknown = key.unknown { return builder.add(.unknown(unknown) as Match) }
      reference.lookup = NFTLookup(set: set, key: key)
    }
    if reference.decides {
      builder.add(.native(.object(reference)) as Match)
    } else {
      builder.add(.native(.object(reference)) as Action)
    }
  }

  private func dynamicSet(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let set = try declaredSet(try expression.attributes.string(NFTA_DYNSET_SET_NAME))
    let number = try expression.number(NFTA_DYNSET_OP, "operation")
    guard let operation = NFTDynamicSet.Operation(rawValue: number) else {
      throw NFTProblem("operation \(number) is not known")
    }
    let registers = builder.registers
    let key = registers.load(try expression.number(NFTA_DYNSET_SREG_KEY, "register"), length: set.keyLength)
    if let unknown = key.unknown { throw NFTProblem("the key: \(unknown.name): \(unknown.reason)") }
    let flags = try expression.attributes.be32(NFTA_DYNSET_FLAGS, "flags") ?? 0
    builder.add(
      .native(
        .dynamicSet(
          NFTDynamicSet(
            operation: operation, set: set, key: key,
            data: try expression.attributes.be32(NFTA_DYNSET_SREG_DATA, "data's register").map {
              registers.load($0, length: set.dataLength)
            },
            timeout: try expression.attributes.be64(NFTA_DYNSET_TIMEOUT, "timeout") ?? 0, inverted: flags & 1 != 0,
            expressions: try names(of: expression)))) as Action)
  }

  /// The names of the expressions that an element of a dynamic set gets.
  private func names(of expression: NFTExpression) throws -> [String] {
    if let one = try expression.attributes.first(NFTA_DYNSET_EXPR)?.nested {
      return [try one.string(NFTA_EXPR_NAME) ?? ""]
    }
    guard var list = try expression.attributes.first(NFTA_DYNSET_EXPRESSIONS)?.nested else { return [] }
    var names: [String] = []
    while let element = try list.next() {
      names.append(try element.nested.string(NFTA_EXPR_NAME) ?? "")
    }
    return names
  }

  private func queue(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    guard try !expression.attributes.has(NFTA_QUEUE_SREG_QNUM) else {
      throw NFTProblem("a computed queue")
    }
    var queue = QueueAction(number: try expression.attributes.be16(NFTA_QUEUE_NUM, "number") ?? 0)
    queue.count = try expression.attributes.be16(NFTA_QUEUE_TOTAL, "total") ?? 1
    queue.flags = try expression.attributes.be16(NFTA_QUEUE_FLAGS, "flags") ?? 0
    builder.add(.queue(queue) as Action)
  }

  private func transparentProxy(_ expression: NFTExpression, _ builder: inout NFTRuleBuilder) throws {
    let family = builder.family ?? .v4
    let address = try expression.attributes.be32(NFTA_TPROXY_REG_ADDR, "address's register").map {
      builder.registers.load($0, length: family.bits / 8)
    }
    let port = try expression.attributes.be32(NFTA_TPROXY_REG_PORT, "port's register").map {
      builder.registers.load($0, length: 2)
    }
    let none = NFTValue.constant([UInt8](repeating: 0, count: 16))
    guard case .constant(let addressBytes) = address ?? none, case .constant(let portBytes) = port ?? none,
      let address = addressBytes.withUnsafeBytes({ IPAddress(bytes: $0, family: family) })
    else { throw NFTProblem("a computed address") }
    let number = UInt16(truncatingIfNeeded: UInt32(networkBytes: portBytes.prefix(2)))
    builder.add(.tproxy(TProxyAction(address: address, port: number, markValue: 0, markMask: 0)) as Action)
  }
}

extension NFTRuleBuilder {
  /// `meta … set`.
  mutating func setMeta(_ key: UInt32, _ register: UInt32) {
    switch key {
    case NFT_META_NFTRACE.rawValue: add(.trace as Action)
    case NFT_META_MARK.rawValue: setMark(registers.load(register, length: 4))
    default:
      let field = NFTField.meta(key: key)
      set(field, registers.load(register, length: field.length))
    }
  }

  /// `ct … set`.
  mutating func setConnection(_ key: UInt32, _ register: UInt32) {
    if key == NFT_CT_MARK.rawValue { return setConnectionMark(registers.load(register, length: 4)) }
    let field = NFTField.connection(key: key, direction: nil)
    set(field, registers.load(register, length: field.length))
  }

  private mutating func setMark(_ value: NFTValue) {
    switch value.arithmetic(on: .mark) {
    case let (mask, xor)?: add(.mark(MarkAction(value: xor, mask: ~mask)) as Action)
    case nil where value == .field(.connectionMark):
      add(
        .connmark(ConnmarkAction(mode: .restore, value: 0, connectionMask: .max, packetMask: .max)) as Action)
    case nil: set(.mark, value)
    }
  }

  private mutating func setConnectionMark(_ value: NFTValue) {
    switch value.arithmetic(on: .connectionMark) {
    case let (mask, xor)?:
      add(.connmark(ConnmarkAction(mode: .set, value: xor, connectionMask: ~mask, packetMask: 0)) as Action)
    case nil where value == .field(.mark):
      add(.connmark(ConnmarkAction(mode: .save, value: 0, connectionMask: .max, packetMask: .max)) as Action)
    case nil: set(.connectionMark, value)
    }
  }

  private mutating func set(_ field: NFTField, _ value: NFTValue) {
    if let unknown = value.unknown {
      add(.unknown(unknown) as Action)
    } else {
      add(.native(.set(field, value)) as Action)
    }
  }
}

extension NFTValue {
  /// (field & mask) ^ xor, where the value is that: a constant has mask 0.
  fileprivate func arithmetic(on field: NFTField) -> (mask: UInt32, xor: UInt32)? {
    switch self {
    case .constant(let bytes) where bytes.count == 4: (0, UInt32(hostBytes: bytes))
    case .field(field): (.max, 0)
    case .bitwise(let inner, let mask, let xor) where mask.count == 4 && xor.count == 4:
      inner.arithmetic(on: field).map { before in
        let mask = UInt32(hostBytes: mask)
        return (before.mask & mask, before.xor & mask ^ UInt32(hostBytes: xor))
      }
    default: nil
    }
  }
}

/// Names of what a reject expression tells the sender, as `--reject-with` has them.
enum NFTReject {
  static func name(type: UInt32, code: UInt8, family: IPFamily?) -> String? {
    switch type {
    case NFT_REJECT_ICMP_UNREACH.rawValue: family == .v6 ? icmpv6[code] : icmp[code]
    case NFT_REJECT_TCP_RST.rawValue: "tcp-reset"
    case NFT_REJECT_ICMPX_UNREACH.rawValue: icmpx[code]
    default: nil
    }
  }

  static let icmp: [UInt8: String] = [
    0: "icmp-net-unreachable", 1: "icmp-host-unreachable", 2: "icmp-proto-unreachable", 3: "icmp-port-unreachable",
    9: "icmp-net-prohibited", 10: "icmp-host-prohibited", 13: "icmp-admin-prohibited",
  ]
  static let icmpv6: [UInt8: String] = [
    0: "icmp6-no-route", 1: "icmp6-adm-prohibited", 3: "icmp6-addr-unreachable", 4: "icmp6-port-unreachable",
    5: "icmp6-policy-fail", 6: "icmp6-reject-route",
  ]
  /// NFT_REJECT_ICMPX_*: translated to the packet's own family.
  static let icmpx: [UInt8: String] = [
    0: "icmpx-no-route", 1: "icmpx-port-unreachable", 2: "icmpx-host-unreachable", 3: "icmpx-admin-prohibited",
  ]
}
