import CSys

/// What the constants are that a rule puts into registers, by the number of the expression: what they are used for tells.
struct NFTConstants {
  private(set) var contents: [Int: NFTContent] = [:]
  /// Which expression has filled a register, by its first word.
  private var owners: [Int: Int] = [:]
  private var conflicts: Set<Int> = []

  init(_ expressions: NetlinkAttributes, _ table: Table) throws {
    var expressions = expressions
    var number = 0
    while let element = try expressions.next() {
      let expression = try NFTExpression(element.nested)
      try note(expression, number, table)
      number += 1
    }
  }

  private mutating func note(_ expression: NFTExpression, _ number: Int, _ table: Table) throws {
    let fields = expression.attributes
    switch expression.name {
    case "immediate":
      if let word = try fields.be32(NFTA_IMMEDIATE_DREG, "register").flatMap(NFTRegisters.word) {
        owners[word] = number
      }
    case "nat":
      let family = try fields.be32(NFTA_NAT_FAMILY, "family").flatMap {
        IPFamily(number: UInt8(truncatingIfNeeded: $0))
      }
      use(try fields.be32(NFTA_NAT_REG_ADDR_MIN, "register"), (family ?? table.family).map { .address($0) })
      use(try fields.be32(NFTA_NAT_REG_ADDR_MAX, "register"), (family ?? table.family).map { .address($0) })
      use(try fields.be32(NFTA_NAT_REG_PROTO_MIN, "register"), .number)
      use(try fields.be32(NFTA_NAT_REG_PROTO_MAX, "register"), .number)
    case "masq":
      use(try fields.be32(NFTA_MASQ_REG_PROTO_MIN, "register"), .number)
      use(try fields.be32(NFTA_MASQ_REG_PROTO_MAX, "register"), .number)
    case "redir":
      use(try fields.be32(NFTA_REDIR_REG_PROTO_MIN, "register"), .number)
      use(try fields.be32(NFTA_REDIR_REG_PROTO_MAX, "register"), .number)
    case "tproxy":
      use(try fields.be32(NFTA_TPROXY_REG_ADDR, "register"), table.family.map { .address($0) })
      use(try fields.be32(NFTA_TPROXY_REG_PORT, "register"), .number)
    case "meta": use(try fields.be32(NFTA_META_SREG, "register"), .number)
    case "ct":
      let key = try fields.be32(NFTA_CT_KEY, "key") ?? 0
      use(try fields.be32(NFTA_CT_SREG, "register"), NFTContent(.connection(key: key, direction: nil)))
    case "queue": use(try fields.be32(NFTA_QUEUE_SREG_QNUM, "register"), .number)
    default: break
    }
  }

  /// A constant that is used as two things is known as none.
  private mutating func use(_ register: UInt32?, _ content: NFTContent?) {
    guard let register, let word = NFTRegisters.word(register), let owner = owners[word], let content else { return }
    if contents[owner] ?? content != content { conflicts.insert(owner) }
    contents[owner] = conflicts.contains(owner) ? nil : content
  }
}
