/// nf_tables as a walk asks for it: base chains of all tables, and of chains and sets only what the packet meets.
public final class NFTPacketFilter: PacketFilter {
  /// What asks the kernel.
  public let reader: NFTReader
  /// Those with more chains than are listed.
  public private(set) var unreadTables: [String] = []

  /// Tables of bridges that have chains.
  public var unfollowedTables: [String] {
    // NFPROTO_BRIDGE
    (tables ?? []).filter { $0.protocolFamily == 7 && !$0.isDormant && $0.uses > 0 }.map(\.qualifiedName)
  }

  private struct Place: Hashable {
    let hook: Hook
    let family: IPFamily
  }
  private var tables: [NFTTable]?
  private var places: [Place: [BaseChain]] = [:]
  /// Base chains of a protocol family, where they were all listed.
  private var listed: [UInt8: [BaseChain]] = [:]

  /// The kernel lists about 10,000 chains in 4 ms, and its time grows with the square of them.
  private static let cheapUses: UInt64 = 10_000

  /// nf_tables of the network namespace that the calling thread is in; what is read later must be read on it, too.
  /// - Throws: `KernelError.unavailable` if nf_tables is not in the kernel.
  public convenience init() throws {
    let names = LiveSetNames()
    try self.init(reader: NFTReader { names.name(of: $0) })
  }

  /// What a reader reads.
  public init(reader: NFTReader) { self.reader = reader }

  /// Again, where the rules' generation changed meanwhile.
  public func consistently<T>(_ body: () throws -> T) throws -> T {
    try reader.consistently {
      forget()
      return try body()
    }
  }

  /// One question to the kernel.
  public func hasChanged() throws -> Bool { try reader.hasChanged() }

  /// Chains are asked for by name.
  public func forEachRule(
    in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    guard chain.table.backend == .nft else { return false }
    return try reader.forEachRule(in: chain, hint: hint, body)
  }

  /// Of two chains with the same priority the kernel enters the one first that was made last (nf_hook_grow). Tables, and
  /// chains of one table, are listed as they were made; a chain that was added to an older table later cannot be told.
  public func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    let place = Place(hook: hook, family: family)
    if let known = places[place] { return known }
    var chains: [BaseChain] = []
    for table in try allTables() where !table.isDormant {
      guard let reference = table.table, reference.family ?? family == family,
        reference.isNetdev ? hook.isAtInterface : hook == .ingress ? reference.family == nil : hook != .egress
      else { continue }
      for chain in try baseChains(of: table, reference, place) where !chains.contains(chain) { chains.append(chain) }
    }
    let ordered = Self.ordered(chains)
    places[place] = ordered
    return ordered
  }

  /// Base chains of a hook, as they are listed, in the order in which packets meet them.
  ///
  /// Of two chains with the same priority the kernel enters the one first that was made last (nf_hook_grow). Tables, and
  /// chains of one table, are listed as they were made; a chain that was added to an older table later cannot be told.
  static func ordered(_ chains: [BaseChain]) -> [BaseChain] {
    chains.enumerated().sorted {
      ($0.element.place, $0.element.priority, -$0.offset) < ($1.element.place, $1.element.priority, -$1.offset)
    }.map(\.element)
  }

  private func forget() {
    tables = nil
    places = [:]
    listed = [:]
    unreadTables = []
  }

  /// The tables, as the kernel lists them.
  public func allTables() throws -> [NFTTable] {
    if let tables { return tables }
    let read = try reader.tables()
    tables = read
    return read
  }

  private func baseChains(of table: NFTTable, _ reference: Table, _ place: Place) throws -> [BaseChain] {
    if let listed = listed[table.protocolFamily] {
      return listed.filter { $0.chain.table == reference && $0.hook == place.hook }
    }
    if let names = NFTKnownChains.names(of: reference, at: place.hook) {
      return try chains(names, of: reference, place)
    }
    if try isCheap(table.protocolFamily) {
      let all = try reader.chains(protocolFamily: table.protocolFamily).compactMap(\.base)
      listed[table.protocolFamily] = all
      return all.filter { $0.chain.table == reference && $0.hook == place.hook }
    }
    note(table)
    guard !place.hook.isAtInterface, KernelModule.netfilterHooks.isPresent else { return [] }
    do {
      let names = try reader.hookedChains(at: place.hook, family: place.family).filter { $0.table == reference }
      return try chains(names.map(\.name), of: reference, place)
    } catch KernelError.refused {
      // A kernel that was built without the list.
      return []
    }
  }

  private func chains(_ names: [String], of table: Table, _ place: Place) throws -> [BaseChain] {
    try names.compactMap { name in
      guard let base = try reader.chain(ChainReference(table: table, name: name))?.base, base.hook == place.hook else {
        return nil
      }
      return base
    }
  }

  private func isCheap(_ protocolFamily: UInt8) throws -> Bool {
    try allTables().filter { $0.protocolFamily == protocolFamily }.reduce(UInt64(0)) { $0 + UInt64($1.uses) }
      <= Self.cheapUses
  }

  private func note(_ table: NFTTable) {
    if !unreadTables.contains(table.qualifiedName) { unreadTables.append(table.qualifiedName) }
  }
}

/// The base chains of tables whose writers are known.
enum NFTKnownChains {
  /// The names of a table's base chains at a hook; nil if its writer is not known.
  static func names(of table: Table, at hook: Hook) -> [String]? {
    if table.isXTables { return [hook.chainName] }
    guard table.name == "kube-proxy", table.family != nil else { return nil }
    return kubeProxy[hook]
  }

  /// kube-proxy's, from 1.29 to 1.36.
  private static let kubeProxy: [Hook: [String]] = [
    .prerouting: ["filter-prerouting", "filter-prerouting-pre-dnat", "nat-prerouting"],
    .input: ["filter-input"],
    .forward: ["filter-forward"],
    .output: ["filter-output", "filter-output-pre-dnat", "filter-output-post-dnat", "nat-output"],
    .postrouting: ["nat-postrouting"],
  ]
}
