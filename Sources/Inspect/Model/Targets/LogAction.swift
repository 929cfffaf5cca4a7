import CSys

/// LOG: struct xt_log_info.
public struct LogAction: Sendable, Hashable {
  /// `--log-level`: syslog's number; 4 is a warning.
  public var level: UInt8
  /// NF_LOG_*: TCPSEQ 1, TCPOPT 2, IPOPT 4, UID 8, MACDECODE 0x20.
  public var flags: UInt8
  /// `--log-prefix`, at most 29 bytes.
  public var prefix: String
}

extension LogAction {
  static let decoders: [XTables.Decoder<Action>] = [
    .init(name: "LOG", revision: 0, size: sizeof_xt_log_info) { p in
      .log(
        LogAction(
          level: p.u8(xt_log_info_level), flags: p.u8(xt_log_info_logflags),
          prefix: p.string(xt_log_info_prefix, capacity: 30)))
    }
  ]

  func append(to text: inout String) {
    text += " -j LOG"
    if !prefix.isEmpty {
      text += " --log-prefix"
      text.addQuoted(prefix)
    }
    // LOG_WARNING is the default.
    if level != 4 { text += " --log-level \(level)" }
    let options = [
      (0x01, "--log-tcp-sequence"), (0x02, "--log-tcp-options"), (0x04, "--log-ip-options"), (0x08, "--log-uid"),
      (0x20, "--log-macdecode"),
    ]
    for (bit, option) in options where flags & UInt8(bit) != 0 { text += " \(option)" }
  }
}
