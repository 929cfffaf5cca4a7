/// The legacy tables as a walk asks for them, each read when a hook of its is first asked for.
public final class LegacyPacketFilter: PacketFilter {
  private struct Key: Hashable {
    let family: IPFamily
    let name: String
  }
  private let source: Source
  /// What was read; nil for a table that is not there.
  private var tables: [Key: LegacyTable?] = [:]
  private let liveSetNames: LiveSetNames?
  private let observer: ActivityObserver

  private enum Source {
    case live
    case saved([LegacyTable])
  }

  /// The tables of the network namespace that the calling thread is in. They are read on whichever thread asks for a
  /// chain first, which must be in that namespace, too.
  public init(_ observer: ActivityObserver = .none) {
    source = .live
    self.observer = observer
    liveSetNames = LiveSetNames()
  }

  /// Tables that were saved.
  public init(tables: [LegacyTable]) {
    source = .saved(tables)
    observer = .none
    liveSetNames = nil
  }

  /// Those of the tables that it was given.
  public func baseChains(at hook: Hook, family: IPFamily) throws -> [BaseChain] {
    try Self.order(at: hook).compactMap { name, _ in
      let table = Table(backend: .legacy, family: family, name: name)
      return try self.table(name, family)?.builtInChain(at: hook).flatMap { base($0, of: table) }
    }
  }

  /// A built-in chain as packets meet it; nil for any other.
  func base(_ chain: LegacyChain, of table: Table) -> BaseChain? {
    guard let hook = chain.hook, let policy = chain.policy,
      let priority = Self.order(at: hook).first(where: { $0.0 == table.name })?.1
    else { return nil }
    return BaseChain(
      chain: ChainReference(table: table, name: chain.name), hook: hook, priority: priority,
      isNAT: table.name == "nat", policy: policy)
  }

  /// The names of the tables that there are.
  func names(_ family: IPFamily) throws(KernelError) -> [String] {
    switch source {
    case .live: try LegacyTable.instantiated(family)
    case .saved(let tables): tables.filter { $0.family == family }.map(\.name)
    }
  }

  /// Only rules that the hint does not rule out are decoded.
  public func forEachRule(
    in chain: ChainReference, hint: RuleHint, _ body: (Int, Rule) throws -> Bool
  ) throws -> Bool {
    guard chain.table.backend == .legacy, let family = chain.table.family else { return false }
    guard let table = try table(chain.table.name, family) else { return false }
    return try table.forEachRule(in: chain.name, hint: hint, body)
  }

  /// A table by name; nil if it is not there.
  public func table(_ name: String, _ family: IPFamily) throws(KernelError) -> LegacyTable? {
    let key = Key(family: family, name: name)
    if let known = tables[key] { return known }
    let table: LegacyTable? =
      switch source {
      case .saved(let saved): saved.first { $0.name == name && $0.family == family }
      case .live:
        try LegacyTable.read(family: family, name: name, observer) { [liveSetNames] in liveSetNames?.name(of: $0) }
      }
    tables[key] = .some(table)
    return table
  }

  /// The tables that questions have led to so far, by family and name.
  public var tablesRead: [LegacyTable] {
    tables.values.compactMap { $0 }.sorted { ($0.family.rawValue, $0.name) < ($1.family.rawValue, $1.name) }
  }

  /// The tables that have a chain at a hook, in the kernel's order (NF_IP_PRI_*).
  private static func order(at hook: Hook) -> [(String, Int32)] {
    switch hook {
    case .prerouting: [("raw", -300), ("mangle", -150), ("nat", -100)]
    case .input: [("mangle", -150), ("filter", 0), ("security", 50), ("nat", 100)]
    case .forward: [("mangle", -150), ("filter", 0), ("security", 50)]
    case .output: [("raw", -300), ("mangle", -150), ("nat", -100), ("filter", 0), ("security", 50)]
    case .postrouting: [("mangle", -150), ("nat", 100)]
    case .ingress, .egress: []
    }
  }
}
