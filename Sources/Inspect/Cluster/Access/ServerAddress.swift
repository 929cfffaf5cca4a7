/// Where an API server is: the parts of its URL.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  var isSecure: Bool
  /// Without brackets.
  var host: String
  var port: UInt16
  /// Without a slash at its end; empty mostly.
  var path: String

  /// Reads `https://HOST[:PORT][/PATH]`, or the same without its scheme.
  ///
  /// Nothing else may be in it: names and passwords would be shown.
  init?(_ text: String) {
    var rest = text[...]
    isSecure = true
    if let scheme = rest.firstRange(of: "://") {
      switch rest[..<scheme.lowerBound].lowercased() {
      case "https": isSecure = true
      case "http": isSecure = false
      default: return nil
      }
      rest = rest[scheme.upperBound...]
    }
    let authority = rest.prefix { $0 != "/" }
    path = String(rest[authority.endIndex...])
    while path.hasSuffix("/") { path.removeLast() }
    guard let (host, port) = Self.split(authority) else { return nil }
    self.host = host
    self.port = port ?? (isSecure ? 443 : 80)
    guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x3f && $0 != 0x23 }) else { return nil }
  }

  /// A host and its port, which a colon divides; an IPv6 address with a port is in brackets.
  private static func split(_ text: Substring) -> (host: String, port: UInt16?)? {
    let host: Substring
    var port: UInt16?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      guard IPAddress(String(host)) != nil else { return nil }
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
      if rest.count > 1 {
        guard let number = UInt16(rest.dropFirst()), number > 0 else { return nil }
        port = number
      }
    } else {
      host = text.prefix { $0 != ":" }
      let rest = text[host.endIndex...].dropFirst()
      if !rest.isEmpty {
        guard let number = UInt16(rest), number > 0 else { return nil }
        port = number
      }
      let isName = host.utf8.allSatisfy {
        (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || [0x2d, 0x2e, 0x5f].contains($0)
      }
      guard isName else { return nil }
    }
    return host.isEmpty ? nil : (String(host), port)
  }

  private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

  /// `HOST:PORT`, as in a `Host:` line.
  var authority: String { "\(bracketedHost):\(port)" }

  /// The whole URL of the server.
  public var description: String {
    let standard: UInt16 = isSecure ? 443 : 80
    return "\(isSecure ? "https" : "http")://\(port == standard ? bracketedHost : authority)\(path)"
  }

  /// Whether a redirect from here to there stays with the same server.
  func hasSameOrigin(as other: ServerAddress) -> Bool {
    isSecure == other.isSecure && host.lowercased() == other.host.lowercased() && port == other.port
  }
}
