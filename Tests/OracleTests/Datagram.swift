import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// A connection's first packet as bytes: an IP header without options, then TCP's SYN, UDP or SCTP's INIT with a payload
/// that names it. All checksums are right, or connection tracking would not know it.
struct Datagram: Hashable, CustomStringConvertible {
  var transport: TransportProtocol
  var source: SocketAddress
  var destination: SocketAddress
  /// Of the payload, by which it is known again.
  var number: UInt32 = 0

  var family: IPFamily { source.address.family }

  var description: String { "\(transport) \(source) -> \(destination)" }

  private static let magic: [UInt8] = Array("kpx!".utf8)

  var bytes: [UInt8] {
    let segment = segment
    var packet: [UInt8]
    switch family {
    case .v4:
      packet = [0x45, 0] + Self.big(UInt16(20 + segment.count)) + [0, 0, 0x40, 0, 64, transport.rawValue, 0, 0]
      packet += source.address.bytes + destination.address.bytes
      packet.replaceSubrange(10..<12, with: Self.big(Self.checksum(packet)))
    case .v6:
      packet = [0x60, 0, 0, 0] + Self.big(UInt16(segment.count)) + [transport.rawValue, 64]
      packet += source.address.bytes + destination.address.bytes
    }
    return packet + segment
  }

  private var segment: [UInt8] {
    let payload = Self.magic + Self.big(UInt16(number >> 16)) + Self.big(UInt16(number & 0xffff))
    var segment = Self.big(source.port) + Self.big(destination.port)
    switch transport {
    case .udp:
      segment += Self.big(UInt16(8 + payload.count)) + [0, 0] + payload
      let sum = checksum(of: segment)
      segment.replaceSubrange(6..<8, with: Self.big(sum == 0 ? 0xffff : sum))
    case .sctp:
      // An INIT chunk of a fixed tag, one stream each way, and the payload as an unknown parameter to be skipped.
      segment += [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 32]
      segment += [0x12, 0x34, 0x56, 0x78, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1]
      segment += [0xc0, 0x00, 0, 12] + payload
      withUnsafeBytes(of: crc32c(segment).littleEndian) { segment.replaceSubrange(8..<12, with: $0) }
    default:
      segment += [0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0] + payload
      segment.replaceSubrange(16..<18, with: Self.big(checksum(of: segment)))
    }
    return segment
  }

  /// With the pseudo header of TCP and UDP.
  private func checksum(of segment: [UInt8]) -> UInt16 {
    let head = source.address.bytes + destination.address.bytes
    return Self.checksum(head + [0, transport.rawValue] + Self.big(UInt16(segment.count)) + segment)
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for index in stride(from: 0, to: bytes.count, by: 2) {
      sum += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
    }
    while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(sum)
  }

  static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
}

/// SCTP's checksum (Castagnoli).
private func crc32c(_ bytes: [UInt8]) -> UInt32 {
  var crc = UInt32.max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
  }
  return ~crc
}

/// What a packet that was caught says.
enum Caught: Hashable {
  /// One of those that were sent.
  case datagram(Datagram)
  /// A refusal, as `--reject-with` names it.
  case refusal(String)
}

extension Caught {
  /// Reads an IP packet; nil for what has nothing to do with packets that were sent.
  init?(ip bytes: ArraySlice<UInt8>) {
    guard let first = bytes.first else { return nil }
    let isV4 = first >> 4 == 4
    let size = isV4 ? Int(first & 0xf) * 4 : 40
    guard bytes.count >= size + 8 else { return nil }
    let start = bytes.startIndex
    let length = isV4 ? 4 : 16
    let source = start + (isV4 ? 12 : 8)
    let transport = TransportProtocol(rawValue: bytes[start + (isV4 ? 9 : 6)])
    self.init(
      transport: transport, segment: bytes[(start + size)...],
      source: Self.address(bytes[source..<source + length]),
      destination: Self.address(bytes[(source + length)..<source + 2 * length]))
  }

  /// Reads what is above IP.
  init?(transport: TransportProtocol, segment: ArraySlice<UInt8>, source: IPAddress, destination: IPAddress) {
    let start = segment.startIndex
    guard segment.count >= 8 else { return nil }
    func port(_ offset: Int) -> UInt16 { UInt16(segment[start + offset]) << 8 | UInt16(segment[start + offset + 1]) }
    switch transport {
    case .icmp, .icmpv6:
      guard let name = Self.refusals[transport]?[[segment[start], segment[start + 1]]] else { return nil }
      self = .refusal(name)
    case .tcp, .udp, .sctp:
      // RST
      if transport == .tcp, segment.count > 13, segment[start + 13] & 4 != 0 {
        self = .refusal("tcp-reset")
        return
      }
      // An ABORT chunk in answer to an INIT for which nobody listens is no packet of ours.
      let payload = Array(segment.suffix(8))
      guard payload.starts(with: Array("kpx!".utf8)) else { return nil }
      let number = payload.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      self = .datagram(
        Datagram(
          transport: transport, source: SocketAddress(source, port: port(0)),
          destination: SocketAddress(destination, port: port(2)), number: number))
    default: return nil
    }
  }

  private static func address(_ bytes: ArraySlice<UInt8>) -> IPAddress {
    Array(bytes).withUnsafeBytes { IPAddress(bytes: $0, family: bytes.count == 4 ? .v4 : .v6) } ?? .v4(0)
  }

  /// ICMP's type and code.
  private static let refusals: [TransportProtocol: [[UInt8]: String]] = [
    .icmp: [
      [3, 0]: "icmp-net-unreachable", [3, 1]: "icmp-host-unreachable", [3, 2]: "icmp-proto-unreachable",
      [3, 3]: "icmp-port-unreachable", [3, 9]: "icmp-net-prohibited", [3, 10]: "icmp-host-prohibited",
      [3, 13]: "icmp-admin-prohibited",
    ],
    .icmpv6: [
      [1, 0]: "icmp6-no-route", [1, 1]: "icmp6-adm-prohibited", [1, 3]: "icmp6-addr-unreachable",
      [1, 4]: "icmp6-port-unreachable",
    ],
  ]
}
