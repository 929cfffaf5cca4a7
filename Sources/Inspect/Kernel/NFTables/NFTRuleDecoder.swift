import CSys

/// Turns the bytes of a rule of nf_tables into a `Rule`.
///
/// Expressions are run symbolically: registers hold what they would be computed from. Tests that xtables knows become
/// the same `Match` as there, so that a rule of iptables-nft equals its legacy twin.
struct NFTRuleDecoder {
  let table: Table
  /// Declares a set of the table; nil if there is none of that name.
  let set: (String) throws -> NFTSet?
  let setNames: SetNames

  /// A decoder for the rules of a table.
  init(table: Table, setNames: @escaping SetNames = { _ in nil }, set: @escaping (String) throws -> NFTSet?) {
    self.table = table
    self.setNames = setNames
    self.set = set
  }

  /// Decodes the attributes of a rule (NFTA_RULE_*).
  func rule(_ attributes: NetlinkAttributes) throws -> Rule {
    var builder = NFTRuleBuilder(table: table)
    if var expressions = try attributes.first(NFTA_RULE_EXPRESSIONS)?.nested {
      while let element = try expressions.next() { try add(NFTExpression(element.nested), to: &builder) }
    }
    if let comment = try NFTUserData.comment(attributes.first(NFTA_RULE_USERDATA)) { builder.comment(comment) }
    var rule = builder.finish()
    rule.handle = try attributes.be64(NFTA_RULE_HANDLE, "handle")
    return rule
  }

  /// Runs an expression; one that is not understood becomes an unknown test.
  func add(_ expression: NFTExpression, to builder: inout NFTRuleBuilder) throws {
    do {
      try decode(expression, into: &builder)
    } catch let problem as NFTProblem {
      builder.unknown(expression.unknown(problem.reason))
    } catch KernelError.malformed(let object, let offset, let problem) {
      throw KernelError.malformed(
        reading: "expression \(expression.name) of \(object)", offset: offset, problem: problem)
    }
  }

  private func decode(_ expression: NFTExpression, into builder: inout NFTRuleBuilder) throws {
    switch expression.name {
    case "payload": try payload(expression, &builder)
    case "meta": try meta(expression, &builder)
    case "ct": try connection(expression, &builder)
    case "cmp": try comparison(expression, &builder)
    case "bitwise": try bitwise(expression, &builder)
    case "range": try range(expression, &builder)
    case "immediate": try immediate(expression, &builder)
    case "lookup": try lookup(expression, &builder)
    case "byteorder": try byteOrder(expression, &builder)
    case "numgen": try numberGenerator(expression, &builder)
    case "hash": try hash(expression, &builder)
    case "fib": try fib(expression, &builder)
    case "counter": try counter(expression, &builder)
    case "match", "target": try extensionOfXTables(expression, &builder)
    default: try statement(expression, &builder)
    }
  }
}

/// An expression of a rule, as the kernel gave it.
struct NFTExpression: ~Escapable {
  let name: String
  let attributes: NetlinkAttributes

  /// Decodes NFTA_EXPR_*.
  @_lifetime(copy element)
  init(_ element: NetlinkAttributes) throws(KernelError) {
    name = try element.required(NFTA_EXPR_NAME, "name of an expression").string
    if let data = try element.first(NFTA_EXPR_DATA) {
      attributes = data.nested
    } else {
      attributes = NetlinkAttributes(RawSpan(), of: "expression")
    }
  }

  /// The expression as something that was not understood.
  func unknown(_ reason: String) -> UnknownExtension {
    UnknownExtension(name: name, revision: 0, bytes: attributes.all, reason: reason)
  }

  /// A number that must be there.
  func number<T: RawRepresentable>(_ type: T, _ what: StaticString) throws -> UInt32 where T.RawValue == UInt32 {
    guard let number = try attributes.be32(type, what) else { throw NFTProblem("no \(what)") }
    return number
  }

  /// The bytes of a struct nft_data (NFTA_DATA_VALUE) that must be there.
  func value<T: RawRepresentable>(_ type: T, _ what: StaticString) throws -> [UInt8] where T.RawValue == UInt32 {
    guard let value = try attributes.first(type)?.nested.first(NFTA_DATA_VALUE) else {
      throw NFTProblem("no \(what)")
    }
    let count = value.payload.byteCount
    guard (1...64).contains(count) else { throw NFTProblem("\(what) of \(count) bytes") }
    return value.bytes
  }
}

/// Why an expression was not understood.
struct NFTProblem: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// What nft keeps with rules, sets and elements for itself: type, length and value, a byte each for the first two.
enum NFTUserData {
  /// The value of a type.
  static func value(_ type: UInt8, in bytes: [UInt8]) -> [UInt8]? {
    var position = 0
    while bytes.count - position >= 2 {
      let length = Int(bytes[position + 1])
      guard length <= bytes.count - position - 2 else { return nil }
      if bytes[position] == type { return Array(bytes[position + 2..<position + 2 + length]) }
      position += 2 + length
    }
    return nil
  }

  /// The comment of a rule or an element: type 0.
  static func comment(_ data: NetlinkAttribute?) -> String? {
    guard let data else { return nil }
    return value(0, in: data.bytes).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
