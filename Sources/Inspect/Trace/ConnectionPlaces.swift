/// Which frontend a connection is to.
extension FrontendAddress {
  /// What a connection's first packet was sent to.
  init(_ tuple: ConnectionTuple) {
    self.init(
      address: tuple.destination, port: tuple.destinationPort, transport: tuple.transport,
      family: tuple.destination.family)
  }

  /// The node port that a connection is to, where it is to an address of the node; where those are not known: where it is
  /// translated.
  init?(nodePort connection: Connection, _ node: any Node) {
    guard node.hasAddress(connection.original.destination) ?? connection.isTranslated else { return nil }
    self.init(connection.original)
    address = nil
  }
}

extension Node {
  /// Whether an address is the node's own; nil where these are not known.
  func hasAddress(_ address: IPAddress) -> Bool? {
    localAddresses.map { addresses in addresses.contains { $0.contains(address) } }
  }
}

extension ConnectionFilter {
  /// A dump for each of so many costs no more than one of everything.
  private static let mostDumps = 3

  /// What to ask the kernel for, to get the connections to some frontends.
  static func filters(to places: [FrontendAddress]) -> [ConnectionFilter] {
    if places.count <= mostDumps {
      return places.map { ConnectionFilter(to: $0.address, port: $0.port, $0.transport, $0.family) }
    }
    return Dictionary(grouping: places, by: \.family).map { family, places in
      let transports = Set(places.map(\.transport))
      return ConnectionFilter(family, transports.count == 1 ? transports.first : nil)
    }
  }

  /// The same for those that an address has to do with: as client, as what clients send to, or as endpoint.
  static func filters(with addresses: [IPAddress]) -> [ConnectionFilter] {
    Dictionary(grouping: addresses, by: \.family).flatMap { family, addresses -> [ConnectionFilter] in
      // Of IPv6 the kernel is not asked for addresses (see `NetlinkRequest.connections`).
      guard family == .v4, addresses.count == 1, let address = addresses.first else {
        return [ConnectionFilter(family)]
      }
      var (from, to, end) = (ConnectionFilter(family), ConnectionFilter(family), ConnectionFilter(family))
      from.original.source = address
      to.original.destination = address
      end.reply.source = address
      return [from, to, end]
    }
  }
}
