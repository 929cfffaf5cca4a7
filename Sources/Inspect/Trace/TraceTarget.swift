/// What a trace is asked for.
public enum TraceTarget: Sendable, Hashable {
  /// `NS/SVC`, `SVC`, with `:PORT` by number or name.
  case service(namespace: String?, name: String, port: String?)
  /// `ADDR`, `ADDR:PORT`, `ADDR:PORT/PROTO`; without a port all that the address serves.
  case address(IPAddress, port: UInt16?, transport: TransportProtocol?)
  /// `:NODEPORT`, `:NODEPORT/PROTO`.
  case nodePort(UInt16, transport: TransportProtocol?)

  /// Reads a target as typed.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String) throws(TargetError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let transport = parts.count == 2 ? TransportProtocol(parts[1]) : nil
    if text.hasPrefix(":") {
      guard let port = UInt16(parts[0].dropFirst()), port > 0 else { throw TargetError("\(text): not a port") }
      self = .nodePort(port, transport: try Self.checked(transport, parts))
    } else if let address = SocketAddress(parts[0]) {
      guard address.port > 0 else { throw TargetError("\(text): port 0") }
      self = .address(address.address, port: address.port, transport: try Self.checked(transport, parts))
    } else if let address = IPAddress(parts[0]) ?? IPAddress(String(parts[0].dropFirst().dropLast())) {
      guard parts.count == 1 else { throw TargetError("\(text): a protocol needs a port") }
      self = .address(address, port: nil, transport: nil)
    } else if let colon = parts[0].lastIndex(of: ":"), IPAddress(String(parts[0][..<colon]).unbracketed) != nil {
      throw TargetError("\(text): \(parts[0][parts[0].index(after: colon)...]) is not a port")
    } else {
      try self.init(serviceText: text, parts: parts)
    }
  }

  private init(serviceText text: String, parts: [String]) throws(TargetError) {
    let last = parts[parts.count - 1]
    let named = last.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let names = (parts.count == 2 ? [parts[0]] : []) + [named[0]]
    guard names.allSatisfy(Self.isName), named.count == 1 || !named[1].isEmpty else {
      throw TargetError("\(text): expected NAMESPACE/SERVICE[:PORT], ADDRESS:PORT[/PROTOCOL] or :NODEPORT[/PROTOCOL]")
    }
    self = .service(
      namespace: parts.count == 2 ? parts[0] : nil, name: named[0], port: named.count == 2 ? named[1] : nil)
  }

  private static func checked(
    _ transport: TransportProtocol?, _ parts: [String]
  ) throws(TargetError) -> TransportProtocol? {
    guard parts.count == 2 else { return nil }
    guard let transport, [.tcp, .udp, .sctp].contains(transport) else {
      throw TargetError("\(parts[1]): not a protocol of services; allowed are TCP, UDP, SCTP")
    }
    return transport
  }

  /// What Kubernetes may call an object: letters, digits, '-' and '.'. Since 1.36 a Service's name may start with a
  /// digit.
  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 253
      && text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x2e }
  }
}

extension String {
  /// Without the brackets of an IPv6 address.
  fileprivate var unbracketed: String { hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self }
}
