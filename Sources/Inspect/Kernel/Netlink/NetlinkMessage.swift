import CSys

/// One message of a netlink datagram, no longer to be used than the datagram.
struct NetlinkMessage: ~Escapable, BitwiseCopyable {
  let type: UInt16
  let flags: UInt16
  /// Of the request that it answers.
  let sequence: UInt32
  /// What follows struct nlmsghdr.
  let payload: RawSpan
  /// Where in the datagram the payload begins, for errors.
  let offset: Int

  @_lifetime(copy payload)
  init(type: UInt16, flags: UInt16, sequence: UInt32, payload: RawSpan, offset: Int) {
    self.type = type
    self.flags = flags
    self.sequence = sequence
    self.payload = payload
    self.offset = offset
  }

  /// The attributes behind the family's own header, which is read with them.
  /// - Parameter object: what the message describes, for errors.
  @_lifetime(copy self)
  func attributes(of object: StaticString, after headerSize: Int) throws(KernelError) -> NetlinkAttributes {
    guard payload.byteCount >= headerSize else {
      throw .malformed(reading: "\(object)", offset: offset, problem: "a header of \(payload.byteCount) bytes")
    }
    return NetlinkAttributes(payload, from: headerSize, at: offset, of: object)
  }

  /// What NLMSG_ERROR and NLMSG_DONE begin with: an error number, 0 for none. NLMSG_DONE of old kernels may have none.
  func errorNumber(reading: String) throws(KernelError) -> Int32 {
    guard payload.byteCount >= 4 else {
      if Int32(type) == NLMSG_DONE { return 0 }
      throw .malformed(reading: reading, offset: offset, problem: "an error without a number")
    }
    let number = payload.unsafeLoadUnaligned(as: Int32.self)
    return number == .min ? .max : abs(number)
  }

  /// The kernel's own words for an error (NLMSGERR_ATTR_MSG), if it has some.
  var errorText: String? {
    get throws(KernelError) {
      guard flags & UInt16(NLM_F_ACK_TLVS) != 0 else { return nil }
      // struct nlmsgerr: the number and the request's header; and the rest of the request, unless it is left out.
      var start = 4
      if Int32(type) == NLMSG_ERROR {
        start = 20
        if flags & UInt16(NLM_F_CAPPED) == 0, payload.byteCount >= start {
          start = 4 + NetlinkMessages.aligned(Int(payload.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        }
      }
      return try attributes(of: "error", after: start).first(Int(NLMSGERR_ATTR_MSG.rawValue))?.string
    }
  }
}

extension NetlinkMessage {
  /// Writes the message with its struct nlmsghdr: length, type, flags, sequence, port. Those of a datagram follow one another at
  /// places that 4 divides.
  func append(to bytes: inout [UInt8]) {
    Self.appendHeader(length: 16 + payload.byteCount, type, flags, to: &bytes)
    payload.withUnsafeBytes { bytes += $0 }
    bytes += [UInt8](repeating: 0, count: NetlinkMessages.aligned(bytes.count) - bytes.count)
  }

  /// Writes the message that ends a dump.
  static func appendDone(to bytes: inout [UInt8]) {
    appendHeader(length: 20, UInt16(NLMSG_DONE), UInt16(NLM_F_MULTI), to: &bytes)
    bytes += [0, 0, 0, 0]
  }

  private static func appendHeader(length: Int, _ type: UInt16, _ flags: UInt16, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: UInt32(length)) { bytes += $0 }
    withUnsafeBytes(of: (type, flags)) { bytes += $0 }
    bytes += [UInt8](repeating: 0, count: 8)
  }
}

/// The messages of a datagram, in order.
struct NetlinkMessages: ~Escapable {
  private let datagram: RawSpan
  private let reading: String
  /// Where the next message begins.
  private(set) var position: Int

  /// - Parameter reading: what was asked for, for errors.
  @_lifetime(copy datagram)
  init(_ datagram: RawSpan, from position: Int = 0, reading: String) {
    self.datagram = datagram
    self.reading = reading
    self.position = position
  }

  /// The next message; nil at the datagram's end.
  @_lifetime(copy self)
  mutating func next() throws(KernelError) -> NetlinkMessage? {
    let headerSize = 16
    let rest = datagram.byteCount - position
    guard rest > 0 else { return nil }
    guard rest >= headerSize else {
      throw .malformed(reading: reading, offset: position, problem: "a message cut off")
    }
    let length = Int(datagram.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self))
    guard length >= headerSize, length <= rest else {
      throw .malformed(reading: reading, offset: position, problem: "a message of \(length) bytes")
    }
    let message = NetlinkMessage(
      type: datagram.unsafeLoadUnaligned(fromByteOffset: position + 4, as: UInt16.self),
      flags: datagram.unsafeLoadUnaligned(fromByteOffset: position + 6, as: UInt16.self),
      sequence: datagram.unsafeLoadUnaligned(fromByteOffset: position + 8, as: UInt32.self),
      payload: datagram.extracting(position + headerSize..<position + length), offset: position + headerSize)
    // The last message of a datagram need not be padded.
    position += Self.aligned(length)
    return message
  }

  /// NLMSG_ALIGN and NLA_ALIGN.
  static func aligned(_ length: Int) -> Int { (length + 3) & ~3 }
}
