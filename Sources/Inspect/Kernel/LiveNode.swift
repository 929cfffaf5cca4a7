/// This machine, in the network namespace that the calling thread is in: all that is asked of it must be asked there.
public final class LiveNode: Node {
  /// nil where there is no legacy table.
  private let legacy: LegacyPacketFilter?
  /// nil where nf_tables is not in the kernel.
  private let nft: NFTPacketFilter?
  private let rules: CachedRules
  /// The kernel's, which are asked when a rule asks.
  public let ipsets: any IPSets = LiveSets()
  /// The kernel's, if it has IPVS.
  public let ipvs: any VirtualServer = LiveIPVS()
  /// The kernel's.
  public let connections: any ConnectionTable = LiveConnections()
  /// As the routing tables had them when this was made.
  public let localAddresses: [IPPrefix]?
  /// Made when a packet's way is first asked for.
  private var liveRouting: LiveRouting?
  /// By port, as they were when they were first asked for.
  private var listening: [TransportProtocol: [UInt16: [ListeningSocket]]?] = [:]
  private var programs: [ListeningSocket: String?] = [:]

  /// Nothing is read yet but which tables there are, and the node's addresses.
  public init(_ observer: ActivityObserver = .none) throws {
    let hasLegacy = try IPFamily.allCases.contains { try !LegacyTable.instantiated($0).isEmpty }
    legacy = hasLegacy ? LegacyPacketFilter(observer) : nil
    do {
      nft = try NFTPacketFilter()
    } catch KernelError.unavailable {
      nft = nil
    }
    rules = CachedRules(BothBackends(legacy: legacy, nft: nft))
    localAddresses = try LocalAddresses.read()
  }

  /// The tables of both kinds; chains that are met again and again are kept.
  public var filter: any PacketFilter { rules }

  /// Those of both kinds, as they are.
  public var tables: any RuleTables { BothKindsOfTables(legacy: legacy, nft: nft) }

  /// Asked of the kernel by key.
  public var maps: any NFTSets { nft?.reader ?? NoNFTSets() }

  /// The node's routes; its links and addresses as they were when they were first asked for.
  public var routing: any NodeRouting {
    get throws { try madeRouting() }
  }

  private func madeRouting() throws -> LiveRouting {
    if let liveRouting { return liveRouting }
    let made = try LiveRouting()
    liveRouting = made
    return made
  }

  /// That of the kernel that runs.
  public var kernel: KernelRelease? { .running }

  /// By netlink: SIOCGIFINDEX, and so if_nametoindex, has the kernel run modprobe for a name that is not there (dev_load).
  public func interfaces(among names: [String]) throws -> Set<String>? {
    var socket = try RouteSocket()
    var found: Set<String> = []
    for name in names where try socket.link(named: name, withStatistics: false) != nil { found.insert(name) }
    return found
  }

  /// By the routes to them, and what bridges have behind their ports.
  public func interfaces(leadingTo addresses: [IPAddress]) throws -> [IPAddress: String]? {
    try madeRouting().interfaces(leadingTo: addresses)
  }

  /// By netlink.
  public func links() throws -> [Link]? {
    var socket = try RouteSocket()
    return try socket.links(withStatistics: false)
  }

  /// By netlink.
  public func interfaceAddresses() throws -> [InterfaceAddress]? {
    var socket = try RouteSocket()
    return try socket.addresses(target: nil)
  }

  /// Asked over a connection of its own.
  public func answer(to path: String, at address: SocketAddress, milliseconds: Int) -> String? {
    LocalHTTP.answer(to: path, at: address, milliseconds: milliseconds)
  }

  /// By libcurl, where the node has it.
  public var canAskPrograms: Bool { LocalHTTP.isAvailable }

  /// As /proc/net has them.
  public func listeners(at port: UInt16, _ transport: TransportProtocol) -> [ListeningSocket]? {
    if let known = listening[transport] { return known.map { $0[port] ?? [] } }
    let found = ListeningSockets.all(transport).map { Dictionary(grouping: $0) { $0.address.port } }
    listening[transport] = .some(found)
    return found.map { $0[port] ?? [] }
  }

  /// By the descriptors of the processes in this network namespace.
  public func program(of socket: ListeningSocket) -> String? {
    if let known = programs[socket] { return known }
    let found = ListeningSockets.program(of: socket)
    programs[socket] = .some(found)
    return found
  }

  /// By the files of both namespaces.
  public var isOfProcess1: Bool? { NodeFile.isOfProcess1 }

  /// As the file below /proc/sys says.
  public func sysctl(_ path: String) -> String? { Sysctl.read(path) }

  /// As /proc/net/xt_recent has it.
  public func recentList(_ name: String) -> RecentList? { RecentLists.read(name) }

  /// By the kernel's lists of matches, and its files of modules.
  public func offersMatch(_ name: String) -> Bool? { MatchModules.offers(name) }

  /// By netlink.
  public func counterNames() throws -> [String]? { try NFAcctReader.names() }

  /// As their descriptions say.
  public var largestLegacyTable: Int? {
    get throws {
      try IPFamily.allCases.flatMap { family in
        try LegacyTable.instantiated(family).map { try LegacyTable.ruleCount(family: family, name: $0) }
      }.max() ?? 0
    }
  }

  /// Compares what has been read until now with what others read of it: legacy tables whole, of nf_tables the chains that
  /// were met. To be called on the thread that read them.
  public func verify() throws -> [Verification] {
    try (legacy?.verify() ?? []) + (nft?.verify(rules.met.chains) ?? [])
  }
}
