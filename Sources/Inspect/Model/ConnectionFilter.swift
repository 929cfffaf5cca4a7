/// Which connections are asked for: by what their packets have in one direction. nil stands for any.
public struct ConnectionFilter: Sendable, Hashable {
  /// What one direction is to have.
  public struct Side: Sendable, Hashable {
    /// Where packets come from.
    public var source: IPAddress?
    /// Their port there.
    public var sourcePort: UInt16?
    /// Where they are sent to.
    public var destination: IPAddress?
    /// The port that they are sent to.
    public var destinationPort: UInt16?

    /// Any packets.
    public init() {}

    var isAny: Bool { self == Side() }

    func admits(_ tuple: ConnectionTuple) -> Bool {
      source.map { $0 == tuple.source } ?? true && sourcePort.map { $0 == tuple.sourcePort } ?? true
        && destination.map { $0 == tuple.destination } ?? true
        && destinationPort.map { $0 == tuple.destinationPort } ?? true
    }
  }

  /// A dump is of one family.
  public var family: IPFamily
  /// The protocol above IP.
  public var transport: TransportProtocol?
  /// As the client sends.
  public var original = Side()
  /// As the answers come.
  public var reply = Side()

  /// All connections of a family.
  public init(_ family: IPFamily, _ transport: TransportProtocol? = nil) {
    self.family = family
    self.transport = transport
  }

  /// Those of clients that send to an address and port; nil: to any.
  public init(to address: IPAddress?, port: UInt16?, _ transport: TransportProtocol?, _ family: IPFamily) {
    self.init(family, transport)
    original.destination = address
    original.destinationPort = port
  }

  /// Whether an entry is one of them.
  public func admits(_ connection: Connection) -> Bool {
    connection.original.source.family == family && transport.map { $0 == connection.original.transport } ?? true
      && original.admits(connection.original) && reply.admits(connection.reply)
  }
}
