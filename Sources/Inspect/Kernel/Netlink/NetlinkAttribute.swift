/// One attribute: struct nlattr or rtattr, and what follows. No longer to be used than the datagram that it lies in.
struct NetlinkAttribute: ~Escapable, BitwiseCopyable {
  /// Without NLA_F_NESTED and NLA_F_NET_BYTEORDER.
  let type: Int
  let payload: RawSpan
  /// Where in the datagram the payload begins, for errors.
  let offset: Int
  /// What it is an attribute of, for errors.
  let object: StaticString

  @_lifetime(copy payload)
  init(type: Int, payload: RawSpan, offset: Int, object: StaticString) {
    self.type = type
    self.payload = payload
    self.offset = offset
    self.object = object
  }

  /// A number of exactly this size, in this machine's byte order.
  /// - Parameter name: what the attribute is called where it has another size.
  @inline(__always)
  func number<T: FixedWidthInteger & BitwiseCopyable>(
    _ name: StaticString, as: T.Type = T.self
  ) throws(KernelError) -> T {
    guard payload.byteCount == MemoryLayout<T>.size else { throw wrongSize(name, wanted: MemoryLayout<T>.size) }
    return payload.unsafeLoadUnaligned(as: T.self)
  }

  /// As `number`, in network byte order.
  @inline(__always)
  func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _ name: StaticString, as: T.Type = T.self
  ) throws(KernelError) -> T {
    T(bigEndian: try number(name))
  }

  /// The text up to its NUL.
  var string: String { payload.withUnsafeBytes { $0.cString(at: 0, capacity: $0.count) } }

  /// A copy of the payload.
  var bytes: [UInt8] { payload.withUnsafeBytes { Array($0) } }

  /// An address of a family, which has as many bytes as its addresses have.
  func address(_ name: StaticString, _ family: IPFamily) throws(KernelError) -> IPAddress {
    guard payload.byteCount == family.bits / 8,
      let address = payload.withUnsafeBytes({ IPAddress(bytes: $0, family: family) })
    else { throw wrongSize(name, wanted: family.bits / 8) }
    return address
  }

  /// The attributes that it holds, of the same object.
  var nested: NetlinkAttributes {
    @inline(__always)
    @_lifetime(copy self)
    get { NetlinkAttributes(payload, at: offset, of: object) }
  }

  /// The attributes that it holds, of an object within.
  @_lifetime(copy self)
  func nested(of object: StaticString) -> NetlinkAttributes { NetlinkAttributes(payload, at: offset, of: object) }

  /// The error that it makes no sense.
  func malformed(_ problem: String) -> KernelError {
    .malformed(reading: "\(object)", offset: offset, problem: problem)
  }

  func wrongSize(_ name: StaticString, wanted: Int) -> KernelError {
    malformed("\(name) has \(payload.byteCount) bytes, not \(wanted)")
  }
}

/// The attributes of a message, behind the family's own header, or of a nested attribute.
struct NetlinkAttributes: ~Escapable, BitwiseCopyable {
  private let bytes: RawSpan
  private let start: Int
  private var position: Int
  /// Where in the datagram the bytes begin.
  private let offset: Int
  private let object: StaticString

  /// Attributes from `start` on, which is not behind the bytes' end.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, from start: Int = 0, at offset: Int = 0, of object: StaticString) {
    self.bytes = bytes
    self.start = start
    self.offset = offset
    self.object = object
    position = start
  }

  /// A field of the header before the attributes, in this machine's byte order.
  func header<T: FixedWidthInteger & BitwiseCopyable>(_ place: Int, as: T.Type = T.self) -> T {
    bytes.unsafeLoadUnaligned(fromByteOffset: place, as: T.self)
  }

  /// The next attribute; nil at the end.
  @inline(__always)
  @_lifetime(copy self)
  mutating func next() throws(KernelError) -> NetlinkAttribute? {
    guard let header = try header(at: position) else { return nil }
    let attribute = attribute(header, at: position)
    position += NetlinkMessages.aligned(header.length)
    return attribute
  }

  private static let headerSize = 4

  /// The struct nlattr at `position`, of an attribute that is all there; nil at the end.
  @inline(__always)
  private func header(at position: Int) throws(KernelError) -> (type: Int, length: Int)? {
    let rest = bytes.byteCount - position
    guard rest > 0 else { return nil }
    guard rest >= Self.headerSize else { throw malformed("an attribute cut off", at: position) }
    // Unchecked here and below, for it was just checked: rules are read by the hundred thousand.
    let length = Int(bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt16.self))
    guard length >= Self.headerSize, length <= rest else {
      throw malformed("an attribute of \(length) bytes", at: position)
    }
    let type = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position + 2, as: UInt16.self)
    return (Int(type & 0x3fff), length)
  }

  @inline(__always)
  @_lifetime(copy self)
  private func attribute(_ header: (type: Int, length: Int), at position: Int) -> NetlinkAttribute {
    let start = position + Self.headerSize
    return NetlinkAttribute(
      type: header.type,
      payload: bytes.extracting(unchecked: Range(uncheckedBounds: (start, position + header.length))),
      offset: offset + start, object: object)
  }

  private func malformed(_ problem: String, at position: Int) -> KernelError {
    .malformed(reading: "\(object)", offset: offset + position, problem: problem)
  }

  /// A copy of all of them, header included.
  var all: [UInt8] { bytes.withUnsafeBytes { Array($0) } }

  // MARK: - By type

  /// The first attribute of a type; nil if there is none.
  @_lifetime(copy self)
  func first(_ type: Int) throws(KernelError) -> NetlinkAttribute? {
    var position = start
    while let header = try header(at: position) {
      if header.type == type { return attribute(header, at: position) }
      position += NetlinkMessages.aligned(header.length)
    }
    return nil
  }

  /// The first attribute of a type, which must be there.
  @_lifetime(copy self)
  func required(_ type: Int, _ name: StaticString) throws(KernelError) -> NetlinkAttribute {
    guard let attribute = try first(type) else {
      throw .malformed(reading: "\(object)", offset: offset, problem: "no \(name)")
    }
    return attribute
  }

  /// The number of a type, in this machine's byte order; nil if there is no such attribute.
  func number<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: Int, _ name: StaticString, as: T.Type = T.self
  ) throws(KernelError) -> T? {
    try first(type)?.number(name, as: T.self)
  }

  /// As `number`, in network byte order.
  func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: Int, _ name: StaticString, as: T.Type = T.self
  ) throws(KernelError) -> T? {
    try first(type)?.bigEndian(name, as: T.self)
  }
}
