import CSys

/// Knows which tests of registers are matches of xtables.
struct XTablesEquivalents {
  /// The protocol of the packets that come by the test.
  let transport: TransportProtocol?

  /// The match that a comparison is; nil if it is none of xtables'.
  func match(_ comparison: NFTComparison) -> Match? {
    guard comparison.operation == .equal || comparison.operation == .notEqual else { return nil }
    let inverted = comparison.operation == .notEqual
    let data = comparison.data
    switch comparison.value {
    case .field(let field): return match(field, data, inverted)
    case .slice(.field(.inInterface), 0, data.count): return match(.inInterface, data, inverted)
    case .slice(.field(.outInterface), 0, data.count): return match(.outInterface, data, inverted)
    case .slice(.field(let field), 0, let length) where length == data.count:
      return address(field, data, mask: [UInt8](repeating: 0xff, count: length), inverted)
    case .bitwise(.field(let field), let mask, let xor) where xor.allSatisfy { $0 == 0 } && mask.count == data.count:
      return masked(field, mask, data, inverted)
    case .bitwise(.slice(.field(let field), 0, let length), let mask, let xor)
    where xor.allSatisfy { $0 == 0 } && mask.count == data.count && length == data.count:
      return address(field, data, mask: mask, inverted)
    case .fib(let fib): return addressType(fib, data, inverted)
    default: return nil
    }
  }

  /// The match that a range is; nil if it is none of xtables'.
  func match(_ range: NFTRangeMatch) -> Match? {
    guard case .field(let field) = range.value, range.lower.count == 2, range.upper.count == 2 else { return nil }
    let lower = UInt16(truncatingIfNeeded: UInt32(networkBytes: range.lower))
    let upper = UInt16(truncatingIfNeeded: UInt32(networkBytes: range.upper))
    guard lower <= upper else { return nil }
    return port(field, PortMatch(lower...upper, inverted: range.inverted))
  }

  private func match(_ field: NFTField, _ data: [UInt8], _ inverted: Bool) -> Match? {
    switch field {
    case .sourceAddress, .destinationAddress:
      return address(field, data, mask: [UInt8](repeating: 0xff, count: data.count), inverted)
    case .transportProtocol:
      guard data.count == 1, let number = data.first else { return nil }
      return .transport(TransportMatch(TransportProtocol(rawValue: number), inverted: inverted))
    case .inInterface: return InterfaceMatch(data, inverted: inverted).map(Match.inInterface)
    case .outInterface: return InterfaceMatch(data, inverted: inverted).map(Match.outInterface)
    case .sourcePort, .destinationPort:
      guard data.count == 2 else { return nil }
      let number = UInt16(truncatingIfNeeded: UInt32(networkBytes: data))
      return port(field, PortMatch(number...number, inverted: inverted))
    case .mark, .connectionMark, .connectionState, .connectionDirection:
      return number(field, UInt32(hostBytes: data), mask: .max, inverted)
    case .payload(.transport, 0, 1): return icmp(data, inverted)
    default: return nil
    }
  }

  private func masked(_ field: NFTField, _ mask: [UInt8], _ data: [UInt8], _ inverted: Bool) -> Match? {
    switch field {
    case .sourceAddress, .destinationAddress: return address(field, data, mask: mask, inverted)
    case .mark, .connectionMark, .connectionState, .connectionStatus:
      guard data.count == 4 else { return nil }
      return number(field, UInt32(hostBytes: data), mask: UInt32(hostBytes: mask), inverted)
    // The flags of a TCP header.
    case .payload(.transport, 13, 1) where transport == .tcp:
      var test = TCPMatch()
      (test.flagMask, test.flagComparison, test.flagsInverted) = (mask[0], data[0], inverted)
      return .tcp(test)
    // The fragment offset of an IPv4 header.
    case .payload(.network, 6, 2) where mask == [0x1f, 0xff] && data == [0, 0]: return .fragment(inverted: !inverted)
    default: return nil
    }
  }

