/// The tables of a node and their chains, for whoever shows rules as they stand. What a packet meets is asked of a
/// `PacketFilter`, and so are the rules of a chain.
public protocol RuleTables {
  /// The tables that there are, in the kernel's order.
  func tableHeads() throws -> [TableHead]

  /// The chains of some tables, in the order in which the table's own tool prints them.
  func chainHeads(of tables: [Table]) throws -> [Table: [ChainHead]]

  /// A chain by name; nil if there is none.
  func chainHead(_ reference: ChainReference) throws -> ChainHead?

  /// Tables whose rules kpx does not read, as no packet of IP meets them at a hook of its own: `bridge filter`.
  func otherTables() throws -> [String]

  /// The number of the rules' state, of which every change makes another; nil where rules do not change once they are read.
  func generation() throws -> UInt32?
}

/// Nobody changes the rules, and all tables are read.
extension RuleTables {
  /// None.
  public func otherTables() throws -> [String] { [] }

  /// There is one state.
  public func generation() throws -> UInt32? { nil }
}

/// Tables of both kinds side by side.
struct BothKindsOfTables: RuleTables {
  /// nil where there is no legacy table.
  let legacy: (any RuleTables)?
  /// nil where there is no nf_tables.
  let nft: (any RuleTables)?

  private var kinds: [any RuleTables] { [legacy, nft].compactMap(\.self) }

  func tableHeads() throws -> [TableHead] { try kinds.flatMap { try $0.tableHeads() } }

  func chainHeads(of tables: [Table]) throws -> [Table: [ChainHead]] {
    let old = try legacy?.chainHeads(of: tables.filter { $0.backend == .legacy }) ?? [:]
    let native = try nft?.chainHeads(of: tables.filter { $0.backend == .nft }) ?? [:]
    return old.merging(native) { first, _ in first }
  }

  func chainHead(_ reference: ChainReference) throws -> ChainHead? {
    try (reference.table.backend == .legacy ? legacy : nft)?.chainHead(reference)
  }

  func otherTables() throws -> [String] { try kinds.flatMap { try $0.otherTables() } }

  func generation() throws -> UInt32? { try nft?.generation() }
}
