/// What a match asks of a packet.
enum Requirement: Hashable {
  case always
  case never
  /// All must hold, and which is not known.
  case facts([Fact])
  /// True by chance, for such a share of packets.
  case chance(Double)
}

/// Three-valued matching: what follows from a packet is decided, the rest becomes facts to assume.
struct MatchEvaluation {
  let knowledge: Knowledge
  let node: any Node
  /// The rule that is evaluated, to name it where it cannot be decided.
  let rule: RuleReference

  var packet: Packet { _read { yield knowledge.packet } }

  /// What `match` asks of the packet.
  func requirement(of match: Match) throws -> Requirement {
    switch match {
    case .source(let match): return address(match, .source)
    case .destination(let match): return address(match, .destination)
    case .inInterface(let match):
      return require(.inInterface(name: match.name, wildcard: match.wildcard), match.inverted)
    case .outInterface(let match):
      return require(outInterface(match.name, wildcard: match.wildcard), match.inverted)
    case .transport(let match):
      return constant((packet.transport == match.number) != match.inverted)
    case .fragment(let inverted):
      // Connection tracking puts fragments together before any chain of these tables sees them.
      return constant(inverted)
    case .tcp(let match): return tcp(match)
    case .udp(let match):
      return ports(.udp, source: match.source, destination: match.destination)
    case .sctp(let match):
      guard match.chunks == nil else { return require(.other(.sctp(match)), false) }
      return ports(.sctp, source: match.source, destination: match.destination)
    case .multiport(let match): return multiport(match)
    case .comment: return .always
    case .mark(let test): return mark(packet.mark, test, match)
    case .connmark(let test): return packet.isTracked ? mark(packet.connectionMark, test, match) : .never
    case .addressType(let match): return addressType(match)
    case .conntrack(let test): return conntrack(test, match)
    case .statistic(let match): return chance(match.probability)
    case .recent(let match): return recent(match)
    case .set(let match): return try set(match)
    case .ipvs(let match) where match.isDecided(by: packet): return constant(match.holds(for: packet))
    case .owner(let match) where knowledge.decide(.localOutput) == false: return constant(match.holdsWithoutSocket)
    case .physdev(let match): return try physdev(match)
    // No proxy took the packet that this answers, and other sockets are not transparent.
    case .localSocket(let match) where packet.isReply && match.flags.contains(.transparent): return .never
    case .mac, .localSocket, .owner, .limit, .tcpmss, .icmp, .reversePath, .ipvs:
      return require(.other(match), false)
    case .nfacct: return .always
    case .native(let match): return try requirement(ofNative: match)
    case .addressRange(let match): return addressRange(match)
    case .unknown(let match) where UnknownExtension.conditions.contains(match.name):
      return require(.undecoded(rule: rule, what: "-m \(match.name)"), false)
    case .unknown(let match) where UnknownExtension.loads.contains(match.name):
      return require(.undecoded(rule: rule, what: match.name), false)
    case .unknown(let match):
      return undecided("match \(match.name) revision \(match.revision), \(match.reason)")
    }
  }

  // MARK: - From conditions to requirements

  func constant(_ value: Bool) -> Requirement { value ? .always : .never }

  func chance(_ probability: Double) -> Requirement {
    probability <= 0 ? .never : probability >= 1 ? .always : .chance(probability)
  }

  func require(_ condition: Condition, _ inverted: Bool) -> Requirement {
    all([Fact(condition, !inverted)])
  }

  func undecided(_ what: String) -> Requirement {
    require(.undecided(rule: rule, what: what), false)
  }

  /// All of `facts`: never if one is known not to hold; what is known to hold need not be assumed.
  func all(_ facts: [Fact]) -> Requirement {
    var open: [Fact] = []
    for fact in facts {
      switch knowledge.decide(fact.condition) {
      case nil: open.append(fact)
      case let holds? where holds != fact.holds: return .never
      case _?: continue
      }
    }
    return open.isEmpty ? .always : .facts(open)
  }

  /// That the packet leaves by an interface, as it is routed at this moment.
  func outInterface(_ name: String, wildcard: Bool) -> Condition {
    packet.isRoutedAnew
      ? .outInterfaceAnew(name: name, wildcard: wildcard) : .outInterface(name: name, wildcard: wildcard)
  }

  // MARK: - Single matches

  /// An address that the kernel has chosen since is no longer the one that conditions speak of.
  private func address(_ match: AddressMatch, _ side: Knowledge.Side) -> Requirement {
    let condition = condition(match, side)
    guard knowledge.isReplaced(side), knowledge.decide(condition) == nil else {
      return require(condition, match.inverted)
    }
    var plain = match
    plain.inverted = false
    return require(.other(side == .source ? .source(plain) : .destination(plain)), match.inverted)
  }

  private func addressRange(_ match: AddressRangeMatch) -> Requirement {
    var facts: [Fact] = []
    if let range = match.source {
      guard let fact = outside(range, .source) else {
        return require(.other(.addressRange(match)), false)
      }
      facts.append(match.sourceInverted ? fact : fact.negated)
    }
    if let range = match.destination {
      guard let fact = outside(range, .destination) else {
        return require(.other(.addressRange(match)), false)
      }
      facts.append(match.destinationInverted ? fact : fact.negated)
    }
    return all(facts)
  }

