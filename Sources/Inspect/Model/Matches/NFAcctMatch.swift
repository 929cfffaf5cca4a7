import CSys

/// `-m nfacct`: struct xt_nfacct_match_info, xt_nfacct_match_info_v1, of which only the kernel's pointer differs.
enum NFAcctMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "nfacct", revision: 0, size: sizeof_xt_nfacct_match_info) { p in .nfacct(name(p)) },
    .init(name: "nfacct", revision: 1, size: sizeof_xt_nfacct_match_info_v1) { p in .nfacct(name(p)) },
  ]

  private static func name(_ p: XTablesPayload) -> String {
    // NFACCT_NAME_MAX
    p.string(xt_nfacct_match_info_name, capacity: 32)
  }

  static func append(_ name: String, to text: inout String) {
    // iptables prints two blanks here.
    text += " -m nfacct --nfacct-name "
    text.addQuoted(name)
  }
}
