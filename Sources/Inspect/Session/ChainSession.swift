/// What `kpx chain` is asked.
public struct ChainQuery: Sendable {
  /// One chain, in each table that has it; nil for all.
  public var name: String?
  /// nil: all tables for one chain, else those where services are.
  public var table: TableSelection?
  /// Tables of other families are left out; those of both are not.
  public var families = IPFamily.allCases
  /// Whether what rules jump to follows below them; without a name, from the base chains on.
  public var isTree = false

  /// nat with all its chains.
  public init() {}

  /// The tables that are looked at.
  var selection: TableSelection { table ?? (name == nil ? .services : .all) }
}

/// An answer made of rules, with what names their targets.
public struct ChainAnswer<Value: Sendable>: Sendable {
  /// What was made of them.
  public var value: Value
  /// The node that has them, who is behind addresses, and what could not be read.
  public var addresses: NamedAddresses
}

extension Session {
  /// Has `body` make an answer of chains and their rules, with the service or pod behind each jump.
  ///
  /// - Parameter body: called again where the rules changed meanwhile, so that what it makes is of one state of them.
  /// - Throws: `SessionError`, or what `body` throws.
  public func chains<Value: Sendable>(
    _ query: ChainQuery, _ body: @Sendable @escaping (ChainListing) throws -> Value
  ) throws -> ChainAnswer<Value> {
    var addresses = try readNames()
    let (open, names, answering) = (opener, addresses.names, addresses.node)
    do {
      let (value, notes) = try runInNode {
        let listing = ChainListing(answeringNode: answering, node: try open(), names: names, query: query)
        let (value, isOneState) = try listing.consistently { try body(listing) }
        return (value, try listing.notes(isOneState: isOneState))
      }
      addresses.notes += notes
      return ChainAnswer(value: value, addresses: addresses)
    } catch {
      throw SessionError(known: error) ?? error
    }
  }

  /// The names of the chains where services are; none where they cannot be read in time.
  public func namesOfChains(within limit: Duration) -> [String] {
    let names = try? OwnThread.run(within: limit) {
      try? askNode { node in
        let tables = try node.tables.tableHeads().map(\.table).filter { TableSelection.services.contains($0) }
        return try node.tables.chainHeads(of: tables).values.joined().map(\.chain.name)
      }
    }
    return names.flatMap(\.self) ?? []
  }
}
