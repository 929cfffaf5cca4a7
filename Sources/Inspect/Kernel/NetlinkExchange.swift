import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Requests over one socket, one after the other. After a failure, the next one gets a new socket: what the kernel had
/// still to say of the old request must not answer the new one.
final class NetlinkExchange {
  private let number: Int32
  private let reading: String
  private var socket: Box?

  private final class Box {
    let socket: NetlinkSocket
    init(_ number: Int32, _ reading: String) throws(KernelError) {
      socket = try NetlinkSocket(protocol: number, reading: reading)
    }
  }

  /// - Parameter number: NETLINK_*. The socket is of the network namespace that the calling thread is in when it asks
  ///   first.
  init(protocol number: Int32, reading: String) {
    self.number = number
    self.reading = reading
  }

  /// Sends a request and gives `body` every message of the answer but its end.
  ///
  /// Throws what `body` throws, and `.system` with the kernel's error number where the kernel answers with one.
  /// - Returns: whether the kernel said that what it dumped changed meanwhile.
  @discardableResult
  func send(_ request: NetlinkRequest, reading: String, _ body: (NetlinkMessage) throws -> Void) throws -> Bool {
    let box = try socket ?? Box(number, self.reading)
    socket = nil
    var bytes = request.bytes
    _ = try box.socket.send(&bytes)
    var interrupted = false
    var answer = Answer.more
    while case .more = answer {
      // The datagram lies in the socket's buffer.
      answer = try withExtendedLifetime(box) {
        try take(try box.socket.receive(), reading: reading, &interrupted, body)
      }
    }
    socket = box
    if case .failed(let code) = answer { throw KernelError(errno: code, reading: reading) }
    return interrupted
  }

  private enum Answer {
    case more
    case done
    case failed(Int32)
  }

  private func take(
    _ datagram: UnsafeRawBufferPointer, reading: String, _ interrupted: inout Bool,
    _ body: (NetlinkMessage) throws -> Void
  ) throws -> Answer {
    var messages = NetlinkMessages(datagram, reading: reading)
    var isMultipart = false
    while let message = try messages.next() {
      interrupted = interrupted || message.isInterrupted
      isMultipart = isMultipart || message.flags & UInt16(NLM_F_MULTI) != 0
      switch Int32(message.type) {
      case NLMSG_ERROR, NLMSG_DONE: return try Self.end(message, reading: reading)
      case NLMSG_NOOP: continue
      default: try body(message)
      }
    }
    return isMultipart ? .more : .done
  }

  /// NLMSG_ERROR and NLMSG_DONE begin with an error number, negative or 0; NLMSG_DONE of old kernels may have none.
  private static func end(_ message: NetlinkMessage, reading: String) throws(KernelError) -> Answer {
    guard message.payload.count >= 4 else {
      if Int32(message.type) == NLMSG_DONE { return .done }
      throw .malformed(reading: reading, offset: 0, problem: "an error without a number")
    }
    let number = message.payload.loadUnaligned(as: Int32.self)
    return number == 0 ? .done : .failed(number == .min ? EPROTO : abs(number))
  }
}
