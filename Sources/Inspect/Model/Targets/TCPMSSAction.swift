import CSys

/// TCPMSS: struct xt_tcpmss_info. nil clamps to the path's MTU.
public struct TCPMSSAction: Sendable, Hashable {
  /// `--set-mss`, in bytes; nil for `--clamp-mss-to-pmtu`.
  public var mss: UInt16?
}

extension TCPMSSAction {
  static let decoders: [XTables.Decoder<Action>] = [
    .init(name: "TCPMSS", revision: 0, size: sizeof_xt_tcpmss_info) { p in
      let mss = p.u16(xt_tcpmss_info_mss)
      // XT_TCPMSS_CLAMP_PMTU
      return .tcpmss(TCPMSSAction(mss: mss == 0xffff ? nil : mss))
    }
  ]

  func append(to text: inout String) {
    text += " -j TCPMSS " + (mss.map { "--set-mss \($0)" } ?? "--clamp-mss-to-pmtu")
  }
}
