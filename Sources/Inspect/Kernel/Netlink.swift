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

/// Requests to the kernel by netlink.
enum Netlink {
  /// Sends one whole message and gives `body` every message of the answer but its end (NLMSG_DONE, or the
  /// acknowledgement), in order.
  ///
  /// Throws what `body` throws, and `.system` with the kernel's error number where the kernel answers with one.
  /// - Returns: whether the kernel said that what it dumped changed meanwhile.
  @discardableResult
  static func request(
    protocol number: Int32, _ message: [UInt8], reading: String,
    _ body: (NetlinkMessage) throws(KernelError) -> Void
  ) throws(KernelError) -> Bool {
    try withoutActuallyEscaping(body) { body throws(KernelError) in
      let conversation = Conversation(reading: reading, body: body)
      var message = message
      let context = Unmanaged.passUnretained(conversation)
      let result = withExtendedLifetime(conversation) {
        csys_netlink(
          number, &message, message.count,
          { context, datagram, length in
            guard let context, let datagram else { return 0 }
            let conversation = Unmanaged<Conversation>.fromOpaque(context).takeUnretainedValue()
            return conversation.receive(UnsafeRawBufferPointer(start: datagram, count: length)) ? 1 : 0
          }, context.toOpaque())
      }
      if let failure = conversation.failure { throw failure }
      switch -result {
      case 0: return conversation.interrupted
      case EPERM, EACCES: throw .permission(reading: reading)
      default: throw .system(reading: reading, errno: -result)
      }
    }
  }

  private final class Conversation {
    let reading: String
    let body: (NetlinkMessage) throws(KernelError) -> Void
    var interrupted = false
    var failure: KernelError?

    init(reading: String, body: @escaping (NetlinkMessage) throws(KernelError) -> Void) {
      self.reading = reading
      self.body = body
    }

    /// Whether more is to come.
    func receive(_ datagram: UnsafeRawBufferPointer) -> Bool {
      do throws(KernelError) {
        return try take(datagram)
      } catch {
        failure = error
        return false
      }
    }

    private func take(_ datagram: UnsafeRawBufferPointer) throws(KernelError) -> Bool {
      var messages = NetlinkMessages(datagram, reading: reading)
      var isMultipart = false
      while let message = try messages.next() {
        interrupted = interrupted || message.isInterrupted
        // NLM_F_MULTI
        isMultipart = isMultipart || message.flags & 2 != 0
        switch Int32(message.type) {
        // Both begin with an error number, negative or 0.
        case NLMSG_ERROR, NLMSG_DONE:
          try check(message)
          return false
        case NLMSG_NOOP: continue
        default: try body(message)
        }
      }
      return isMultipart
    }

    private func check(_ message: NetlinkMessage) throws(KernelError) {
      guard message.payload.count >= 4 else {
        // NLMSG_DONE of old kernels may have no number.
        if Int32(message.type) == NLMSG_DONE { return }
        throw .malformed(reading: reading, offset: 0, problem: "an error without a number")
      }
      let number = message.payload.loadUnaligned(as: Int32.self)
      switch number {
      case 0: return
      case -EPERM, -EACCES: throw .permission(reading: reading)
      default: throw .system(reading: reading, errno: number == .min ? EPROTO : -number)
      }
    }
  }
}
