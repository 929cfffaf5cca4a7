/// `-p`.
public struct TransportMatch: Sendable, Hashable {
  /// The protocol of the IP header; 0 stands for all.
  public var number: TransportProtocol
  /// `!`: true where the test does not hold.
  public var inverted: Bool

  /// A match of one protocol.
  public init(_ number: TransportProtocol, inverted: Bool = false) {
    self.number = number
    self.inverted = inverted
  }
}

extension TransportMatch {
  func append(to text: inout String) {
    // 0 is every protocol.
    if number.rawValue != 0 { text.addOption("-p \(number.name)", inverted: inverted) }
  }
}
