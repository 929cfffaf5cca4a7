import CSys

// Elements of sets and maps: read as kpx reads them, and written anew.
extension RedactedNFTables {
  /// So many elements lie in a message.
  private static let elementsOfMessage = 100

  /// NFT_MSG_NEWSETELEM: one dump for each set, in the sets' order. After `learnLookups`.
  func elements(_ bytes: [UInt8]) throws(KernelError) -> [UInt8] {
    var raw: [Int: [NFTRawElement]] = [:]
    try SavedMembers([Self.elementsMember: bytes]).forEachMessage(of: Self.elementsMember, dumps: order.count) {
      message, dump throws(KernelError) in
      guard order.indices.contains(dump), order[dump] != nil else { return }
      raw[dump, default: []] += try NFTRawElement.list(message)
    }
    var writer = MessageWriter()
    for (index, place) in order.enumerated() {
      guard let place, let set = sets[place] else { continue }
      let all = set.joined(raw[index] ?? [])
      if let images = images(of: all, in: set, place) {
        write(images, of: set, &writer)
      } else {
        unclear.insert(place)
        redactor.leaveOut("sets of nf_tables")
      }
      writer.done()
    }
    return writer.bytes
  }

  /// What the parts of a set's keys are; nil where that is not known, or rules look up something else.
  private func contents(of set: NFTSet, _ place: Place) -> [NFTContent]? {
    let declared = NFTContent.parts(of: set.keyTypes)
    guard let asked = lookups[place] else { return declared }
    guard let asked else { return nil }
    return NFTContent.withoutRuns(declared ?? asked) == NFTContent.withoutRuns(asked) ? declared ?? asked : nil
  }

  private func images(of all: [NFTSetElement], in set: NFTSet, _ place: Place) -> [NFTSetElement]? {
    guard let keys = contents(of: set, place) else { return nil }
    let hasRanges = set.flags.contains(.interval)
    var images: [NFTSetElement] = []
    for element in all {
      var image = element
      image.comment = element.comment.map { redactor.comment($0) }
      if let value = element.value {
        guard let found = self.value(value, in: set) else { return nil }
        image.value = found
      }
      if element.isCatchAll {
        images.append(image)
        continue
      }
      guard let ranges = ranges(element, keys, set.typedFields, apart: hasRanges && keys.count == 1) else { return nil }
      for range in ranges {
        image.key = range.lower
        image.upperKey = range.upper == range.lower ? nil : range.upper
        images.append(image)
      }
    }
    return images
  }

  private typealias KeyRange = (lower: [UInt8], upper: [UInt8])

  /// The keys that stand for an element's; several where a range of addresses is several networks.
  private func ranges(
    _ element: NFTSetElement, _ keys: [NFTContent], _ fields: [Range<Int>], apart: Bool
  ) -> [KeyRange]? {
    let upper = element.upperKey ?? element.key
    guard fields.last.map({ $0.upperBound <= element.key.count }) ?? false, upper.count == element.key.count else {
      return nil
    }
    // A key of several parts without fields has one load's bytes, which are numbers then.
    guard keys.count == fields.count else {
      return keys.allSatisfy { $0 == .number } ? [(element.key, upper)] : nil
    }
    if apart, case .address? = keys.first { return networks(element.key, upper) }
    var (low, high) = (element.key, upper)
    for (field, content) in zip(fields, keys) {
      guard let part = self.range(Array(element.key[field]), Array(upper[field]), content) else { return nil }
      low.replaceSubrange(field, with: part.lower)
      high.replaceSubrange(field, with: part.upper)
    }
    return [(low, high)]
  }

  private func range(_ low: [UInt8], _ high: [UInt8], _ content: NFTContent) -> KeyRange? {
    if content == .number { return (low, high) }
    if low == high {
      guard let image = redactor.field(low, content) else { return nil }
      return (image, image)
    }
    if content == .interface { return interfaces(low, high) }
    guard case .address = content, let range = Self.addresses(low, high),
      let image = redactor.addresses.pseudonym(range)
    else { return nil }
    return (image.lowerBound.bytes, image.upperBound.bytes)
  }

