import CSys

/// `-m sctp`: struct xt_sctp_info. A range that is not tested is `.any`.
public struct SCTPMatch: Sendable, Hashable {
  /// `--sport`
  public var source = PortMatch.any
  /// `--dport`
  public var destination = PortMatch.any
  /// `--chunk-types`, which look into the packet's chunks; nil if not tested.
  public var chunks: Chunks?

  /// Which chunks of a packet are tested.
  public struct Chunks: Sendable, Hashable {
    /// SCTP_CHUNK_MATCH_ANY 1, _ALL 2, _ONLY 4.
    public var scope: UInt32
    /// The chunk types, ascending.
    public var types: [UInt8]
    /// Flags of a type: struct xt_sctp_flag_info.
    public var flags: [Flags]
    /// `! --chunk-types`
    public var inverted: Bool

    /// The flags wanted of one chunk type.
    public struct Flags: Sendable, Hashable {
      /// The chunk's type, as in its header.
      public var type: UInt8
      /// The flags that count.
      public var mask: UInt8
      /// What those flags must be.
      public var value: UInt8
    }
  }
}

extension SCTPMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "sctp", revision: 0, size: sizeof_xt_sctp_info) { p throws(XTablesProblem) in
      .sctp(try SCTPMatch(p))
    }
  ]

  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    // XT_SCTP_SRC_PORTS 1, DEST_PORTS 2, CHUNK_TYPES 4
    let tested = p.u32(xt_sctp_info_flags)
    let inverted = p.u32(xt_sctp_info_invflags)
    if tested & 1 != 0 { source = try PortMatch(p, xt_sctp_info_spts, inverted: inverted & 1 != 0) }
    if tested & 2 != 0 { destination = try PortMatch(p, xt_sctp_info_dpts, inverted: inverted & 2 != 0) }
    if tested & 4 != 0 { chunks = try Chunks(p, inverted: inverted & 4 != 0) }
  }

  func append(to text: inout String) {
    text += " -m sctp"
    source.append("--sport", to: &text)
    destination.append("--dport", to: &text)
    guard let chunks else { return }
    let scope = [1: "any", 2: "all", 4: "only"][chunks.scope] ?? "\(chunks.scope)"
    text.addOption("--chunk-types \(scope) \(chunks.list)", inverted: chunks.inverted)
  }
}

extension SCTPMatch.Chunks {
  fileprivate init(_ p: XTablesPayload, inverted: Bool) throws(XTablesProblem) {
    let flagCount = p.u32(xt_sctp_info_flag_count)
    // XT_NUM_SCTP_FLAGS
    guard flagCount <= 4 else { throw XTablesProblem(reason: "more than 4 chunk flags") }
    scope = p.u32(xt_sctp_info_chunk_match_type)
    // SCTP_CHUNKMAP_SET divides the type by sizeof(__u32) * 8.
    types = (UInt8.min...UInt8.max).filter {
      p.u32(xt_sctp_info_chunkmap + Int($0) / 32 * 4) >> (UInt32($0) % 32) & 1 != 0
    }
    flags = (0..<Int(flagCount)).map {
      let info = xt_sctp_info_flag_info + $0 * sizeof_xt_sctp_flag_info
      return Flags(
        type: p.u8(info + xt_sctp_flag_info_chunktype), mask: p.u8(info + xt_sctp_flag_info_flag_mask),
        value: p.u8(info + xt_sctp_flag_info_flag))
    }
    self.inverted = inverted
  }

  fileprivate var list: String {
    switch types.count {
    case 0: "NONE"
    case 256: "ALL"
    default: types.map(name).joined(separator: ",")
    }
  }

  private func name(_ type: UInt8) -> String {
    let known = Self.known[type]
    var text = known?.name ?? "\(type)"
    for flag in flags where flag.type == type && flag.mask != 0 {
      text += ":" + Self.letters(flag, Array(known?.flags ?? "--------"))
    }
    return text
  }

  /// The flags that are looked at: in upper case those that must be set. The highest bit has the first letter.
  private static func letters(_ flag: Flags, _ letters: [Character]) -> String {
    var text = ""
    for (index, letter) in letters.enumerated() {
      let bit: UInt8 = 0x80 >> UInt8(index)
      if flag.mask & bit == 0 { continue }
      text += flag.value & bit != 0 ? String(letter) : letter.lowercased()
    }
    return text
  }

  private static let known: [UInt8: (name: String, flags: String?)] = [
    0: ("DATA", "----IUBE"), 1: ("INIT", nil), 2: ("INIT_ACK", nil), 3: ("SACK", nil), 4: ("HEARTBEAT", nil),
    5: ("HEARTBEAT_ACK", nil), 6: ("ABORT", "-------T"), 7: ("SHUTDOWN", nil), 8: ("SHUTDOWN_ACK", nil),
    9: ("ERROR", nil), 10: ("COOKIE_ECHO", nil), 11: ("COOKIE_ACK", nil), 12: ("ECN_ECNE", nil),
    13: ("ECN_CWR", nil), 14: ("SHUTDOWN_COMPLETE", "-------T"), 64: ("I_DATA", "----IUBE"), 128: ("ASCONF_ACK", nil),
    130: ("RE_CONFIG", nil), 132: ("PAD", nil), 192: ("FORWARD_TSN", nil), 193: ("ASCONF", nil),
    194: ("I_FORWARD_TSN", nil),
  ]
}
