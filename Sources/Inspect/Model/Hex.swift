extension FixedWidthInteger {
  /// Its digits to base 16, with zeros in front of them up to a width.
  public func hexDigits(_ width: Int = 1, uppercase: Bool = false) -> String {
    let digits = String(self, radix: 16, uppercase: uppercase)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }

  /// `0x4000`
  var hex: String { "0x" + hexDigits() }
}

extension UInt8 {
  /// 0 to 9, a to f in either case.
  var isHexDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self | 0x20) }
}