  /// That an address is not in a range; nil for one that the kernel has chosen since.
  private func outside(_ range: ClosedRange<IPAddress>, _ side: Knowledge.Side) -> Fact? {
    if knowledge.isReplaced(side) { return nil }
    let prefixes = IPPrefix.covering(range)
    return Fact.together(prefixes.map { Fact(side == .source ? .source($0) : .destination($0), false) })
  }

  private func condition(_ match: AddressMatch, _ side: Knowledge.Side) -> Condition {
    if let prefix = match.prefix {
      return side == .source ? .source(prefix) : .destination(prefix)
    }
    return side == .source
      ? .maskedSource(address: match.address, mask: match.mask)
      : .maskedDestination(address: match.address, mask: match.mask)
  }

  private func tcp(_ match: TCPMatch) -> Requirement {
    // A connection's first packet has SYN alone of the flags that can be tested, and the answer SYN and ACK.
    let flags: UInt8 = packet.isReply ? 0x12 : 0x02
    if (flags & match.flagMask == match.flagComparison) == match.flagsInverted { return .never }
    var facts = portFacts(source: match.source, destination: match.destination)
    if match.option != 0 {
      var option = TCPMatch()
      option.option = match.option
      facts.append(Fact(.other(.tcp(option)), !match.optionInverted))
    }
    return packet.transport == .tcp ? all(facts) : .never
  }

  private func ports(_ transport: TransportProtocol, source: PortMatch, destination: PortMatch) -> Requirement {
    packet.transport == transport ? all(portFacts(source: source, destination: destination)) : .never
  }

  private func portFacts(source: PortMatch, destination: PortMatch) -> [Fact] {
    func fact(_ match: PortMatch, _ condition: Condition) -> Fact? {
      // 0-65535 is any port; its inversion none, which no packet's port can be.
      match == .any ? nil : Fact(condition, !match.inverted)
    }
    return [
      fact(source, .sourcePort(source.range)), fact(destination, .destinationPort(destination.range)),
    ].compactMap(\.self)
  }

  private func multiport(_ match: MultiportMatch) -> Requirement {
    func isListed(_ port: UInt16?) -> Bool? { port.map { port in match.ranges.contains { $0.contains(port) } } }
    let listed: Bool? =
      switch match.side {
      case .source: isListed(packet.sourcePort)
      case .destination: isListed(packet.destinationPort)
      case .either: either(isListed(packet.sourcePort), isListed(packet.destinationPort))
      }
    guard let listed else {
      var plain = match
      plain.inverted = false
      return require(.other(.multiport(plain)), match.inverted)
    }
    return constant(listed != match.inverted)
  }

  private func either(_ left: Bool?, _ right: Bool?) -> Bool? {
    if left == true || right == true { return true }
    return left == nil || right == nil ? nil : false
  }

  private func mark(_ mark: Mark, _ test: MarkMatch, _ match: Match) -> Requirement {
    if let matches = mark.matches(value: test.value, mask: test.mask) { return constant(matches != test.inverted) }
    return require(.other(match), false)
  }

  private func addressType(_ match: AddressTypeMatch) -> Requirement {
    let source = match.source.map { Fact(.sourceType($0), !match.sourceInverted) }
    let destination = match.destination.map { Fact(.destinationType($0), !match.destinationInverted) }
    let isOpen = { (fact: Fact?, side: Knowledge.Side) in
      fact.map { knowledge.isReplaced(side) && knowledge.decide($0.condition) == nil } ?? false
    }
    let facts = [source, destination].compactMap(\.self)
    if match.limitToInInterface || match.limitToOutInterface {
      return ofInterface(facts) ?? require(.other(.addressType(match)), false)
    }
    if isOpen(source, .source) || isOpen(destination, .destination) {
      return require(.other(.addressType(match)), false)
    }
    return all(facts)
  }

  /// Of addresses that are asked for among one interface's: what is no address of this node is none of the interface's.
  /// nil where that does not decide.
  private func ofInterface(_ facts: [Fact]) -> Requirement? {
    let answers = facts.map { fact -> Bool? in
      switch fact.condition {
      case .sourceType(.local), .destinationType(.local): knowledge.decide(fact.condition) == false ? !fact.holds : nil
      default: nil
      }
    }
    return answers.contains(false) ? .never : answers.contains(nil) ? nil : .always
  }

  private func recent(_ match: RecentMatch) -> Requirement {
    // --set notes the address and is true.
    if match.operation == .set { return constant(!match.inverted) }
    var listed = match
    listed.operation = .check
    listed.inverted = false
    listed.reap = false
    return require(.recent(listed), match.inverted)
  }

