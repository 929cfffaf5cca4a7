/// Names of chains, and of what else kube-proxy names by a hash: its own are made anew of the pseudonyms of what they are of,
/// so that kpx finds them; those of others keep what tells whose they are.
final class ChainNames {
  private let names: NameMap
  private let addresses: AddressMap
  /// Hashes of iptables mode, of the services and endpoints that are known, and those of their pseudonyms.
  private var hashes: [String: String] = [:]

  /// XT_EXTENSION_MAXNAMELEN - 1, without the NUL.
  static let longest = 28

  init(_ names: NameMap, _ addresses: AddressMap) {
    self.names = names
    self.addresses = addresses
  }

  /// Takes in which service port, and which of its endpoints, hashes may be of.
  func learn(_ port: ServicePortName, _ transport: TransportProtocol, endpoints: [SocketAddress] = []) {
    let image = names.port(port)
    let own = zip(
      ChainName.names(.service, of: port, transport: transport),
      ChainName.names(.service, of: image, transport: transport))
    for (old, new) in own { hashes[old.hash] = new.hash }
    for endpoint in endpoints {
      let there = SocketAddress(addresses.pseudonym(endpoint.address), port: endpoint.port)
      let pairs = zip(
        ChainName.names(of: endpoint, of: port, transport: transport),
        ChainName.names(of: there, of: image, transport: transport))
      for (old, new) in pairs { hashes[old.hash] = new.hash }
    }
  }

  /// The name that stands for another.
  func pseudonym(_ name: String) -> String {
    if name.isEmpty || WellKnownNames.chains.contains(name) || WellKnownChain(rawValue: name) != nil { return name }
    let image = ofKubeProxy(name) ?? ofOthers(name)
    names.note(image, for: name)
    return image
  }

  /// The name that stands for one of a table: kube-proxy's own chains have no slash where they are of no service.
  func pseudonym(_ name: String, in table: String) -> String {
    let isStatic = table == "kube-proxy" && name.utf8.allSatisfy { $0 == 0x2d || (0x61...0x7a).contains($0) }
    return isStatic ? name : pseudonym(name)
  }

  /// The name that stands for a set's of nf_tables.
  func nftSet(_ name: String) -> String {
    // As the kernel names what a rule makes for itself: __set0, __map12.
    if name.hasPrefix("__set") || name.hasPrefix("__map"), name.dropFirst(5).allSatisfy(\.isWholeNumber) { return name }
    guard let image = ofKubeProxy(name) else { return names.pseudonym(name, .nftSet) }
    names.note(image, for: name)
    return image
  }

  private func ofKubeProxy(_ name: String) -> String? {
    if let known = NftablesName(name) {
      let endpoint = known.endpoint.map { SocketAddress(addresses.pseudonym($0.address), port: $0.port) }
      return "\(NftablesName(known.kind, of: names.port(known.port), transport: known.transport, endpoint: endpoint))"
    }
    if let known = ChainName(name) {
      return known.kind.rawValue + (hashes[known.hash] ?? names.letters(known.hash, .chain, count: 16).uppercased())
    }
    // One that was cut.
    guard name.contains("/"), let kind = NftablesName.Kind.allCases.first(where: { name.hasPrefix($0.rawValue) }) else {
      return nil
    }
    return kind.rawValue + names.letters(name, .chain, count: 8).uppercased() + "-cut"
  }

  /// Chains of Calico's have a letter or two for what they are.
  private static let longerBeginnings = ["cali-tw-", "cali-fw-", "cali-pi-", "cali-po-", "cali-pri-", "cali-pro-"]

  private func ofOthers(_ name: String) -> String {
    let beginnings = Self.longerBeginnings + RuleOwner.chainBeginnings.map(\.prefix)
    let beginning = beginnings.first { name.hasPrefix($0) && $0.utf8.count <= 16 }
    return names.pseudonym(name, .chain, after: beginning ?? "chain-")
  }
}
