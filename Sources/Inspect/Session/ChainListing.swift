/// Chains and their rules while they are read. Good for the thread that is given it.
public struct ChainListing {
  /// As answers name it.
  public let answeringNode: AnsweringNode
  let node: any Node
  let names: AddressNames
  let query: ChainQuery

  /// What follows one another in a listing.
  public enum Event: Sendable {
    /// A table, with those of its chains that are listed by themselves.
    case table(TableHead, [ChainHead])
    /// A chain, whose rules follow. In a tree it stands below the rule or the element that leads to it.
    case chain(ChainHead, depth: Int)
    case rule(ListedRule)
    /// An element of a map that has a name, below the rule that asks it.
    case element(ListedElement)
    case endOfChain(ChainHead, depth: Int)
    case endOfTable(TableHead)
    /// Nothing follows but ends: there are more rules than a tree may have.
    case cut
  }

  /// How often all is read anew where rules change.
  private static let attempts = 3

  /// Gives `body` what there is.
  /// - Throws: `SessionError.noSuchTable`, `.noSuchChain`, or what `body` throws.
  public func forEach(_ body: (Event) throws -> Void) throws {
    let tables = try tables()
    let lists = try listed(in: tables.map(\.table))
    for table in tables {
      guard let chains = lists[table.table], query.name == nil || !chains.isEmpty else { continue }
      try body(.table(table, chains))
      var walk = ChainWalk(self, isTree: query.isTree)
      for chain in chains where !walk.shows(chain) { try walk.list(chain, body) }
      try body(.endOfTable(table))
    }
  }

  /// Runs `body` until no rule of nf_tables changed meanwhile, but not for ever.
  func consistently<Value>(_ body: () throws -> Value) throws -> (value: Value, isOneState: Bool) {
    var attempt = 1
    while true {
      let before = try node.tables.generation()
      do {
        let value = try body()
        let isOneState = try node.tables.generation() == before
        if isOneState || attempt == Self.attempts { return (value, isOneState) }
      } catch {
        // What was there a moment ago may be gone.
        guard attempt < Self.attempts, try node.tables.generation() != before else { throw error }
      }
      attempt += 1
    }
  }

  /// What the answer leaves open.
  func notes(isOneState: Bool) throws -> [Note] {
    var notes: [Note] = []
    if !isOneState {
      notes.append(
        Note(.node, "the rules changed each time they were read: each chain is whole, but they are not of one moment"))
    }
    let others = query.selection == .all && query.name == nil ? try node.tables.otherTables() : []
    if !others.isEmpty { notes.append(Note(.node, "not shown, for kpx reads IP's tables alone: \(shortened(others))")) }
    if query.selection == .services, try tables().isEmpty { notes.append(Note(.node, "there is no nat table here")) }
    return notes
  }

  // MARK: - What is asked for

  private func tables() throws -> [TableHead] {
    let all = try node.tables.tableHeads()
    let found = all.filter { query.selection.contains($0.table) }
    if found.isEmpty, case .named(let name, _)? = query.table {
      let names = Self.unique(all.map(\.table.name))
      throw SessionError.noSuchTable("\(query.selection)", nearest: nearest(to: name, in: names))
    }
    return found.filter { $0.table.family.map(query.families.contains) ?? true }
  }

  /// The chains that are listed by themselves.
  private func listed(in tables: [Table]) throws -> [Table: [ChainHead]] {
    guard let name = query.name else {
      let all = try node.tables.chainHeads(of: tables)
      // A table without chains is one all the same.
      return Dictionary(uniqueKeysWithValues: tables.map { ($0, roots(all[$0] ?? [])) })
    }
    var found: [Table: [ChainHead]] = [:]
    for table in tables {
      if let head = try node.tables.chainHead(ChainReference(table: table, name: name)) { found[table] = [head] }
    }
    guard found.isEmpty else { return found }
    let names = try node.tables.chainHeads(of: tables).values.joined().map(\.chain.name)
    throw SessionError.noSuchChain(name, nearest: nearest(to: name, in: Self.unique(names)))
  }

  /// Where a tree begins; all chains where it is none.
  private func roots(_ chains: [ChainHead]) -> [ChainHead] { query.isTree ? chains.filter { $0.base != nil } : chains }

  private static func unique(_ names: [String]) -> [String] { Set(names).sorted() }
}

/// A rule where it stands.
public struct ListedRule: Sendable {
  /// Its chain.
  public var chain: ChainReference
  /// From 1.
  public var number: Int
  /// What it says.
  public var rule: Rule
  /// Where it leads to.
  public var targets: [ListedTarget]
  /// How far down it stands in a tree.
  public var depth: Int
}

/// An element of a map of verdicts, as a rule asks it.
public struct ListedElement: Sendable {
  /// Its table.
  public var table: Table
  /// As nft writes it: `10.96.0.1 . tcp . 443 : goto service-…`.
  public var text: String
  /// nil where it leads to no chain.
  public var target: ListedTarget?
  /// How far down it stands.
  public var depth: Int
}

/// Where a rule leads to, in a tree.
public struct ListedTarget: Sendable {
  /// What stands below a rule.
  public enum Place: Sendable {
    /// The target, or nothing: in a list, and for what is no chain.
    case here
    /// Nothing: the chain stands further up.
    case above
    /// Nothing: the tree is too deep here.
    case tooDeep
  }

  /// The chain or address.
  public var target: RuleTarget
  /// Where its rules are.
  public var place: Place
}
