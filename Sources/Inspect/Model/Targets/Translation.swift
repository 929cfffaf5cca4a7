import CSys

/// Where DNAT, SNAT, MASQUERADE and REDIRECT translate to: struct nf_nat_range2.
public struct Translation: Sendable, Hashable {
  /// nil: the address stays (DNAT to a port), or the kernel chooses (MASQUERADE, REDIRECT).
  public var addresses: ClosedRange<IPAddress>?
  /// nil: the port stays if it is free.
  public var ports: ClosedRange<UInt16>?
  /// The port that ranges of ports are counted from (`--to-destination a:1-9/5`, revision 2).
  public var basePort: UInt16?
  /// `--random`
  public var random = false
  /// `--random-fully`
  public var randomFully = false
  /// `--persistent`
  public var persistent = false
}

extension Translation {
  /// Which struct a revision has depends on the target and the family: nf_nat_ipv4_multi_range_compat (IPv4 from the
  /// beginning), nf_nat_range (both), nf_nat_range2 (with a base port).
  static let decoders: [XTables.Decoder<Action>] =
    dnat("DNAT") { .dnat($0) } + dnat("SNAT") { .snat($0) }
    + redirect("MASQUERADE") { .masquerade($0) } + redirect("REDIRECT") { .redirect($0) }

  private static func dnat(
    _ name: String, _ make: @escaping @Sendable (Translation) -> Action
  ) -> [XTables.Decoder<Action>] {
    [
      multiRange(name, make), range(name, revision: 1, family: nil, make),
      .init(name: name, revision: 2, size: sizeof_nf_nat_range2) { p throws(XTablesProblem) in
        make(try Translation(p, hasBase: true))
      },
    ]
  }

  private static func redirect(
    _ name: String, _ make: @escaping @Sendable (Translation) -> Action
  ) -> [XTables.Decoder<Action>] {
    [multiRange(name, make), range(name, revision: 0, family: .v6, make)]
  }

  private static func multiRange(
    _ name: String, _ make: @escaping @Sendable (Translation) -> Action
  ) -> XTables.Decoder<Action> {
    .init(name: name, revision: 0, family: .v4, size: sizeof_nf_nat_ipv4_multi_range_compat) {
      p throws(XTablesProblem) in make(try Translation(multiRange: p))
    }
  }

  private static func range(
    _ name: String, revision: UInt8, family: IPFamily?, _ make: @escaping @Sendable (Translation) -> Action
  ) -> XTables.Decoder<Action> {
    .init(name: name, revision: revision, family: family, size: sizeof_nf_nat_range) { p throws(XTablesProblem) in
      make(try Translation(p, hasBase: false))
    }
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

  private init(multiRange p: XTablesPayload) throws(XTablesProblem) {
    let count = p.u32(nf_nat_ipv4_multi_range_compat_rangesize)
    guard count == 1 else { throw XTablesProblem(reason: "\(count) ranges instead of one") }
    let range = nf_nat_ipv4_multi_range_compat_range
    try self.init(
      p, flags: p.u32(range + nf_nat_ipv4_range_flags),
      addresses: (range + nf_nat_ipv4_range_min_ip, range + nf_nat_ipv4_range_max_ip),
      ports: (range + nf_nat_ipv4_range_min, range + nf_nat_ipv4_range_max), base: nil)
  }

  /// struct nf_nat_range ends where the base port of struct nf_nat_range2 begins.
  private init(_ p: XTablesPayload, hasBase: Bool) throws(XTablesProblem) {
    try self.init(
      p, flags: p.u32(nf_nat_range2_flags), addresses: (nf_nat_range2_min_addr, nf_nat_range2_max_addr),
      ports: (nf_nat_range2_min_proto, nf_nat_range2_max_proto), base: hasBase ? nf_nat_range2_base_proto : nil)
  }

  private init(
    _ p: XTablesPayload, flags bits: UInt32, addresses: (Int, Int), ports: (Int, Int), base: Int?
  ) throws(XTablesProblem) {
    let flags = Flags(rawValue: bits)
    guard flags.isSubset(of: .known) else { throw XTablesProblem(reason: "flags \(bits.hex)") }
    self.init(
      random: flags.contains(.random), randomFully: flags.contains(.randomFully),
      persistent: flags.contains(.persistent))
    if flags.contains(.addresses) {
      self.addresses = try p.closedRange(p.address(addresses.0), p.address(addresses.1), of: "addresses")
    }
    if flags.contains(.ports) { self.ports = try p.ports(p.be16(ports.0), p.be16(ports.1)) }
    if let base, flags.contains(.basePort) { basePort = p.be16(base) }
  }

  func append(_ target: String, _ option: String, to text: inout String) {
    text += " -j \(target)"
    let target = self.target
    // Where there can be no address, ports stand without the colon.
    if !target.isEmpty { text += " \(option) \(option == "--to-ports" ? String(target.trimmingColon) : target)" }
    if random { text += " --random" }
    if randomFully { text += " --random-fully" }
    if persistent { text += " --persistent" }
  }

  /// `10.0.0.1-10.0.0.9:80-90/80`
  private var target: String {
    var text = ""
    if let addresses {
      let first = "\(addresses.lowerBound)"
      text = addresses.lowerBound == addresses.upperBound ? first : "\(first)-\(addresses.upperBound)"
      if ports != nil && addresses.lowerBound.family == .v6 { text = "[\(text)]" }
    }
    if let ports {
      text += ":" + ports.text("-")
      if let basePort { text += "/\(basePort)" }
    }
    return text
  }
}

extension String {
  fileprivate var trimmingColon: Substring { hasPrefix(":") ? dropFirst() : self[...] }
}
