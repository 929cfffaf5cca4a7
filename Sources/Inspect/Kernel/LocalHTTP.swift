import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// HTTP to programs of this node, in the network namespace that the calling thread is in.
enum LocalHTTP {
  /// A kube-proxy of a large cluster has some hundred kilobytes of metrics.
  private static let largestAnswer = 16 << 20

  /// Whether there is a libcurl: without a host there is nobody to send anything to.
  static var isAvailable: Bool {
    var status = 0
    return csys_http_get("http://", 1, 0, { _, _, _ in 0 }, nil, &status) != -ENOSYS
  }

  /// What is answered to GET with status 200; nil without such an answer in time, whatever the cause: nothing listens, it
  /// hangs, there is no libcurl.
  static func answer(to path: String, at address: SocketAddress, milliseconds: Int) -> String? {
    var bytes: [UInt8] = []
    var status = 0
    let result = withUnsafeMutablePointer(to: &bytes) { pointer in
      csys_http_get(
        "http://\(address)\(path)", milliseconds, largestAnswer,
        { context, part, length in
          let bytes = context?.assumingMemoryBound(to: [UInt8].self)
          bytes?.pointee.append(contentsOf: UnsafeRawBufferPointer(start: part, count: length))
          return 1
        }, pointer, &status)
    }
    return result == 0 && status == 200 ? String(decoding: bytes, as: UTF8.self) : nil
  }
}
