import Glibc

/// All that a descriptor has to read.
/// - Parameter most: in bytes. Where there is more, that is an error: half an input means something else.
func readAll(_ descriptor: Int32, most: Int) throws(Failure) -> [UInt8] {
  var bytes: [UInt8] = []
  var part = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &part, part.count)
    if count < 0 && errno == EINTR { continue }
    guard count >= 0 else {
      throw Failure("the input cannot be read: \(String(cString: strerror(errno)))", .unavailable)
    }
    if count == 0 { return bytes }
    bytes += part[..<count]
    guard bytes.count <= most else { throw Failure("the input has more than \(most >> 20) MiB", .unavailable) }
  }
}
