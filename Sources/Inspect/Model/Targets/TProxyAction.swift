import CSys

/// TPROXY: struct xt_tproxy_target_info, xt_tproxy_target_info_v1.
public struct TProxyAction: Sendable, Hashable {
  /// `--on-ip`: where the packet is delivered; all zeros for the address of the interface that it came by.
  public var address: IPAddress
  /// 0: the packet's own.
  public var port: UInt16
  /// `--tproxy-mark`: what its bits become.
  public var markValue: UInt32
  /// The bits of the packet's mark that are replaced.
  public var markMask: UInt32
}

extension TProxyAction {
  static let decoders: [XTables.Decoder<Action>] = [
    .init(name: "TPROXY", revision: 0, family: .v4, size: sizeof_xt_tproxy_target_info) { p in
      .tproxy(TProxyAction(p, port: xt_tproxy_target_info_lport))
    },
    .init(name: "TPROXY", revision: 1, size: sizeof_xt_tproxy_target_info_v1) { p in
      .tproxy(TProxyAction(p, port: xt_tproxy_target_info_v1_lport))
    },
  ]

  /// In front of the port both structs differ in the address's size alone.
  private init(_ p: XTablesPayload, port: Int) {
    self.init(
      address: p.address(xt_tproxy_target_info_v1_laddr), port: p.be16(port),
      markValue: p.u32(xt_tproxy_target_info_v1_mark_value), markMask: p.u32(xt_tproxy_target_info_v1_mark_mask))
  }

  func append(to text: inout String) {
    text += " -j TPROXY --on-port \(port) --on-ip \(address)"
    text += " --tproxy-mark \(markValue.hex)/\(markMask.hex)"
  }
}
