/// Something that must not be shown: a token, a password, a key. However it is printed, it does not say what it is.
public struct Secret: Sendable, Hashable {
  /// For those who present it, and no one else.
  let value: [UInt8]

  init(_ value: [UInt8]) { self.value = value }

  init(_ text: String) { value = Array(text.utf8) }

  var text: String { String(decoding: value, as: UTF8.self) }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Says that there is one, and nothing of it.
  public var description: String { "<hidden>" }
  /// The same: debuggers and `dump` show nothing of it.
  public var debugDescription: String { description }
  /// Without children: its bytes are not to be seen by reflection.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
