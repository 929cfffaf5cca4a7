extension NFTPacketFilter: RuleTables {
  /// Those of all families that packets of IP meet.
  public func tableHeads() throws -> [TableHead] { try reader.tables().compactMap { TableHead($0) } }

  /// The kernel lists the chains of a family, whatever their tables.
  public func chainHeads(of tables: [Table]) throws -> [Table: [ChainHead]] {
    let families = Set(tables.map(\.protocolFamily)).sorted()
    return ChainHead.lists(of: tables, in: try families.flatMap { try reader.chains(protocolFamily: $0) })
  }

  /// Asked for by name.
  public func chainHead(_ reference: ChainReference) throws -> ChainHead? {
    try reader.chain(reference).map { ChainHead($0) }
  }

  /// Those of the families bridge and arp.
  public func otherTables() throws -> [String] {
    try reader.tables().filter { $0.table == nil && $0.uses > 0 }.map(\.qualifiedName)
  }

  /// As the kernel numbers it.
  public func generation() throws -> UInt32? { try reader.generation() }
}

extension TableHead {
  /// nil for a table that packets of IP do not meet at hooks of their own.
  init?(_ table: NFTTable) {
    guard let reference = table.table else { return nil }
    self.init(table: reference, isDormant: table.isDormant)
  }
}

extension ChainHead {
  init(_ chain: NFTChain) {
    self.init(
      chain: chain.chain, base: chain.base, type: chain.type, counters: chain.counters, handle: chain.handle,
      comment: chain.comment)
  }

  /// The chains of some tables among those that the kernel listed. nft prints them in the kernel's order, iptables base
  /// chains by their hooks and the others by name.
  static func lists(of tables: [Table], in chains: [NFTChain]) -> [Table: [ChainHead]] {
    let wanted = Set(tables)
    var lists = Dictionary(grouping: chains.filter { wanted.contains($0.chain.table) }.map { ChainHead($0) }) {
      $0.chain.table
    }
    for table in lists.keys where table.isXTables {
      lists[table]?.sort { left, right in
        let hooks = (left.hookOrder, right.hookOrder)
        if hooks.0 != hooks.1 { return hooks.0 < hooks.1 }
        return left.chain.name.utf8.lexicographicallyPrecedes(right.chain.name.utf8)
      }
    }
    return lists
  }

  /// Chains without a hook are last.
  private var hookOrder: UInt8 { base?.hook.rawValue ?? .max }
}
