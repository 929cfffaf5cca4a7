// Sets as `ipset list` and `ipset save` print them.

extension IPSetHeader {
  /// What `ipset list` prints behind "Header: ", and `ipset save` behind the type.
  public var text: String {
    var words: [String] = []
    func add(_ name: String, _ value: (some CustomStringConvertible)?) {
      if let value { words += [name, value.description] }
    }
    let isHash = type.hasPrefix("hash:")
    if isHash { add("family", family.map { $0 == .v4 ? "inet" : "inet6" }) }
    add("markmask", parameters.markMask.map { "0x" + $0.hexDigits(8) })
    if let range = parameters.addresses { add("range", "\(range.lowerBound)-\(range.upperBound)") }
    if let range = parameters.ports { add("range", "\(range.lowerBound)-\(range.upperBound)") }
    add("hashsize", parameters.hashSize)
    add("maxelem", parameters.maximumElements)
    add("size", parameters.size)
    add("netmask", parameters.netmask)
    add("bitmask", parameters.bitmask)
    add("timeout", parameters.timeout)
    if parameters.hasCounters { words.append("counters") }
    if parameters.hasComments { words.append("comment") }
    if parameters.hasSkbinfo { words.append("skbinfo") }
    if parameters.isForced { words.append("forceadd") }
    add("bucketsize", parameters.bucketSize)
    add("initval", parameters.initialValue.map { "0x" + $0.hexDigits(8) })
    return words.joined(separator: " ")
  }
}

extension IPSetEntry {
  /// The member as `ipset list` prints it in a set of this kind, with its extensions.
  public func text(in header: IPSetHeader) -> String {
    var text = ""
    append(to: &text, dimensions: header.dimensions)
    return text
  }

  /// As `text(in:)`, for many members of one set.
  public func append(to text: inout String, dimensions: [IPSetHeader.Dimension]) {
    if let element = shortElement(dimensions) { text += element } else { appendElement(to: &text, dimensions) }
    if let timeout { text += " timeout \(timeout)" }
    if isException { text += " nomatch" }
    if isWildcard { text += " wildcard" }
    if let counters { text += " packets \(counters.packets) bytes \(counters.bytes)" }
    if let comment { text += " comment \"\(comment)\"" }
    if let skbMark {
      // ipset leaves out a mask of ones.
      text += " skbmark \(skbMark.value.hex)"
      if skbMark.mask != .max { text += "/\(skbMark.mask.hex)" }
    }
    if let skbPriority {
      text += " skbprio \((skbPriority >> 16).hexDigits()):\((skbPriority & 0xffff).hexDigits())"
    }
    if let skbQueue { text += " skbqueue \(skbQueue)" }
  }

  /// As `appendElement`, in one String: what kube-proxy's large sets have, addresses of IPv4 and ports. nil for others.
  private func shortElement(_ dimensions: [IPSetHeader.Dimension]) -> String? {
    for dimension in dimensions where dimension != .ip && dimension != .net && dimension != .port { return nil }
    guard let first = network?.shortAddress, dimensions.count <= 3, lastPort == nil || lastPort == port,
      transport.map({ $0.prefix != nil }) ?? true
    else { return nil }
    var second: UInt32?
    if let network2 {
      guard let address = network2.shortAddress else { return nil }
      second = address
    }
    // Three addresses or ports, with a protocol's name and commas.
    return String(unsafeUninitializedCapacity: 64) { buffer in
      var text = ASCIIText(buffer)
      var next: UInt32? = first
      for (place, dimension) in dimensions.enumerated() {
        if place > 0 { text.put(UInt8(ascii: ",")) }
        if dimension == .port {
          if let prefix = transport?.prefix { text.put(prefix) }
          text.put(port ?? 0)
        } else {
          if let address = next { text.put(address: address) }
          next = second
        }
      }
      return text.length
    }
  }

  private func appendElement(to text: inout String, _ dimensions: [IPSetHeader.Dimension]) {
    var isFirst = true
    var networks = [network, network2].makeIterator()
    for dimension in dimensions {
      // The MAC of bitmap:ip,mac may be unknown yet.
      if dimension == .mac, hardwareAddress == nil { continue }
      if !isFirst { text += "," }
      isFirst = false
      switch dimension {
      case .ip, .net: networks.next()??.append(to: &text)
      case .port: appendPort(to: &text)
      case .iface: text += (isPhysdev ? "physdev:" : "") + (interface ?? "")
      case .mac: text += (hardwareAddress ?? []).map { $0.hexDigits(2, uppercase: true) }.joined(separator: ":")
      case .mark: text += "0x" + (mark ?? 0).hexDigits(8)
      case .set: text += setName ?? ""
      case .unknown: text += "?"
      }
    }
  }

