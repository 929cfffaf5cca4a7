/// A kernel's release.
public struct KernelRelease: Sendable, Hashable {
  /// In full, as `uname -r` prints it.
  public let text: String
  /// The first two numbers of it; empty where it does not begin with two.
  private let numbers: [Int]

  /// Takes `6.1.0-18-amd64`.
  public init(_ text: String) {
    self.text = text
    let found = text.split(whereSeparator: { !$0.isASCII || !$0.isNumber }).prefix(2).compactMap { Int($0) }
    numbers = found.count == 2 ? found : []
  }

  /// Whether it is this one or a later one; nil if it has no numbers.
  private func isAtLeast(_ major: Int, _ minor: Int) -> Bool? {
    numbers.isEmpty ? nil : !numbers.lexicographicallyPrecedes([major, minor])
  }

  /// Whether who asks for the route of a packet that arrives is told EINVAL whatever is wrong with its source, as since Linux 6.13
  /// (inet_rtm_getroute).
  var hidesWhySourcesAreRefused: Bool { isAtLeast(6, 13) ?? true }

  /// Whether IPVS, with conn_reuse_mode, lets a client's reused port wait for a second (up to Linux 5.8; there is no such
  /// setting before 4.1).
  var delaysReusedIPVSPorts: Bool { isAtLeast(4, 1) == true && isAtLeast(5, 9) == false }

  /// Whether POSTROUTING is told by which interface a forwarded packet came, as since Linux 5.7.
  var postroutingSeesInputInterface: Bool { isAtLeast(5, 7) ?? true }
}
