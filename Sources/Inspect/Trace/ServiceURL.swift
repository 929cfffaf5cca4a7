/// A URL as a client has it, such as `https://summary.yaobank.svc/healthz`, as far as it says where a connection goes.
struct ServiceURL {
  /// With the port where it names one.
  let host: String
  private let port: UInt16?
  private let transport: TransportProtocol?

  /// The ports that a scheme has by itself, and what it runs over.
  private static let schemes: [String: (port: UInt16?, transport: TransportProtocol)] = [
    "http": (80, .tcp), "ws": (80, .tcp), "https": (443, .tcp), "wss": (443, .tcp), "grpc": (nil, .tcp),
    "tcp": (nil, .tcp), "udp": (nil, .udp), "sctp": (nil, .sctp),
  ]

  /// nil for what is no URL.
  init?(_ text: String) {
    guard let mark = text.firstRange(of: "://"), mark.lowerBound != text.startIndex else { return nil }
    let scheme = text[..<mark.lowerBound].lowercased()
    let authority = text[mark.upperBound...].prefix { !"/?#".contains($0) }
    // Before an @ it says who asks.
    host = authority.split(separator: "@", omittingEmptySubsequences: false).last.map { $0.lowercased() } ?? ""
    guard scheme.utf8.allSatisfy({ (0x61...0x7a).contains($0) }), !host.isEmpty else { return nil }
    port = Self.schemes[scheme]?.port
    transport = Self.schemes[scheme]?.transport
  }

  /// What the host is, with what the scheme says of port and protocol.
  func target(of host: TraceTarget) throws(TargetError) -> TraceTarget {
    switch host {
    case .service(let namespace, let name, let own, _):
      return .service(
        namespace: namespace, name: name, port: own ?? port.map { "\($0)" }, transport: transport)
    case .address(let address, let own, _):
      let port = own ?? port
      return .address(address, port: port, transport: port == nil ? nil : transport)
    case .namespace, .nodePort, .chain: throw TargetError("\(self.host): a URL names a host")
    }
  }
}
