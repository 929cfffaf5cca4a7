import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// One message of a netlink datagram. Its payload lies within the datagram, which it must not outlive.
struct NetlinkMessage {
  let type: UInt16
  let flags: UInt16
  /// Of the request that it answers.
  let sequence: UInt32
  /// What follows struct nlmsghdr.
  let payload: UnsafeRawBufferPointer

  /// NLM_F_DUMP_INTR: what is dumped changed while it was dumped.
  var isInterrupted: Bool { flags & 0x10 != 0 }
}

/// The messages of a datagram, in order.
struct NetlinkMessages {
  private let datagram: UnsafeRawBufferPointer
  private let reading: String
  private var offset = 0

  init(_ datagram: UnsafeRawBufferPointer, reading: String) {
    self.datagram = datagram
    self.reading = reading
  }

  /// The next message; nil at the datagram's end.
  mutating func next() throws(KernelError) -> NetlinkMessage? {
    let headerSize = 16
    guard offset < datagram.count else { return nil }
    guard datagram.count - offset >= headerSize else {
      throw .malformed(reading: reading, offset: offset, problem: "a message cut off")
    }
    let length = Int(datagram.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    guard length >= headerSize, length <= datagram.count - offset else {
      throw .malformed(reading: reading, offset: offset, problem: "a message of \(length) bytes")
    }
    let message = NetlinkMessage(
      type: datagram.loadUnaligned(fromByteOffset: offset + 4, as: UInt16.self),
      flags: datagram.loadUnaligned(fromByteOffset: offset + 6, as: UInt16.self),
      sequence: datagram.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self),
      payload: UnsafeRawBufferPointer(rebasing: datagram[offset + headerSize..<offset + length]))
    // NLMSG_ALIGN; the last message of a datagram need not be padded.
    offset += (length + 3) & ~3
    return message
  }
}

/// One attribute: struct nlattr or rtattr, and what follows.
struct NetlinkAttribute {
  /// Without NLA_F_NESTED and NLA_F_NET_BYTEORDER.
  let type: UInt16
  let payload: UnsafeRawBufferPointer

  /// A number of exactly this size, in this machine's byte order; nil if the attribute has another size.
  func number<T: FixedWidthInteger & BitwiseCopyable>(as type: T.Type = T.self) -> T? {
    payload.count == MemoryLayout<T>.size ? payload.loadUnaligned(as: type) : nil
  }

  /// As `number`, in network byte order.
  func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(as type: T.Type = T.self) -> T? {
    number(as: type).map { T(bigEndian: $0) }
  }

  /// The text up to its NUL.
  var string: String { payload.cString(at: 0, capacity: payload.count) }
}

/// The attributes of a message or of a nested attribute, in order.
struct NetlinkAttributes {
  private let bytes: UnsafeRawBufferPointer
  private let reading: String
  private var offset: Int

  /// Attributes from `offset` on: behind the message's own header.
  init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0, reading: String) {
    self.bytes = bytes
    self.reading = reading
    self.offset = offset
  }

  /// The next attribute; nil at the end.
  mutating func next() throws(KernelError) -> NetlinkAttribute? {
    let headerSize = 4
    guard offset < bytes.count else { return nil }
    guard offset >= 0, bytes.count - offset >= headerSize else {
      throw .malformed(reading: reading, offset: offset, problem: "an attribute cut off")
    }
    let length = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    guard length >= headerSize, length <= bytes.count - offset else {
      throw .malformed(reading: reading, offset: offset, problem: "an attribute of \(length) bytes")
    }
    let attribute = NetlinkAttribute(
      type: bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self) & 0x3fff,
      payload: UnsafeRawBufferPointer(rebasing: bytes[offset + headerSize..<offset + length]))
    offset += (length + 3) & ~3
    return attribute
  }
}
