import CSys

/// Rules out entries by the header alone, as ip_packet_match and ip6_packet_match do, in a few loads.
struct LegacyHeaderFilter {
  private let family: IPFamily
  /// The destination's bytes as they stand in a header; of IPv4, the low half of the first.
  private let destination: (UInt64, UInt64)?
  private let transport: UInt16?
  /// What the destination must be in, where it is not one address.
  private let destinations: [IPPrefix]?

  init(_ hint: RuleHint, family: IPFamily) {
    self.family = family
    transport = hint.transport.map { UInt16($0.rawValue) }
    destinations = hint.destinations
    destination =
      switch hint.destination {
      case .v4(let address) where family == .v4: (UInt64(address.bigEndian), 0)
      case .v6(let high, let low) where family == .v6: (high.bigEndian, low.bigEndian)
      default: nil
      }
  }

  /// Whether the entry at an offset that has been checked cannot match.
  func rejects(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    family == .v4 ? rejects4(bytes, offset) : rejects6(bytes, offset)
  }

  /// Whether the destination cannot be this address.
  private func isForeign(_ address: IPAddress) -> Bool {
    guard let destinations else { return false }
    return !destinations.contains { $0.contains(address) }
  }

  private func rejects4(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
    func load<T: BitwiseCopyable>(_ field: Int, _ type: T.Type) -> T {
      bytes.loadUnaligned(fromByteOffset: offset + field, as: type)
    }
    let inversions = load(ipt_ip_invflags, UInt8.self)
    if let (address, _) = destination {
      let differs =
        UInt32(truncatingIfNeeded: address) & load(ipt_ip_dmsk, UInt32.self) != load(ipt_ip_dst, UInt32.self)
      if differs != (inversions & 0x10 != 0) { return true }
    } else if inversions & 0x10 == 0, load(ipt_ip_dmsk, UInt32.self) == .max,
      isForeign(.v4(UInt32(bigEndian: load(ipt_ip_dst, UInt32.self))))
    {
      return true
    }
    if let transport {
      let wanted = load(ipt_ip_proto, UInt16.self)
      if wanted != 0, (wanted != transport) != (inversions & 0x40 != 0) { return true }
    }
    return false
  }

  private func rejects6(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
    func load<T: BitwiseCopyable>(_ field: Int, _ type: T.Type) -> T {
      bytes.loadUnaligned(fromByteOffset: offset + field, as: type)
    }
    let inversions = load(ip6t_ip6_invflags, UInt8.self)
    if let (high, low) = destination {
      let differs =
        high & load(ip6t_ip6_dmsk, UInt64.self) != load(ip6t_ip6_dst, UInt64.self)
        || low & load(ip6t_ip6_dmsk + 8, UInt64.self) != load(ip6t_ip6_dst + 8, UInt64.self)
      if differs != (inversions & 0x10 != 0) { return true }
    } else if inversions & 0x10 == 0, load(ip6t_ip6_dmsk, UInt64.self) & load(ip6t_ip6_dmsk + 8, UInt64.self) == .max,
      isForeign(
        .v6(
          high: UInt64(bigEndian: load(ip6t_ip6_dst, UInt64.self)),
          low: UInt64(bigEndian: load(ip6t_ip6_dst + 8, UInt64.self))))
    {
      return true
    }
    if let transport, load(ip6t_ip6_flags, UInt8.self) & 1 != 0 {
      if (load(ip6t_ip6_proto, UInt16.self) != transport) != (inversions & 0x40 != 0) { return true }
    }
    return false
  }
}
