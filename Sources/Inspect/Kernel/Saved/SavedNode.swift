/// A machine as its kernel described it once: the rules of legacy tables and of nf_tables, ipsets, and virtual services of
/// IPVS, decoded as those of the running kernel are.
///
/// Members have the names of what they answer: `xt-ip-nat.info.bin` and `.entries.bin` (IPT_SO_GET_INFO and _ENTRIES),
/// `nft-tables.bin`, `nft-chains.bin`, `nft-rules.bin`, `nft-sets.bin` and `nft-setelems.bin` (NFT_MSG_GET*), `ipset.bin`
/// (IPSET_CMD_LIST), `ipvs-services.bin` and `ipvs-dests.bin` (IPVS_CMD_GET_*), `links.bin` and the others that rtnetlink
/// answers, `connections.bin` (IPCTNL_MSG_CT_GET), and `facts.json` with what else was told. What they do not hold is not
/// known.
public final class SavedNode: Node {
  /// Of the tables that were saved.
  public let filter: any PacketFilter
  /// Those that were saved.
  public let tables: any RuleTables
  /// Empty where nf_tables was not saved.
  public let maps: any NFTSets
  /// Not known where they were not saved.
  public let ipsets: any IPSets
  /// Not known where it was not saved.
  public let ipvs: any VirtualServer
  /// Not known where they were not saved.
  public let connections: any ConnectionTable
  /// Of the routes that were saved; not known where they were not.
  public let routing: any NodeRouting
  /// Those of the routes that were saved, else as they were given.
  public let localAddresses: [IPPrefix]?
  /// The sets, for whoever lists them; nil where they were not saved.
  let savedIPSets: SavedIPSets?
  private let facts: SavedFacts
  private let legacyTables: [LegacyTable]
  private let routes: SavedRoutes?
  private let kernelRouting: KernelRouting<SavedRoutes>?

  /// - Parameter localAddresses: the node's own, where something else tells them.
  /// - Throws: `KernelError` where a member is damaged, with its name. Rules are decoded when they are asked for.
  public init(_ members: SavedMembers, localAddresses: [IPPrefix]? = nil) throws(KernelError) {
    let facts = try SavedFacts(members)
    let sets = members["ipset.bin"] == nil ? nil : try SavedIPSets(members, names: facts.setNames)
    let setNames: SetNames = { sets?.name(of: $0) }
    let legacy = try Self.legacyTables(members, facts, setNames)
    let nft = members["nft-tables.bin"] == nil ? nil : try SavedNFTables(members, setNames)
    let legacyFilter = legacy.isEmpty ? nil : LegacyPacketFilter(tables: legacy)
    let routes = members[SavedMembers.routes] == nil ? nil : try SavedRoutes(members, facts)
    filter = CachedRules(BothBackends(legacy: legacyFilter, nft: nft))
    tables = BothKindsOfTables(legacy: legacyFilter, nft: nft)
    maps = nft ?? NoNFTSets()
    ipsets = sets ?? NoIPSets()
    savedIPSets = sets
    ipvs = try Self.virtualServer(members, facts)
    connections = try Self.connectionTable(members, facts)
    kernelRouting = try routes.map { routes throws(KernelError) in try KernelRouting(routes) }
    routing = kernelRouting ?? NoRouting()
    self.localAddresses =
      try routes == nil ? localAddresses : Self.localAddresses(members)
    self.routes = routes
    self.facts = facts
    legacyTables = legacy
  }

  /// The addresses of the node, without reading anything else; nil where no routes were saved.
  static func localAddresses(_ members: SavedMembers) throws(KernelError) -> [IPPrefix]? {
    guard members[SavedMembers.routes] != nil else { return nil }
    return try members.list(SavedMembers.routes, dumps: 2, LinkMessages.route).compactMap(LocalAddresses.local)
  }

