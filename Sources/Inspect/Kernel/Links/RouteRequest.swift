#if canImport(Glibc)
  import Glibc
#endif

/// A request of rtnetlink: struct nlmsghdr, the family's own header, attributes.
struct RouteRequest {
  private(set) var bytes: [UInt8]
  /// For errors.
  let reading: String

  /// - Parameters:
  ///   - headerSize: of the family's own header, which is zero but for the address family in its first byte.
  init(_ type: Int, isDump: Bool, headerSize: Int, family: Int32 = 0, reading: String) {
    bytes = [UInt8](repeating: 0, count: 16 + (headerSize + 3) & ~3)
    self.reading = reading
    store(UInt16(truncatingIfNeeded: type), at: 4)
    // NLM_F_REQUEST, NLM_F_DUMP
    store(UInt16(isDump ? 0x301 : 0x1), at: 6)
    bytes[16] = UInt8(truncatingIfNeeded: family)
  }

  /// A number in the family's own header.
  mutating func setHeader<Value: FixedWidthInteger>(_ value: Value, at offset: Int) { store(value, at: 16 + offset) }

  /// Adds an attribute that is a number.
  mutating func add<Value: FixedWidthInteger>(_ type: Int, _ value: Value) {
    add(type, withUnsafeBytes(of: value, Array.init))
  }

  /// Adds an attribute.
  mutating func add(_ type: Int, _ payload: [UInt8]) {
    let start = bytes.count
    bytes += [UInt8](repeating: 0, count: 4) + payload
    store(UInt16(truncatingIfNeeded: bytes.count - start), at: start)
    store(UInt16(truncatingIfNeeded: type), at: start + 2)
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  private mutating func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    withUnsafeBytes(of: value) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
  }
}

/// A packet to find a route for.
struct RouteQuery: Sendable {
  var destination: IPAddress
  /// nil: the kernel chooses one.
  var source: IPAddress?
  /// The index of the interface that it arrives by; nil for one that this node sends.
  var inInterface: Int32?
  var mark: UInt32 = 0
}

/// What routing makes of a packet.
enum RouteAnswer: Sendable {
  case route(Route)
  /// The kernel would drop it, and why.
  case refused(String)

  static func reason(_ code: Int32, _ query: RouteQuery) -> String {
    switch code {
    // fib_validate_source
    case EXDEV: "its source is not behind the interface that it comes by (rp_filter)"
    case EINVAL: "the kernel takes its source or destination for impossible on this way (martian)"
    case ENETUNREACH, EHOSTUNREACH: "the node has no route to \(query.destination)"
    case EACCES: "a route prohibits \(query.destination)"
    default: "the kernel does not route it to \(query.destination): \(String(cString: strerror(code)))"
    }
  }
}
