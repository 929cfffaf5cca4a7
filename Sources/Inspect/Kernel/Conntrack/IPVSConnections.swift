/// The connections that IPVS keeps for itself: where net.ipv4.vs.conntrack is 0 conntrack has none of them. kube-proxy sets it
/// to 1.
enum IPVSConnections {
  /// Some 700,000 of IPv4.
  private static let limit = 64 << 20

  /// Whether conntrack leaves IPVS's packets alone in the network namespace that the calling thread is in.
  static var areApart: Bool { Sysctl.read("net/ipv4/vs/conntrack") == "0" }

  /// What has to be known of them, in a sentence.
  static let remark =
    "IPVS tracks its connections by itself (net.ipv4.vs.conntrack = 0): whether those of UDP and SCTP are answered is not known"

  /// Those of the network namespace that the calling thread is in.
  static func read() throws(KernelError) -> [Connection] { parse(try record()) }

  /// As the kernel lists them.
  static func record() throws(KernelError) -> [UInt8] {
    let path = "/proc/thread-self/net/ip_vs_conn"
    do {
      return try NodeFile.content(path, limit: limit).bytes
    } catch {
      throw .unavailable("the connections of IPVS cannot be read: \(error.sentence(path))")
    }
  }

  /// The lines below the first.
  static func parse(_ bytes: [UInt8]) -> [Connection] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().compactMap(connection)
  }

  /// A line of ip_vs_conn_seq_show: `TCP C0A80001 9C40 0A600001 0050 0AF40105 1F90 ESTABLISHED 899`, numbers in hexadecimal but
  /// for the last; client, virtual service, real server. Templates of persistent services are of protocol 0 (IPPROTO_IP).
  static func connection(_ line: Substring) -> Connection? {
    let fields = line.split(separator: " ")
    guard fields.count >= 9, let transport = TransportProtocol(String(fields[0])), transport.hasPorts,
      let client = place(fields[1], fields[2]), let service = place(fields[3], fields[4]),
      let server = place(fields[5], fields[6]), let timeout = UInt32(fields[8])
    else { return nil }
    var connection = Connection(
      original: ConnectionTuple(
        source: client.address, destination: service.address, transport: transport, sourcePort: client.port,
        destinationPort: service.port),
      reply: ConnectionTuple(
        source: server.address, destination: client.address, transport: transport, sourcePort: server.port,
        destinationPort: client.port),
      // What was answered IPVS tells of TCP alone: a client's SYN alone makes it SYN_RECV.
      status: fields[7] == "SYN_RECV" ? [] : .seenReply, timeout: timeout)
    if transport == .tcp { connection.state = ConnectionState(tcp: String(fields[7])) }
    return connection
  }

  private static func place(_ address: Substring, _ port: Substring) -> SocketAddress? {
    guard let port = UInt16(port, radix: 16) else { return nil }
    let v4 = address.count == 8 ? UInt32(address, radix: 16).map { IPAddress.v4($0) } : nil
    return (v4 ?? IPAddress(String(address))).map { SocketAddress($0, port: port) }
  }
}