  private static func legacyTables(
    _ members: SavedMembers, _ facts: SavedFacts, _ setNames: @escaping SetNames
  ) throws(KernelError) -> [LegacyTable] {
    var tables: [LegacyTable] = []
    for family in IPFamily.allCases {
      for name in facts.legacyTables?[family.rawValue] ?? ["raw", "mangle", "nat", "filter", "security"] {
        let member = "xt-\(family == .v4 ? "ip" : "ip6")-\(name)"
        guard let info = members["\(member).info.bin"] else { continue }
        let entries = try members.required("\(member).entries.bin")
        let table = try SavedMembers.naming("\(member).info.bin") { () throws(KernelError) in
          try LegacyTable(
            info: info, entries: entries, family: family, setNames: setNames, reading: "\(member).entries.bin")
        }
        guard table.name == name else { throw .unavailable("\(member).info.bin is of table \(table.name)") }
        tables.append(table)
      }
    }
    return tables
  }

  /// Of a node whose facts were saved it is known that it has no IPVS.
  private static func virtualServer(
    _ members: SavedMembers, _ facts: SavedFacts
  ) throws(KernelError) -> any VirtualServer {
    // A kernel without CONFIG_IP_VS_NFCT has no such value.
    let tracks = facts.sysctls.isEmpty ? nil : facts.sysctls["net/ipv4/vs/conntrack"]?.hasPrefix("1") ?? false
    if members["ipvs-services.bin"] != nil { return try SavedIPVS(members, tracksConnections: tracks) }
    return members[SavedMembers.facts] != nil && !facts.parts.contains(.ipvs) ? SavedIPVS.absent : NoVirtualServer()
  }

  private static func connectionTable(
    _ members: SavedMembers, _ facts: SavedFacts
  ) throws(KernelError) -> any ConnectionTable {
    if let saved = try SavedConnections(members, facts.sysctls) { return saved }
    return members[SavedMembers.facts] == nil ? NoConnectionTable() : UnsavedConnections(sysctls: facts.sysctls)
  }

  /// That of the kernel that was saved.
  public var kernel: KernelRelease? { facts.kernel.map { KernelRelease($0) } }

  /// Those that were listed.
  public func interfaces(among names: [String]) -> Set<String>? {
    routes.map { Set(names).intersection($0.links(withStatistics: false).map(\.name)) }
  }

  /// By the routes to them, and what bridges had behind their ports.
  public func interfaces(leadingTo addresses: [IPAddress]) throws -> [IPAddress: String]? {
    try kernelRouting?.interfaces(leadingTo: addresses)
  }

  /// Those that were listed.
  public func links() -> [Link]? { routes?.links(withStatistics: false) }

  /// Those that were listed.
  public func interfaceAddresses() -> [InterfaceAddress]? { routes?.addresses(target: nil) }

  /// What was answered when it was saved.
  public func answer(to path: String, at address: SocketAddress, milliseconds: Int) -> String? {
    facts.answers?.first { $0.path == path && $0.address == "\(address)" }?.text
  }

  /// Whether they could be asked when it was saved.
  public var canAskPrograms: Bool { facts.canAskPrograms }

  /// Those that listened.
  public func listeners(at port: UInt16, _ transport: TransportProtocol) -> [ListeningSocket]? {
    guard transport == .tcp || transport == .udp else { return nil }
    return facts.listeners?.filter { $0.port == port && $0.transport == "\(transport)" }.compactMap { listener in
      IPAddress(listener.address).map { ListeningSocket(address: SocketAddress($0, port: port), inode: listener.inode) }
    }
  }

  /// What had it open.
  public func program(of socket: ListeningSocket) -> String? {
    facts.listeners?.first { $0.inode == socket.inode }?.program
  }

  /// As it was.
  public var isOfProcess1: Bool? { facts.isOfProcess1 }

  /// As it was; not known of those that are not kept.
  public func sysctl(_ path: String) -> String? { facts.sysctls[path] }

  /// As it was.
  public func recentList(_ name: String) -> RecentList? { facts.recentLists?[name] }

  /// As it was; not known of those that are not kept.
  public func offersMatch(_ name: String) -> Bool? { facts.matches?[name] }

  /// Those that there were.
  public func counterNames() -> [String]? { facts.counters }

  /// As their descriptions say.
  public var largestLegacyTable: Int? { legacyTables.map { Int($0.info.entryCount) }.max() ?? 0 }
}
