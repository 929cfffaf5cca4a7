import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A netlink message that is being written.
///
/// Attribute types are the kernel headers' constants; Swift sees those of enums without a name as `Int`.
struct NetlinkRequest {
  /// What is asked for, for errors.
  let reading: String
  /// struct nlmsghdr, and what follows. Length, sequence number and port are set when it is sent.
  private(set) var bytes: [UInt8]

  private init(type: UInt16, flags: Int32, header: [UInt8], reading: String) {
    self.reading = reading
    bytes = [UInt8](repeating: 0, count: 16) + header
    store(type, at: 4)
    store(UInt16(truncatingIfNeeded: flags), at: 6)
  }

  /// Whether the kernel is to say when it has answered all (NLM_F_ACK).
  var asksForAcknowledgement: Bool {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 6, as: UInt16.self) } & UInt16(NLM_F_ACK) != 0
  }

  /// A message of an nfnetlink subsystem, with its struct nfgenmsg.
  static func netfilter(
    subsystem: Int32, command: UInt32, flags: Int32 = 0, family: UInt8 = 0, reading: String
  ) -> NetlinkRequest {
    NetlinkRequest(
      type: UInt16(truncatingIfNeeded: subsystem) << 8 | UInt16(truncatingIfNeeded: command), flags: flags,
      header: [family, UInt8(NFNETLINK_V0), 0, 0], reading: reading)
  }

  /// A message of a generic netlink family, with its struct genlmsghdr.
  static func generic(
    family: UInt16, command: Int, version: UInt8, flags: Int32 = 0, reading: String
  ) -> NetlinkRequest {
    NetlinkRequest(
      type: family, flags: flags, header: [UInt8(truncatingIfNeeded: command), version, 0, 0], reading: reading)
  }

  /// A message of rtnetlink, with a header that is zero but for the address family in its first byte.
  static func route(
    _ type: Int, flags: Int32 = 0, headerSize: Int, family: Int32 = 0, reading: String
  ) -> NetlinkRequest {
    var header = [UInt8](repeating: 0, count: NetlinkMessages.aligned(headerSize))
    header[0] = UInt8(truncatingIfNeeded: family)
    return NetlinkRequest(type: UInt16(truncatingIfNeeded: type), flags: flags, header: header, reading: reading)
  }

  /// A field of the family's own header.
  mutating func setHeader(_ value: some FixedWidthInteger, at place: Int) { store(value, at: 16 + place) }

  /// Appends an attribute of these bytes.
  mutating func append(_ type: Int, _ value: some Sequence<UInt8>) {
    attribute(type) { $0.bytes += value }
  }

  /// Appends text with its NUL.
  mutating func append(_ type: Int, text: String) { append(type, Array(text.utf8) + [0]) }

  /// Appends a number in this machine's byte order.
  mutating func append(_ type: Int, number: some FixedWidthInteger) {
    append(type, withUnsafeBytes(of: number, Array.init))
  }

  /// Appends a number in network byte order, and says so (NLA_F_NET_BYTEORDER), as ipset demands.
  mutating func append(_ type: Int, bigEndian number: some FixedWidthInteger) {
    append(type | Int(NLA_F_NET_BYTEORDER), number: number.bigEndian)
  }

  /// Appends an attribute that holds others (NLA_F_NESTED).
  mutating func nest(_ type: Int, _ body: (inout NetlinkRequest) -> Void) {
    attribute(type | Int(NLA_F_NESTED), body)
  }

  private mutating func attribute(_ type: Int, _ body: (inout NetlinkRequest) -> Void) {
    let start = bytes.count
    bytes += [0, 0, 0, 0]
    body(&self)
    store(UInt16(truncatingIfNeeded: bytes.count - start), at: start)
    store(UInt16(truncatingIfNeeded: type), at: start + 2)
    bytes += [UInt8](repeating: 0, count: NetlinkMessages.aligned(bytes.count) - bytes.count)
  }

  private mutating func store(_ value: some FixedWidthInteger, at place: Int) {
    withUnsafeBytes(of: value) { bytes.replaceSubrange(place..<place + $0.count, with: $0) }
  }
}
