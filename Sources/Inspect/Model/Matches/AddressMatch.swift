/// `-s`, `-d`: an address under a mask. The mask need not be a prefix.
public struct AddressMatch: Sendable, Hashable {
  /// Compared with the packet's address where the mask has bits.
  public var address: IPAddress
  /// The bits of an address that count.
  public var mask: IPAddress
  /// `!`: true where the test does not hold.
  public var inverted = false

  /// The prefix, where the mask is one.
  public var prefix: IPPrefix? {
    mask.maskLength.map { IPPrefix(address, length: $0) }
  }
}

extension AddressMatch {
  func append(_ option: String, to text: inout String) {
    // ip6tables leaves out an address whose mask is empty; iptables only one that is empty itself.
    let isEmpty = address.family == .v6 ? mask.maskLength == 0 : mask.maskLength == 0 && address == .any(.v4)
    guard inverted || !isEmpty else { return }
    text.addOption("\(option) \(address)/\(mask.maskLength.map(String.init) ?? mask.description)", inverted: inverted)
  }

  /// As extensions print it: no length after a single address.
  var text: String {
    guard let length = mask.maskLength else { return "\(address)/\(mask)" }
    return length == address.family.bits ? "\(address)" : "\(address)/\(length)"
  }
}
