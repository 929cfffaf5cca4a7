/// What a lookup in a set or map of nf_tables comes to for one packet.
enum LookupAnswer {
  /// The element, or none.
  case element(NFTSetElement?)
  /// By chance: each element with its share; what is missing from 1 finds none.
  case chances([(element: NFTSetElement, share: Double)])
  /// The key is not known whole: under which facts which element is found. Under none of them, none is.
  case depends([(facts: [Fact], element: NFTSetElement)])
  /// It depends on something that cannot be put in facts about the packet.
  case unknown
}

extension MatchEvaluation {
  /// What a test that only nf_tables has asks of the packet.
  func requirement(ofNative match: NFTMatch) throws -> Requirement {
    if match.value.map(knowledge.lacks) == true { return .never }
    switch match {
    case .comparison(let test):
      if let interface = try interface(test) { return interface }
      if let unknown = test.value.unknown { return undecided(unknown.reason) }
      if let share = test.value.share(of: test.holds) { return chance(share) }
      guard let bytes = test.value.bytes(knowledge.bytes) else { return require(.other(.native(match)), false) }
      return constant(test.holds(bytes))
    case .range(let test):
      if let unknown = test.value.unknown { return undecided(unknown.reason) }
      if let share = test.value.share(of: test.holds) { return chance(share) }
      guard let bytes = test.value.bytes(knowledge.bytes) else { return require(.other(.native(match)), false) }
      return constant(test.holds(bytes))
    case .lookup(let lookup): return try requirement(of: lookup)
    case .limit, .quota, .connectionLimit: return require(.other(.native(match)), false)
    case .object(let object): return object.decides ? require(.other(.native(match)), false) : .always
    }
  }

  /// NFT_META_IIF and OIF: an interface by its number.
  private func interface(_ test: NFTComparison) throws -> Requirement? {
    guard case .field(.meta(let key)) = test.value, [4, 5].contains(key), test.data.count == 4,
      test.operation == .equal || test.operation == .notEqual,
      let name = try node.routing.interface(number: Int32(bitPattern: UInt32(hostBytes: test.data)))
    else { return nil }
    let condition = key == 4 ? Condition.inInterface(name: name, wildcard: false) : outInterface(name, wildcard: false)
    return require(condition, test.operation == .notEqual)
  }

  private func requirement(of lookup: NFTLookup) throws -> Requirement {
    if let unknown = lookup.key.unknown { return undecided(unknown.reason) }
    switch try answer(to: lookup) {
    case .element(let element): return constant((element != nil) != lookup.inverted)
    case .chances(let chances):
      let share = chances.reduce(0) { $0 + $1.share }
      return chance(lookup.inverted ? 1 - share : share)
    case .depends(let alternatives):
      // In the set: not outside of all its elements.
      let outside = alternatives.map { Fact.together($0.facts).negated }
      if lookup.inverted { return all(outside) }
      return outside.isEmpty ? .never : all([Fact.together(outside).negated])
    case .unknown:
      var plain = lookup
      plain.inverted = false
      return require(.other(.native(.lookup(plain))), lookup.inverted)
    }
  }

  /// What a lookup comes to; named sets are asked by key wherever the key is known.
  func answer(to lookup: NFTLookup) throws -> LookupAnswer {
    if let shares = lookup.shares { return .chances(shares) }
    if let key = lookup.key.bytes(knowledge.bytes) {
      if let elements = lookup.set.elements { return .element(lookup.set.element(for: key, in: elements)) }
      return .element(try node.maps.element(for: key, in: lookup.set))
    }
    guard let fields = lookup.key.fields else { return .unknown }
    if let alternatives = try atLocalAddresses(lookup, fields) { return .depends(alternatives) }
    guard !lookup.set.flags.contains(.dynamic), !lookup.set.flags.contains(.timeout) else { return .unknown }
    return try amongElements(lookup, fields)
  }

