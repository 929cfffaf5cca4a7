/// What listens at ports of the network namespace that the calling thread is in, as /proc/net has it: asking sock_diag might
/// have the kernel load a module.
enum ListeningSockets {
  /// Files that are longer are not searched to their end. TCP's begin with the sockets that listen (tcp_get_idx).
  private static let limit = 4 << 20

  /// The sockets of both families that take what comes for some port; nil if that cannot be told.
  static func all(_ transport: TransportProtocol) -> [ListeningSocket]? {
    let names: [String]
    switch transport {
    case .tcp: names = ["tcp", "tcp6"]
    case .udp: names = ["udp", "udp6"]
    default: return nil
    }
    var found: [ListeningSocket] = []
    for name in names {
      // Without IPv6 there is no file for it.
      guard let bytes = NodeFile.read("/proc/thread-self/net/\(name)", limit: limit) else {
        if name.hasSuffix("6") { continue }
        return nil
      }
      let sockets = parse(String(decoding: bytes, as: UTF8.self), transport)
      if bytes.count >= limit && !sockets.isWhole { return nil }
      found += sockets.listening
    }
    return found
  }

  /// The lines of /proc/net/tcp, udp and their siblings: `0: 0100007F:1F90 00000000:0000 0A … INODE …`.
  static func parse(
    _ text: String, _ transport: TransportProtocol
  ) -> (listening: [ListeningSocket], isWhole: Bool) {
    // TCP_LISTEN; a UDP socket that is not connected is in TCP_CLOSE.
    let state = transport == .tcp ? "0A" : "07"
    var listening: [ListeningSocket] = []
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count > 9 else { continue }
      guard fields[3] == state else {
        if transport == .tcp { return (listening, true) }
        continue
      }
      if let address = address(fields[1]), let inode = UInt64(fields[9]) {
        listening.append(ListeningSocket(address: address, inode: inode))
      }
    }
    return (listening, false)
  }

  /// `0100007F:1F90`: each 32 bits of the address as a number of this machine's byte order, then the port.
  private static func address(_ text: Substring) -> SocketAddress? {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1], radix: 16), [8, 32].contains(parts[0].count) else { return nil }
    var words: [UInt32] = []
    var rest = parts[0]
    while !rest.isEmpty {
      guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
      words.append(UInt32(bigEndian: word))
      rest = rest.dropFirst(8)
    }
    if words.count == 1 { return SocketAddress(.v4(words[0]), port: port) }
    return SocketAddress(
      .v6(high: UInt64(words[0]) << 32 | UInt64(words[1]), low: UInt64(words[2]) << 32 | UInt64(words[3])),
      port: port)
  }

  /// So many descriptors are looked at to find a socket's program.
  private static let mostDescriptors = 200_000

  /// The program that has a socket open, with its process; nil if none is found.
  static func program(of socket: ListeningSocket) -> String? { programs(of: [socket.inode])[socket.inode] }

  /// The programs that have sockets open, with their processes, by the sockets' inodes.
  static func programs(of inodes: Set<UInt64>) -> [UInt64: String] {
    var found: [UInt64: String] = [:]
    var seen = 0
    let own = NodeFile.namespace("/proc/thread-self/ns/net")
    for pid in (NodeFile.names(in: "/proc") ?? []).compactMap({ Int32($0) }).sorted()
    where NodeFile.namespace("/proc/\(pid)/ns/net") == own {
      for descriptor in NodeFile.names(in: "/proc/\(pid)/fd") ?? [] {
        seen += 1
        if seen > mostDescriptors || found.count == inodes.count { return found }
        guard let inode = NodeFile.socket("/proc/\(pid)/fd/\(descriptor)")?.inode, inodes.contains(inode),
          found[inode] == nil
        else { continue }
        found[inode] = NodeFile.command(of: pid).map { "\($0) (pid \(pid))" }
      }
    }
    return found
  }
}
