import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// Bytes as gzip writes them.
enum Gzip {
  /// zlib's fastest level: what is left is hardly larger.
  private static let level: Int32 = 1

  static func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
    var ends: [Int32] = [-1, -1]
    guard csys_pipe(&ends) == 0 else { throw KernelError.system(reading: "what is to be compressed", errno: errno) }
    let (reading, writing) = (ends[0], ends[1])
    let writer: @Sendable () throws -> [UInt8] = { try write(bytes, to: writing) }
    let reader: @Sendable () throws -> [UInt8] = { readAll(reading) }
    let results = OwnThread.runAll([writer, reader])
    _ = try results[0].get()
    return try results[1].get()
  }

  /// Takes the descriptor over.
  private static func readAll(_ descriptor: Int32) -> [UInt8] {
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    return bytes
  }

  /// Takes the descriptor over.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws -> [UInt8] {
    guard let gzip = csys_gzip_open(descriptor, level) else {
      throw KernelError.system(reading: "what is to be compressed", errno: ENOMEM)
    }
    let failure = csys_gzip_write(gzip, bytes, bytes.count)
    let end = csys_gzip_close(gzip)
    guard failure == 0, end == 0 else {
      throw KernelError.system(reading: "what is to be compressed", errno: failure == 0 ? end : failure)
    }
    return []
  }

  /// What a file holds, unpacked.
  static func content(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw KernelError.system(reading: path, errno: errno) }
    guard let gzip = csys_gzip_open(file, 0) else { throw KernelError.system(reading: path, errno: ENOMEM) }
    defer { _ = csys_gzip_close(gzip) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = csys_gzip_read(gzip, &part, part.count)
      guard count >= 0 else { throw KernelError.system(reading: path, errno: Int32(-count)) }
      bytes += part[..<count]
      if count < part.count { return bytes }
      guard bytes.count < largest else { throw KernelError.system(reading: path, errno: EFBIG) }
    }
  }

  /// More than the API's objects of any cluster.
  private static let largest = 1 << 30
}
