import CSys

/// Netlink messages that are being written, one dump or several.
struct MessageWriter {
  private(set) var bytes: [UInt8] = []

  /// A message: struct nlmsghdr, the family's own header, and attributes.
  mutating func message<Failure: Error>(
    type: UInt16, flags: UInt16, header: [UInt8], _ attributes: (inout MessageWriter) throws(Failure) -> Void
  ) throws(Failure) {
    let start = bytes.count
    bytes += [UInt8](repeating: 0, count: 16) + header
    store(type, at: start + 4)
    store(flags, at: start + 6)
    try attributes(&self)
    store(UInt32(bytes.count - start), at: start)
  }

  /// The end of a dump.
  mutating func done() { NetlinkMessage.appendDone(to: &bytes) }

  mutating func append(_ type: Int, _ payload: [UInt8]) { nest(type) { $0.bytes += payload } }

  /// Text with its NUL.
  mutating func append(_ type: Int, text: String) { append(type, Array(text.utf8) + [0]) }

  /// A number in network byte order.
  mutating func append(_ type: Int, bigEndian number: some FixedWidthInteger) {
    append(type, withUnsafeBytes(of: number.bigEndian) { Array($0) })
  }

  /// A number, as it is.
  mutating func copy(_ attribute: NetlinkAttribute) { append(attribute.type, attribute.bytes) }

  /// An attribute that holds others.
  mutating func nest<Failure: Error>(
    _ type: Int, _ body: (inout MessageWriter) throws(Failure) -> Void
  ) throws(Failure) {
    let start = bytes.count
    bytes += [0, 0, 0, 0]
    try body(&self)
    store(UInt16(truncatingIfNeeded: bytes.count - start), at: start)
    store(UInt16(truncatingIfNeeded: type), at: start + 2)
    bytes += [UInt8](repeating: 0, count: NetlinkMessages.aligned(bytes.count) - bytes.count)
  }

  private mutating func store(_ value: some FixedWidthInteger, at place: Int) {
    withUnsafeBytes(of: value) { bytes.replaceSubrange(place..<place + $0.count, with: $0) }
  }
}

extension Redactor {
  /// Writes the messages of a member anew.
  /// - Parameters:
  ///   - name: of the member, for errors.
  ///   - headerSize: of the family's own header, in which kpx reads numbers alone.
  ///   - isKept: whether a message is not left out.
  ///   - body: writes the attributes of a message, of a dump by its number.
  func rewrite(
    _ name: String, _ bytes: [UInt8], headerSize: Int, where isKept: (NetlinkAttributes) -> Bool = { _ in true },
    _ body: (_ dump: Int, NetlinkAttributes, inout MessageWriter) throws(KernelError) -> Void
  ) throws(KernelError) -> [UInt8] {
    var writer = MessageWriter()
    try SavedMembers.naming(name) { () throws(KernelError) in
      var messages = NetlinkMessages(bytes.span.bytes, reading: name)
      var dump = 0
      while let message = try messages.next() {
        if Int32(message.type) == NLMSG_DONE {
          writer.done()
          dump += 1
        }
        // NLMSG_MIN_TYPE; those below are netlink's own.
        guard message.type >= 16 else { continue }
        let attributes = try message.attributes(of: "message", after: headerSize)
        guard isKept(attributes) else {
          leaveOut("objects of other families")
          continue
        }
        let header = Array(attributes.all.prefix(headerSize))
        try writer.message(type: message.type, flags: message.flags, header: header) { writer throws(KernelError) in
          try body(dump, attributes, &writer)
        }
      }
    }
    return writer.bytes
  }

  /// Writes an attribute that holds others, which `body` writes one by one.
  func rewrite(
    nested attribute: NetlinkAttribute, _ writer: inout MessageWriter,
    _ body: (NetlinkAttribute, inout MessageWriter) throws(KernelError) -> Void
  ) throws(KernelError) {
    var fields = attribute.nested
    try writer.nest(attribute.type) { writer throws(KernelError) in
      while let field = try fields.next() { try body(field, &writer) }
    }
  }

  /// Writes an attribute of which kpx reads only a number; nothing longer is one.
  func copyNumber(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) {
    if attribute.payload.byteCount <= 8 { writer.copy(attribute) } else { leaveOut("attributes") }
  }

  /// Writes the numbers that a nested attribute holds under these types, and nothing else of it.
  func copyNumbers(
    _ types: Set<Int>, in attribute: NetlinkAttribute, _ writer: inout MessageWriter
  ) throws(KernelError) {
    try rewrite(nested: attribute, &writer) { field, writer throws(KernelError) in
      if types.contains(field.type) { copyNumber(field, &writer) }
    }
  }

  /// Writes an attribute with a name of the kernel's, as of a scheduler.
  func copyKernelName(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) {
    let name = attribute.string
    if Self.isKernelName(name) { writer.append(attribute.type, text: name) } else { leaveOut("attributes") }
  }

  /// Writes an attribute with an address, of which so many bits count.
  /// - Throws: where it is none: without it a condition would be another one.
  func address(
    _ attribute: NetlinkAttribute, length: Int? = nil, _ writer: inout MessageWriter
  ) throws(KernelError) {
    guard let image = address(attribute.bytes, length: length) else { throw attribute.malformed("no address") }
    writer.append(attribute.type, image)
  }
}

extension MessageWriter {
  mutating func append(_ type: some RawRepresentable<UInt32>, _ payload: [UInt8]) {
    append(Int(type.rawValue), payload)
  }

  mutating func append(_ type: some RawRepresentable<UInt32>, text: String) { append(Int(type.rawValue), text: text) }

  mutating func append(_ type: some RawRepresentable<UInt32>, be32 number: UInt32) {
    append(Int(type.rawValue), bigEndian: number)
  }

  mutating func append(_ type: some RawRepresentable<UInt32>, be64 number: UInt64) {
    append(Int(type.rawValue), bigEndian: number)
  }

  mutating func nest<Failure: Error>(
    _ type: some RawRepresentable<UInt32>, _ body: (inout MessageWriter) throws(Failure) -> Void
  ) throws(Failure) {
    try nest(Int(type.rawValue), body)
  }
}
