import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// An open netlink socket, closed when it goes out of use.
struct NetlinkSocket: ~Copyable {
  private let handle: OpaquePointer
  /// What is read through it, for errors.
  private let reading: String

  /// Opens a socket in the calling thread's network namespace.
  init(protocol number: Int32, reading: String) throws(KernelError) {
    var code: Int32 = 0
    guard let handle = csys_netlink_open(number, &code) else {
      throw KernelError(errno: code, reading: reading)
    }
    self.handle = handle
    self.reading = reading
  }

  deinit { csys_netlink_close(handle) }

  /// Has the kernel obey the filters in a dump's request.
  /// - Returns: false where the kernel is older than 4.20 and cannot.
  func setStrict() -> Bool { csys_netlink_set_strict(handle) == 0 }

  /// Sends one message, header included, and tells the sequence number that its answers have.
  func send(_ message: inout [UInt8]) throws(KernelError) -> UInt32 {
    var sequence: UInt32 = 0
    let result = message.withUnsafeMutableBytes { csys_netlink_send(handle, $0.baseAddress, $0.count, &sequence) }
    guard result == 0 else { throw KernelError(errno: -result, reading: reading) }
    return sequence
  }

  /// The kernel's next datagram; good until the next call.
  func receive() throws(KernelError) -> UnsafeRawBufferPointer {
    var start: UnsafeRawPointer?
    let length = csys_netlink_receive(handle, &start)
    guard length >= 0 else { throw KernelError(errno: Int32(truncatingIfNeeded: -length), reading: reading) }
    return UnsafeRawBufferPointer(start: start, count: length)
  }
}

extension KernelError {
  /// A failed system call; a missing permission is told apart.
  init(errno code: Int32, reading: String) {
    self = code == EPERM || code == EACCES ? .permission(reading: reading) : .system(reading: reading, errno: code)
  }
}