  /// All names with a beginning, as nft writes `"cali*"`.
  private func interfaces(_ low: [UInt8], _ high: [UInt8]) -> KeyRange? {
    let beginning = low.prefix { $0 != 0 }
    guard high.starts(with: beginning), low[beginning.count...].allSatisfy({ $0 == 0 }),
      high[beginning.count...].allSatisfy({ $0 == 0xff }),
      let image = redactor.interfaces.pseudonym(ofBeginning: String(decoding: beginning, as: UTF8.self))
    else { return nil }
    let rest = low.count - image.utf8.count
    return (image.utf8 + [UInt8](repeating: 0, count: rest), image.utf8 + [UInt8](repeating: 0xff, count: rest))
  }

  private func networks(_ low: [UInt8], _ high: [UInt8]) -> [KeyRange]? {
    guard let range = Self.addresses(low, high) else { return nil }
    return IPPrefix.covering(range).map { part in
      let image = redactor.addresses.pseudonym(part)
      return (image.address.bytes, image.last.bytes)
    }
  }

  static func addresses(_ low: [UInt8], _ high: [UInt8]) -> ClosedRange<IPAddress>? {
    guard low.count == high.count, [4, 16].contains(low.count) else { return nil }
    let family: IPFamily = low.count == 4 ? .v4 : .v6
    guard let first = low.withUnsafeBytes({ IPAddress(bytes: $0, family: family) }),
      let last = high.withUnsafeBytes({ IPAddress(bytes: $0, family: family) }), first <= last
    else { return nil }
    return first...last
  }

  private func value(_ value: NFTElementValue, in set: NFTSet) -> NFTElementValue? {
    switch value {
    case .object(let name): return .object(redactor.names.pseudonym(name, .object))
    case .verdict(let verdict): return .verdict(redactor.verdict(verdict, in: set.table.name))
    case .data(let bytes):
      guard let contents = NFTContent.parts(of: set.dataTypes) else { return nil }
      if contents.allSatisfy({ $0 == .number }) { return .data(bytes) }
      // Parts of a concatenation begin at multiples of 4.
      var image: [UInt8] = []
      for (content, type) in zip(contents, set.dataTypes) {
        guard let length = type.length, image.count + length <= bytes.count,
          let part = redactor.field(Array(bytes[image.count..<image.count + length]), content)
        else { return nil }
        image += part + [UInt8](repeating: 0, count: (length + 3) & ~3 - length)
      }
      return .data(Array(image.prefix(bytes.count)))
    }
  }
}

// MARK: - Writing

extension RedactedNFTables {
  private func write(_ elements: [NFTSetElement], of set: NFTSet, _ writer: inout MessageWriter) {
    let type = UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(truncatingIfNeeded: NFT_MSG_NEWSETELEM.rawValue)
    let header: [UInt8] = [set.table.protocolFamily, UInt8(NFNETLINK_V0), 0, 0]
    var rest = elements[...]
    while !rest.isEmpty {
      writer.message(type: type, flags: UInt16(NLM_F_MULTI), header: header) { writer in
        writer.append(NFTA_SET_ELEM_LIST_TABLE, text: redactor.nftTable(set.table.name))
        writer.append(NFTA_SET_ELEM_LIST_SET, text: redactor.chains.nftSet(set.name))
        writer.nest(NFTA_SET_ELEM_LIST_ELEMENTS) { writer in
          for element in rest.prefix(Self.elementsOfMessage) { append(element, of: set, &writer) }
        }
      }
      rest = rest.dropFirst(Self.elementsOfMessage)
    }
  }

