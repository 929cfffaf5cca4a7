/// struct ipt_ip or ip6t_ip6, with which every entry begins.
struct LegacyHeader {
  let bytes: UnsafeRawBufferPointer
  let family: IPFamily

  /// What the header tests, in the order in which iptables prints it.
  var matches: [Match] {
    let layout = LegacyLayout.of(family)
    let inversions = LegacyLayout.Inversions(rawValue: bytes[layout.inversions])
    var matches: [Match] = []
    // What follows the header is appended to these; most rules have no more.
    matches.reserveCapacity(4)
    if let match = address(layout.source, layout.sourceMask, inversions.contains(.source)) {
      matches.append(.source(match))
    }
    if let match = address(layout.destination, layout.destinationMask, inversions.contains(.destination)) {
      matches.append(.destination(match))
    }
    if let match = interface(layout.inInterface, layout.inInterfaceMask, inversions.contains(.inInterface)) {
      matches.append(match.map { .inInterface($0) })
    }
    if let match = interface(layout.outInterface, layout.outInterfaceMask, inversions.contains(.outInterface)) {
      matches.append(match.map { .outInterface($0) })
    }
    if let match = transport(layout, inverted: inversions.contains(.transport)) { matches.append(.transport(match)) }
    // IPT_F_FRAG; IPv6 has no such test.
    if family == .v4, bytes[layout.flags] & 1 != 0 || inversions.contains(.fragment) {
      matches.append(.fragment(inverted: inversions.contains(.fragment)))
    }
    return matches
  }

  private func address(_ offset: Int, _ mask: Int, _ inverted: Bool) -> AddressMatch? {
    let any = IPAddress.any(family)
    let value = IPAddress(bytes: UnsafeRawBufferPointer(rebasing: bytes[offset...]), family: family) ?? any
    let bits = IPAddress(bytes: UnsafeRawBufferPointer(rebasing: bytes[mask...]), family: family) ?? any
    guard inverted || value != any || bits != any else { return nil }
    return AddressMatch(address: value, mask: bits, inverted: inverted)
  }

  /// Either a test that is understood or one that is not.
  private enum InterfaceTest {
    case known(InterfaceMatch)
    case unknown(UnknownExtension)

    func map(_ make: (InterfaceMatch) -> Match) -> Match {
      switch self {
      case .known(let match): make(match)
      case .unknown(let unknown): .unknown(unknown)
      }
    }
  }

  private func interface(_ name: Int, _ mask: Int, _ inverted: Bool) -> InterfaceTest? {
    guard inverted || bytes.loadUnaligned(fromByteOffset: mask, as: UInt8.self) != 0 else { return nil }
    do throws(XTablesProblem) {
      return .known(try InterfaceMatch.masked(bytes, name: name, mask: mask, inverted: inverted))
    } catch {
      return .unknown(
        UnknownExtension(name: "interface", revision: 0, bytes: Array(bytes[name..<name + 16]), reason: error.reason))
    }
  }

  private func transport(_ layout: LegacyLayout, inverted: Bool) -> TransportMatch? {
    let number = bytes.loadUnaligned(fromByteOffset: layout.transport, as: UInt16.self)
    // The kernel tests an IPv4 protocol that is not 0, and an IPv6 one if IP6T_F_PROTO is set.
    guard family == .v4 ? number != 0 : bytes[layout.flags] & 1 != 0 else { return nil }
    return TransportMatch(TransportProtocol(rawValue: UInt8(truncatingIfNeeded: number)), inverted: inverted)
  }
}
