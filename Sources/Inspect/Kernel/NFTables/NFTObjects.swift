import CSys

/// A table as nf_tables lists it.
public struct NFTTable: Sendable, Hashable {
  /// NFPROTO_*: inet 1, ip 2, arp 3, netdev 5, bridge 7, ip6 10.
  public var protocolFamily: UInt8
  public var name: String
  /// Whether its chains are switched off (NFT_TABLE_F_DORMANT).
  public var isDormant: Bool
  /// How many chains, sets, objects and flowtables it has.
  public var uses: UInt32

  /// The table, if it is of IP: ip, ip6 or inet.
  public var table: Table? {
    switch protocolFamily {
    case 1: Table(backend: .nft, family: nil, name: name)
    case 2: Table(backend: .nft, family: .v4, name: name)
    case 10: Table(backend: .nft, family: .v6, name: name)
    default: nil
    }
  }

  /// As nft writes it: `inet filter`.
  public var qualifiedName: String {
    let names: [UInt8: String] = [1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"]
    return "\(names[protocolFamily] ?? "family-\(protocolFamily)") \(name)"
  }

  init(_ message: NFTMessage) throws {
    let attributes = try message.netfilterPayload.attributes
    protocolFamily = try message.payload.host(UInt8.self)
    name = try attributes.required(NFTA_TABLE_NAME, "name of a table").string
    isDormant = (try attributes.number(NFTA_TABLE_FLAGS) ?? 0) & NFT_TABLE_F_DORMANT.rawValue != 0
    uses = try attributes.number(NFTA_TABLE_USE) ?? 0
  }
}

/// A chain as nf_tables describes it.
public struct NFTChain: Sendable, Hashable {
  public var chain: ChainReference
  /// How many rules it has, and jumps lead to it.
  public var uses: UInt32
  /// NF_INET_* and the priority, if the kernel enters it by itself.
  public var hook: UInt32?
  public var priority: Int32
  /// `filter`, `nat` or `route`.
  public var type: String?
  public var policy: Policy
  /// What met its policy, if that is counted.
  public var counters: Counters?

  /// The chain at its hook; nil if it has none, or one that no packet of IP comes by.
  public var base: BaseChain? {
    guard let number = hook.flatMap({ UInt8(exactly: $0) }), let hook = Hook(rawValue: number) else { return nil }
    return BaseChain(chain: chain, hook: hook, priority: priority, isNAT: type == "nat", policy: policy)
  }

  init(_ message: NFTMessage) throws {
    let attributes = try message.netfilterPayload.attributes
    let table = Table(
      backend: .nft, family: IPFamily(protocolFamily: try message.payload.host(UInt8.self)),
      name: try attributes.required(NFTA_CHAIN_TABLE, "table of a chain").string)
    chain = ChainReference(table: table, name: try attributes.required(NFTA_CHAIN_NAME, "name of a chain").string)
    uses = try attributes.number(NFTA_CHAIN_USE) ?? 0
    let place = try attributes.first(NFTA_CHAIN_HOOK)?.attributes
    hook = try place?.number(NFTA_HOOK_HOOKNUM)
    priority = Int32(bitPattern: try place?.number(NFTA_HOOK_PRIORITY) ?? 0)
    type = try attributes.string(NFTA_CHAIN_TYPE)
    policy = try attributes.number(NFTA_CHAIN_POLICY) == UInt32(NF_DROP) ? .drop : .accept
    if let counted = try attributes.first(NFTA_CHAIN_COUNTERS)?.attributes {
      counters = Counters(
        packets: try counted.number64(NFTA_COUNTER_PACKETS) ?? 0, bytes: try counted.number64(NFTA_COUNTER_BYTES) ?? 0)
    }
  }
}

extension ChainReference {
  /// The chain of nf_tables that a message of nfnetlink_hook describes; nil if it is another's hook.
  init?(hook message: NFTMessage) throws {
    guard let info = try message.netfilterPayload.attributes.first(NFNLA_HOOK_CHAIN_INFO)?.attributes,
      try info.number(NFNLA_HOOK_INFO_TYPE) == NFNL_HOOK_TYPE_NFTABLES.rawValue,
      let chain = try info.first(NFNLA_HOOK_INFO_DESC)?.attributes,
      let table = try chain.string(NFNLA_CHAIN_TABLE), let name = try chain.string(NFNLA_CHAIN_NAME),
      let number = try chain.first(NFNLA_CHAIN_FAMILY)?.host(UInt8.self), [1, 2, 10].contains(number)
    else { return nil }
    self.init(
      table: Table(backend: .nft, family: IPFamily(protocolFamily: number), name: table), name: name)
  }
}

extension IPFamily {
  /// The family of NFPROTO_IPV4 or NFPROTO_IPV6; nil for any other.
  init?(protocolFamily: UInt8) {
    switch protocolFamily {
    case 2: self = .v4
    case 10: self = .v6
    default: return nil
    }
  }
}

extension Table {
  /// NFPROTO_*.
  var protocolFamily: UInt8 {
    switch family {
    case nil: 1
    case .v4: 2
    case .v6: 10
    }
  }
}

extension NFTSet {
  /// A set as nf_tables declares it (NFTA_SET_*), in a table of its own family.
  init(_ message: NFTMessage) throws {
    let attributes = try message.netfilterPayload.attributes
    let family = IPFamily(protocolFamily: try message.payload.host(UInt8.self))
    let keyType = try attributes.number(NFTA_SET_KEY_TYPE) ?? 0
    let dataType = try attributes.number(NFTA_SET_DATA_TYPE) ?? 0
    let flags = Flags(rawValue: try attributes.number(NFTA_SET_FLAGS) ?? 0)
    let isVerdictMap = dataType == NFT_DATA_VERDICT.rawValue
    self.init(
      table: Table(
        backend: .nft, family: family, name: try attributes.required(NFTA_SET_TABLE, "table of a set").string),
      name: try attributes.required(NFTA_SET_NAME, "name of a set").string, flags: flags,
      keyTypes: NFTDataType.list(packed: keyType), keyLength: Int(try attributes.number(NFTA_SET_KEY_LEN) ?? 0),
      dataTypes: isVerdictMap ? [] : NFTDataType.list(packed: dataType),
      dataLength: Int(try attributes.number(NFTA_SET_DATA_LEN) ?? 0), isVerdictMap: isVerdictMap,
      fieldLengths: try Self.fieldLengths(attributes), timeout: try attributes.number64(NFTA_SET_TIMEOUT) ?? 0)
    if flags.contains(.object), let type = try attributes.number(NFTA_SET_OBJ_TYPE) {
      dataTypes = [NFTDataType(rawValue: type)]
    }
  }

