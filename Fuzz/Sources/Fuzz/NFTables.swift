import CSys

@testable import Inspect
@testable import kpx

/// Messages of nf_tables: tables, chains, sets, elements and rules, as a node's dumps in that order.
func fuzzNFTables(_ input: UnsafeRawBufferPointer) {
  let rules = SavedRules()
  forEachMessage(input) { message in
    attempt { try rules.add(message) }
  }
  for (chain, decoded) in rules.chains {
    for rule in decoded {
      checkPrintable(printable(rule.text(in: chain)))
      checkPrintable(printable(rule.nftText(in: chain.table)))
    }
  }
  for set in rules.sets.values {
    for element in set.elements ?? [] {
      checkPrintable(printable(NFTSetText.text(element, of: NFTLookup(set: set, key: .constant(element.key)))))
    }
  }
  let node = FuzzedNode(rules, maps: rules, tables: rules)
  trace(node)
  list(node)
}

/// What messages said, for a walk.
private final class SavedRules: PacketFilter, NFTSets, RuleTables {
  private(set) var chains: [ChainReference: [Rule]] = [:]
  private(set) var sets: [ChainReference: NFTSet] = [:]
  private var bases: [BaseChain] = []
  private var heads: [NFTTable] = []
  private var listed: [NFTChain] = []

  func add(_ message: NetlinkMessage) throws {
    switch UInt32(message.type & 0xff) {
    case NFT_MSG_NEWTABLE.rawValue:
      let table = try NFTTable(message)
      checkPrintable(printable(table.qualifiedName))
      heads.append(table)
    case NFT_MSG_NEWCHAIN.rawValue:
      let chain = try NFTChain(message)
      listed.append(chain)
      if let base = chain.base { bases.append(base) }
    case NFT_MSG_NEWSET.rawValue:
      let set = try NFTSet(message)
      sets[ChainReference(table: set.table, name: set.name)] = set
    case NFT_MSG_NEWSETELEM.rawValue: try addElements(message)
    case NFT_MSG_NEWRULE.rawValue: try addRule(message)
    default: _ = try ChainReference(hook: message)
    }
  }

  private func place(_ message: NetlinkMessage) throws -> ChainReference {
    let attributes = try message.netfilterAttributes(of: "object")
    let family = IPFamily(number: attributes.protocolFamily)
    let table = Table(backend: .nft, family: family, name: try attributes.first(1)?.string ?? "")
    return ChainReference(table: table, name: try attributes.first(2)?.string ?? "")
  }

  private func addElements(_ message: NetlinkMessage) throws {
    let place = try place(message)
    var set = sets[place] ?? NFTSet(table: place.table, name: place.name, flags: [.interval, .map], keyLength: 12)
    set.elements = (set.elements ?? []) + set.joined(try NFTRawElement.list(message))
    sets[place] = set
  }

  private func addRule(_ message: NetlinkMessage) throws {
    let place = try place(message)
    let attributes = try message.netfilterAttributes(of: "rule")
    let decoder = NFTRuleDecoder(table: place.table, setNames: { $0 % 2 == 0 ? "set\u{1b}" : nil }) { [sets] name in
      sets[ChainReference(table: place.table, name: name)]
    }
    let hint = RuleHint(destination: .v4(0x0a60_0001), transport: .tcp)
    _ = try NFTHintFilter(hint, table: place.table).admits(attributes)
    chains[place, default: []].append(try decoder.rule(attributes))
  }

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    bases.filter { $0.hook == hook && $0.chain.table.family ?? family == family }.sorted { $0.priority < $1.priority }
  }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    guard let rules = chains[chain] else { return bases.contains { $0.chain == chain } }
    for (index, rule) in rules.enumerated() where try !body(index + 1, rule) { break }
    return true
  }

  func tableHeads() throws -> [TableHead] { heads.compactMap { TableHead($0) } }

  func chainHeads(of tables: [Table]) throws -> [Table: [ChainHead]] { ChainHead.lists(of: tables, in: listed) }

  func chainHead(_ reference: ChainReference) throws -> ChainHead? {
    listed.first { $0.chain == reference }.map { ChainHead($0) }
  }

  func namedSet(_ name: String, in table: Table) throws -> NFTSet? { sets[ChainReference(table: table, name: name)] }

  func elements(of set: NFTSet) throws -> [NFTSetElement] {
    set.elements ?? sets[ChainReference(table: set.table, name: set.name)]?.elements ?? []
  }
}
