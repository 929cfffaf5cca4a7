/// Extensions of xtables, from their bytes.
///
/// The payload of a match or target is the same in a legacy table and in nf_tables' `match` and `target` expressions
/// (NFTA_MATCH_INFO, NFTA_TARGET_INFO), so that one decoder by name, revision and family serves both.
public enum XTables {
  /// The match that an extension's payload describes; `.unknown` where kpx cannot tell.
  public static func match(
    name: String, revision: UInt8, payload: UnsafeRawBufferPointer, family: IPFamily, setNames: @escaping SetNames
  ) -> Match {
    switch decode(name, revision, payload, family, setNames, in: matches) {
    case .success(let match): match
    case .failure(let unknown): .unknown(unknown)
    }
  }

  /// The action that a target's payload describes; `.unknown` where kpx cannot tell.
  ///
  /// Standard verdicts have no extension: whoever reads a table knows what their numbers mean there.
  public static func action(
    name: String, revision: UInt8, payload: UnsafeRawBufferPointer, family: IPFamily, setNames: @escaping SetNames
  ) -> Action {
    switch decode(name, revision, payload, family, setNames, in: targets) {
    case .success(let action): action
    case .failure(let unknown): .unknown(unknown)
    }
  }

  static let matches = registry(Match.decoders)
  static let targets = registry(Action.decoders)

  /// Which extension a decoder is for.
  struct Key: Hashable {
    let name: String
    let revision: UInt8
    let family: IPFamily

    /// By the name, as each match of each rule is looked up: there are few revisions of one.
    func hash(into hasher: inout Hasher) { hasher.combine(name) }
  }

  /// How one revision of an extension is read.
  struct Decoder<Value>: Sendable {
    let name: String
    let revision: UInt8
    /// nil: the same for both.
    var family: IPFamily?
    /// sizeof the struct, without the padding that XT_ALIGN adds.
    let size: Int
    let decode: @Sendable (XTablesPayload) throws(XTablesProblem) -> Value
  }

  private static func registry<Value>(_ decoders: [[Decoder<Value>]]) -> [Key: Decoder<Value>] {
    var registry: [Key: Decoder<Value>] = [:]
    for decoder in decoders.joined() {
      for family in IPFamily.allCases where decoder.family ?? family == family {
        registry[Key(name: decoder.name, revision: decoder.revision, family: family)] = decoder
      }
    }
    return registry
  }

  private enum Outcome<Value> {
    case success(Value)
    case failure(UnknownExtension)
  }

  private static func decode<Value>(
    _ name: String, _ revision: UInt8, _ payload: UnsafeRawBufferPointer, _ family: IPFamily,
    _ setNames: @escaping SetNames, in registry: [Key: Decoder<Value>]
  ) -> Outcome<Value> {
    func failure(_ reason: String) -> Outcome<Value> {
      .failure(UnknownExtension(name: name, revision: revision, bytes: Array(payload), reason: reason))
    }
    guard let decoder = registry[Key(name: name, revision: revision, family: family)] else {
      let known = registry.keys.contains { $0.name == name && $0.family == family }
      return failure(known ? "revision \(revision) is not known" : "not known")
    }
    // XT_ALIGN pads to 8 bytes; more or less than that is another struct.
    guard (decoder.size...decoder.size + 7).contains(payload.count) else {
      return failure("\(payload.count) bytes instead of \(decoder.size)")
    }
    do throws(XTablesProblem) {
      return .success(try decoder.decode(XTablesPayload(bytes: payload, family: family, setNames: setNames)))
    } catch {
      return failure(error.reason)
    }
  }
}
