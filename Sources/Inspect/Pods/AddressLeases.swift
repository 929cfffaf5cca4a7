/// Which container has which address, by the files of host-local, CNI's usual plugin for addresses:
/// `/var/lib/cni/networks/NETWORK/ADDRESS`, which has the sandbox's id and the interface. A file goes with its lease.
struct AddressLeases: Sendable {
  private let folder: String
  private let networks: [String]
  private static let largestFile = 4096

  init(_ folder: String) {
    self.folder = folder
    networks = (NodeFile.names(in: folder) ?? []).sorted()
  }

  /// The ids of the sandboxes that have an address: one, unless several networks hand out the same addresses.
  func containers(at address: IPAddress) -> [String] {
    networks.compactMap { network in
      NodeFile.read("\(folder)/\(network)/\(address)", limit: Self.largestFile).flatMap(Self.container)
    }
  }

  /// `ID\r\nINTERFACE`, or of old releases the id alone.
  private static func container(_ bytes: [UInt8]) -> String? {
    let id = bytes.prefix { $0 > 0x20 }
    return id.isEmpty || !id.allSatisfy(\.isHexDigit) ? nil : String(decoding: id, as: UTF8.self)
  }
}
