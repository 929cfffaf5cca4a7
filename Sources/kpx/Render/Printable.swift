import Inspect

/// Text from elsewhere (a name, a rule's comment, the API), fit for a terminal: on one line, nothing obeyed, and a backslash
/// that is in the text told from one that stands for something else.
/// - Parameter hasEscapes: whether backslashes in it stand for something else already, as in rules of iptables-save.
func printable(_ text: String, hasEscapes: Bool = false) -> String {
  // Nearly always it is ASCII, in which bytes tell.
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != 0x5c }) { return text }
  guard text.unicodeScalars.contains(where: { $0 == "\\" || $0.isUnsafeToPrint }) else { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\": result += hasEscapes ? "\\" : "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.isUnsafeToPrint:
      result += scalar.value < 0x100 ? "\\x" + scalar.value.hexDigits(2) : "\\u{" + scalar.value.hexDigits(4) + "}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
