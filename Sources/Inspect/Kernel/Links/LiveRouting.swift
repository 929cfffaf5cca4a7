#if canImport(Glibc)
  import Glibc
#endif

/// The routing of the network namespace that the calling thread was in when it was made, asked packet by packet as
/// `ip route get` does: policy rules, marks and the check of sources by the interface they come by included.
public final class LiveRouting {
  private let socket: RouteSocket
  private let links: [Link]
  private let addresses: [InterfaceAddress]

  public init() throws(KernelError) {
    let socket = try RouteSocket()
    links = try socket.links(withStatistics: false)
    addresses = try socket.addresses()
    self.socket = socket
  }

  /// Where a packet of known ends goes that arrives, or that this node sends.
  func route(_ packet: Packet) throws(KernelError) -> Routing? {
    guard case .known(let source) = packet.source, case .known(let destination) = packet.destination else { return nil }
    var query = RouteQuery(destination: destination, source: source)
    // An unknown bit could choose another table.
    if packet.mark.known == .max { query.mark = packet.mark.value }
    if case .known(let name) = packet.inInterface, name != "lo" {
      guard let link = links.first(where: { $0.name == name }) else { return nil }
      query.inInterface = link.index
    }
    return routing(try socket.look(up: query))
  }

  private func routing(_ answer: RouteAnswer) -> Routing? {
    switch answer {
    case .refused(let why): return .refused(why)
    case .route(let route):
      // RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST; a multicast packet may do both.
      if [2, 3, 4].contains(route.type) { return .local }
      guard route.isUnicast, let link = links.first(where: { $0.index == route.interface }) else { return nil }
      return .out(interface: link.name, gateway: route.gateway)
    }
  }

  /// The gateway that a packet that was translated and leaves goes to next; nil where the destination is on the link.
  func gateway(of packet: Packet) throws(KernelError) -> IPAddress? {
    guard case .known(let destination) = packet.destination,
      case .route(let route) = try socket.look(up: RouteQuery(destination: destination))
    else { return nil }
    return route.gateway
  }

  /// How a packet reaches this node's stack, or leaves it, seen from the address at its far end.
  struct Way: Sendable, Hashable {
    var interface: String
    /// This node's address on that way.
    var source: IPAddress?
  }

  /// The way that this node's own packets take to an address.
  func way(to address: IPAddress) throws(KernelError) -> Way? {
    guard case .route(let route) = try socket.look(up: RouteQuery(destination: address)),
      let link = links.first(where: { $0.index == route.interface })
    else { return nil }
    return Way(interface: link.name, source: route.source)
  }

  /// The address that MASQUERADE gives a packet that leaves by an interface for a next hop; nil where the kernel has a
  /// choice that kpx does not foresee.
  ///
  /// IPv4 (inet_select_addr): the first global primary address of the interface whose network has the next hop in it,
  /// else the first; where it has none, the first of any interface. IPv6 (ipv6_dev_get_saddr) weighs all addresses; one
  /// alone on the interface is sure.
  func masqueradeAddress(interface: String, nextHop: IPAddress) -> IPAddress? {
    guard let link = links.first(where: { $0.name == interface }) else { return nil }
    let all = addresses.filter { $0.address.family == nextHop.family && $0.isGlobal && !$0.isSecondary }
    let own = all.filter { $0.index == link.index }
    if nextHop.family == .v6 { return own.count == 1 ? own[0].address : nil }
    let near = own.first { IPPrefix($0.address, length: $0.prefixLength).contains(nextHop) }
    return (near ?? own.first ?? all.min { $0.index < $1.index })?.address
  }
}
