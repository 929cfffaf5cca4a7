/// `-p`.
public struct TransportMatch: Sendable, Hashable {
  public var number: TransportProtocol
  public var inverted: Bool

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
