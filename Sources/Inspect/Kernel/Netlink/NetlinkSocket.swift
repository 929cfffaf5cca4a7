import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A netlink socket, closed when it goes out of use: a request is sent, and the messages that answer it are taken one by
/// one.
///
/// What changes while it is read is never taken for a whole: an answer that the kernel interrupted (NLM_F_DUMP_INTR,
/// EINTR, EAGAIN) or lost a part of (ENOBUFS, NLMSG_OVERRUN) ends with `KernelError.changing`, and has to be asked for anew.
struct NetlinkSocket: ~Copyable {
  private let handle: OpaquePointer
  /// What was asked for, for errors.
  private var reading: String
  /// Of the request. Other messages, of what was asked before, are passed over.
  private(set) var sequence: UInt32 = 0
  private var datagram = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Where in the datagram the next message begins.
  private var position = 0
  /// Whether all of the answer was taken.
  private(set) var isIdle = true
  /// Whether the answer ends with an acknowledgement, behind one message or several.
  private var endsWithAcknowledgement = false

  /// How often `list` asks.
  private let attempts: Int

  /// Opens a socket in the calling thread's network namespace.
  /// - Parameters:
  ///   - number: NETLINK_*.
  ///   - attempts: how often an answer that changes is asked for; 1 where more than it has to be read anew.
  init(_ number: Int32, reading: String, attempts: Int = 5) throws(KernelError) {
    var code: Int32 = 0
    guard let handle = csys_netlink_open(number, &code) else { throw KernelError(errno: code, reading: reading) }
    self.handle = handle
    self.reading = reading
    self.attempts = attempts
    // Errors with the kernel's own words, since Linux 4.12.
    _ = set(NETLINK_EXT_ACK)
  }

  deinit { csys_netlink_close(handle) }

  var descriptor: Int32 { csys_netlink_descriptor(handle) }

  /// Switches an option on.
  /// - Returns: false where the kernel does not know it.
  func set(_ option: Int32) -> Bool {
    var on: Int32 = 1
    return setsockopt(descriptor, SOL_NETLINK, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0
  }

  /// Sends a request. What is left of the answer to the one before is thrown away: the kernel refuses a dump while there is
  /// another (EBUSY).
  mutating func send(_ request: NetlinkRequest) throws(KernelError) {
    if !isIdle { csys_netlink_discard(handle) }
    reading = request.reading
    datagram = UnsafeRawBufferPointer(start: nil, count: 0)
    position = 0
    endsWithAcknowledgement = request.asksForAcknowledgement
    var bytes = request.bytes
    let result = bytes.withUnsafeMutableBytes { csys_netlink_send(handle, $0.baseAddress, $0.count, &sequence) }
    guard result == 0 else { throw KernelError(errno: -result, reading: reading) }
    isIdle = false
  }

  /// The next message of the answer; nil at its end.
  ///
  /// - Throws: `KernelError.refused` where the kernel answers with an error.
  @_lifetime(&self)
  mutating func next() throws(KernelError) -> NetlinkMessage? {
    while !isIdle {
      if position >= datagram.count { try receive() }
      var messages = NetlinkMessages(RawSpan(_unsafeBytes: datagram), from: position, reading: reading)
      guard let message = try messages.next() else { continue }
      position = messages.position
      guard message.sequence == sequence, try isContent(message) else { continue }
      return _overrideLifetime(message, mutating: &self)
    }
    return nil
  }

  /// Whether a message says what was asked for, and not that there is no more of it.
  private mutating func isContent(_ message: NetlinkMessage) throws(KernelError) -> Bool {
    if message.flags & UInt16(NLM_F_DUMP_INTR) != 0 { throw changing }
    switch Int32(message.type) {
    case NLMSG_NOOP: return false
    case NLMSG_OVERRUN: throw changing
    case NLMSG_ERROR, NLMSG_DONE:
      isIdle = true
      switch try message.errorNumber(reading: reading) {
      case 0: return false
      case EINTR, EAGAIN: throw changing
      case EPERM: throw .permission(reading: reading)
      case let number: throw .refused(reading: reading, errno: number, text: try message.errorText)
      }
    default:
      isIdle = !endsWithAcknowledgement && message.flags & UInt16(NLM_F_MULTI) == 0
      return true
    }
  }

  private mutating func receive() throws(KernelError) {
    var start: UnsafeRawPointer?
    let length = csys_netlink_receive(handle, &start)
    switch Int32(truncatingIfNeeded: -length) {
    case ENOBUFS: throw changing
    case EMSGSIZE:
      throw .malformed(reading: reading, offset: 0, problem: "a datagram that is larger than the buffer for it")
    case let code where code > 0: throw KernelError(errno: code, reading: reading)
    default: break
    }
    datagram = UnsafeRawBufferPointer(start: start, count: length)
    position = 0
  }

  private var changing: KernelError { .changing(reading: reading, attempts: 1) }

  // MARK: - Whole answers

  /// What one message of the answer says, the last that says anything; nil if none does.
  mutating func value<Value>(
    _ request: NetlinkRequest, _ decode: (NetlinkMessage) throws(KernelError) -> Value?
  ) throws(KernelError) -> Value? {
    try list(request, decode).last
  }

  /// What all messages of the answer say. Asked for anew while it changes.
  mutating func list<Value>(
    _ request: NetlinkRequest, _ decode: (NetlinkMessage) throws(KernelError) -> Value?
  ) throws(KernelError) -> [Value] {
    for _ in 0..<attempts {
      do throws(KernelError) {
        var values: [Value] = []
        try send(request)
        while let message = try next() {
          if let value = try decode(message) { values.append(value) }
        }
        return values
      } catch .changing {
        continue
      }
    }
    throw .changing(reading: request.reading, attempts: attempts)
  }

  /// All messages of the answer as they are, with one at the end that says it is whole (NLMSG_DONE). Asked for anew while it
  /// changes.
  mutating func record(_ request: NetlinkRequest) throws(KernelError) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<attempts {
      bytes.removeAll(keepingCapacity: true)
      do throws(KernelError) {
        try send(request)
        while let message = try next() { message.append(to: &bytes) }
        NetlinkMessage.appendDone(to: &bytes)
        return bytes
      } catch .changing {
        continue
      }
    }
    throw .changing(reading: request.reading, attempts: attempts)
  }
}
