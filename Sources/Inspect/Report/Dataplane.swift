/// Who carries the packets of a service to its endpoints.
public enum Dataplane: Sendable, Hashable {
  /// Rules of legacy tables or of nf_tables.
  case netfilter
  case ipvs
  /// A system that kpx only names: no rule shows what it does.
  case other(OtherDataplane)

  /// The word for it in JSON.
  public var name: String {
    switch self {
    case .netfilter: "netfilter"
    case .ipvs: "ipvs"
    case .other(let system): system.id
    }
  }
}

extension Dataplane: Codable {
  /// Reads its word.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    let all = [.netfilter, .ipvs] + OtherDataplane.allCases.map(Dataplane.other)
    guard let known = all.first(where: { $0.name == name }) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no data plane \(name)")
    }
    self = known
  }

  /// Writes its word.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
