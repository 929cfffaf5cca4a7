/// Which tables are meant, as typed after `-t`.
public enum TableSelection: Sendable, Hashable {
  /// nat, and in nftables mode kube-proxy's own: where services are.
  case services
  case all
  /// Those of a name, of one family alone where it is named as nft does: `ip kube-proxy`.
  case named(String, family: String?)

  private static let families = ["ip", "ip6", "inet", "netdev"]

  /// Reads `nat`, `ip kube-proxy` or `all`.
  /// - Throws: `TargetError`, with what is wrong.
  public init(_ text: String) throws(TargetError) {
    let words = text.split(separator: " ").map(String.init)
    switch words.count {
    case 1: self = words[0] == "all" ? .all : .named(words[0], family: nil)
    case 2 where Self.families.contains(words[0]): self = .named(words[1], family: words[0])
    default:
      throw TargetError("\(text): expected a table's name, FAMILY NAME (family ip, ip6, inet or netdev), or all")
    }
  }

  /// Whether a table is meant.
  public func contains(_ table: Table) -> Bool {
    switch self {
    case .services: table.name == "nat" || (table.backend == .nft && table.name == "kube-proxy")
    case .all: true
    case .named(let name, let family): table.name == name && (family ?? table.familyName) == table.familyName
    }
  }
}

extension TableSelection: CustomStringConvertible {
  /// As typed.
  public var description: String {
    switch self {
    case .services: "nat"
    case .all: "all"
    case .named(let name, let family): (family.map { "\($0) " } ?? "") + name
    }
  }
}
