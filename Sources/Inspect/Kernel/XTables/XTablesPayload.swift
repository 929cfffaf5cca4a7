/// Gives the name of a set by its index in the kernel, or nil where it cannot be known.
public typealias SetNames = (UInt16) -> String?

/// Why the bytes of an extension were not understood.
struct XTablesProblem: Error {
  let reason: String
}

/// The payload of an extension: the struct that its header file in linux/netfilter declares, in this machine's byte
/// order unless the header says `__be`.
///
/// Loads are bounds-checked; a decoder only runs on a payload of at least the size it declares, so that what is read
/// beyond the end (0) is never seen.
struct XTablesPayload {
  let bytes: UnsafeRawBufferPointer
  let family: IPFamily
  let setNames: SetNames

  func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<T>.size else { return 0 }
    return bytes.loadUnaligned(fromByteOffset: offset, as: type)
  }

  func u8(_ offset: Int) -> UInt8 { load(offset) }
  func u16(_ offset: Int) -> UInt16 { load(offset) }
  func u32(_ offset: Int) -> UInt32 { load(offset) }
  func u64(_ offset: Int) -> UInt64 { load(offset) }
  func be16(_ offset: Int) -> UInt16 { UInt16(bigEndian: load(offset)) }

  /// A char array that ends at its first NUL or after `capacity` bytes.
  func string(_ offset: Int, capacity: Int) -> String {
    bytes.cString(at: offset, capacity: capacity)
  }

  /// An address of the rule's family in a union nf_inet_addr (16 bytes) or a __be32.
  func address(_ offset: Int) -> IPAddress {
    guard offset >= 0, offset < bytes.count else { return .any(family) }
    return IPAddress(bytes: UnsafeRawBufferPointer(rebasing: bytes[offset...]), family: family) ?? .any(family)
  }

  /// Ports that two 16-bit numbers bound.
  func ports(_ low: UInt16, _ high: UInt16) throws(XTablesProblem) -> ClosedRange<UInt16> {
    try closedRange(low, high, of: "ports")
  }

  /// A range whose bounds came from outside.
  func closedRange<T>(_ low: T, _ high: T, of what: String) throws(XTablesProblem) -> ClosedRange<T> {
    guard low <= high else { throw XTablesProblem(reason: "empty range of \(what)") }
    return low...high
  }
}
