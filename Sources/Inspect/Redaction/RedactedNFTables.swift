import CSys

/// nf_tables with pseudonyms: what kpx reads of tables, chains, rules, sets and elements.
///
/// What a set's keys are its type tells, or else what rules look up in it. Of a set that cannot be said of pseudonyms no element is
/// left, and the rules that ask it say that kpx does not understand them.
final class RedactedNFTables {
  /// A set, by the table that it is in.
  struct Place: Hashable {
    let table: Table
    let name: String
  }

  let redactor: Redactor
  /// Those of IP's families, in the kernel's order; nil for another's.
  let order: [Place?]
  let sets: [Place: NFTSet]
  /// What rules look up in sets whose types do not tell; nil where they differ, or that is not known.
  var lookups: [Place: [NFTContent]?] = [:]
  /// Sets of which nothing can be said.
  var unclear: Set<Place> = []

  /// - Throws: `KernelError` where a member is damaged.
  init(sets bytes: [UInt8], _ redactor: Redactor) throws(KernelError) {
    self.redactor = redactor
    let members = SavedMembers([Self.setsMember: bytes])
    var order: [Place?] = []
    var sets: [Place: NFTSet] = [:]
    try members.forEachMessage(of: Self.setsMember) { message, _ throws(KernelError) in
      guard Self.isOfIP(try message.netfilterAttributes(of: "set")) else {
        order.append(nil)
        return
      }
      let set = try NFTSet(message)
      let place = Place(table: set.table, name: set.name)
      order.append(place)
      sets[place] = set
    }
    (self.order, self.sets) = (order, sets)
  }

  static let tablesMember = "nft-tables.bin"
  static let chainsMember = "nft-chains.bin"
  static let rulesMember = "nft-rules.bin"
  static let setsMember = "nft-sets.bin"
  static let elementsMember = "nft-setelems.bin"

  /// NFPROTO_INET, _IPV4, _IPV6: kpx reads nothing of others.
  static func isOfIP(_ attributes: NetlinkAttributes) -> Bool { [1, 2, 10].contains(attributes.protocolFamily) }

  static func table(_ attributes: NetlinkAttributes, _ type: some RawRepresentable<UInt32>) throws(KernelError) -> Table
  {
    Table(nftables: attributes.protocolFamily, name: try attributes.required(type, "table").string)
  }

