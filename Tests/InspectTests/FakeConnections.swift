@testable import Inspect

/// A table of connections in memory.
struct FakeConnections: ConnectionTable {
  var entries: [Connection] = []
  var count: Int?
  var limit: Int? = 1000
  /// As a kernel before 5.8, which gives all of them.
  var ignoresFilters = false
  var error: KernelError?

  init(_ entries: [Connection]) {
    self.entries = entries
    count = entries.count
  }

  func forEach(_ filter: ConnectionFilter, _ body: (Connection) throws -> Void) throws {
    if let error { throw error }
    for entry in entries where ignoresFilters || filter.admits(entry) { try body(entry) }
  }
}

/// A connection that goes to `endpoint`.
func connection(
  _ endpoint: String, from source: String = "10.244.2.9:40000", to destination: String = "10.96.0.1:80",
  _ transport: TransportProtocol = .tcp, state: ConnectionState? = .tcp(3), isAnswered: Bool = true,
  timeout: UInt32 = 119
) -> Connection {
  func place(_ text: String) -> SocketAddress {
    SocketAddress(text) ?? SocketAddress(.v4(0), port: 0)
  }
  let (from, to, end) = (place(source), place(destination), place(endpoint))
  var connection = Connection(
    original: ConnectionTuple(
      source: from.address, destination: to.address, transport: transport, sourcePort: from.port,
      destinationPort: to.port),
    reply: ConnectionTuple(
      source: end.address, destination: from.address, transport: transport, sourcePort: end.port,
      destinationPort: from.port),
    status: isAnswered ? [.seenReply] : [], timeout: timeout)
  connection.state = transport == .tcp ? state : nil
  return connection
}
