import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Reads what a `SavedNode` answers from: what the kernel and the programs of this node say, as they say it.
///
/// To be used on a thread of the node's network namespace. Nothing is made or loaded by it.
struct NodeRecorder {
  /// Whether connections are wanted, which name clients.
  var withConnections = false
  /// Whether kube-proxy may be asked: its node's OUTPUT chains count that.
  var asksKubeProxy = true

  /// Takes a member over; the bytes are good for the call.
  typealias Keep = (_ name: String, UnsafeRawBufferPointer) throws -> Void

  /// What could not be read, and why, by what it is.
  private(set) var gaps: [(what: String, why: String)] = []
  /// The number of the state of nf_tables that was read; nil where there are none.
  private(set) var generation: UInt32?
  private var facts = SavedFacts()

  /// Gives each member to `keep`.
  /// - Throws: what `keep` throws, and `KernelError.permission`.
  mutating func record(_ keep: Keep) throws {
    facts.kernel = KernelRelease.running?.text
    facts.isOfProcess1 = NodeFile.isOfProcess1
    try part("the iptables tables") { try $0.legacyTables(keep) }
    try part("nf_tables") { try $0.nfTables(keep) }
    try part("the ipsets") { try $0.ipsets(keep) }
    try part("IPVS") { try $0.virtualServers(keep) }
    try part("interfaces and routes") { _ in try Self.routing(keep) }
    if withConnections { try part("the connections") { try $0.connections(keep) } }
    facts.sysctls = Sysctl.recorded()
    facts.listeners = ListeningSockets.recorded()
    facts.recentLists = RecentLists.all("KUBE-SEP-")
    facts.matches = MatchModules.offers("nfacct").map { ["nfacct": $0] }
    try part("nfacct's counters") { $0.facts.counters = try NFAcctReader.names() }
    facts.canAskPrograms = LocalHTTP.isAvailable
    if asksKubeProxy { facts.answers = KubeProxyAnswers.recorded() }
    try encodedJSON(facts).withUnsafeBytes { try keep(SavedMembers.facts, $0) }
  }

  /// A part that cannot be read leaves a gap.
  private mutating func part(_ what: String, _ body: (inout Self) throws -> Void) throws {
    do {
      try body(&self)
    } catch let error as KernelError {
      if case .permission = error { throw error }
      gaps.append((what, "\(error)"))
    }
  }

  private mutating func legacyTables(_ keep: Keep) throws {
    for family in IPFamily.allCases {
      let names = try LegacyTable.instantiated(family)
      facts.legacyTables = (facts.legacyTables ?? [:]).merging([family.rawValue: names]) { $1 }
      for name in names {
        let (info, memory) = try LegacyTable.record(family: family, name: name)
        let member = "xt-\(family == .v4 ? "ip" : "ip6")-\(name)"
        try info.bytes.withUnsafeBytes { try keep("\(member).info.bin", $0) }
        try keep("\(member).entries.bin", UnsafeRawBufferPointer(memory.bytes))
      }
    }
  }

  private mutating func nfTables(_ keep: Keep) throws {
    guard KernelModule.nfTables.isPresent else { return }
    facts.parts.insert(.nfTables)
    let recorded = try NFTReader().record()
    generation = recorded.generation
    for (name, bytes) in [
      ("nft-tables.bin", recorded.tables), ("nft-chains.bin", recorded.chains), ("nft-rules.bin", recorded.rules),
      ("nft-sets.bin", recorded.sets), ("nft-setelems.bin", recorded.elements),
    ] {
      try bytes.withUnsafeBytes { try keep(name, $0) }
    }
  }

  private mutating func ipsets(_ keep: Keep) throws {
    guard KernelModule.ipset.isPresent else { return }
    facts.parts.insert(.ipset)
    let (list, names) = try IPSetReader().record()
    facts.setNames = names
    try list.withUnsafeBytes { try keep("ipset.bin", $0) }
  }

  private mutating func virtualServers(_ keep: Keep) throws {
    guard IPVSReader.isPresent else { return }
    facts.parts.insert(.ipvs)
    let (services, servers) = try IPVSReader().record()
    try services.withUnsafeBytes { try keep("ipvs-services.bin", $0) }
    try servers.withUnsafeBytes { try keep("ipvs-dests.bin", $0) }
  }

