/// ipsets that are asked for matches of rules: the kernel's, or saved ones.
protocol IPSetSource {
  /// A set's type, revision and family at least; nil if there is none of that name.
  func header(_ name: String) throws(KernelError) -> IPSetHeader?

  /// Gives what a set was made with, and then each of its members.
  func read(_ name: String, set: (IPSetHeader) throws -> Void, entry: (IPSetEntry) throws -> Void) throws

  /// Gives all sets, or one, each with its members behind it.
  /// - Returns: false if there is no set of that name.
  func list(
    _ name: String?, headersOnly: Bool, set: (IPSetHeader) throws -> Void, entry: (IPSetEntry) throws -> Void
  ) throws -> Bool

  /// Whether a set holds an element that names all that the set's type asks for; nil if that cannot be told.
  ///
  /// An element that an exception (`nomatch`) covers is not in the set; with `findsExceptions` it alone is.
  func test(_ name: String, _ element: IPSetTestElement, findsExceptions: Bool) throws(KernelError) -> Bool?
}

extension IPSetSource {
  /// Whether a rule's match on a set holds for a packet, without its inversion; nil if that cannot be told.
  func matches(_ match: SetMatch, family: IPFamily, packet: SetElement) throws -> Bool? {
    guard let name = match.name, let header = try header(name) else { return nil }
    if header.type == "list:set" {
      // Counters and exceptions are asked of the members; those of the list itself are only counted.
      return try matchesAny(of: name, match, family: family, packet: packet)
    }
    // A set of the other family, or of more dimensions than the rule has, holds nothing (ip_set_test).
    if let own = header.family, own != family, header.type != "bitmap:port" { return false }
    if header.dimensions.count > match.sourceDimensions.count { return false }
    // A port is asked for of these alone (ip_set_get_ip_port).
    if header.dimensions == [.port], ![.tcp, .udp, .sctp].contains(packet.transport) { return false }
    guard let element = IPSetTestElement(packet, sides: match.sourceDimensions, in: header) else { return nil }
    guard let holds = try test(name, element, findsExceptions: match.returnNoMatch) else { return nil }
    // How much an element has counted decides, too, and a test does not tell.
    return holds && (match.packets != nil || match.bytes != nil) ? nil : holds
  }

  /// A list:set matches if one of its members does.
  private func matchesAny(
    of list: String, _ match: SetMatch, family: IPFamily, packet: SetElement
  ) throws -> Bool? {
    var names: [String] = []
    try read(list) { _ in
    } entry: { entry in
      if let name = entry.setName { names.append(name) }
    }
    var isOpen = false
    for name in names {
      var inner = match
      inner.name = name
      // A list is no member of a list.
      guard try header(name)?.type != "list:set" else { continue }
      switch try matches(inner, family: family, packet: packet) {
      case true?: return true
      case false?: continue
      case nil: isOpen = true
      }
    }
    return isOpen ? nil : false
  }
}
