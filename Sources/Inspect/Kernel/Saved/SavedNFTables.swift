import CSys

/// nf_tables as a node's kernel listed them.
final class SavedNFTables {
  private struct Place: Hashable {
    let table: Table
    let name: String
  }
  private let tables: [NFTTable]
  private let chains: [NFTChain]
  let chainNames: Set<ChainReference>
  /// Anonymous ones with their elements.
  private var sets: [Place: NFTSet] = [:]
  private var elements: [Place: [NFTSetElement]] = [:]
  /// Elements of one key each, by their keys, of sets that were asked.
  private var byKey: [Place: [[UInt8]: NFTSetElement]] = [:]

  private static let rulesMember = "nft-rules.bin"
  /// The rules' member, and where in it each chain's rules are.
  private let bytes: [UInt8]
  private var rules: [ChainReference: [Int]] = [:]
  private let setNames: SetNames

  init(_ members: SavedMembers, _ setNames: @escaping SetNames) throws(KernelError) {
    self.setNames = setNames
    tables = try Self.list(members, "nft-tables.bin") { message throws(KernelError) in try NFTTable(message) }
    chains = try Self.list(members, "nft-chains.bin") { message throws(KernelError) in try NFTChain(message) }
    chainNames = Set(chains.map(\.chain))
    bytes = try members.required(Self.rulesMember)
    var rules: [ChainReference: [Int]] = [:]
    try members.forEachMessage(of: Self.rulesMember) { message, _ throws(KernelError) in
      let attributes = try message.netfilterAttributes(of: "rule")
      guard let family = Self.family(attributes) else { return }
      let table = Table(
        backend: .nft, family: family, name: try attributes.required(NFTA_RULE_TABLE, "table").string)
      let chain = ChainReference(table: table, name: try attributes.required(NFTA_RULE_CHAIN, "chain").string)
      // struct nlmsghdr lies in front of the payload.
      rules[chain, default: []].append(message.offset - 16)
    }
    self.rules = rules
    try readSets(members)
  }

  private func readSets(_ members: SavedMembers) throws(KernelError) {
    // Those of other families, too.
    var count = 0
    try members.forEachMessage(of: "nft-sets.bin") { _, _ in count += 1 }
    var raw: [Place: [NFTRawElement]] = [:]
    try members.forEachMessage(of: "nft-setelems.bin", dumps: count) { message, _ throws(KernelError) in
      let attributes = try message.netfilterAttributes(of: "set's element")
      guard let family = Self.family(attributes) else { return }
      let table = Table(
        backend: .nft, family: family, name: try attributes.required(NFTA_SET_ELEM_LIST_TABLE, "table").string)
      let place = Place(table: table, name: try attributes.required(NFTA_SET_ELEM_LIST_SET, "set").string)
      raw[place, default: []] += try NFTRawElement.list(message)
    }
    let sets = try Self.list(members, "nft-sets.bin") { message throws(KernelError) in try NFTSet(message) }
    for var set in sets {
      let place = Place(table: set.table, name: set.name)
      let elements = set.joined(raw[place] ?? [])
      if set.isAnonymous { set.elements = elements } else { self.elements[place] = elements }
      self.sets[place] = set
    }
  }

  /// What the messages of a member describe, in tables of IP.
  private static func list<Value>(
    _ members: SavedMembers, _ name: String, _ decode: (NetlinkMessage) throws(KernelError) -> Value
  ) throws(KernelError) -> [Value] {
    var values: [Value] = []
    try members.forEachMessage(of: name) { message, _ throws(KernelError) in
      guard try family(message.netfilterAttributes(of: "object")) != nil else { return }
      values.append(try decode(message))
    }
    return values
  }

  /// The family of what a message describes, nil within for both; nil for none of IP.
  private static func family(_ attributes: NetlinkAttributes) -> IPFamily?? {
    // NFPROTO_INET, _IPV4, _IPV6
    [1, 2, 10].contains(attributes.protocolFamily) ? .some(IPFamily(number: attributes.protocolFamily)) : nil
  }
}

extension SavedNFTables: PacketFilter {
  func baseChains(at hook: Hook, family: IPFamily) -> [BaseChain] {
    var found: [BaseChain] = []
    for table in tables where !table.isDormant {
      guard let reference = table.table, reference.family ?? family == family else { continue }
      found += chains.compactMap(\.base).filter { $0.chain.table == reference && $0.hook == hook }
    }
    return NFTPacketFilter.ordered(found)
  }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    guard chainNames.contains(chain) else { return false }
    let filter = NFTHintFilter(hint, table: chain.table)
    for (index, start) in (rules[chain] ?? []).enumerated() {
      guard let rule = try rule(at: start, of: chain, filter) else { continue }
      guard try body(index + 1, rule) else { break }
    }
    return true
  }

  /// nil where the hint rules it out.
  private func rule(at start: Int, of chain: ChainReference, _ filter: NFTHintFilter) throws -> Rule? {
    let decoder = NFTRuleDecoder(table: chain.table, setNames: setNames) { self.namedSet($0, in: chain.table) }
    let bytes = bytes
    do {
      var messages = NetlinkMessages(bytes.span.bytes, from: start, reading: Self.rulesMember)
      guard let message = try messages.next() else { return nil }
      let attributes = try message.netfilterAttributes(of: "rule")
      return try filter.admits(attributes) ? decoder.rule(attributes) : nil
    } catch KernelError.malformed(let reading, let offset, let problem) {
      throw KernelError.malformed(reading: "\(Self.rulesMember): \(reading)", offset: offset, problem: problem)
    }
  }
}

extension SavedNFTables: RuleTables {
  func tableHeads() -> [TableHead] { tables.compactMap { TableHead($0) } }

  func chainHeads(of tables: [Table]) -> [Table: [ChainHead]] { ChainHead.lists(of: tables, in: chains) }

  func chainHead(_ reference: ChainReference) -> ChainHead? {
    chains.first { $0.chain == reference }.map { ChainHead($0) }
  }
}

extension SavedNFTables: NFTSets {
  func namedSet(_ name: String, in table: Table) -> NFTSet? { sets[Place(table: table, name: name)] }

  func elements(of set: NFTSet) throws -> [NFTSetElement] {
    guard let elements = set.elements ?? elements[Place(table: set.table, name: set.name)] else {
      throw KernelError.unavailable("set \(set.name) is not of this node")
    }
    return elements
  }

  func element(for key: [UInt8], in set: NFTSet) throws -> NFTSetElement? {
    let all = try elements(of: set)
    guard !set.isAnonymous, !set.flags.contains(.interval) else { return set.element(for: key, in: all) }
    let place = Place(table: set.table, name: set.name)
    let known = byKey[place] ?? Dictionary(all.filter { !$0.isCatchAll }.map { ($0.key, $0) }) { first, _ in first }
    byKey[place] = known
    return known[key] ?? all.first(where: \.isCatchAll)
  }
}