  private func conntrack(_ test: ConntrackMatch, _ match: Match) -> Requirement {
    // What is not tracked has a state, and nothing else that could be compared (conntrack_mt).
    let fields = packet.isTracked ? test.fields : test.fields.intersection(.state)
    if fields.isEmpty && !test.fields.isEmpty { return .never }
    var facts: [Fact] = []
    for field in fields.elements {
      let inverted = test.inverted.contains(field)
      switch conntrackField(field, test) {
      case .holds(let holds): if holds == inverted { return .never }
      case .depends(let condition): facts.append(Fact(condition, !inverted))
      case .unknown: facts.append(Fact(.other(match), true))
      }
    }
    return all(facts)
  }

  private enum FieldAnswer {
    case holds(Bool)
    case depends(Condition)
    case unknown
  }

  /// What one of `-m conntrack`'s tests says of a connection's first packet: its state and its two tuples as they are at
  /// this moment (nf_conn's reply tuple changes with a translation).
  private func conntrackField(_ field: ConntrackMatch.Fields, _ test: ConntrackMatch) -> FieldAnswer {
    func holds(_ port: UInt16?, _ range: ClosedRange<UInt16>) -> FieldAnswer {
      port.map { .holds(range.contains($0)) } ?? .unknown
    }
    func holds(_ knowledge: AddressKnowledge, _ match: AddressMatch?) -> FieldAnswer {
      guard case .known(let address) = knowledge, let match else { return .unknown }
      return .holds(address & match.mask == match.address & match.mask)
    }
    if packet.isReply, !field.isSubset(of: [.state, .transport, .status, .direction, .stateAlias]) { return .unknown }
    switch field {
    case .state: return .holds(!test.states.isDisjoint(with: packet.state))
    case .transport: return .holds(test.transport == UInt16(packet.transport.rawValue))
    case .originalSource:
      guard packet.sourceTranslation == .none, let match = test.originalSource else { return .unknown }
      return .depends(condition(match, .source))
    case .originalDestination:
      if packet.isTranslated { return holds(packet.originalDestination, test.originalDestination) }
      guard let match = test.originalDestination else { return .unknown }
      return .depends(condition(match, .destination))
    case .replySource: return holds(packet.destination, test.replySource)
    case .originalSourcePort: return holds(packet.sourcePort, test.originalSourcePort)
    case .originalDestinationPort: return holds(packet.originalDestinationPort, test.originalDestinationPort)
    case .replySourcePort: return holds(packet.destinationPort, test.replySourcePort)
    case .status: return .holds(UInt32(test.status) & packet.connectionStatus != 0)
    case .direction: return .holds(!packet.isReply)  // ORIGINAL; --ctdir REPLY is the inversion
    case .stateAlias: return .holds(true)
    default: return .unknown
    }
  }

  /// Members of larger sets are not told apart.
  private static let mostMembers = 4096

  private func set(_ match: SetMatch) throws -> Requirement {
    var asked = match
    asked.inverted = false
    var element = SetElement()
    if case .known(let address) = packet.source { element.source = address }
    if case .known(let address) = packet.destination { element.destination = address }
    if case .known(let name) = packet.inInterface { element.inInterface = name }
    if case .known(let name) = packet.outInterface { element.outInterface = name }
    element.transport = packet.transport
    element.sourcePort = packet.sourcePort
    element.destinationPort = packet.destinationPort
    let needsSource = match.sourceDimensions.contains(true) && element.source == nil
    let needsDestination = match.sourceDimensions.contains(false) && element.destination == nil
    if needsSource != needsDestination,
      let addresses = try node.ipsets.addresses(in: asked, family: packet.family, completing: element)
    {
      let side = needsSource ? Knowledge.Side.source : .destination
      guard !knowledge.isReplaced(side), addresses.count <= Self.mostMembers else {
        return require(.set(asked), match.inverted)
      }
      let members = addresses.map { side == .source ? Condition.source($0) : .destination($0) }
      // Among them: not outside of all.
      return all([Fact(.all(members.map { Fact($0, false) }), match.inverted)])
    }
    if needsSource || needsDestination { return require(.set(asked), match.inverted) }
    if let holds = try node.ipsets.holds(match, family: packet.family, element: element) {
      return constant(holds != match.inverted)
    }
    // What the set asks for may be a port or an interface that is not known: packets decide. Else kpx cannot.
    let sides = Set(match.sourceDimensions)
    let isOpen =
      sides.contains(true) && (element.sourcePort == nil || element.inInterface == nil)
      || sides.contains(false) && (element.destinationPort == nil || element.outInterface == nil)
    if match.name != nil, node.ipsets.isAvailable, isOpen { return require(.set(asked), match.inverted) }
    return undecided("set \(match.name ?? "#\(match.index)") could not be asked")
  }
}

extension IPVSMatch {
  /// Whether a packet's way through IPVS is known as far as the match asks for it.
  fileprivate func isDecided(by packet: Packet) -> Bool {
    // A packet that IPVS did not take has no connection of it, whatever is asked.
    packet.ipvs == nil || fields == .property
  }

  fileprivate func holds(for packet: Packet) -> Bool {
    fields == .property ? (packet.ipvs != nil) != inverted.contains(.property) : false
  }
}

extension ConntrackMatch.Fields {
  /// The single fields, in the order of their bits.
  var elements: [Self] {
    (0..<16).map { Self(rawValue: 1 << $0) }.filter { contains($0) }
  }
}
