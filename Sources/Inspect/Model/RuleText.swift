/// Rules as iptables-save 1.8 prints them: an operator can search for what kpx shows, and compare it.
extension Rule {
  /// The rule's line without its counters: `-A KUBE-SERVICES -d 10.96.0.1/32 … -j KUBE-SVC-…`.
  ///
  /// Names and comments stand in it as they are: whoever prints it to a terminal escapes control characters.
  public func text(chain: String) -> String {
    var text = "-A \(chain)"
    for match in matches { match.append(to: &text) }
    for action in actions { action.append(to: &text) }
    return text
  }
}

extension Counters {
  /// `[packets:bytes]`, as iptables-save -c prints it in front of a rule.
  public var text: String { "[\(packets):\(bytes)]" }
}

extension String {
  /// Appends ` TEXT`, or ` ! TEXT`.
  mutating func addOption(_ option: String, inverted: Bool = false) {
    self += inverted ? " ! " : " "
    self += option
  }

  /// Appends ` value`, quoted unless it is a plain word; quotes and backslashes are escaped.
  mutating func addQuoted(_ value: String) {
    let isPlain = value.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    if isPlain && !value.isEmpty {
      self += " \(value)"
      return
    }
    guard value.utf8.contains(where: { "\"\\'".utf8.contains($0) }) else {
      self += " \"\(value)\""
      return
    }
    self += " \""
    for scalar in value.unicodeScalars {
      if scalar == "\"" || scalar == "\\" || scalar == "'" { self += "\\" }
      unicodeScalars.append(scalar)
    }
    self += "\""
  }
}

extension ClosedRange where Bound: FixedWidthInteger {
  /// `80`, or both bounds with a separator between.
  func text(_ separator: String) -> String {
    lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound)\(separator)\(upperBound)"
  }
}

/// The names of the bits that are set, from the lowest, with commas between.
func bitNames(_ bits: some FixedWidthInteger, _ names: [String]) -> String {
  var text = ""
  for (bit, name) in names.enumerated() where (bits >> bit) & 1 != 0 {
    text += text.isEmpty ? name : "," + name
  }
  return text
}
