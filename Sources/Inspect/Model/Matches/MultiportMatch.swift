import CSys

/// `-m multiport`: struct xt_multiport, xt_multiport_v1.
public struct MultiportMatch: Sendable, Hashable {
  /// Which of a packet's ports is compared.
  public enum Side: UInt8, Sendable, Hashable {
    case source = 0
    case destination = 1
    case either = 2
  }
  /// Whose ports are compared with `ranges`.
  public var side: Side
  /// Single ports are ranges of one.
  public var ranges: [ClosedRange<UInt16>]
  /// `!`: true where the test does not hold.
  public var inverted: Bool
}

extension MultiportMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "multiport", revision: 0, size: sizeof_xt_multiport) { p throws(XTablesProblem) in
      .multiport(try MultiportMatch(p, hasRanges: false))
    },
    .init(name: "multiport", revision: 1, size: sizeof_xt_multiport_v1) { p throws(XTablesProblem) in
      .multiport(try MultiportMatch(p, hasRanges: true))
    },
  ]

  /// struct xt_multiport ends where the `pflags` of struct xt_multiport_v1 begin. A flag that is set begins a range.
  private init(_ p: XTablesPayload, hasRanges: Bool) throws(XTablesProblem) {
    let count = Int(p.u8(xt_multiport_v1_count))
    guard let side = Side(rawValue: p.u8(xt_multiport_v1_flags)), count <= 15 else {
      throw XTablesProblem(reason: "side or count of ports out of range")
    }
    func port(_ index: Int) -> UInt16 { p.u16(xt_multiport_v1_ports + 2 * index) }
    var ranges: [ClosedRange<UInt16>] = []
    var index = 0
    while index < count {
      let first = port(index)
      if hasRanges && p.u8(xt_multiport_v1_pflags + index) != 0 {
        guard index + 1 < count else { throw XTablesProblem(reason: "a range of ports without its end") }
        index += 1
      }
      ranges.append(try p.ports(first, port(index)))
      index += 1
    }
    self.side = side
    self.ranges = ranges
    inverted = hasRanges && p.u8(xt_multiport_v1_invert) != 0
  }

  func append(to text: inout String) {
    text += " -m multiport"
    let option =
      switch side {
      case .source: "--sports"
      case .destination: "--dports"
      case .either: "--ports"
      }
    text.addOption("\(option) \(ranges.map { $0.text(":") }.joined(separator: ","))", inverted: inverted)
  }
}
