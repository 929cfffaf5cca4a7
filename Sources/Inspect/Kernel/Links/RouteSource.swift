/// Who tells of one network namespace's links, addresses, routes and neighbours: its kernel, or what its kernel listed.
protocol RouteSource: ~Copyable {
  /// Whether addresses of another namespace can be asked for by its id.
  var isStrict: Bool { get }

  /// All interfaces.
  mutating func links(withStatistics: Bool) throws(KernelError) -> [Link]

  /// All addresses of both families; with `target` those of another namespace.
  mutating func addresses(target: Int32?) throws(KernelError) -> [InterfaceAddress]

  /// All routes of a family, of all tables.
  mutating func routes(_ family: IPFamily) throws(KernelError) -> [Route]

  /// The rules that choose a routing table, in order.
  mutating func rules(_ family: IPFamily) throws(KernelError) -> [RoutingRule]

  /// The route of a packet of this namespace to an address, as `ip route get fibmatch` shows it.
  mutating func route(to address: IPAddress, mark: UInt32) throws(KernelError) -> RouteAnswer

  /// What routing makes of one packet, as `ip route get` asks.
  mutating func look(up query: RouteQuery) throws(KernelError) -> RouteAnswer

  /// Who has which address on the links, of a family.
  mutating func neighbours(_ family: IPFamily) throws(KernelError) -> [Neighbour]

  /// Behind which port a bridge has seen which MAC address, of all bridges.
  mutating func bridgePorts() throws(KernelError) -> [Neighbour]

  /// A value below /proc/sys, by its path there; nil if it is not known.
  func sysctl(_ path: String) -> String?
}

extension RouteSocket: RouteSource {
  /// Of the network namespace that the calling thread is in.
  func sysctl(_ path: String) -> String? { Sysctl.read(path) }
}
