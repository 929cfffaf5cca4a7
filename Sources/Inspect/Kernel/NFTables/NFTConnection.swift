import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Sends requests to nf_tables and counts them.
///
/// A dump keeps its socket until its end, so that a request in the middle of one, as a walk that follows a jump makes
/// it, has a socket of its own. A dump that is not read to its end loses its socket: the rest would cost more.
final class NFTConnection {
  /// Requests sent until now, and datagrams received.
  private(set) var requests = 0
  private(set) var datagrams = 0
  private var idle: [Box] = []

  /// A socket that a list can hold.
  private final class Box {
    let socket: NetlinkSocket
    init() throws(KernelError) { socket = try NetlinkSocket(protocol: NETLINK_NETFILTER, reading: "nf_tables") }
  }

  /// Sends a request and gives its answers to `body` until it answers false.
  /// - Returns: false if the kernel says ENOENT: there is no such thing.
  func send(
    _ request: NFTRequest, reading: String, _ body: (NFTMessage) throws -> Bool
  ) throws -> Bool {
    let box = try idle.popLast() ?? Box()
    // Datagrams lie in the socket's buffer.
    defer { withExtendedLifetime(box) {} }
    var bytes = request.bytes
    requests += 1
    let sequence = try box.socket.send(&bytes)
    var answer = Answer.more
    while case .more = answer {
      let datagram = NFTBytes(try box.socket.receive())
      datagrams += 1
      _ = try NFTMessage.forEach(in: datagram) { message in
        guard message.sequence == sequence else { return true }
        answer = try Self.judge(message, reading: reading, body)
        if case .more = answer { return true }
        return false
      }
    }
    if case .stopped = answer { return true }
    idle.append(box)
    if case .absent = answer { return false }
    return true
  }

  enum Answer {
    case more
    /// All was read; the socket is as new.
    case done
    case absent
    /// `body` wants no more; the kernel has some.
    case stopped
  }

  /// - Throws: `KernelError.changing` if the rules changed while they were dumped.
  static func judge(
    _ message: NFTMessage, reading: String, _ body: (NFTMessage) throws -> Bool
  ) throws -> Answer {
    let isDump = message.flags & UInt16(NLM_F_MULTI) != 0
    if isDump, message.flags & UInt16(NLM_F_DUMP_INTR) != 0 {
      throw KernelError.changing(reading: reading, attempts: 1)
    }
    switch Int32(message.type) {
    case NLMSG_NOOP: return .more
    case NLMSG_OVERRUN: throw KernelError.changing(reading: reading, attempts: 1)
    case NLMSG_DONE, NLMSG_ERROR:
      let code = try message.errorCode
      switch code {
      case 0: return .done
      case ENOENT: return .absent
      // The rules changed between two parts of a dump.
      case EINTR, EAGAIN: throw KernelError.changing(reading: reading, attempts: 1)
      default: throw KernelError(errno: code, reading: reading)
      }
    default:
      let wantsMore = try body(message)
      if !isDump { return .done }
      return wantsMore ? .more : .stopped
    }
  }
}
