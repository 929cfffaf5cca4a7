extension UnsafeRawBufferPointer {
  /// The text of a char array that ends at its first NUL or after `capacity` bytes.
  func cString(at offset: Int, capacity: Int) -> String {
    guard offset >= 0, offset < count else { return "" }
    let field = self[offset..<Swift.min(count, offset + capacity)]
    return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}
