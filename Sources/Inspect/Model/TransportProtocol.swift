/// A protocol above IP, by its number in the IP header.
public struct TransportProtocol: RawRepresentable, Sendable, Hashable {
  /// IPPROTO_*; 0 stands for all protocols.
  public let rawValue: UInt8

  /// By the number in the IP header.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// IPPROTO_ICMP.
  public static let icmp = TransportProtocol(rawValue: 1)
  /// IPPROTO_TCP.
  public static let tcp = TransportProtocol(rawValue: 6)
  /// IPPROTO_UDP.
  public static let udp = TransportProtocol(rawValue: 17)
  /// IPPROTO_ICMPV6.
  public static let icmpv6 = TransportProtocol(rawValue: 58)
  /// IPPROTO_SCTP.
  public static let sctp = TransportProtocol(rawValue: 132)

  /// Whether its packets have ports, and services may be of it.
  var hasPorts: Bool { [.tcp, .udp, .sctp].contains(self) }

  /// The names that iptables-save prints for protocol numbers.
  private static let names: [UInt8: String] = [
    1: "icmp", 6: "tcp", 17: "udp", 50: "esp", 51: "ah", 58: "ipv6-icmp", 132: "sctp", 135: "mobility-header",
    136: "udplite", 2: "igmp", 4: "ipencap", 33: "dccp", 41: "ipv6", 47: "gre", 89: "ospf", 94: "ipip", 103: "pim",
    112: "vrrp", 115: "l2tp",
  ]

  /// Reads a name in either case, such as `TCP`, or a number.
  public init?(_ text: String) {
    if let number = UInt8(text) {
      self.init(rawValue: number)
    } else if let entry = Self.names.first(where: { $0.value == text.lowercased() }) {
      self.init(rawValue: entry.key)
    } else {
      return nil
    }
  }

  /// As iptables writes it: `tcp`, or the number where it has no name.
  public var name: String { Self.names[rawValue] ?? "\(rawValue)" }
}

extension TransportProtocol: CustomStringConvertible {
  /// As Kubernetes writes it: `TCP`.
  public var description: String { name.uppercased() }
}
