/// A range of ports, or its inversion. 0 to 65535 is any port.
public struct PortMatch: Sendable, Hashable {
  /// The ports, both ends included.
  public var range: ClosedRange<UInt16>
  /// `!`: true where the test does not hold.
  public var inverted: Bool

  /// A match of the ports of a range.
  public init(_ range: ClosedRange<UInt16>, inverted: Bool = false) {
    self.range = range
    self.inverted = inverted
  }

  /// Any port.
  public static let any = PortMatch(0...65535)
}

extension PortMatch {
  /// The two 16-bit numbers at an offset, in host order.
  init(_ p: XTablesPayload, _ offset: Int, inverted: Bool) throws(XTablesProblem) {
    self.init(try p.ports(p.u16(offset), p.u16(offset + 2)), inverted: inverted)
  }

  func append(_ option: String, to text: inout String) {
    // iptables-save leaves out all ports, inverted or not.
    if range == PortMatch.any.range { return }
    text.addOption("\(option) \(range.text(":"))", inverted: inverted)
  }
}
