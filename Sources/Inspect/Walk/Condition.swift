/// Something about a packet or its moment that a walk does not know and that decides its way.
public indirect enum Condition: Sendable, Hashable {
  /// The packet was made on this node (it starts at OUTPUT, not at PREROUTING).
  case localOutput
  case source(IPPrefix)
  case destination(IPPrefix)
  /// An address under a mask that is no prefix.
  case maskedSource(address: IPAddress, mask: IPAddress)
  case maskedDestination(address: IPAddress, mask: IPAddress)
  /// The kind of address that the source is, in the routing tables.
  case sourceType(AddressType)
  case destinationType(AddressType)
  case inInterface(name: String, wildcard: Bool)
  case outInterface(name: String, wildcard: Bool)
  /// The way out that a packet was given anew, since it was redirected in OUTPUT (ip_route_me_harder).
  case outInterfaceAnew(name: String, wildcard: Bool)
  case sourcePort(ClosedRange<UInt16>)
  case destinationPort(ClosedRange<UInt16>)
  /// The source (or destination) is in a list of `-m recent`.
  case recent(RecentMatch)
  /// Addresses and ports that are not all known are in a set.
  case set(SetMatch)
  /// One of several destinations is chosen, by what a walk does not know.
  case chosen(DestinationChoice)
  /// A match that kpx knows, on something that a trace does not: a rate, a socket's owner, a MAC, a bridge port.
  case other(Match)
  /// A match of a rule whose options kpx does not read, on something that a trace does not know.
  case undecoded(rule: RuleReference, what: String)
  /// A match or target that kpx cannot decode or read: what depends on it is uncertain.
  case undecided(rule: RuleReference, what: String)
  /// All of these hold.
  case all([Fact])
}

extension Condition {
  /// Whether it is about packets that were seen before: a list of `-m recent`, a set that rules add to.
  var isMemory: Bool {
    switch self {
    case .recent: true
    case .other(.native(.lookup(let lookup))): lookup.set.flags.contains(.dynamic)
    default: false
    }
  }
}

/// A condition, and whether it holds.
public struct Fact: Sendable, Hashable {
  /// What is assumed of packets.
  public var condition: Condition
  /// Whether it is assumed to hold, or not to.
  public var holds: Bool

  /// A condition that holds, or does not.
  public init(_ condition: Condition, _ holds: Bool = true) {
    self.condition = condition
    self.holds = holds
  }

  /// The opposite.
  public var negated: Fact { Fact(condition, !holds) }

}

extension Fact: CustomStringConvertible {
  /// As a part of a sentence after "if": `the source is outside 10.244.0.0/16`, without "the".
  public var description: String {
    func either(_ yes: String, _ no: String) -> String { holds ? yes : no }
    func type(_ side: String, _ type: AddressType) -> String {
      type == .local
        ? either("\(side) is an address of this node", "\(side) is no address of this node")
        : either("\(side) is of type \(type.names)", "\(side) is not of type \(type.names)")
    }
    func prefix(_ side: String, _ prefix: IPPrefix) -> String {
      prefix.isSingle
        ? either("\(side) is \(prefix)", "\(side) is not \(prefix)")
        : either("\(side) in \(prefix)", "\(side) outside \(prefix)")
    }
    switch condition {
    case .localOutput: return either("from this node", "not from this node")
    case .source(let range): return prefix("source", range)
    case .destination(let range): return prefix("destination", range)
    case .maskedSource(let address, let mask):
      return either("source in \(address)/\(mask)", "source outside \(address)/\(mask)")
    case .maskedDestination(let address, let mask):
      return either("destination in \(address)/\(mask)", "destination outside \(address)/\(mask)")
    case .sourceType(let value): return type("source", value)
    case .destinationType(let value): return type("destination", value)
    case .inInterface(let name, let wildcard):
      return either("arriving by ", "not arriving by ") + name + (wildcard ? "+" : "")
    case .outInterface(let name, let wildcard):
      return either("leaving by ", "not leaving by ") + name + (wildcard ? "+" : "")
    case .outInterfaceAnew(let name, let wildcard):
      return either("leaving after translation by ", "not leaving after translation by ") + name + (wildcard ? "+" : "")
    case .sourcePort(let range): return either("source port ", "source port not ") + range.text
    case .destinationPort(let range): return either("destination port ", "destination port not ") + range.text
    case .recent(let match):
      let when = match.seconds > 0 ? " within \(match.seconds) s" : ""
      return either("noted in \(match.name)\(when)", "not noted in \(match.name)\(when)")
    case .set(let match):
      let sides = match.sourceDimensions.map { $0 ? "src" : "dst" }.joined(separator: ",")
      let name = match.name ?? "#\(match.index)"
      return either("in set \(name) (\(sides))", "not in set \(name) (\(sides))")
    case .other(.native(let match)): return either("", "not ") + NFTMatchText.text(.native(match))
    case .chosen(let choice): return either("chosen ", "not chosen ") + choice.description
    case .other(let match): return either("", "not ") + match.text
    case .undecoded(let rule, let what): return either("", "not ") + "\(what) (\(rule))"
    case .undecided(let rule, let what): return either("", "not ") + "\(what) (\(rule))"
    case .all(let facts):
      // Not all of what does not hold: one of what holds.
      return holds
        ? facts.map(\.description).joined(separator: " and ")
        : facts.map(\.negated.description).joined(separator: " or ")
    }
  }
}

extension ClosedRange<UInt16> {
  /// `80`, `8000-8080`.
  var text: String { lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound)-\(upperBound)" }
}

extension AddressType {
  /// `LOCAL,BROADCAST`
  var names: String {
    Self.names.indices.filter { rawValue & (1 << UInt16($0)) != 0 }.map { Self.names[$0] }.joined(separator: ",")
  }
}
