/// Whether a set holds an element, by its members alone, as the kernel's test finds it (*_test of the types).
struct IPSetMembership {
  private let entries: [IPSetEntry]
  /// Whether addresses are masked before they are looked for.
  private let isMasked: Bool

  init(of header: IPSetHeader, _ entries: [IPSetEntry]) {
    self.entries = entries
    isMasked = header.parameters.netmask != nil || header.parameters.bitmask != nil
  }

  /// nil where more than the members decides: a mask, or exceptions to networks in more than one dimension.
  func holds(_ element: IPSetTestElement, findsExceptions: Bool) -> Bool? {
    guard !isMasked else { return nil }
    let found = entries.filter { Self.covers($0, element) }
    guard entries.contains(where: \.isException) else { return !findsExceptions && !found.isEmpty }
    guard element.addresses.count == 1 else { return nil }
    // The longest prefix decides (hash:net is tried from the longest on).
    let closest = found.max { $0.network?.prefixLength ?? .max < $1.network?.prefixLength ?? .max }
    return closest.map { $0.isException == findsExceptions } ?? false
  }

  private static func covers(_ entry: IPSetEntry, _ element: IPSetTestElement) -> Bool {
    for (address, network) in zip(element.addresses, [entry.network, entry.network2]) {
      guard network?.contains(address) == true else { return false }
    }
    if let port = element.port {
      guard let first = entry.port, (first...max(first, entry.lastPort ?? first)).contains(port) else { return false }
    }
    if let transport = element.transport, entry.transport != transport { return false }
    guard let interface = element.interface else { return true }
    guard entry.isPhysdev == element.isPhysdev, let own = entry.interface else { return false }
    return entry.isWildcard ? interface.hasPrefix(own) : interface == own
  }
}

extension IPSetEntry.Network {
  fileprivate func contains(_ other: IPAddress) -> Bool {
    if let last { return other.family == address.family && address <= other && other <= last }
    return prefix.contains(other)
  }
}
