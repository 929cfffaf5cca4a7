extension Node {
  /// The sockets that take a packet for this node; nil if that is not known.
  func listeners(of packet: Packet) -> [ListeningSocket]? {
    guard let port = packet.destinationPort, let sockets = listeners(at: port, packet.transport) else { return nil }
    var address: IPAddress?
    if case .known(let known) = packet.destination { address = known }
    let takes = sockets.map { $0.takes(address, packet.family) }
    if !takes.contains(true) && takes.contains(nil) { return nil }
    return zip(sockets, takes).filter { $1 == true }.map(\.0)
  }
}

/// A socket of this node that takes connections, or packets without any.
public struct ListeningSocket: Sendable, Hashable {
  /// Where; 0.0.0.0 or :: for all of the node's addresses.
  public var address: SocketAddress
  /// Which socket it is.
  public var inode: UInt64

  /// A socket that listens.
  public init(address: SocketAddress, inode: UInt64) {
    self.address = address
    self.inode = inode
  }

  /// Whether it takes what comes for an address of a family, nil being one that is not known; nil if that decides.
  func takes(_ address: IPAddress?, _ family: IPFamily) -> Bool? {
    let own = self.address.address
    // A socket at :: takes IPv4, too, unless it was told not to (IPV6_V6ONLY), which is not to be seen.
    if own == .any(own.family) { return own.family == .v6 || family == .v4 }
    guard own.family == family else { return false }
    return address.map { $0 == own }
  }
}
