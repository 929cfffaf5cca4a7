import CSys

/// CHECKSUM: struct xt_CHECKSUM_info.
enum ChecksumAction {
  static let decoders: [XTables.Decoder<Action>] = [
    .init(name: "CHECKSUM", revision: 0, size: sizeof_xt_CHECKSUM_info) { p in
      .checksum(p.u8(xt_CHECKSUM_info_operation))
    }
  ]

  static func append(_ operation: UInt8, to text: inout String) {
    // XT_CHECKSUM_OP_FILL
    text += operation & 1 != 0 ? " -j CHECKSUM --checksum-fill" : " -j CHECKSUM"
  }
}
