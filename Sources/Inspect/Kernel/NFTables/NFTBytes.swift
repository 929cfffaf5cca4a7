import CSys

/// Bytes of a netlink message, walked in place. They are good as long as the datagram is; every access is checked.
struct NFTBytes {
  private let bytes: UnsafeRawBufferPointer
  /// Where in the datagram they begin, for errors.
  let offset: Int

  init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  var count: Int { bytes.count }

  /// A copy.
  var array: [UInt8] { Array(bytes) }

  /// Gives the bytes themselves to a reader that checks bounds.
  func withBytes<T>(_ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T { try body(bytes) }

  /// The bytes from `start` on, `length` of them.
  func part(_ start: Int, _ length: Int) throws(KernelError) -> NFTBytes {
    guard start >= 0, length >= 0, start <= count, length <= count - start else {
      throw malformed("\(length) bytes wanted, \(max(count - start, 0)) left", at: min(start, count))
    }
    return NFTBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]), offset: offset + start)
  }

  /// A number in host order at `start`.
  func host<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at start: Int = 0) throws(KernelError) -> T {
    guard start >= 0, count >= MemoryLayout<T>.size, start <= count - MemoryLayout<T>.size else {
      throw malformed(
        "a number of \(MemoryLayout<T>.size) bytes wanted, \(max(count - start, 0)) left", at: min(start, count))
    }
    return bytes.loadUnaligned(fromByteOffset: start, as: type)
  }

  /// A number in network order that is all of the bytes.
  func network<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(KernelError) -> T {
    T(bigEndian: try host(type))
  }

  /// Text up to the first zero.
  var string: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

  /// The attributes that the bytes are.
  var attributes: NFTAttributes { NFTAttributes(self) }

  /// Says that something at `place` makes no sense.
  func malformed(_ problem: String, at place: Int = 0) -> KernelError {
    .malformed(reading: "netlink message", offset: offset + place, problem: problem)
  }
}

/// A list of netlink attributes, taken one by one or searched.
struct NFTAttributes {
  private let bytes: NFTBytes
  private var position = 0

  init(_ bytes: NFTBytes) { self.bytes = bytes }

  /// The next attribute, its type without the flags NESTED and NET_BYTEORDER.
  mutating func next() throws(KernelError) -> (type: UInt32, value: NFTBytes)? {
    guard position < bytes.count else { return nil }
    let length = Int(try bytes.host(UInt16.self, at: position))
    let type = UInt32(try bytes.host(UInt16.self, at: position + 2)) & 0x3fff
    guard length >= 4 else { throw bytes.malformed("an attribute of \(length) bytes", at: position) }
    let value = try bytes.part(position + 4, length - 4)
    position += (length + 3) & ~3
    return (type, value)
  }

  /// The first attribute of a type.
  func first(_ type: UInt32) throws(KernelError) -> NFTBytes? {
    var rest = NFTAttributes(bytes)
    while let attribute = try rest.next() {
      if attribute.type == type { return attribute.value }
    }
    return nil
  }

  /// The first attribute of a type.
  func first<T: RawRepresentable>(_ type: T) throws(KernelError) -> NFTBytes? where T.RawValue == UInt32 {
    try first(type.rawValue)
  }

  /// A number in network order of a type.
  func number(_ type: UInt32) throws(KernelError) -> UInt32? { try first(type)?.network(UInt32.self) }

  /// A text of a type.
  func string(_ type: UInt32) throws(KernelError) -> String? { try first(type)?.string }

  /// A number in network order of a type.
  func number<T: RawRepresentable>(_ type: T) throws(KernelError) -> UInt32? where T.RawValue == UInt32 {
    try first(type)?.network(UInt32.self)
  }

  /// A long number in network order of a type.
  func number64<T: RawRepresentable>(_ type: T) throws(KernelError) -> UInt64? where T.RawValue == UInt32 {
    try first(type)?.network(UInt64.self)
  }

  /// A text of a type.
  func string<T: RawRepresentable>(_ type: T) throws(KernelError) -> String? where T.RawValue == UInt32 {
    try first(type)?.string
  }