  private func appendPort(to text: inout String) {
    if let transport {
      text += transport.name
      text += ":"
      if transport == .icmp || transport == .icmpv6 {
        text += ICMPName.text(port ?? 0, isV6: transport == .icmpv6)
        return
      }
    }
    text += String(port ?? 0)
    if let lastPort, lastPort != port { text += "-\(lastPort)" }
  }
}

extension TransportProtocol {
  /// `tcp:`; nothing for protocols that services do not have.
  fileprivate var prefix: StaticString? {
    switch self {
    case .tcp: "tcp:"
    case .udp: "udp:"
    case .sctp: "sctp:"
    default: nil
    }
  }
}

extension IPSetEntry.Network {
  /// A single address of IPv4; nil for others.
  fileprivate var shortAddress: UInt32? {
    guard case .v4(let value) = address, last == nil || last == address, prefixLength.map({ $0 >= 32 }) ?? true else {
      return nil
    }
    return value
  }

  fileprivate func append(to text: inout String) {
    address.append(to: &text)
    if let last, last != address {
      text += "-"
      last.append(to: &text)
    } else if let prefixLength, Int(prefixLength) < address.family.bits {
      text += "/\(prefixLength)"
    }
  }
}

extension IPSetEntry.Network: CustomStringConvertible {
  /// `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`.
  public var description: String {
    var text = ""
    append(to: &text)
    return text
  }
}

extension IPAddress {
  /// As `description`, without a String of its own for IPv4.
  func append(to text: inout String) {
    guard case .v4(let value) = self else {
      text += description
      return
    }
    // Unlike an interpolation of four numbers, this makes one String.
    text += String(unsafeUninitializedCapacity: 15) { buffer in
      var text = ASCIIText(buffer)
      text.put(address: value)
      return text.length
    }
  }
}

/// Text that is written into memory for it, which is large enough.
private struct ASCIIText {
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  private(set) var length = 0

  init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

  mutating func put(_ byte: UInt8) {
    buffer[length] = byte
    length += 1
  }

  mutating func put(_ text: StaticString) {
    for place in 0..<text.utf8CodeUnitCount { put(text.utf8Start[place]) }
  }

  /// In decimal.
  mutating func put(_ number: UInt16) {
    var scale: UInt16 = 10_000
    while scale > 1, number < scale { scale /= 10 }
    while scale > 0 {
      put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / scale % 10))
      scale /= 10
    }
  }

  /// An address of IPv4.
  mutating func put(address: UInt32) {
    for place in 0..<4 {
      if place > 0 { put(UInt8(ascii: ".")) }
      put(UInt16(truncatingIfNeeded: address >> UInt32(24 - 8 * place) & 255))
    }
  }
}

/// ICMP's types and codes, which sets of ports keep in place of a port: the type in its upper byte.
enum ICMPName {
  /// The name where ipset has one, else `TYPE/CODE`.
  static func text(_ number: UInt16, isV6: Bool) -> String {
    (isV6 ? v6 : v4)[number] ?? "\(number >> 8)/\(number & 0xff)"
  }

  private static let v4: [UInt16: String] = [
    0x0000: "echo-reply", 0x0300: "network-unreachable", 0x0301: "host-unreachable", 0x0302: "protocol-unreachable",
    0x0303: "port-unreachable", 0x0304: "fragmentation-needed", 0x0305: "source-route-failed",
    0x0306: "network-unknown", 0x0307: "host-unknown", 0x0309: "network-prohibited", 0x030a: "host-prohibited",
    0x030b: "TOS-network-unreachable", 0x030c: "TOS-host-unreachable", 0x030d: "communication-prohibited",
    0x030e: "host-precedence-violation", 0x030f: "precedence-cutoff", 0x0400: "source-quench",
    0x0500: "network-redirect", 0x0501: "host-redirect", 0x0502: "TOS-network-redirect", 0x0503: "TOS-host-redirect",
    0x0800: "echo-request", 0x0900: "router-advertisement", 0x0a00: "router-solicitation",
    0x0b00: "ttl-zero-during-transit", 0x0b01: "ttl-zero-during-reassembly", 0x0c00: "ip-header-bad",
    0x0c01: "required-option-missing", 0x0d00: "timestamp-request", 0x0e00: "timestamp-reply",
    0x1100: "address-mask-request", 0x1200: "address-mask-reply",
  ]

  private static let v6: [UInt16: String] = [
    0x0100: "no-route", 0x0101: "communication-prohibited", 0x0103: "address-unreachable", 0x0104: "port-unreachable",
    0x0200: "packet-too-big", 0x0300: "ttl-zero-during-transit", 0x0301: "ttl-zero-during-reassembly",
    0x0400: "bad-header", 0x0401: "unknown-header-type", 0x0402: "unknown-option", 0x8000: "echo-request",
    0x8100: "echo-reply", 0x8500: "router-solicitation", 0x8600: "router-advertisement",
    0x8700: "neighbour-solicitation", 0x8800: "neighbour-advertisement", 0x8900: "redirect",
  ]
}
