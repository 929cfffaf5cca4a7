extension LegacyPacketFilter: RuleTables {
  /// Those of IPv4, then those of IPv6. Only their names are read.
  public func tableHeads() throws -> [TableHead] {
    try IPFamily.allCases.flatMap { family in
      try names(family).map { TableHead(table: Table(backend: .legacy, family: family, name: $0)) }
    }
  }

  /// The built-in ones by hook, then the others as they are in the kernel, where iptables has sorted them.
  public func chainHeads(of tables: [Table]) throws -> [Table: [ChainHead]] {
    var found: [Table: [ChainHead]] = [:]
    for table in tables {
      guard let family = table.family, let read = try self.table(table.name, family) else { continue }
      found[table] = try read.chains().map { head($0, of: table) }
    }
    return found
  }

  /// A legacy table is read whole, whatever is asked of it.
  public func chainHead(_ reference: ChainReference) throws -> ChainHead? {
    guard let family = reference.table.family else { return nil }
    return try table(reference.table.name, family)?.chain(named: reference.name).map { head($0, of: reference.table) }
  }

  private func head(_ chain: LegacyChain, of table: Table) -> ChainHead {
    ChainHead(
      chain: ChainReference(table: table, name: chain.name), base: base(chain, of: table), counters: chain.counters)
  }
}
