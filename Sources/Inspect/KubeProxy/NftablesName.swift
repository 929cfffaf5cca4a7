/// The name of a chain or set that kube-proxy makes for one service port or one endpoint, in nftables mode:
/// `service-ULMVA6XW-ns1/svc1/tcp/p80`.
///
/// Unlike iptables' names these say what they are for.
public struct NftablesName: Sendable, Hashable {
  /// What it is for.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The endpoints of the Cluster policy.
    case service = "service-"
    /// The endpoints of the Local policy.
    case local = "local-"
    /// Traffic from outside.
    case external = "external-"
    /// The source ranges of a load balancer.
    case firewall = "firewall-"
    /// One endpoint.
    case endpoint = "endpoint-"
    /// The set of clients that stay with an endpoint.
    case affinity = "affinity-"
  }

  private static let hashLength = 8
  /// Longer names are cut and end in dots.
  private static let longest = 240
  private static let ellipsis = "..."

  /// What it is for.
  public let kind: Kind
  /// The service port.
  public let port: ServicePortName
  /// The protocol.
  public let transport: TransportProtocol
  /// The endpoint, where it is one's.
  public let endpoint: SocketAddress?

  /// The name of something of a service port, or of one endpoint of it.
  public init(_ kind: Kind, of port: ServicePortName, transport: TransportProtocol, endpoint: SocketAddress? = nil) {
    self.kind = kind
    self.port = port
    self.transport = transport
    self.endpoint = endpoint
  }

  /// Reads a name; nil if it is not of this form, or if it was cut or its hash is another name's.
  public init?(_ name: some StringProtocol) {
    guard let kind = Kind.allCases.first(where: { name.hasPrefix($0.rawValue) }) else { return nil }
    let rest = name.dropFirst(kind.rawValue.count)
    guard let dash = rest.firstIndex(of: "-") else { return nil }
    let plain = rest[rest.index(after: dash)...]
    guard NameHash.isHash(rest[..<dash], length: Self.hashLength), let parts = Self.parts(plain) else { return nil }
    self.init(kind, of: parts.port, transport: parts.transport, endpoint: parts.endpoint)
    guard description == name else { return nil }
  }

  private typealias Parts = (port: ServicePortName, transport: TransportProtocol, endpoint: SocketAddress?)

  /// `namespace/name/protocol/port`, and for an endpoint `__address/port` behind it.
  private static func parts(_ text: some StringProtocol) -> Parts? {
    let fields: [String] = text.split(separator: "/" as Character, omittingEmptySubsequences: false).map { String($0) }
    guard fields.count == 4 || fields.count == 5, let transport = TransportProtocol(fields[2]) else { return nil }
    var portName = fields[3]
    var endpoint: SocketAddress?
    if fields.count == 5 {
      guard let split = portName.firstRange(of: "__"), let port = UInt16(fields[4]) else { return nil }
      guard let address = address(portName[split.upperBound...]) else { return nil }
      endpoint = SocketAddress(address, port: port)
      portName = String(portName[..<split.lowerBound])
    }
    let name = "\(fields[0])/\(fields[1])" + (portName.isEmpty ? "" : ":\(portName)")
    return ServicePortName(name).map { ($0, transport, endpoint) }
  }

  /// Names may have no colon, so an IPv6 address has dots in its place.
  private static func address(_ text: some StringProtocol) -> IPAddress? {
    IPAddress(String(text)) ?? IPAddress(String(text.map { $0 == "." ? ":" : $0 }))
  }

  private var plain: String {
    let base = "\(port.service)/\(transport.name)/\(port.port)"
    guard let endpoint else { return base }
    let address = String(endpoint.address.description.map { $0 == ":" ? "." : $0 })
    return "\(base)__\(address)/\(endpoint.port)"
  }
}

extension NftablesName: CustomStringConvertible {
  /// As kube-proxy writes it.
  public var description: String {
    let hashed = "\(NameHash.of(plain, length: Self.hashLength))-\(plain)"
    guard hashed.utf8.count > Self.longest else { return kind.rawValue + hashed }
    let kept = hashed.utf8.prefix(Self.longest - Self.ellipsis.utf8.count)
    return kind.rawValue + String(decoding: kept, as: UTF8.self) + Self.ellipsis
  }
}
