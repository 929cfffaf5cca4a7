/// One direction of a connection as conntrack has it: who its packets are from and to (struct nf_conntrack_tuple).
public struct ConnectionTuple: Sendable, Hashable {
  /// Where packets of this direction come from.
  public var source: IPAddress
  /// Where they are sent to.
  public var destination: IPAddress
  /// The protocol above IP.
  public var transport: TransportProtocol
  /// 0 for protocols without ports; of ICMP the identifier.
  public var sourcePort: UInt16
  /// 0 for protocols without ports; of ICMP the type and the code.
  public var destinationPort: UInt16

  /// Where packets come from, with the port.
  public var sourcePlace: SocketAddress { SocketAddress(source, port: sourcePort) }
  /// Where packets are sent to, with the port.
  public var destinationPlace: SocketAddress { SocketAddress(destination, port: destinationPort) }
}
