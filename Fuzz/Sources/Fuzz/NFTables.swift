import CSys

@testable import Inspect
@testable import kpx

/// Messages of nf_tables: tables, chains, sets, elements and rules, as a node's dumps in that order.
func fuzzNFTables(_ input: UnsafeRawBufferPointer) {
  let rules = SavedRules()
  attempt {
    _ = try NFTMessage.forEach(in: NFTBytes(input)) { message in
      attempt { try rules.add(message) }
      return true
    }
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
  trace(rules)
}

/// What messages said, for a walk.
private final class SavedRules: PacketFilter {
  let localAddresses = [IPPrefix(.v4(0x7f00_0000), length: 8)]
  private(set) var chains: [ChainReference: [Rule]] = [:]
  private(set) var sets: [ChainReference: NFTSet] = [:]
  private var bases: [BaseChain] = []

  func add(_ message: NFTMessage) throws {
    switch UInt32(message.type & 0xff) {
    case NFT_MSG_NEWTABLE.rawValue: checkPrintable(printable(try NFTTable(message).qualifiedName))
    case NFT_MSG_NEWCHAIN.rawValue:
      if let base = try NFTChain(message).base { bases.append(base) }
    case NFT_MSG_NEWSET.rawValue:
      let set = try NFTSet(message)
      sets[ChainReference(table: set.table, name: set.name)] = set
    case NFT_MSG_NEWSETELEM.rawValue: try addElements(message)
    case NFT_MSG_NEWRULE.rawValue: try addRule(message)
    default: _ = try ChainReference(hook: message)
    }
  }

  private func place(_ message: NFTMessage) throws -> ChainReference {
    let attributes = try message.netfilterPayload.attributes
    let family = IPFamily(protocolFamily: try message.payload.host(UInt8.self))
    let table = Table(backend: .nft, family: family, name: try attributes.string(1) ?? "")
    return ChainReference(table: table, name: try attributes.string(2) ?? "")
  }

  private func addElements(_ message: NFTMessage) throws {
    let place = try place(message)
    var set = sets[place] ?? NFTSet(table: place.table, name: place.name, flags: [.interval, .map], keyLength: 12)
    set.elements = (set.elements ?? []) + set.joined(try NFTRawElement.list(message))
    sets[place] = set
  }

  private func addRule(_ message: NFTMessage) throws {
    let place = try place(message)
    let bytes = try message.netfilterPayload
    let decoder = NFTRuleDecoder(table: place.table, setNames: { $0 % 2 == 0 ? "set\u{1b}" : nil }) { [sets] name in
      sets[ChainReference(table: place.table, name: name)]
    }
    let hint = RuleHint(destination: .v4(0x0a60_0001), transport: .tcp)
    _ = NFTHintFilter(hint, table: place.table).admits(bytes)
    chains[place, default: []].append(try decoder.rule(bytes.attributes))
  }

  func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    bases.filter { $0.hook == hook && $0.chain.table.family ?? family == family }.sorted { $0.priority < $1.priority }
  }

  func forEachRule(in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool) throws -> Bool {
    guard let rules = chains[chain] else { return bases.contains { $0.chain == chain } }
    for (index, rule) in rules.enumerated() where try !body(index + 1, rule) { break }
    return true
  }

  func set(_ match: SetMatch, family: IPFamily, holds element: SetElement) throws -> Bool? { nil }

  func namedSet(_ name: String, in table: Table) throws -> NFTSet? { sets[ChainReference(table: table, name: name)] }

  func elements(of set: NFTSet) throws -> [NFTSetElement] {
    set.elements ?? sets[ChainReference(table: set.table, name: set.name)]?.elements ?? []
  }
}
