import CSys

/// `-m ipvs`: struct xt_ipvs_mtinfo.
public struct IPVSMatch: Sendable, Hashable {
  /// XT_IPVS_*: what is tested, and what of it is inverted.
  public struct Fields: OptionSet, Sendable, Hashable {
    /// Bits of `bitmask` and `invert`.
    public let rawValue: UInt8
    /// From the number that the kernel has.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `--ipvs`
    public static let property = Fields(rawValue: 1 << 0)
    /// `--vproto`
    public static let transport = Fields(rawValue: 1 << 1)
    /// `--vaddr`
    public static let address = Fields(rawValue: 1 << 2)
    /// `--vport`
    public static let port = Fields(rawValue: 1 << 3)
    /// `--vdir`
    public static let direction = Fields(rawValue: 1 << 4)
    /// `--vmethod`
    public static let method = Fields(rawValue: 1 << 5)
    /// `--vportctl`
    public static let controlPort = Fields(rawValue: 1 << 6)
  }
  /// The tests made; all must hold.
  public var fields: Fields
  /// Those of them that are inverted.
  public var inverted: Fields
  /// `--vaddr`: the virtual service's address; nil if not tested.
  public var address: AddressMatch?
  /// `--vproto`: the protocol's number.
  public var transport: UInt16 = 0
  /// `--vport`: the virtual service's port.
  public var port: UInt16 = 0
  /// `--vportctl`: the port of the connection that this one belongs to, as of FTP.
  public var controlPort: UInt16 = 0
  /// IP_VS_CONN_F_*: MASQ 0, TUNNEL 2, DROUTE 3.
  public var forwardingMethod: UInt8 = 0
}

extension IPVSMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "ipvs", revision: 0, size: sizeof_xt_ipvs_mtinfo) { p in .ipvs(IPVSMatch(p)) }
  ]

  private init(_ p: XTablesPayload) {
    fields = Fields(rawValue: p.u8(xt_ipvs_mtinfo_bitmask))
    inverted = Fields(rawValue: p.u8(xt_ipvs_mtinfo_invert))
    if fields.contains(.address) {
      address = AddressMatch(
        address: p.address(xt_ipvs_mtinfo_vaddr), mask: p.address(xt_ipvs_mtinfo_vmask),
        inverted: inverted.contains(.address))
    }
    port = p.be16(xt_ipvs_mtinfo_vport)
    transport = UInt16(p.u8(xt_ipvs_mtinfo_l4proto))
    forwardingMethod = p.u8(xt_ipvs_mtinfo_fwd_method)
    controlPort = p.be16(xt_ipvs_mtinfo_vportctl)
  }

  func append(to text: inout String) {
    text += " -m ipvs"
    func add(_ field: Fields, _ option: String) {
      if fields.contains(field) { text.addOption(option, inverted: inverted.contains(field)) }
    }
    // All other tests imply this one.
    if fields == .property { add(.property, "--ipvs") }
    add(.transport, "--vproto \(transport)")
    add(.address, "--vaddr \(address?.text ?? "")")
    add(.port, "--vport \(port)")
    if fields.contains(.direction) { text += " --vdir \(inverted.contains(.direction) ? "REPLY" : "ORIGINAL")" }
    let method = [0: "MASQ", 2: "IPIP", 3: "GATE"][forwardingMethod] ?? "UNKNOWN"
    add(.method, "--vmethod \(method)")
    add(.controlPort, "--vportctl \(controlPort)")
  }
}
