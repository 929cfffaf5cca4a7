extension IPSetSource {
  /// Of the members that fit all that is known of an element: their addresses at the one dimension of a match that is
  /// an address and not known. The set is listed, and nothing of it kept.
  ///
  /// nil if that cannot be told.
  func addresses(
    in match: SetMatch, family: IPFamily, completing element: SetElement
  ) throws -> [IPPrefix]? {
    guard let name = match.name, match.packets == nil, match.bytes == nil, !match.returnNoMatch else { return nil }
    guard let header = try header(name), header.type != "list:set" else { return nil }
    if let own = header.family, own != family { return [] }
    if header.dimensions.count > match.sourceDimensions.count { return [] }
    guard let completion = IPSetCompletion(element, sides: match.sourceDimensions, in: header) else { return nil }
    var found: Set<IPPrefix> = []
    // A set of masked addresses has more members than it lists, and exceptions make members depend on each other.
    var isOpen = false
    try read(name) { header in
      isOpen = header.parameters.netmask != nil || header.parameters.bitmask != nil
    } entry: { entry in
      isOpen = isOpen || entry.isException
      if let prefix = completion.prefix(of: entry) { found.insert(prefix) }
    }
    return isOpen ? nil : found.sorted()
  }
}

/// What a member must be to fit an element of which one address is not known.
private struct IPSetCompletion {
  /// The known address, where the set has two.
  private var known: IPAddress?
  /// Which of a member's addresses is wanted: 0 or 1.
  private var wanted = 0
  private var transport: TransportProtocol?
  private var port: UInt16?

  /// nil where more than an address is missing, or a dimension is none that kpx can complete.
  init?(_ element: SetElement, sides: [Bool], in header: IPSetHeader) {
    var place = 0
    var isFound = false
    for (dimension, isSource) in zip(header.dimensions, sides) {
      switch dimension {
      case .ip, .net:
        if let address = isSource ? element.source : element.destination {
          known = address
        } else if isFound {
          return nil
        } else {
          isFound = true
          wanted = place
        }
        place += 1
      case .port:
        guard let number = isSource ? element.sourcePort : element.destinationPort, let transport = element.transport
        else { return nil }
        port = number
        self.transport = transport
      default: return nil
      }
    }
    guard isFound else { return nil }
  }

  /// The member's address at the dimension that is missing, if the rest of it fits.
  func prefix(of entry: IPSetEntry) -> IPPrefix? {
    if let port, entry.port != port || entry.transport != transport { return nil }
    let networks = [entry.network, entry.network2]
    if let known, networks[1 - wanted].map({ $0.prefix.contains(known) }) != true { return nil }
    return networks[wanted]?.prefix
  }
}

extension IPSetEntry.Network {
  /// A network, or a single address.
  var prefix: IPPrefix {
    IPPrefix(address, length: prefixLength.map(Int.init) ?? address.family.bits)
  }
}