  /// A key of which only the destination is not known, but to be one of the node's own addresses: each is asked for.
  private func atLocalAddresses(
    _ lookup: NFTLookup, _ fields: [NFTField]
  ) throws -> [(facts: [Fact], element: NFTSetElement)]? {
    guard packet.destination == .local else { return nil }
    let unknown = fields.filter { knowledge.bytes($0) == nil }
    guard case .destinationAddress(let family)? = unknown.first, unknown.count == 1, family == packet.family else {
      return nil
    }
    var alternatives: [(facts: [Fact], element: NFTSetElement)] = []
    for prefix in knowledge.localAddresses where knowledge.decide(.destination(IPPrefix(prefix.address))) != false {
      // 127.0.0.0/8 is asked for by the one address of it that is used.
      let address = prefix == IPPrefix("127.0.0.0/8") ? IPAddress("127.0.0.1") ?? prefix.address : prefix.address
      var known = packet
      known.destination = .known(address)
      let there = Knowledge(shared: SharedPacket(known), set: knowledge.set, localAddresses: knowledge.localAddresses)
      guard let key = lookup.key.bytes(there.bytes) else { return nil }
      let set = lookup.set
      let element = try set.elements.map { set.element(for: key, in: $0) } ?? node.maps.element(for: key, in: set)
      if let element { alternatives.append(([Fact(.destination(IPPrefix(address)))], element)) }
    }
    return alternatives
  }

  /// More elements than this that a packet may meet are not told apart.
  private static let mostAlternatives = 2048

  /// The elements that agree with what is known of the key, and what the rest of the key must be for each.
  private func amongElements(_ lookup: NFTLookup, _ fields: [NFTField]) throws -> LookupAnswer {
    let elements = try lookup.set.elements ?? node.maps.elements(of: lookup.set, having: knownParts(of: fields))
    var alternatives: [(facts: [Fact], element: NFTSetElement)] = []
    for element in elements {
      guard !element.isCatchAll else { return .unknown }
      guard let ways = facts(for: element, fields) else { return .unknown }
      alternatives += ways.map { ($0, element) }
      if alternatives.count > Self.mostAlternatives { return .unknown }
    }
    return .depends(alternatives)
  }

  /// What is known of a key of some fields.
  private func knownParts(of fields: [NFTField]) -> [NFTKeyPart] {
    var offset = 0
    return fields.compactMap { field in
      let place = offset..<offset + field.length
      offset = (place.upperBound + 3) & ~3
      guard let bytes = knowledge.bytes(field), bytes.count == place.count else { return nil }
      return NFTKeyPart(place: place, bytes: bytes)
    }
  }

  /// What must hold for a packet to have an element's key, in one or several ways; empty if it cannot have it, nil if
  /// it cannot be told.
  private func facts(for element: NFTSetElement, _ fields: [NFTField]) -> [[Fact]]? {
    var open: [(field: NFTField, lower: [UInt8], upper: [UInt8])] = []
    var offset = 0
    // What is known first: it tells most elements apart, and to put the rest in words takes longer.
    for field in fields {
      let end = offset + field.length
      guard end <= element.key.count, element.upperKey.map({ end <= $0.count }) ?? true else { return nil }
      let lower = Array(element.key[offset..<end])
      let upper = element.upperKey.map { Array($0[offset..<end]) } ?? lower
      offset = (end + 3) & ~3
      if let known = knowledge.bytes(field) {
        let isWithin = !known.lexicographicallyPrecedes(lower) && !upper.lexicographicallyPrecedes(known)
        if !isWithin { return [] }
      } else {
        open.append((field, lower, upper))
      }
    }
    var ways: [[Fact]] = [[]]
    for (field, lower, upper) in open {
      guard let conditions = conditions(field, lower, upper) else { return nil }
      let possible = conditions.filter { knowledge.decide($0) != false }
      ways = ways.flatMap { way in possible.map { way + [Fact($0)] } }
    }
    return ways
  }

