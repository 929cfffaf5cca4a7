import CSys

/// A table as nf_tables lists it.
public struct NFTTable: Sendable, Hashable {
  /// NFPROTO_*: inet 1, ip 2, arp 3, netdev 5, bridge 7, ip6 10.
  public var protocolFamily: UInt8
  /// The table's name.
  public var name: String
  /// Whether its chains are switched off (NFT_TABLE_F_DORMANT).
  public var isDormant: Bool
  /// How many chains, sets, objects and flowtables it has.
  public var uses: UInt32

  /// The table, if packets of IP may meet it: ip, ip6, inet or netdev.
  public var table: Table? {
    switch protocolFamily {
    case 1, 2, 5, 10: Table(nftables: protocolFamily, name: name)
    default: nil
    }
  }

  /// As nft writes it: `inet filter`.
  public var qualifiedName: String {
    let names: [UInt8: String] = [1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"]
    return "\(names[protocolFamily] ?? "family-\(protocolFamily)") \(name)"
  }

  init(_ message: NetlinkMessage) throws(KernelError) {
    let attributes = try message.netfilterAttributes(of: "table")
    protocolFamily = attributes.protocolFamily
    name = try attributes.required(NFTA_TABLE_NAME, "name").string
    isDormant = (try attributes.be32(NFTA_TABLE_FLAGS, "flags") ?? 0) & NFT_TABLE_F_DORMANT.rawValue != 0
    uses = try attributes.be32(NFTA_TABLE_USE, "number of uses") ?? 0
  }
}

/// A chain as nf_tables describes it.
public struct NFTChain: Sendable, Hashable {
  /// Its table and name.
  public var chain: ChainReference
  /// How many rules it has, and jumps lead to it.
  public var uses: UInt32
  /// NF_INET_* and the priority, if the kernel enters it by itself.
  public var hook: UInt32?
  /// The less, the earlier; of base chains alone.
  public var priority: Int32
  /// `filter`, `nat` or `route`.
  public var type: String?
  /// What becomes of packets at its end; of base chains alone.
  public var policy: Policy
  /// What met its policy, if that is counted.
  public var counters: Counters?
  /// What nf_tables names the chain by within its table.
  public var handle: UInt64?
  /// What the user wrote beside it; nil for nothing.
  public var comment: String?

  /// The interfaces that it is at.
  public var devices: [String] = []

  /// The chain at its hook; nil if it has none, or one that no packet of IP comes by.
  public var base: BaseChain? {
    guard let number = hook.flatMap({ UInt8(exactly: $0) }), let hook = place(number) else { return nil }
    return BaseChain(
      chain: chain, hook: hook, priority: priority, isNAT: type == "nat", policy: policy, devices: devices)
  }

  /// NF_INET_*; in netdev NF_NETDEV_INGRESS and NF_NETDEV_EGRESS.
  private func place(_ number: UInt8) -> Hook? {
    guard chain.table.isNetdev else { return number <= Hook.ingress.rawValue ? Hook(rawValue: number) : nil }
    return number == 0 ? .ingress : number == 1 ? .egress : nil
  }

