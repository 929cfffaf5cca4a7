/// A string of JSON. What a terminal might obey is escaped in it.
public func jsonQuoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.isUnsafeToPrint: result += scalar.utf16.map { "\\u" + $0.hexDigits(4) }.joined()
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

extension Unicode.Scalar {
  /// Whether a terminal may obey it instead of showing it: control characters, and those that turn or hide text.
  public var isUnsafeToPrint: Bool {
    // Looking a category up is slow, and almost all text is ASCII.
    if value < 0x7f { return value < 0x20 }
    return switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
    default: false
    }
  }
}