  /// That a field is within a range, in one or several conditions of which one must hold.
  private func conditions(_ field: NFTField, _ lower: [UInt8], _ upper: [UInt8]) -> [Condition]? {
    func number(_ bytes: [UInt8]) -> UInt16 { UInt16(truncatingIfNeeded: UInt32(networkBytes: bytes)) }
    switch field {
    case .sourceAddress(let family): return prefixes(lower, upper, family)?.map(Condition.source)
    case .destinationAddress(let family): return prefixes(lower, upper, family)?.map(Condition.destination)
    case .sourcePort where number(lower) <= number(upper): return [.sourcePort(number(lower)...number(upper))]
    case .destinationPort where number(lower) <= number(upper): return [.destinationPort(number(lower)...number(upper))]
    case .inInterface where lower == upper:
      return [.inInterface(name: String(decoding: lower.prefix { $0 != 0 }, as: UTF8.self), wildcard: false)]
    case .outInterface where lower == upper:
      return [outInterface(String(decoding: lower.prefix { $0 != 0 }, as: UTF8.self), wildcard: false)]
    default: return nil
    }
  }

  private func prefixes(_ lower: [UInt8], _ upper: [UInt8], _ family: IPFamily) -> [IPPrefix]? {
    guard let first = lower.withUnsafeBytes({ IPAddress(bytes: $0, family: family) }),
      let last = upper.withUnsafeBytes({ IPAddress(bytes: $0, family: family) }), first <= last
    else { return nil }
    return IPPrefix.covering(first...last)
  }
}

extension Fact {
  /// Several facts as one that holds if all do.
  static func together(_ facts: [Fact]) -> Fact { facts.count == 1 ? facts[0] : Fact(.all(facts)) }
}