  /// A range of a tree is two elements, its first key and the one behind its last (NFT_SET_ELEM_INTERVAL_END).
  private func append(_ element: NFTSetElement, of set: NFTSet, _ writer: inout MessageWriter) {
    let isTree = set.flags.contains(.interval) && !set.flags.contains(.concatenation)
    writer.nest(NFTA_LIST_ELEM) { writer in
      if element.isCatchAll {
        writer.append(NFTA_SET_ELEM_FLAGS, be32: NFT_SET_ELEM_CATCHALL.rawValue)
      } else {
        writer.nest(NFTA_SET_ELEM_KEY) { $0.append(NFTA_DATA_VALUE, element.key) }
        if let upper = element.upperKey, !isTree {
          writer.nest(NFTA_SET_ELEM_KEY_END) { $0.append(NFTA_DATA_VALUE, upper) }
        }
      }
      append(element.value, &writer)
      if let expiration = element.expiration { writer.append(NFTA_SET_ELEM_EXPIRATION, be64: expiration) }
      if let comment = element.comment { writer.append(NFTA_SET_ELEM_USERDATA, Redactor.userData(comment)) }
      if let counters = element.counters { append(counters, &writer) }
    }
    let last = element.upperKey ?? element.key
    guard isTree, !element.isCatchAll, !last.allSatisfy({ $0 == 0xff }) else { return }
    writer.nest(NFTA_LIST_ELEM) { writer in
      writer.nest(NFTA_SET_ELEM_KEY) { $0.append(NFTA_DATA_VALUE, last.successor) }
      writer.append(NFTA_SET_ELEM_FLAGS, be32: NFT_SET_ELEM_INTERVAL_END.rawValue)
    }
  }

  private func append(_ value: NFTElementValue?, _ writer: inout MessageWriter) {
    switch value {
    case .object(let name)?: writer.append(NFTA_SET_ELEM_OBJREF, text: name)
    case .data(let bytes)?: writer.nest(NFTA_SET_ELEM_DATA) { $0.append(NFTA_DATA_VALUE, bytes) }
    case .verdict(let verdict)?: writer.nest(NFTA_SET_ELEM_DATA) { $0.append(verdict) }
    case nil: break
    }
  }

  private func append(_ counters: Counters, _ writer: inout MessageWriter) {
    writer.nest(NFTA_SET_ELEM_EXPR) { writer in
      writer.append(NFTA_EXPR_NAME, text: "counter")
      writer.nest(NFTA_EXPR_DATA) { writer in
        writer.append(NFTA_COUNTER_BYTES, be64: counters.bytes)
        writer.append(NFTA_COUNTER_PACKETS, be64: counters.packets)
      }
    }
  }
}

extension NFTSet {
  /// Where the fields of a key are, by their types where the kernel does not tell: each begins at a multiple of 4.
  fileprivate var typedFields: [Range<Int>] {
    let lengths = keyTypes.compactMap(\.length)
    guard fieldLengths.isEmpty, keyTypes.count > 1, lengths.count == keyTypes.count else { return keyFields }
    var start = 0
    return lengths.map { length in
      defer { start += (length + 3) & ~3 }
      return start..<start + length
    }
  }
}

extension MessageWriter {
  /// NFTA_DATA_VERDICT
  mutating func append(_ verdict: NFTVerdict) {
    nest(NFTA_DATA_VERDICT) { writer in
      writer.append(NFTA_VERDICT_CODE, be32: UInt32(bitPattern: verdict.code))
      switch verdict {
      case .jump(let chain), .goto(let chain): writer.append(NFTA_VERDICT_CHAIN, text: chain)
      default: break
      }
    }
  }
}

extension NFTVerdict {
  /// NF_*, NFT_*
  fileprivate var code: Int32 {
    switch self {
    case .accept: NF_ACCEPT
    case .drop: NF_DROP
    case .queue: NF_QUEUE
    case .continue: NFT_CONTINUE.rawValue
    case .return: NFT_RETURN.rawValue
    case .jump: NFT_JUMP.rawValue
    case .goto: NFT_GOTO.rawValue
    case .unknown(let code): code
    }
  }
}

extension [UInt8] {
  /// One more, as a number in network order.
  fileprivate var successor: [UInt8] {
    var bytes = self
    for index in bytes.indices.reversed() {
      bytes[index] &+= 1
      if bytes[index] != 0 { break }
    }
    return bytes
  }
}

extension Redactor {
  func verdict(_ verdict: NFTVerdict, in table: String) -> NFTVerdict {
    switch verdict {
    case .jump(let chain): .jump(chains.pseudonym(chain, in: table))
    case .goto(let chain): .goto(chains.pseudonym(chain, in: table))
    default: verdict
    }
  }
}
