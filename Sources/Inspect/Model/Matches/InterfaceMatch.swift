import CSys

/// `-i`, `-o`: an interface by name, or by the beginning of its name (`veth+`).
public struct InterfaceMatch: Sendable, Hashable {
  /// The name, without `+`.
  public var name: String
  /// Whether names that only begin with it match, too.
  public var wildcard = false
  /// `!`: true where the test does not hold.
  public var inverted = false
}

extension InterfaceMatch {
  /// An interface's name under a mask of its characters, IFNAMSIZ bytes each, as struct ipt_ip has them: a mask over the
  /// name and its NUL is that name alone, a shorter one is `name+`.
  static func masked(
    _ bytes: UnsafeRawBufferPointer, name: Int, mask: Int, inverted: Bool
  ) throws(XTablesProblem) -> InterfaceMatch {
    let size = Int(IFNAMSIZ)
    guard name >= 0, mask >= 0, name + size <= bytes.count, mask + size <= bytes.count else {
      throw XTablesProblem(reason: "interface name cut off")
    }
    let covered = bytes[mask..<mask + size].prefix { $0 == 0xff }.count
    guard bytes[mask + covered..<mask + size].allSatisfy({ $0 == 0 }) else {
      throw XTablesProblem(reason: "interface mask with holes")
    }
    let text = bytes.cString(at: name, capacity: covered)
    return InterfaceMatch(
      name: text, wildcard: covered < size && text.utf8.count == covered, inverted: inverted)
  }

  func append(_ option: String, to text: inout String) {
    // No interface is called nothing: only a header that tests nothing, inverted, gives this.
    if name.isEmpty && !inverted { return }
    text.addOption("\(option) \(self.text)", inverted: inverted)
  }

  var text: String { wildcard ? name + "+" : name }
}
