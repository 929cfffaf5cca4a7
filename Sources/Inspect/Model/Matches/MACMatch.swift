import CSys

/// `-m mac`: struct xt_mac_info.
public struct MACMatch: Sendable, Hashable {
  /// Six bytes.
  public var address: [UInt8]
  /// `!`: true where the test does not hold.
  public var inverted: Bool
}

extension MACMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "mac", revision: 0, size: sizeof_xt_mac_info) { p in
      .mac(
        MACMatch(
          address: (0..<6).map { p.u8(xt_mac_info_srcaddr + $0) }, inverted: p.u32(xt_mac_info_invert) != 0))
    }
  ]

  func append(to text: inout String) {
    text += " -m mac"
    text.addOption("--mac-source " + address.map { $0.hexDigits(2) }.joined(separator: ":"), inverted: inverted)
  }
}
