import CSys
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

/// A socket that sent a request, in whose place a pair of sockets then stands: what is written at the other end comes as
/// the kernel's datagrams do.
private struct FakeKernel: ~Copyable {
  var socket: NetlinkSocket
  private let other: Int32

  init(flags: Int32 = NLM_F_DUMP) throws {
    var pair: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &pair) == 0)
    defer { close(pair[0]) }
    var socket = try NetlinkSocket(NETLINK_ROUTE, reading: "sockets")
    try socket.send(NetlinkRequest.route(RTM_GETADDR, flags: flags, headerSize: 8, reading: "a test"))
    let replaced = dup2(pair[0], socket.descriptor)
    try #require(replaced >= 0)
    self.socket = socket
    other = pair[1]
  }

  deinit { close(other) }

  func say(_ messages: [UInt8]...) {
    let bytes = Array(messages.joined())
    #expect(write(other, bytes, bytes.count) == bytes.count)
  }

  /// One message of the answer, unless another sequence is given.
  func message(type: Int32, flags: Int32 = NLM_F_MULTI, sequence: UInt32? = nil, _ payload: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: UInt32(16 + payload.count), Array.init) + withUnsafeBytes(of: UInt16(type), Array.init)
      + withUnsafeBytes(of: UInt16(flags), Array.init)
      + withUnsafeBytes(of: sequence ?? socket.sequence, Array.init) + [0, 0, 0, 0] + payload
  }

  func error(_ code: Int32) -> [UInt8] { withUnsafeBytes(of: -code, Array.init) }

  /// The types of the messages that the rest of the answer has.
  mutating func rest() throws(KernelError) -> [Int] {
    var types: [Int] = []
    while let message = try socket.next() { types.append(Int(message.type)) }
    return types
  }
}

@Suite("The loop over a netlink answer")
struct NetlinkSocketTests {
  private let part = Int32(RTM_NEWADDR)
  private let changing = KernelError.changing(reading: "a test", attempts: 1)

  @Test("A dump goes on over datagrams until NLMSG_DONE, and a single answer is one message")
  func whole() throws {
    var dump = try FakeKernel()
    dump.say(dump.message(type: part), dump.message(type: NLMSG_NOOP), dump.message(type: part))
    dump.say(dump.message(type: part))
    dump.say(dump.message(type: NLMSG_DONE, dump.error(0)))
    #expect(try dump.rest() == [RTM_NEWADDR, RTM_NEWADDR, RTM_NEWADDR])
    #expect(dump.socket.isIdle == true)
    var single = try FakeKernel(flags: 0)
    single.say(single.message(type: part, flags: 0))
    #expect(try single.rest() == [RTM_NEWADDR])
    #expect(single.socket.isIdle == true)
  }

  @Test("What answers another request is passed over")
  func otherSequence() throws {
    var kernel = try FakeKernel()
    kernel.say(kernel.message(type: part, sequence: 1), kernel.message(type: NLMSG_DONE, sequence: 1, kernel.error(0)))
    kernel.say(
      kernel.message(type: part), kernel.message(type: part), kernel.message(type: NLMSG_DONE, kernel.error(0)))
    #expect(try kernel.rest() == [RTM_NEWADDR, RTM_NEWADDR])
  }

  @Test("A dump that was interrupted, by flag or by error, is not taken for a whole one")
  func interrupted() throws {
    for type in [part, NLMSG_DONE] {
      var kernel = try FakeKernel()
      kernel.say(kernel.message(type: type, flags: NLM_F_MULTI | NLM_F_DUMP_INTR, kernel.error(0)))
      #expect(throws: changing) { _ = try kernel.rest() }
    }
    for code in [EINTR, EAGAIN] {
      var kernel = try FakeKernel()
      kernel.say(kernel.message(type: NLMSG_DONE, kernel.error(code)))
      #expect(throws: changing) { _ = try kernel.rest() }
    }
  }

  @Test("Messages that were lost make an answer that has to be asked for anew")
  func overrun() throws {
    var kernel = try FakeKernel()
    kernel.say(kernel.message(type: part), kernel.message(type: NLMSG_OVERRUN))
    #expect(throws: changing) { _ = try kernel.rest() }
    #expect(kernel.socket.isIdle == false)
  }

  @Test("A datagram that does not fit in the buffer is an error, and nothing of it is read")
  func truncated() throws {
    var kernel = try FakeKernel()
    kernel.say(kernel.message(type: part, [UInt8](repeating: 0, count: 40_000)))
    #expect(
      throws: KernelError.malformed(
        reading: "a test", offset: 0, problem: "a datagram that is larger than the buffer for it")
    ) { _ = try kernel.rest() }
  }

  @Test("An error has its number and the kernel's own words, with the request echoed or not, and behind a dump")
  func words() throws {
    let text: [UInt8] = [13, 0, 1, 0] + Array("too odd\0".utf8) + [0, 0, 0, 0]
    // nlmsghdr of the request: 24 bytes, of which 8 follow it.
    let request: [UInt8] = [24, 0, 0, 0] + [UInt8](repeating: 7, count: 12)
    func fails(_ type: Int32, _ flags: Int32, _ payload: [UInt8]) throws -> KernelError? {
      var kernel = try FakeKernel()
      kernel.say(kernel.message(type: type, flags: flags, kernel.error(EINVAL) + payload))
      do {
        _ = try kernel.rest()
        return nil
      } catch {
        #expect(kernel.socket.isIdle == true)
        return error
      }
    }
    let worded = KernelError.refused(reading: "a test", errno: EINVAL, text: "too odd")
    #expect(try fails(NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED, request + text) == worded)
    #expect(try fails(NLMSG_ERROR, NLM_F_ACK_TLVS, request + [UInt8](repeating: 7, count: 8) + text) == worded)
    #expect(try fails(NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS, text) == worded)
    #expect(worded.description == "cannot read a test: Invalid argument (kernel: too odd)")
    #expect(try fails(NLMSG_ERROR, 0, request) == .refused(reading: "a test", errno: EINVAL, text: nil))
  }

  @Test("A missing right is told apart")
  func permission() throws {
    var kernel = try FakeKernel()
    kernel.say(kernel.message(type: NLMSG_ERROR, flags: 0, kernel.error(EPERM)))
    #expect(throws: KernelError.permission(reading: "a test")) { _ = try kernel.rest() }
  }

  @Test("An answer that was not taken to its end is thrown away before the next request")
  func abandoned() throws {
    var socket = try NetlinkSocket(NETLINK_ROUTE, reading: "links")
    let request = NetlinkRequest.route(RTM_GETLINK, flags: NLM_F_DUMP, headerSize: 16, reading: "links")
    try socket.send(request)
    #expect(socket.isIdle == false)
    // The kernel refuses a second dump while there is one (EBUSY).
    #expect(try socket.list(request, LinkMessages.link).contains { $0.name == "lo" })
    #expect(socket.isIdle == true)
  }

  @Test("A pool has a socket for each answer that is being read, and takes those back that were read to their end")
  func pool() throws {
    let sockets = NetlinkSockets(NETLINK_ROUTE, reading: "links")
    let request = NetlinkRequest.route(RTM_GETLINK, flags: NLM_F_DUMP, headerSize: 16, reading: "links")
    let left = try sockets.send(request)
    var taken = try sockets.send(request)
    let number = taken.descriptor
    #expect(left.descriptor != number)
    while try taken.next() != nil {}
    sockets.put(taken)
    sockets.put(left)
    let again = try sockets.send(request)
    #expect(again.descriptor == number)
    #expect(sockets.requests == 3)
  }
}
