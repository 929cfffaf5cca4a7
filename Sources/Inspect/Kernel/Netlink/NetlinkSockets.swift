/// Sockets of one protocol for requests in the middle of each other's answers, as a walk that follows a jump makes them.
///
/// A socket whose answer was not taken to its end is not put back: the rest would cost more than a new one.
final class NetlinkSockets {
  private let number: Int32
  private let reading: String
  private let attempts: Int
  private var idle: InlineArray<8, NetlinkSocket?> = InlineArray { (_: Int) -> NetlinkSocket? in nil }
  /// Requests sent until now.
  private(set) var requests = 0

  /// - Parameters:
  ///   - number: NETLINK_*. Sockets are of the network namespace that the calling thread is in when they are asked for.
  ///   - reading: what is read through them, for errors.
  ///   - attempts: how often an answer that changes is asked for; 1 where more than it has to be read anew.
  init(_ number: Int32, reading: String, attempts: Int = 5) {
    self.number = number
    self.reading = reading
    self.attempts = attempts
  }

  /// A socket that a request was sent through.
  func send(_ request: NetlinkRequest) throws(KernelError) -> NetlinkSocket {
    var socket = try take()
    requests += 1
    try socket.send(request)
    return socket
  }

  /// Takes a socket back.
  func put(_ socket: consuming NetlinkSocket) {
    guard socket.isIdle else { return }
    for index in idle.indices where idle[index] == nil {
      idle[index] = consume socket
      return
    }
  }

  private func take() throws(KernelError) -> NetlinkSocket {
    for index in idle.indices {
      if let socket = idle[index].take() { return socket }
    }
    return try NetlinkSocket(number, reading: reading, attempts: attempts)
  }

  /// What one message of the answer says; nil if none says anything.
  func value<Value>(
    _ request: NetlinkRequest, _ decode: (NetlinkMessage) throws(KernelError) -> Value?
  ) throws(KernelError) -> Value? {
    try ask { socket throws(KernelError) in try socket.value(request, decode) }
  }

  /// What all messages of the answer say. Asked for anew while it changes.
  func list<Value>(
    _ request: NetlinkRequest, _ decode: (NetlinkMessage) throws(KernelError) -> Value?
  ) throws(KernelError) -> [Value] {
    try ask { socket throws(KernelError) in try socket.list(request, decode) }
  }

  private func ask<Value>(
    _ read: (inout NetlinkSocket) throws(KernelError) -> Value
  ) throws(KernelError) -> Value {
    var socket = try take()
    requests += 1
    let result = Result { () throws(KernelError) in try read(&socket) }
    put(socket)
    return try result.get()
  }
}
