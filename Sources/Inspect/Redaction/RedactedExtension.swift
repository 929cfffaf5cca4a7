import CSys

#if canImport(Glibc)
  import Glibc
#endif

/// A match or target of xtables whose payload has pseudonyms.
///
/// The payload is as long as it was, and has the fields that kpx reads alone. Of what kpx does not understand, and of what cannot
/// be said of pseudonyms (a range of addresses that is no network), nothing is left: kpx does not understand it then either.
struct RedactedExtension {
  let name: String
  private(set) var revision: UInt8
  private(set) var payload: [UInt8]

  /// No extension has it.
  private static let unknownRevision = UInt8.max

  /// - Parameter isMatch: whether it is a match, else a target.
  init(
    name: String, revision: UInt8, payload: [UInt8], family: IPFamily, isMatch: Bool, _ redactor: Redactor
  ) {
    self.name = Redactor.isKernelName(name) ? name : "unknown"
    self.revision = revision
    self.payload = [UInt8](repeating: 0, count: payload.count)
    let key = XTables.Key(name: name, revision: revision, family: family)
    let size = isMatch ? XTables.matches[key]?.size : XTables.targets[key]?.size
    guard let size else {
      redactor.leaveOut(isMatch ? "matches of unknown kinds" : "targets of unknown kinds")
      return
    }
    var fields = ExtensionFields(payload, size: size, family: family, redactor)
    guard payload.count >= size, Self.isUnderstood(name, revision, payload, family, isMatch: isMatch),
      isMatch ? fields.match(name) : fields.target(name, revision: revision)
    else {
      self.revision = Self.unknownRevision
      redactor.leaveOut(isMatch ? "matches" : "targets")
      return
    }
    self.payload = fields.result
  }

  private static func isUnderstood(
    _ name: String, _ revision: UInt8, _ payload: [UInt8], _ family: IPFamily, isMatch: Bool
  ) -> Bool {
    payload.withUnsafeBytes { bytes in
      if isMatch {
        if case .unknown = XTables.match(
          name: name, revision: revision, payload: bytes, family: family, setNames: { _ in nil })
        {
          return false
        }
      } else if case .unknown = XTables.action(
        name: name, revision: revision, payload: bytes, family: family, setNames: { _ in nil })
      {
        return false
      }
      return true
    }
  }
}

/// The payload of an extension, and what it becomes: nothing at first, field by field.
struct ExtensionFields {
  let payload: [UInt8]
  /// sizeof the struct.
  let size: Int
  let family: IPFamily
  let redactor: Redactor
  private(set) var result: [UInt8]

  init(_ payload: [UInt8], size: Int, family: IPFamily, _ redactor: Redactor) {
    self.payload = payload
    self.size = size
    self.family = family
    self.redactor = redactor
    result = [UInt8](repeating: 0, count: payload.count)
  }

  func u8(_ offset: Int) -> UInt8 { offset < payload.count ? payload[offset] : 0 }

  func number<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as: T.Type = T.self) -> T {
    guard offset + MemoryLayout<T>.size <= payload.count else { return 0 }
    return payload.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
  }

  func text(_ offset: Int, capacity: Int) -> String {
    payload.withUnsafeBytes { $0.cString(at: offset, capacity: capacity) }
  }

  mutating func put(_ bytes: [UInt8], at offset: Int) {
    guard offset + bytes.count <= result.count else { return }
    result.replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }

  /// Numbers that are nobody's.
  mutating func copy(_ offset: Int, _ count: Int) {
    let end = min(offset + count, payload.count)
    if offset < end { put(Array(payload[offset..<end]), at: offset) }
  }

  /// A char array, in which the text becomes another.
  mutating func put(text: String, at offset: Int, capacity: Int) {
    put(Redactor.padded(text, to: capacity), at: offset)
  }

  func address(_ offset: Int) -> IPAddress? {
    guard offset <= payload.count else { return nil }
    return payload[offset...].withUnsafeBytes { IPAddress(bytes: $0, family: family) }
  }

  /// An address under a mask, which is a prefix; false where it is none.
  mutating func network(_ offset: Int, mask: Int) -> Bool {
    guard let address = address(offset), let bits = self.address(mask), let length = bits.maskLength else {
      return false
    }
    put(redactor.addresses.pseudonym(IPPrefix(address, length: length)).address.bytes, at: offset)
    put(bits.bytes, at: mask)
    return true
  }

  /// The ends of a range of addresses; false where it is no network.
  mutating func range(_ low: Int, _ high: Int) -> Bool {
    guard let first = address(low), let last = address(high), first <= last,
      let image = redactor.addresses.pseudonym(first...last)
    else { return false }
    put(image.lowerBound.bytes, at: low)
    put(image.upperBound.bytes, at: high)
    return true
  }

  /// An interface's name under a mask of its letters; false where nothing stands for what the mask leaves of it.
  mutating func interface(_ name: Int, mask: Int) -> Bool {
    let size = Int(IFNAMSIZ)
    guard name + size <= payload.count, mask + size <= payload.count,
      let image = redactor.interface(Array(payload[name..<name + size]), mask: Array(payload[mask..<mask + size]))
    else { return false }
    put(image.name, at: name)
    put(image.mask, at: mask)
    return true
  }
}

extension Redactor {
  /// An interface's name under a mask, IFNAMSIZ bytes each (`InterfaceMatch.masked`); nil where nothing stands for what the mask
  /// leaves of a name.
  func interface(_ name: [UInt8], mask: [UInt8]) -> (name: [UInt8], mask: [UInt8])? {
    let covered = mask.prefix { $0 == 0xff }.count
    guard mask[covered...].allSatisfy({ $0 == 0 }) else { return nil }
    let text = String(decoding: name.prefix(covered).prefix { $0 != 0 }, as: UTF8.self)
    let isBeginning = text.utf8.count == covered && covered < mask.count
    guard let image = isBeginning ? interfaces.pseudonym(ofBeginning: text) : interfaces.pseudonym(text) else {
      return nil
    }
    let ones = image.utf8.count + (isBeginning ? 0 : 1)
    // A name that takes all bytes is none.
    guard image.utf8.count < name.count, ones <= mask.count else { return nil }
    return (
      Self.padded(image, to: name.count),
      [UInt8](repeating: 0xff, count: ones) + [UInt8](repeating: 0, count: mask.count - ones)
    )
  }
}
