extension XTables {
  /// Targets that translate addresses. Which struct a revision has depends on the family:
  /// nf_nat_ipv4_multi_range_compat (IPv4 from the beginning), nf_nat_range (both), nf_nat_range2 (with a base port).
  static let natTargets: [Decoder<Action>] =
    nat("DNAT") { .dnat($0) } + nat("SNAT") { .snat($0) }
    + translating("MASQUERADE") { .masquerade($0) } + translating("REDIRECT") { .redirect($0) }

  private static func nat(
    _ name: String, _ make: @escaping @Sendable (Translation) -> Action
  ) -> [Decoder<Action>] {
    [
      Decoder(name: name, revision: 0, family: .v4, size: 20) { p throws(XTablesProblem) in make(try multiRange(p)) },
      Decoder(name: name, revision: 1, size: 40) { p throws(XTablesProblem) in make(try range(p, hasBase: false)) },
      Decoder(name: name, revision: 2, size: 44) { p throws(XTablesProblem) in make(try range(p, hasBase: true)) },
    ]
  }

  private static func translating(
    _ name: String, _ make: @escaping @Sendable (Translation) -> Action
  ) -> [Decoder<Action>] {
    [
      Decoder(name: name, revision: 0, family: .v4, size: 20) { p throws(XTablesProblem) in make(try multiRange(p)) },
      Decoder(name: name, revision: 0, family: .v6, size: 40) { p throws(XTablesProblem) in
        make(try range(p, hasBase: false))
      },
    ]
  }

  /// NF_NAT_RANGE_*
  private struct Flags: OptionSet {
    let rawValue: UInt32
    static let addresses = Flags(rawValue: 1 << 0)
    static let ports = Flags(rawValue: 1 << 1)
    static let random = Flags(rawValue: 1 << 2)
    static let persistent = Flags(rawValue: 1 << 3)
    static let randomFully = Flags(rawValue: 1 << 4)
    static let basePort = Flags(rawValue: 1 << 5)
    static let known: Flags = [.addresses, .ports, .random, .persistent, .randomFully, .basePort]
  }

  /// rangesize, then struct nf_nat_ipv4_range: flags, min_ip, max_ip, min, max.
  private static func multiRange(_ p: XTablesPayload) throws(XTablesProblem) -> Translation {
    guard p.u32(0) == 1 else { throw XTablesProblem(reason: "\(p.u32(0)) ranges instead of one") }
    return try translation(p, flags: p.u32(4), addresses: (8, 12), ports: (16, 18), base: nil)
  }

  /// struct nf_nat_range: flags, min_addr, max_addr, min_proto, max_proto; nf_nat_range2 adds base_proto.
  private static func range(_ p: XTablesPayload, hasBase: Bool) throws(XTablesProblem) -> Translation {
    try translation(p, flags: p.u32(0), addresses: (4, 20), ports: (36, 38), base: hasBase ? 40 : nil)
  }

  private static func translation(
    _ p: XTablesPayload, flags bits: UInt32, addresses: (Int, Int), ports: (Int, Int), base: Int?
  ) throws(XTablesProblem) -> Translation {
    let flags = Flags(rawValue: bits)
    guard flags.isSubset(of: .known) else { throw XTablesProblem(reason: "flags 0x\(String(bits, radix: 16))") }
    var translation = Translation(
      random: flags.contains(.random), randomFully: flags.contains(.randomFully),
      persistent: flags.contains(.persistent))
    if flags.contains(.addresses) {
      translation.addresses = try p.closedRange(p.address(addresses.0), p.address(addresses.1), of: "addresses")
    }
    if flags.contains(.ports) { translation.ports = try p.ports(p.be16(ports.0), p.be16(ports.1)) }
    if let base, flags.contains(.basePort) { translation.basePort = p.be16(base) }
    return translation
  }
}
