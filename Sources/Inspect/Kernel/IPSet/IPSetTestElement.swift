import CSys

/// An element to test, as far as a set's type has its parts.
struct IPSetTestElement: Sendable, Hashable {
  var addresses: [IPAddress] = []
  var transport: TransportProtocol?
  var port: UInt16?
  var interface: String?
  var isPhysdev = false

  /// The element that a packet is for a rule's `--match-set NAME src,dst,…`: each dimension of the set takes the
  /// packet's address, port or interface of the side that the rule names (ip_set_kadt, *_kadt of the types).
  ///
  /// nil if something that the set's type asks for is not known.
  init?(_ packet: SetElement, sides: [Bool], in header: IPSetHeader) {
    let dimensions = header.dimensions
    guard dimensions.count <= sides.count else { return nil }
    for (dimension, isSource) in zip(dimensions, sides) {
      switch dimension {
      case .ip, .net:
        guard let address = isSource ? packet.source : packet.destination else { return nil }
        addresses.append(address)
      case .port:
        guard let number = isSource ? packet.sourcePort : packet.destinationPort else { return nil }
        port = number
        // bitmap:port has no protocol.
        transport = dimensions.count > 1 ? packet.transport : nil
      case .iface:
        guard let name = isSource ? packet.inInterface : packet.outInterface else { return nil }
        interface = name
      default: return nil
      }
    }
  }

  /// An element as a user writes it for a set of a type: `10.96.0.1,tcp:443`, `30080`, `10.0.0.1,eth0`; an address and port
  /// also as all other tools have them, `10.96.0.1:443/TCP`.
  ///
  /// nil if it is not of the set's type, or of one whose elements kpx does not test.
  init?(_ text: String, in header: IPSetHeader) {
    let text = header.dimensions == [.ip, .port] ? Self.member(ofPlace: text) ?? text : text
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == header.dimensions.count else { return nil }
    for (part, dimension) in zip(parts, header.dimensions) {
      switch dimension {
      case .ip, .net:
        guard let address = IPAddress(part), address.family == header.family else { return nil }
        addresses.append(address)
      case .port:
        guard takePort(part, isAlone: parts.count == 1) else { return nil }
      case .iface:
        isPhysdev = part.hasPrefix("physdev:")
        interface = isPhysdev ? String(part.dropFirst(8)) : part
      default: return nil
      }
    }
  }

  /// nil for what is no `ADDRESS:PORT[/PROTOCOL]`.
  private static func member(ofPlace text: String) -> String? {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let place = SocketAddress(parts[0]), let transport = parts.count == 2 ? TransportProtocol(parts[1]) : .tcp
    else { return nil }
    return "\(place.address),\(transport.name):\(place.port)"
  }

  /// What a member of a set may look like; nil for types of which kpx tests none.
  static func example(for header: IPSetHeader) -> String? {
    let parts = header.dimensions.map { dimension -> String? in
      switch dimension {
      case .ip, .net: header.family == .v6 ? "fd00:10:96::1" : "10.96.0.1"
      case .port: header.dimensions.count == 1 ? "443" : "tcp:443"
      case .iface: "eth0"
      default: nil
      }
    }
    return parts.contains(nil) ? nil : parts.compactMap(\.self).joined(separator: ",")
  }

  /// `tcp:80`; without a protocol it is TCP, except in a bitmap, which has none.
  private mutating func takePort(_ text: String, isAlone: Bool) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let number = parts.last.flatMap({ UInt16($0) }) else { return false }
    port = number
    guard !isAlone else { return parts.count == 1 }
    transport = parts.count == 2 ? TransportProtocol(parts[0]) : .tcp
    return transport != nil
  }

  /// IPSET_ATTR_DATA's contents.
  func append(to data: inout NetlinkRequest) {
    for (address, type) in zip(addresses, [IPSET_ATTR_IP, IPSET_ATTR_IP2]) {
      data.nest(type) { inner in
        inner.append(
          (address.family == .v4 ? IPSET_ATTR_IPADDR_IPV4 : IPSET_ATTR_IPADDR_IPV6) | 0x4000, address.bytes)
      }
    }
    if let transport { data.append(IPSET_ATTR_PROTO, number: transport.rawValue) }
    if let port { data.append(IPSET_ATTR_PORT, bigEndian: port) }
    if let interface { data.append(IPSET_ATTR_IFACE, text: interface) }
  }
}

extension IPSetReader {
  /// Why an element could not be tested.
  public struct ElementError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence for a person.
    public let description: String
  }
}

extension IPSetSource {
  /// Whether a set holds an element, as `ipset test` would say; nil if there is no such set.
  ///
  /// - Parameter element: as `ipset` writes members of the set's type.
  /// - Throws: `ElementError` if the element is not of the set's type.
  func holds(_ element: String, in name: String) throws -> Bool? {
    guard let header = try header(name) else { return nil }
    guard let parts = IPSetTestElement(element, in: header) else {
      let example = IPSetTestElement.example(for: header).map { ": expected one such as \($0)" } ?? ""
      throw IPSetReader.ElementError(
        description: "\(element) is no member for a set of type \(header.type), as set \(name) is\(example)")
    }
    return try test(name, parts, findsExceptions: false)
  }
}
