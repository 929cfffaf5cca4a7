/// A machine as its kernel described it once: the rules of legacy tables and of nf_tables, ipsets, and virtual services of
/// IPVS, decoded as those of the running kernel are.
///
/// Members have the names of what they answer: `xt-ip-nat.info.bin` and `.entries.bin` (IPT_SO_GET_INFO and _ENTRIES),
/// `nft-tables.bin`, `nft-chains.bin`, `nft-rules.bin`, `nft-sets.bin` and `nft-setelems.bin` (NFT_MSG_GET*), `ipset.bin`
/// (IPSET_CMD_LIST), `ipvs-services.bin` and `ipvs-dests.bin` (IPVS_CMD_GET_*). What they do not hold is not known:
/// routes, interfaces, values of /proc/sys, what programs of the machine say, and its kernel's release.
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
  /// As they were given; nil where they were not.
  public let localAddresses: [IPPrefix]?

  /// - Parameter localAddresses: the node's own, where something else tells them.
  /// - Throws: `KernelError` where a member is damaged, with its name. Rules are decoded when they are asked for.
  public init(_ members: SavedMembers, localAddresses: [IPPrefix]? = nil) throws(KernelError) {
    let sets = members["ipset.bin"] == nil ? nil : try SavedIPSets(members)
    let setNames: SetNames = { sets?.name(of: $0) }
    let legacy = try Self.legacyTables(members, setNames)
    let nft = members["nft-tables.bin"] == nil ? nil : try SavedNFTables(members, setNames)
    let legacyFilter = legacy.isEmpty ? nil : LegacyPacketFilter(tables: legacy)
    filter = CachedRules(BothBackends(legacy: legacyFilter, nft: nft))
    tables = BothKindsOfTables(legacy: legacyFilter, nft: nft)
    maps = nft ?? NoNFTSets()
    ipsets = sets ?? NoIPSets()
    ipvs = members["ipvs-services.bin"] == nil ? NoVirtualServer() : try SavedIPVS(members)
    self.localAddresses = localAddresses
  }

  private static func legacyTables(
    _ members: SavedMembers, _ setNames: @escaping SetNames
  ) throws(KernelError) -> [LegacyTable] {
    var tables: [LegacyTable] = []
    for family in IPFamily.allCases {
      for name in ["raw", "mangle", "nat", "filter", "security"] {
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
}