  init(_ message: NetlinkMessage) throws(KernelError) {
    let attributes = try message.netfilterAttributes(of: "chain")
    let table = Table(
      nftables: attributes.protocolFamily, name: try attributes.required(NFTA_CHAIN_TABLE, "table").string)
    chain = ChainReference(table: table, name: try attributes.required(NFTA_CHAIN_NAME, "name").string)
    uses = try attributes.be32(NFTA_CHAIN_USE, "number of uses") ?? 0
    let place = try attributes.first(NFTA_CHAIN_HOOK)?.nested
    hook = try place?.be32(NFTA_HOOK_HOOKNUM, "hook")
    priority = Int32(bitPattern: try place?.be32(NFTA_HOOK_PRIORITY, "priority") ?? 0)
    if let device = try place?.string(NFTA_HOOK_DEV) { devices = [device] }
    if var list = try place?.first(NFTA_HOOK_DEVS)?.nested {
      devices = []
      while let device = try list.next() { devices.append(device.string) }
    }
    type = try attributes.string(NFTA_CHAIN_TYPE)
    policy = try attributes.be32(NFTA_CHAIN_POLICY, "policy") == UInt32(NF_DROP) ? .drop : .accept
    if let counted = try attributes.first(NFTA_CHAIN_COUNTERS)?.nested { counters = try Counters(counted) }
    handle = try attributes.be64(NFTA_CHAIN_HANDLE, "handle")
    comment = try NFTUserData.comment(attributes.first(NFTA_CHAIN_USERDATA))
  }
}

extension ChainReference {
  /// The chain of nf_tables that a message of nfnetlink_hook describes; nil if it is another's hook.
  init?(hook message: NetlinkMessage) throws(KernelError) {
    guard let info = try message.netfilterAttributes(of: "hook").first(NFNLA_HOOK_CHAIN_INFO)?.nested,
      try info.be32(NFNLA_HOOK_INFO_TYPE, "type") == NFNL_HOOK_TYPE_NFTABLES.rawValue,
      let chain = try info.first(NFNLA_HOOK_INFO_DESC)?.nested,
      let table = try chain.string(NFNLA_CHAIN_TABLE), let name = try chain.string(NFNLA_CHAIN_NAME),
      let number = try chain.byte(NFNLA_CHAIN_FAMILY, "family"), [1, 2, 10].contains(number)
    else { return nil }
    self.init(
      table: Table(backend: .nft, family: IPFamily(number: number), name: table), name: name)
  }
}

extension Table {
  /// A table of nf_tables.
  /// - Parameter protocolFamily: NFPROTO_*, ip 2, ip6 10, netdev 5, else inet.
  init(nftables protocolFamily: UInt8, name: String) {
    self.init(backend: .nft, family: IPFamily(number: protocolFamily), name: name, isNetdev: protocolFamily == 5)
  }

  /// NFPROTO_*.
  var protocolFamily: UInt8 {
    switch family {
    case nil: isNetdev ? 5 : 1
    case .v4: 2
    case .v6: 10
    }
  }
}

extension NFTSet {
  /// A set as nf_tables declares it (NFTA_SET_*), in a table of its own family.
  init(_ message: NetlinkMessage) throws(KernelError) {
    let attributes = try message.netfilterAttributes(of: "set")
    let keyType = try attributes.be32(NFTA_SET_KEY_TYPE, "key type") ?? 0
    let dataType = try attributes.be32(NFTA_SET_DATA_TYPE, "data type") ?? 0
    let flags = Flags(rawValue: try attributes.be32(NFTA_SET_FLAGS, "flags") ?? 0)
    let isVerdictMap = dataType == NFT_DATA_VERDICT.rawValue
    self.init(
      table: Table(nftables: attributes.protocolFamily, name: try attributes.required(NFTA_SET_TABLE, "table").string),
      name: try attributes.required(NFTA_SET_NAME, "name").string, flags: flags,
      keyTypes: NFTDataType.list(packed: keyType),
      keyLength: Int(try attributes.be32(NFTA_SET_KEY_LEN, "key length") ?? 0),
      dataTypes: isVerdictMap ? [] : NFTDataType.list(packed: dataType),
      dataLength: Int(try attributes.be32(NFTA_SET_DATA_LEN, "data length") ?? 0), isVerdictMap: isVerdictMap,
      fieldLengths: try Self.fieldLengths(attributes),
      size: try attributes.first(NFTA_SET_DESC)?.nested.be32(NFTA_SET_DESC_SIZE, "size"),
      timeout: try attributes.be64(NFTA_SET_TIMEOUT, "timeout") ?? 0)
    if flags.contains(.object), let type = try attributes.be32(NFTA_SET_OBJ_TYPE, "object type") {
      dataTypes = [NFTDataType(rawValue: type)]
    }
  }