extension Knowledge {
  /// A field's bytes as nf_tables would load them, if they are known.
  func bytes(_ field: NFTField) -> [UInt8]? {
    switch field {
    case .sourceAddress(let family): address(packet.source, family)
    case .destinationAddress(let family): address(packet.destination, family)
    case .sourcePort: packet.sourcePort.map { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
    case .destinationPort: packet.destinationPort.map { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
    case .transportProtocol: [packet.transport.rawValue]
    case .networkProtocol: [packet.family == .v4 ? 2 : 10]
    case .inInterface: interface(packet.inInterface)
    case .outInterface: interface(packet.outInterface)
    case .mark: packet.mark.known == .max ? packet.mark.value.hostBytes : nil
    case .connectionMark: packet.connectionMark.known == .max ? packet.connectionMark.value.hostBytes : nil
    case .connectionState: packet.state.nftBits.hostBytes
    case .connectionStatus: packet.connectionStatus.hostBytes
    case .connectionDirection: [packet.isReply ? 1 : 0]
    case .connection(let key, 0) where packet.isTracked && !packet.isReply: original(key)
    // NFT_META_PROTOCOL: ETH_P_IP, ETH_P_IPV6
    case .meta(key: 1): packet.family == .v4 ? [0x08, 0x00] : [0x86, 0xdd]
    case .payload, .meta, .connection: nil
    }
  }

  /// Whether the packet has not what a value is made of, so that the rule is left (NFT_BREAK): a connection, but for its
  /// state, or a socket (NFT_META_SKUID, SKGID and CGROUP), as a forwarded packet has none.
  func lacks(_ value: NFTValue) -> Bool {
    value.contains { field in
      switch field {
      case .connectionStatus, .connectionMark, .connectionDirection, .connection: !packet.isTracked
      case .meta(let key): [10, 11, 23].contains(key) && decide(.localOutput) == false
      default: false
      }
    }
  }

  /// NFT_CT_*: of the tuple that a connection's packets bear before they are translated.
  private func original(_ key: UInt32) -> [UInt8]? {
    func port(_ port: UInt16?) -> [UInt8]? { port.map { [UInt8($0 >> 8), UInt8($0 & 0xff)] } }
    let source = packet.sourceTranslation == .none ? packet.source : .translated
    return switch key {
    case 8, 19, 21: address(source, packet.family)
    case 9, 20, 22: address(packet.originalDestination, packet.family)
    case 10: [packet.transport.rawValue]
    case 11: port(packet.sourcePort)
    case 12: port(packet.originalDestinationPort)
    default: nil
    }
  }

  private func address(_ knowledge: AddressKnowledge, _ family: IPFamily) -> [UInt8]? {
    guard case .known(let address) = knowledge, address.family == family else { return nil }
    return address.bytes
  }

  private func interface(_ knowledge: InterfaceKnowledge) -> [UInt8]? {
    let name =
      switch knowledge {
      case .known(let name): name
      case .none: ""
      case .unknown: nil as String?
      }
    return name.map { name in Array(name.utf8.prefix(16)) + [UInt8](repeating: 0, count: max(0, 16 - name.utf8.count)) }
  }
}

extension NFTMatch {
  /// What it tests; nil where that is nothing of the packet.
  fileprivate var value: NFTValue? {
    switch self {
    case .comparison(let test): test.value
    case .range(let test): test.value
    case .lookup(let lookup): lookup.key
    case .limit, .quota, .connectionLimit, .object: nil
    }
  }
}

extension Packet {
  /// IPS_* bits of a connection that is not confirmed yet: SRC_NAT 0x10, DST_NAT 0x20, and 0x80 and 0x100 once a nat
  /// chain has decided on either side. When it is answered it has SEEN_REPLY 0x2 and CONFIRMED 0x8, too.
  var connectionStatus: UInt32 {
    (state.contains(.snat) ? 0x10 : 0) | (state.contains(.dnat) ? 0x20 : 0) | (isSourceMapped ? 0x80 : 0)
      | (isDestinationMapped ? 0x100 : 0) | (isReply ? 0xa : 0)
  }
}

extension ConntrackState {
  /// NF_CT_STATE_*: invalid 1, established 2, related 4, new 8, untracked 64.
  fileprivate var nftBits: UInt32 {
    let low = UInt32(rawValue & 0xf)
    return contains(.untracked) ? 64 : low
  }
}

extension IPPrefix {
  /// The fewest prefixes that make up a range of addresses.
  static func covering(_ range: ClosedRange<IPAddress>) -> [IPPrefix] {
    if range.lowerBound == range.upperBound { return [IPPrefix(range.lowerBound)] }
    var found: [IPPrefix] = []
    func split(_ prefix: IPPrefix) {
      let first = prefix.address
      let last = prefix.last
      if last < range.lowerBound || range.upperBound < first { return }
      if range.lowerBound <= first && last <= range.upperBound {
        found.append(prefix)
      } else {
        for half in prefix.halves { split(half) }
      }
    }
    split(IPPrefix(.any(range.lowerBound.family), length: 0))
    return found
  }

  /// The last address of the range.
  var last: IPAddress {
    let host = IPAddress.mask(length, family)
    return switch (address, host) {
    case (.v4(let value), .v4(let mask)): .v4(value | ~mask)
    case (.v6(let high, let low), .v6(let highMask, let lowMask)): .v6(high: high | ~highMask, low: low | ~lowMask)
    default: address
    }
  }

  private var halves: [IPPrefix] {
    guard length < family.bits else { return [] }
    let lower = IPPrefix(address, length: length + 1)
    let bit = length
    let upper: IPAddress =
      switch address {
      case .v4(let value): .v4(value | UInt32(1) << UInt32(31 - bit))
      case .v6(let high, let low):
        bit < 64
          ? .v6(high: high | UInt64(1) << UInt64(63 - bit), low: low)
          : .v6(high: high, low: low | UInt64(1) << UInt64(127 - bit))
      }
    return [lower, IPPrefix(upper, length: length + 1)]
  }
}