  private static func routing(_ keep: Keep) throws {
    var socket = try RouteSocket()
    let links = try socket.links(withStatistics: false)
    func both(_ make: (IPFamily) -> RouteSocket.Recorded) throws -> [UInt8] {
      try IPFamily.allCases.flatMap { try socket.record(make($0)) }
    }
    var members: [(String, [UInt8])] = [
      (SavedMembers.links, try socket.record(.links)), (SavedMembers.addresses, try socket.record(.addresses(of: nil))),
      (SavedMembers.routes, try both { .routes($0) }), (SavedMembers.routingRules, try both { .rules($0) }),
      (SavedMembers.neighbours, try both { .neighbours($0) }),
      (SavedMembers.bridgePorts, try socket.record(.bridgePorts)),
    ]
    // Of kernels that do not tell another namespace's addresses there are none.
    if socket.isStrict {
      let peers = try links.peerNamespaces.flatMap { try socket.record(.addresses(of: $0)) }
      members.append((SavedMembers.peerAddresses, peers))
    }
    for (name, bytes) in members { try bytes.withUnsafeBytes { try keep(name, $0) } }
  }

  private mutating func connections(_ keep: Keep) throws {
    guard KernelModule.conntrackNetlink.isPresent else { return }
    facts.parts.insert(.conntrack)
    try ConntrackReader().record().withUnsafeBytes { try keep(SavedMembers.connections, $0) }
    if IPVSConnections.areApart {
      try IPVSConnections.record().withUnsafeBytes { try keep(SavedMembers.virtualServerConnections, $0) }
    }
  }
}

extension LegacyTable {
  /// A table that is there, as the kernel gives it.
  fileprivate static func record(
    family: IPFamily, name: String
  ) throws(KernelError) -> (info: LegacyInfo, entries: LegacyMemory) {
    let socket = try LegacySocket(family)
    for _ in 0..<attempts {
      if let found = try socket.snapshot(of: name) { return found }
    }
    throw .changing(reading: reading(family, name), attempts: attempts)
  }
}

extension Sysctl {
  /// Of these folders below /proc/sys all values are kept: a later kpx may ask for others.
  private static let folders = ["net/ipv4", "net/ipv4/vs", "net/ipv6", "net/bridge", "net/netfilter"]
  /// Of each interface those that decide where packets go.
  private static let ofInterfaces = [
    "ipv4": [
      "accept_local", "arp_announce", "arp_ignore", "bc_forwarding", "forwarding", "ignore_routes_with_linkdown",
      "proxy_arp", "route_localnet", "rp_filter", "send_redirects", "src_valid_mark",
    ],
    "ipv6": ["accept_ra", "disable_ipv6", "force_forwarding", "forwarding"],
  ]

  /// The values of the network namespace that the calling thread is in, by their paths. Keys and secrets are left out.
  fileprivate static func recorded() -> [String: String] {
    var values: [String: String] = [:]
    func keep(_ path: String) { if let value = read(path) { values[path] = value } }
    for folder in folders {
      for name in NodeFile.names(in: "/proc/sys/\(folder)") ?? []
      where !name.contains("key") && !name.contains("secret") {
        keep("\(folder)/\(name)")
      }
    }
    for (family, names) in ofInterfaces {
      for interface in NodeFile.names(in: "/proc/sys/net/\(family)/conf") ?? [] {
        for name in names { keep("net/\(family)/conf/\(interface)/\(name)") }
      }
    }
    return values
  }
}

extension ListeningSockets {
  /// What listens, and what has it open; nil where that cannot be told. Connected sockets, which name clients, are not among
  /// them.
  fileprivate static func recorded() -> [SavedFacts.Listener]? {
    var found: [SavedFacts.Listener] = []
    for transport in [TransportProtocol.tcp, .udp] {
      guard let sockets = all(transport) else { return nil }
      found += sockets.map { socket in
        SavedFacts.Listener(
          transport: transport.description, address: "\(socket.address.address)", port: socket.address.port,
          inode: socket.inode)
      }
    }
    let programs = programs(of: Set(found.map(\.inode)))
    for index in found.indices { found[index].program = programs[found[index].inode] }
    return found
  }
}

/// What kube-proxy says of itself on its usual ports, as far as kpx asks for it.
private enum KubeProxyAnswers {
  private static let places: [(path: String, address: SocketAddress)] = [
    ("/proxyMode", SocketAddress(.v4(0x7f00_0001), port: 10249)),
    ("/metrics", SocketAddress(.v4(0x7f00_0001), port: 10249)),
    ("/healthz", SocketAddress(.v4(0x7f00_0001), port: 10256)),
  ]

  static func recorded() -> [SavedFacts.Answer] {
    places.map { path, address in
      let text = LocalHTTP.answer(to: path, at: address, milliseconds: 500)
      return SavedFacts.Answer(
        address: "\(address)", path: path, text: path == "/metrics" ? text.map(wanted) : text)
    }
  }

  /// Metrics are many; those of kube-proxy's release and of when it wrote rules count.
  private static func wanted(_ metrics: String) -> String {
    metrics.split(separator: "\n").filter {
      $0.hasPrefix("kubernetes_build_info") || $0.hasPrefix("kubeproxy_sync_proxy_rules_last")
    }.joined(separator: "\n")
  }
}