  /// An attribute that must be there.
  func required<T: RawRepresentable>(
    _ type: T, _ name: String
  ) throws(KernelError) -> NFTBytes where T.RawValue == UInt32 {
    guard let value = try first(type) else { throw bytes.malformed("no \(name)") }
    return value
  }
}

/// One netlink message of a datagram.
struct NFTMessage {
  var type: UInt16
  var flags: UInt16
  var sequence: UInt32
  /// What is behind the header.
  var payload: NFTBytes

  /// Gives each message of a datagram to `body` until it answers false.
  /// - Returns: false if `body` ended it.
  static func forEach(
    in datagram: NFTBytes, _ body: (NFTMessage) throws -> Bool
  ) throws -> Bool {
    var position = 0
    while position < datagram.count {
      let length = Int(try datagram.host(UInt32.self, at: position))
      guard length >= 16 else { throw datagram.malformed("a message of \(length) bytes", at: position) }
      let message = NFTMessage(
        type: try datagram.host(UInt16.self, at: position + 4),
        flags: try datagram.host(UInt16.self, at: position + 6),
        sequence: try datagram.host(UInt32.self, at: position + 8),
        payload: try datagram.part(position + 16, length - 16))
      guard try body(message) else { return false }
      position += (length + 3) & ~3
    }
    return true
  }

  /// The errno of an NLMSG_ERROR or NLMSG_DONE, positive; 0 for none.
  var errorCode: Int32 {
    get throws(KernelError) {
      guard payload.count >= 4 else { return 0 }
      let code = try payload.host(Int32.self)
      return code == .min ? .max : abs(code)
    }
  }

  /// What is behind the 4 bytes of struct nfgenmsg.
  var netfilterPayload: NFTBytes {
    get throws(KernelError) {
      guard payload.count >= 4 else { throw payload.malformed("no nfgenmsg") }
      return try payload.part(4, payload.count - 4)
    }
  }
}

/// A netlink message being written.
struct NFTRequest {
  private(set) var bytes: [UInt8]

  /// A message for a subsystem of nfnetlink; length, sequence and port are set when it is sent.
  init(subsystem: Int32, type: UInt32, flags: Int32 = 0, family: UInt8) {
    bytes = [UInt8](repeating: 0, count: 16)
    let number = UInt16(truncatingIfNeeded: subsystem) << 8 | UInt16(truncatingIfNeeded: type)
    withUnsafeBytes(of: number) { bytes.replaceSubrange(4..<6, with: $0) }
    withUnsafeBytes(of: UInt16(truncatingIfNeeded: flags)) { bytes.replaceSubrange(6..<8, with: $0) }
    bytes += [family, UInt8(NFNETLINK_V0), 0, 0]
  }

  /// Appends an attribute.
  mutating func append<T: RawRepresentable>(_ type: T, _ value: some Sequence<UInt8>) where T.RawValue == UInt32 {
    let start = begin(UInt16(truncatingIfNeeded: type.rawValue))
    bytes += value
    end(start)
  }

  /// Appends text with its zero.
  mutating func append<T: RawRepresentable>(_ type: T, text: String) where T.RawValue == UInt32 {
    append(type, Array(text.utf8) + [0])
  }

  /// Appends a number in network order.
  mutating func append<T: RawRepresentable>(_ type: T, number: UInt32) where T.RawValue == UInt32 {
    append(type, withUnsafeBytes(of: number.bigEndian, Array.init))
  }

  /// Appends an attribute that holds others.
  mutating func nest<T: RawRepresentable>(
    _ type: T, _ body: (inout NFTRequest) -> Void
  ) where T.RawValue == UInt32 {
    let start = begin(UInt16(truncatingIfNeeded: type.rawValue) | 0x8000)
    body(&self)
    end(start)
  }

  private mutating func begin(_ type: UInt16) -> Int {
    let start = bytes.count
    bytes += [0, 0]
    withUnsafeBytes(of: type) { bytes.append(contentsOf: $0) }
    return start
  }

  private mutating func end(_ start: Int) {
    withUnsafeBytes(of: UInt16(truncatingIfNeeded: bytes.count - start)) {
      bytes.replaceSubrange(start..<start + 2, with: $0)
    }
    bytes += [UInt8](repeating: 0, count: -bytes.count & 3)
  }
}
