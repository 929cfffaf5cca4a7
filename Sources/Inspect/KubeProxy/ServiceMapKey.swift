/// The key of a map of kube-proxy's in nftables mode: address (unless it is of node ports), protocol and port, each
/// padded to a multiple of 4 bytes.
struct ServiceMapKey {
  let address: IPAddress?
  let transport: TransportProtocol
  let port: UInt16

  init?(_ key: [UInt8], family: IPFamily) {
    let addressLength = key.count - 8
    guard addressLength == 0 || addressLength == family.bits / 8 else { return nil }
    address = addressLength == 0 ? nil : key.withUnsafeBytes { IPAddress(bytes: $0, family: family) }
    transport = TransportProtocol(rawValue: key[addressLength])
    port = UInt16(key[addressLength + 4]) << 8 | UInt16(key[addressLength + 5])
  }

  init(address: IPAddress?, transport: TransportProtocol, port: UInt16) {
    self.address = address
    self.transport = transport
    self.port = port
  }

  /// As in the kernel: each part is filled up to four bytes.
  var bytes: [UInt8] {
    (address?.bytes ?? []) + [transport.rawValue, 0, 0, 0] + [UInt8(port >> 8), UInt8(truncatingIfNeeded: port), 0, 0]
  }
}