  private static func fieldLengths(_ attributes: NFTAttributes) throws -> [Int] {
    guard var list = try attributes.first(NFTA_SET_DESC)?.attributes.first(NFTA_SET_DESC_CONCAT)?.attributes else {
      return []
    }
    var lengths: [Int] = []
    while let element = try list.next() {
      guard let length = try element.value.attributes.number(NFTA_SET_FIELD_LEN), length <= 64 else {
        throw element.value.malformed("a field of a set without a length")
      }
      lengths.append(Int(length))
    }
    return lengths
  }

  /// The elements that a dump of the set told, ends of intervals joined with their beginnings.
  func joined(_ raw: [NFTRawElement]) -> [NFTSetElement] {
    guard flags.contains(.interval), raw.contains(where: \.isIntervalEnd) || !flags.contains(.concatenation) else {
      return raw.map(\.element)
    }
    let catchAll = raw.filter(\.element.isCatchAll).map(\.element)
    let sorted = raw.filter { !$0.element.isCatchAll }.sorted { left, right in
      if left.element.key == right.element.key { return left.isIntervalEnd && !right.isIntervalEnd }
      return left.element.key.lexicographicallyPrecedes(right.element.key)
    }
    var joined: [NFTSetElement] = []
    for (index, entry) in sorted.enumerated() where !entry.isIntervalEnd {
      var element = entry.element
      let next = index + 1 < sorted.count ? sorted[index + 1].element.key : nil
      let last = next.map(\.predecessor) ?? [UInt8](repeating: 0xff, count: element.key.count)
      if last != element.key { element.upperKey = last }
      joined.append(element)
    }
    return joined + catchAll
  }
}

extension [UInt8] {
  /// One less, as a number in network order.
  var predecessor: [UInt8] {
    var bytes = self
    for index in bytes.indices.reversed() {
      bytes[index] &-= 1
      if bytes[index] != 0xff { break }
    }
    return bytes
  }
}

/// An element as the kernel gives it; an interval of a tree has two, its first key and the one behind its last.
struct NFTRawElement {
  var element: NFTSetElement
  var isIntervalEnd: Bool
}

extension NFTRawElement {
  /// The elements of a message (NFTA_SET_ELEM_LIST_*).
  static func list(_ message: NFTMessage) throws -> [NFTRawElement] {
    guard var list = try message.netfilterPayload.attributes.first(NFTA_SET_ELEM_LIST_ELEMENTS)?.attributes else {
      return []
    }
    var elements: [NFTRawElement] = []
    while let element = try list.next() { elements.append(try NFTRawElement(element.value)) }
    return elements
  }

  private init(_ bytes: NFTBytes) throws {
    let attributes = bytes.attributes
    let flags = try attributes.number(NFTA_SET_ELEM_FLAGS) ?? 0
    isIntervalEnd = flags & NFT_SET_ELEM_INTERVAL_END.rawValue != 0
    let isCatchAll = flags & NFT_SET_ELEM_CATCHALL.rawValue != 0
    let key = try attributes.first(NFTA_SET_ELEM_KEY)?.attributes.first(NFTA_DATA_VALUE)
    guard key != nil || isCatchAll else { throw bytes.malformed("an element without a key") }
    element = NFTSetElement(key: key?.array ?? [], isCatchAll: isCatchAll)
    let upperKey = try attributes.first(NFTA_SET_ELEM_KEY_END)?.attributes.first(NFTA_DATA_VALUE)?.array
    element.upperKey = upperKey == element.key ? nil : upperKey
    element.value = try Self.value(attributes)
    element.comment = try attributes.first(NFTA_SET_ELEM_USERDATA).flatMap(NFTUserData.comment)
    element.expiration = try attributes.number64(NFTA_SET_ELEM_EXPIRATION)
    element.counters = try Self.counters(attributes)
  }

  private static func value(_ attributes: NFTAttributes) throws -> NFTElementValue? {
    if let name = try attributes.string(NFTA_SET_ELEM_OBJREF) { return .object(name) }
    guard let data = try attributes.first(NFTA_SET_ELEM_DATA)?.attributes else { return nil }
    if let verdict = try NFTVerdict(data) { return .verdict(verdict) }
    return try data.first(NFTA_DATA_VALUE).map { .data($0.array) }
  }

  private static func counters(_ attributes: NFTAttributes) throws -> Counters? {
    guard let expression = try attributes.first(NFTA_SET_ELEM_EXPR)?.attributes,
      try expression.string(NFTA_EXPR_NAME) == "counter",
      let data = try expression.first(NFTA_EXPR_DATA)?.attributes
    else { return nil }
    return Counters(
      packets: try data.number64(NFTA_COUNTER_PACKETS) ?? 0, bytes: try data.number64(NFTA_COUNTER_BYTES) ?? 0)
  }
}
