import CSys

/// A netlink message that is being written.
///
/// Attribute types are the kernel headers' constants; Swift sees those of enums without a name as `Int`.
struct NetlinkRequest {
  /// struct nlmsghdr, and what follows. Length, sequence number and port are set when it is sent.
  private(set) var bytes: [UInt8]

  private init(type: UInt16, flags: Int32, header: [UInt8]) {
    bytes = [UInt8](repeating: 0, count: 16)
    withUnsafeBytes(of: type) { bytes.replaceSubrange(4..<6, with: $0) }
    withUnsafeBytes(of: UInt16(truncatingIfNeeded: flags)) { bytes.replaceSubrange(6..<8, with: $0) }
    bytes += header
  }

  /// A message of an nfnetlink subsystem, with its struct nfgenmsg.
  static func netfilter(subsystem: Int32, command: UInt32, flags: Int32) -> NetlinkRequest {
    let type = UInt16(truncatingIfNeeded: subsystem) << 8 | UInt16(truncatingIfNeeded: command)
    return NetlinkRequest(type: type, flags: flags, header: [0, 0, 0, 0])
  }

  /// A message of a generic netlink family, with its struct genlmsghdr.
  static func generic(family: UInt16, command: Int, version: UInt8, flags: Int32) -> NetlinkRequest {
    NetlinkRequest(type: family, flags: flags, header: [UInt8(truncatingIfNeeded: command), version, 0, 0])
  }

  /// Appends an attribute of these bytes.
  mutating func append(_ type: Int, _ value: some Sequence<UInt8>) {
    let start = begin(UInt16(truncatingIfNeeded: type))
    bytes += value
    end(start)
  }

  /// Appends text with its NUL.
  mutating func append(_ type: Int, text: String) { append(type, Array(text.utf8) + [0]) }

  /// Appends a number in this machine's byte order.
  mutating func append(_ type: Int, number: some FixedWidthInteger) {
    append(type, withUnsafeBytes(of: number, Array.init))
  }

  /// Appends a number in network byte order, and says so (NLA_F_NET_BYTEORDER), as ipset demands.
  mutating func append(_ type: Int, bigEndian number: some FixedWidthInteger) {
    append(type | 0x4000, withUnsafeBytes(of: number.bigEndian, Array.init))
  }

  /// Appends an attribute that holds others (NLA_F_NESTED).
  mutating func nest(_ type: Int, _ body: (inout NetlinkRequest) -> Void) {
    let start = begin(UInt16(truncatingIfNeeded: type) | 0x8000)
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
    // NLA_ALIGN
    bytes += [UInt8](repeating: 0, count: -bytes.count & 3)
  }
}
