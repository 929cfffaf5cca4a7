extension Unicode.Scalar {
  /// Whether a terminal may obey it instead of showing it: control characters, and those that turn or hide text.
  var isUnsafeToPrint: Bool {
    // Looking a category up is slow, and almost all text is ASCII.
    if value < 0x7f { return value < 0x20 }
    return switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
    default: false
    }
  }
}

/// Text from elsewhere (a name, a rule's comment, the API), fit for a terminal: on one line, nothing obeyed, and a backslash
/// that is in the text told from one that stands for something else.
/// - Parameter hasEscapes: whether backslashes in it stand for something else already, as in rules of iptables-save.
func printable(_ text: String, hasEscapes: Bool = false) -> String {
  guard text.unicodeScalars.contains(where: { $0 == "\\" || $0.isUnsafeToPrint }) else { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\": result += hasEscapes ? "\\" : "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.isUnsafeToPrint:
      result += scalar.value < 0x100 ? "\\x" + hex(scalar.value, 2) : "\\u{" + hex(scalar.value, 4) + "}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

private func hex(_ value: UInt32, _ width: Int) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
