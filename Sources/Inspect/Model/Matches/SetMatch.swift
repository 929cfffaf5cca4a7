import CSys

/// `-m set`: struct xt_set_info_match_v0 to v4. The kernel gives a set's index; the reader resolves the name.
public struct SetMatch: Sendable, Hashable {
  /// A number kept with an element, compared with a value.
  public struct CounterMatch: Sendable, Hashable {
    /// IPSET_COUNTER_*: 1 equal, 2 not equal, 3 less, 4 greater.
    public var comparison: UInt8
    /// What the element's counter is compared with.
    public var value: UInt64
  }
  /// The set's name; nil if the index could not be resolved.
  public var name: String?
  /// The set's index in the kernel (ip_set_id_t).
  public var index: UInt16
  /// `src` (true) or `dst` for each dimension.
  public var sourceDimensions: [Bool]
  /// `!`: true where the test does not hold.
  public var inverted: Bool
  /// `--return-nomatch`.
  public var returnNoMatch = false
  /// `--update-counters` is the default; true for `! --update-counters`.
  public var skipCounterUpdate = false
  /// true for `! --update-subcounters`.
  public var skipSubcounterUpdate = false
  /// `--packets-eq` and the like: the element's count of packets; nil if not tested.
  public var packets: CounterMatch?
  /// `--bytes-eq` and the like: the element's count of bytes; nil if not tested.
  public var bytes: CounterMatch?
}

extension SetMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "set", revision: 0, size: sizeof_xt_set_info_match_v0) { p in .set(SetMatch(v0: p)) },
    .init(name: "set", revision: 1, size: sizeof_xt_set_info_match_v1) { p throws(XTablesProblem) in
      .set(try SetMatch(p))
    },
    .init(name: "set", revision: 2, size: sizeof_xt_set_info_match_v1) { p throws(XTablesProblem) in
      .set(try SetMatch(p))
    },
    .init(name: "set", revision: 3, size: sizeof_xt_set_info_match_v3) { p throws(XTablesProblem) in
      var match = try SetMatch(p)
      match.addFlags(p.u32(xt_set_info_match_v3_flags))
      func counter(_ offset: Int) throws(XTablesProblem) -> CounterMatch? {
        try CounterMatch(
          comparing: p.u8(offset + ip_set_counter_match0_op), with: p.u64(offset + ip_set_counter_match0_value))
      }
      match.packets = try counter(xt_set_info_match_v3_packets)
      match.bytes = try counter(xt_set_info_match_v3_bytes)
      return .set(match)
    },
    .init(name: "set", revision: 4, size: sizeof_xt_set_info_match_v4) { p throws(XTablesProblem) in
      var match = try SetMatch(p)
      match.addFlags(p.u32(xt_set_info_match_v4_flags))
      func counter(_ offset: Int) throws(XTablesProblem) -> CounterMatch? {
        try CounterMatch(
          comparing: p.u8(offset + ip_set_counter_match_op), with: p.u64(offset + ip_set_counter_match_value))
      }
      match.packets = try counter(xt_set_info_match_v4_packets)
      match.bytes = try counter(xt_set_info_match_v4_bytes)
      return .set(match)
    },
  ]

  /// struct xt_set_info_v0: flags for each dimension (IPSET_SRC 1, IPSET_DST 2) until 0; the first one also has
  /// IPSET_MATCH_INV 4.
  private init(v0 p: XTablesPayload) {
    // IPSET_DIM_MAX
    let flags = (0..<6).map { p.u32(xt_set_info_v0_flags + 4 * $0) }.prefix { $0 & 3 != 0 }
    index = p.u16(xt_set_info_v0_index)
    name = p.setNames(index)
    sourceDimensions = flags.map { $0 & 1 != 0 }
    inverted = p.u32(xt_set_info_v0_flags) & 4 != 0
  }

  /// struct xt_set_info: bit 0 of its flags inverts, bit n is whether dimension n is `src`, bit 7 is
  /// IPSET_RETURN_NOMATCH.
  private init(_ p: XTablesPayload) throws(XTablesProblem) {
    let dimensions = p.u8(xt_set_info_dim)
    let flags = p.u8(xt_set_info_flags)
    // IPSET_DIM_MAX
    guard dimensions <= 6 else { throw XTablesProblem(reason: "\(dimensions) dimensions") }
    index = p.u16(xt_set_info_index)
    name = p.setNames(index)
    sourceDimensions = (0..<dimensions).map { flags >> ($0 + 1) & 1 != 0 }
    inverted = flags & 1 != 0
    returnNoMatch = flags & 0x80 != 0
  }

  /// IPSET_FLAG_SKIP_COUNTER_UPDATE, IPSET_FLAG_SKIP_SUBCOUNTER_UPDATE, IPSET_FLAG_RETURN_NOMATCH
  private mutating func addFlags(_ flags: UInt32) {
    skipCounterUpdate = flags & 0x08 != 0
    skipSubcounterUpdate = flags & 0x10 != 0
    returnNoMatch = returnNoMatch || flags & 0x80 != 0
  }

  func append(to text: inout String) {
    text += " -m set"
    let dimensions = sourceDimensions.map { $0 ? "src" : "dst" }.joined(separator: ",")
    text.addOption("--match-set \(name ?? "#\(index)") \(dimensions)", inverted: inverted)
    if returnNoMatch { text += " --return-nomatch" }
    if skipCounterUpdate { text += " ! --update-counters" }
    if skipSubcounterUpdate { text += " ! --update-subcounters" }
    packets?.append("packets", to: &text)
    bytes?.append("bytes", to: &text)
  }
}

extension SetMatch.CounterMatch {
  /// nil for a number that is not compared.
  fileprivate init?(comparing comparison: UInt8, with value: UInt64) throws(XTablesProblem) {
    guard comparison <= 4 else { throw XTablesProblem(reason: "comparison \(comparison) is not known") }
    if comparison == 0 { return nil }
    self.init(comparison: comparison, value: value)
  }

  fileprivate func append(_ counter: String, to text: inout String) {
    switch comparison {
    case 1: text += " --\(counter)-eq \(value)"
    case 2: text += " ! --\(counter)-eq \(value)"
    case 3: text += " --\(counter)-lt \(value)"
    default: text += " --\(counter)-gt \(value)"
    }
  }
}
