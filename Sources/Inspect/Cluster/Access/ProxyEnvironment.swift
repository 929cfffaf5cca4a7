/// Which proxy leads to a server, by the variables that most programs obey.
struct ProxyEnvironment: Sendable {
  private let secure: String?
  private let plain: String?
  private let exceptions: [String]

  /// From HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or the same in lower case.
  init(_ variable: (String) -> String?) {
    func value(_ name: String) -> String? {
      [variable(name), variable(name.lowercased())].compactMap(\.self).first { !$0.isEmpty }
    }
    secure = value("HTTPS_PROXY")
    plain = value("HTTP_PROXY")
    exceptions = (value("NO_PROXY") ?? "").split { $0 == "," || $0 == " " }.map { $0.lowercased() }
  }

  /// The proxy to a server; nil if it is to be reached directly, as this machine itself always is.
  func proxy(to server: ServerAddress) -> String? {
    guard let proxy = server.isSecure ? secure : plain else { return nil }
    let host = server.host.lowercased()
    let address = IPAddress(host)
    if host == "localhost" || address?.isLoopback == true { return nil }
    let isExcepted = exceptions.contains { Self.covers($0, host: host, address: address, port: server.port) }
    return isExcepted ? nil : proxy
  }

  /// A proxy's URL without the user and password that may be in it.
  static func place(of url: String) -> String {
    let scheme = url.firstRange(of: "://").map { url[..<$0.upperBound] } ?? ""
    let rest = url[scheme.endIndex...].prefix { $0 != "/" }
    return String(scheme + (rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest))
  }

  /// `*`, an address, a range, a name, `.SUFFIX`; each but ranges may have a port.
  private static func covers(_ exception: String, host: String, address: IPAddress?, port: UInt16) -> Bool {
    if exception == "*" { return true }
    if let range = IPPrefix(exception) { return address.map(range.contains) ?? false }
    if let place = SocketAddress(exception) { return place.address == address && place.port == port }
    var name = exception[...]
    if let colon = name.lastIndex(of: ":"), let number = UInt16(name[name.index(after: colon)...]) {
      guard number == port else { return false }
      name = name[..<colon]
    }
    if name.hasPrefix("*.") { name = name.dropFirst() }
    if name.hasPrefix(".") { return host.hasSuffix(name) }
    return host == name || host.hasSuffix(".\(name)")
  }
}