  /// NFT_MSG_NEWTABLE
  func tables(_ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    try redactor.rewrite(Self.tablesMember, bytes, headerSize: 4, where: Self.isOfIP) {
      _, attributes, writer throws(KernelError) in
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch nft_table_attributes(UInt32(attribute.type)) {
        case NFTA_TABLE_NAME: writer.append(attribute.type, text: redactor.nftTable(attribute.string))
        case NFTA_TABLE_FLAGS, NFTA_TABLE_USE, NFTA_TABLE_HANDLE: redactor.copyNumber(attribute, &writer)
        default: redactor.leaveOut("attributes that kpx does not read")
        }
      }
    }
  }

  /// NFT_MSG_NEWCHAIN
  func chains(_ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    try redactor.rewrite(Self.chainsMember, bytes, headerSize: 4, where: Self.isOfIP) {
      _, attributes, writer throws(KernelError) in
      let table = try Self.table(attributes, NFTA_CHAIN_TABLE)
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch nft_chain_attributes(UInt32(attribute.type)) {
        case NFTA_CHAIN_TABLE: writer.append(attribute.type, text: redactor.nftTable(attribute.string))
        case NFTA_CHAIN_NAME:
          writer.append(attribute.type, text: redactor.chains.pseudonym(attribute.string, in: table.name))
        case NFTA_CHAIN_TYPE: redactor.copyKernelName(attribute, &writer)
        case NFTA_CHAIN_POLICY, NFTA_CHAIN_USE, NFTA_CHAIN_HANDLE: redactor.copyNumber(attribute, &writer)
        case NFTA_CHAIN_HOOK: try hook(attribute, &writer)
        case NFTA_CHAIN_COUNTERS:
          try redactor.copyNumbers(
            [Int(NFTA_COUNTER_BYTES.rawValue), Int(NFTA_COUNTER_PACKETS.rawValue)], in: attribute, &writer)
        case NFTA_CHAIN_USERDATA: redactor.userData(attribute, &writer)
        default: redactor.leaveOut("attributes that kpx does not read")
        }
      }
    }
  }

  private func hook(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) throws(KernelError) {
    try redactor.rewrite(nested: attribute, &writer) { field, writer throws(KernelError) in
      switch nft_hook_attributes(UInt32(field.type)) {
      case NFTA_HOOK_HOOKNUM, NFTA_HOOK_PRIORITY: redactor.copyNumber(field, &writer)
      case NFTA_HOOK_DEV: writer.append(field.type, text: redactor.interfaces.pseudonym(field.string))
      case NFTA_HOOK_DEVS:
        try redactor.rewrite(nested: field, &writer) { device, writer throws(KernelError) in
          writer.append(device.type, text: redactor.interfaces.pseudonym(device.string))
        }
      default: redactor.leaveOut("attributes that kpx does not read")
      }
    }
  }

  /// NFT_MSG_NEWSET
  func declarations(_ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    try redactor.rewrite(Self.setsMember, bytes, headerSize: 4, where: Self.isOfIP) {
      _, attributes, writer throws(KernelError) in
      let name = try attributes.required(NFTA_SET_NAME, "name").string
      let set = sets[Place(table: try Self.table(attributes, NFTA_SET_TABLE), name: name)]
      var attributes = attributes
      while let attribute = try attributes.next() {
        switch nft_set_attributes(UInt32(attribute.type)) {
        case NFTA_SET_TABLE: writer.append(attribute.type, text: redactor.nftTable(attribute.string))
        case NFTA_SET_NAME: writer.append(attribute.type, text: redactor.chains.nftSet(attribute.string))
        case NFTA_SET_FLAGS, NFTA_SET_KEY_TYPE, NFTA_SET_KEY_LEN, NFTA_SET_DATA_TYPE, NFTA_SET_DATA_LEN,
          NFTA_SET_TIMEOUT, NFTA_SET_OBJ_TYPE:
          redactor.copyNumber(attribute, &writer)
        default: break
        }
      }
      if let set { describe(set, &writer) }
    }
  }

  /// NFTA_SET_DESC, as far as kpx reads it.
  private func describe(_ set: NFTSet, _ writer: inout MessageWriter) {
    guard set.size != nil || !set.fieldLengths.isEmpty else { return }
    writer.nest(NFTA_SET_DESC) { writer in
      if let size = set.size { writer.append(NFTA_SET_DESC_SIZE, be32: size) }
      guard !set.fieldLengths.isEmpty else { return }
      writer.nest(NFTA_SET_DESC_CONCAT) { writer in
        for length in set.fieldLengths {
          writer.nest(NFTA_LIST_ELEM) { $0.append(NFTA_SET_FIELD_LEN, be32: UInt32(length)) }
        }
      }
    }
  }
}

extension Redactor {
  /// Tables of programs that every node may have keep their names, or what tells whose they are.
  func nftTable(_ name: String) -> String {
    let beginnings = RuleOwner.tableBeginnings.map(\.prefix)
    if beginnings.contains(name) { return name }
    return beginnings.first { name.hasPrefix($0) }.map { names.pseudonym(name, .table, after: "\($0)-") }
      ?? names.pseudonym(name, .table)
  }

  /// What nft keeps with a rule or an element: its comment alone.
  func userData(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) {
    guard let text = NFTUserData.comment(attribute) else { return leaveOut("attributes that kpx does not read") }
    writer.append(attribute.type, Self.userData(comment(text)))
  }

  /// Type 0, the length, and the text with its NUL.
  static func userData(_ comment: String) -> [UInt8] {
    let text = Array(comment.utf8.prefix(250)) + [0]
    return [0, UInt8(text.count)] + text
  }
}