  private static func fieldLengths(_ attributes: NetlinkAttributes) throws(KernelError) -> [Int] {
    guard var list = try attributes.first(NFTA_SET_DESC)?.nested.first(NFTA_SET_DESC_CONCAT)?.nested else {
      return []
    }
    var lengths: [Int] = []
    while let element = try list.next() {
      let length = try element.nested.required(NFTA_SET_FIELD_LEN, "field length")
        .bigEndian("field length", as: UInt32.self)
      guard length <= 64 else { throw element.malformed("a field of \(length) bytes") }
      lengths.append(Int(length))
    }
    return lengths
  }

  /// The elements that a dump of the set told, ends of intervals joined with their beginnings.
  ///
  /// By their keys: the kernel lists those of a hash by a seed that is another for each set.
  func joined(_ raw: [NFTRawElement]) -> [NFTSetElement] {
    guard flags.contains(.interval), raw.contains(where: \.isIntervalEnd) || !flags.contains(.concatenation) else {
      return raw.map(\.element).sorted { $0.key.lexicographicallyPrecedes($1.key) }
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
  static func list(_ message: NetlinkMessage) throws(KernelError) -> [NFTRawElement] {
    let attributes = try message.netfilterAttributes(of: "set's element")
    guard var list = try attributes.first(NFTA_SET_ELEM_LIST_ELEMENTS)?.nested else { return [] }
    var elements: [NFTRawElement] = []
    while let element = try list.next() { elements.append(try NFTRawElement(element.nested)) }
    return elements
  }

  private init(_ attributes: NetlinkAttributes) throws(KernelError) {
    let flags = try attributes.be32(NFTA_SET_ELEM_FLAGS, "flags") ?? 0
    isIntervalEnd = flags & NFT_SET_ELEM_INTERVAL_END.rawValue != 0
    let isCatchAll = flags & NFT_SET_ELEM_CATCHALL.rawValue != 0
    if isCatchAll {
      element = NFTSetElement(key: [], isCatchAll: true)
    } else {
      let key = try attributes.required(NFTA_SET_ELEM_KEY, "key").nested.required(NFTA_DATA_VALUE, "key")
      element = NFTSetElement(key: key.bytes, isCatchAll: false)
    }
    let upperKey = try attributes.first(NFTA_SET_ELEM_KEY_END)?.nested.first(NFTA_DATA_VALUE)?.bytes
    element.upperKey = upperKey == element.key ? nil : upperKey
    element.value = try Self.value(attributes)
    element.comment = try NFTUserData.comment(attributes.first(NFTA_SET_ELEM_USERDATA))
    element.expiration = try attributes.be64(NFTA_SET_ELEM_EXPIRATION, "expiration")
    element.counters = try Self.counters(attributes)
  }

  private static func value(_ attributes: NetlinkAttributes) throws(KernelError) -> NFTElementValue? {
    if let name = try attributes.string(NFTA_SET_ELEM_OBJREF) { return .object(name) }
    guard let data = try attributes.first(NFTA_SET_ELEM_DATA)?.nested else { return nil }
    if let verdict = try NFTVerdict(data) { return .verdict(verdict) }
    guard let value = try data.first(NFTA_DATA_VALUE) else { return nil }
    return .data(value.bytes)
  }

  private static func counters(_ attributes: NetlinkAttributes) throws(KernelError) -> Counters? {
    guard let expression = try attributes.first(NFTA_SET_ELEM_EXPR)?.nested,
      try expression.string(NFTA_EXPR_NAME) == "counter",
      let data = try expression.first(NFTA_EXPR_DATA)?.nested
    else { return nil }
    return try Counters(data)
  }
}

extension Counters {
  /// NFTA_COUNTER_*.
  init(_ attributes: NetlinkAttributes) throws(KernelError) {
    self.init(
      packets: try attributes.be64(NFTA_COUNTER_PACKETS, "packets") ?? 0,
      bytes: try attributes.be64(NFTA_COUNTER_BYTES, "bytes") ?? 0)
  }
}