  private func address(_ field: NFTField, _ data: [UInt8], mask: [UInt8], _ inverted: Bool) -> Match? {
    let family: IPFamily
    switch field {
    case .sourceAddress(let known), .destinationAddress(let known): family = known
    default: return nil
    }
    guard data.count == mask.count, data.count <= family.bits / 8 else { return nil }
    func padded(_ bytes: [UInt8]) -> IPAddress? {
      let all = bytes + [UInt8](repeating: 0, count: family.bits / 8 - bytes.count)
      return all.withUnsafeBytes { IPAddress(bytes: $0, family: family) }
    }
    guard let address = padded(data), let mask = padded(mask) else { return nil }
    let match = AddressMatch(address: address, mask: mask, inverted: inverted)
    if case .sourceAddress = field { return .source(match) }
    return .destination(match)
  }

  private func port(_ field: NFTField, _ port: PortMatch) -> Match? {
    guard field == .sourcePort || field == .destinationPort else { return nil }
    let ports = field == .sourcePort ? (port, PortMatch.any) : (.any, port)
    switch transport {
    case .tcp:
      var test = TCPMatch()
      (test.source, test.destination) = ports
      return .tcp(test)
    case .udp:
      var test = UDPMatch()
      (test.source, test.destination) = ports
      return .udp(test)
    case .sctp:
      var test = SCTPMatch()
      (test.source, test.destination) = ports
      return .sctp(test)
    default: return nil
    }
  }

  private func number(_ field: NFTField, _ value: UInt32, mask: UInt32, _ inverted: Bool) -> Match? {
    switch field {
    case .mark: return .mark(MarkMatch(value: value, mask: mask, inverted: inverted))
    case .connectionMark: return .connmark(MarkMatch(value: value, mask: mask, inverted: inverted))
    case .connectionState: return state(value, mask: mask, inverted)
    case .connectionStatus:
      guard value == 0, let status = UInt16(exactly: mask) else { return nil }
      var match = ConntrackMatch(fields: .status, inverted: inverted ? [] : .status)
      match.status = status
      return .conntrack(match)
    case .connectionDirection where value <= 1:
      return .conntrack(ConntrackMatch(fields: .direction, inverted: (value == 1) != inverted ? .direction : []))
    default: return nil
    }
  }

  /// `ct state & mask != 0`, or `ct state == one state`: a packet has just one.
  private func state(_ value: UInt32, mask: UInt32, _ inverted: Bool) -> Match? {
    let isMask = value == 0
    guard isMask || mask == .max && value.nonzeroBitCount == 1,
      let states = ConntrackState(nft: isMask ? mask : value)
    else { return nil }
    var match = ConntrackMatch(fields: .state, inverted: isMask != inverted ? .state : [])
    match.states = states
    return .conntrack(match)
  }

  private func icmp(_ data: [UInt8], _ inverted: Bool) -> Match? {
    guard data.count == 1, transport == .icmp || transport == .icmpv6 else { return nil }
    return .icmp(
      ICMPMatch(family: transport == .icmp ? .v4 : .v6, type: data[0], codes: 0...255, inverted: inverted))
  }

  /// `fib saddr type local`: what addrtype asks the routing tables, too.
  private func addressType(_ fib: NFTFib, _ data: [UInt8], _ inverted: Bool) -> Match? {
    guard fib.result == .addressType, data.count == 4,
      fib.flags.isSubset(of: [.source, .destination, .inInterface, .outInterface])
    else { return nil }
    let number = UInt32(hostBytes: data)
    // RTN_UNSPEC 0 to RTN_XRESOLVE 11.
    guard number <= 11 else { return nil }
    let type = AddressType(rawValue: 1 << UInt16(number))
    var match = AddressTypeMatch()
    switch (fib.flags.contains(.source), fib.flags.contains(.destination)) {
    case (true, false): (match.source, match.sourceInverted) = (type, inverted)
    case (false, true): (match.destination, match.destinationInverted) = (type, inverted)
    default: return nil
    }
    match.limitToInInterface = fib.flags.contains(.inInterface)
    match.limitToOutInterface = fib.flags.contains(.outInterface)
    return .addressType(match)
  }
}

extension InterfaceMatch {
  /// The name that a comparison of `iifname` has: a zero within ends it, without one the beginning is meant.
  init?(_ data: [UInt8], inverted: Bool) {
    guard !data.isEmpty, data.count <= 16 else { return nil }
    let name = data.prefix { $0 != 0 }
    self.init(
      name: String(decoding: name, as: UTF8.self), wildcard: name.count == data.count && data.count < 16,
      inverted: inverted)
  }
}
