import TestSupport

@testable import Inspect

/// A concrete packet, as far as sets tell packets apart.
struct ConcretePacket {
  var isLocalOutput = false
  var source: IPAddress
  var destination: IPAddress
  /// Empty for none.
  var inInterface = ""
  var outInterface = ""
  var outInterfaceAnew = ""
  var sourcePort: UInt16 = 0
  /// What is no number and holds of it.
  var holding: Set<Condition> = []

  /// Whether a condition holds of it: what sets are compared with.
  func fulfils(_ condition: Condition, localAddresses: [IPPrefix]) -> Bool {
    func matches(_ actual: String, _ name: String, _ wildcard: Bool) -> Bool {
      wildcard ? actual.hasPrefix(name) : actual == name
    }
    return switch condition {
    case .localOutput: isLocalOutput
    case .source(let range): range.contains(source)
    case .destination(let range): range.contains(destination)
    case .sourceType(.local): localAddresses.contains { $0.contains(source) }
    case .destinationType(.local): localAddresses.contains { $0.contains(destination) }
    case .inInterface(let name, let wildcard): matches(inInterface, name, wildcard)
    case .outInterface(let name, let wildcard): matches(outInterface, name, wildcard)
    case .outInterfaceAnew(let name, let wildcard): matches(outInterfaceAnew, name, wildcard)
    case .sourcePort(let range): range.contains(sourcePort)
    case .all(let facts): facts.allSatisfy { fulfils($0.condition, localAddresses: localAddresses) == $0.holds }
    default: holding.contains(condition)
    }
  }
}

extension PacketSet {
  /// Whether a packet is in it, by the bits that the packet has.
  func contains(_ packet: ConcretePacket) -> Bool {
    let bits = PacketBits(packet, space)
    return space.contains(root) { bits.bit($0) }
  }
}

/// The bits of a packet, by their levels.
private struct PacketBits {
  private let fields: [(levels: Range<UInt16>, bits: [Bool])]

  init(_ packet: ConcretePacket, _ space: PacketSpace) {
    func interface(_ name: String, _ field: PacketField) -> (levels: Range<UInt16>, bits: [Bool]) {
      // The first pattern that was asked for has the last level.
      let own = InterfacePattern(name: name, wildcard: false)
      let asked = (space.interfaces[field]?.list ?? []).map { $0.pattern.contains(own) }
      return (field.levels.upperBound - UInt16(asked.count)..<field.levels.upperBound, asked.reversed())
    }
    let conditions = space.conditions.map(packet.holding.contains)
    let first = PacketField.condition(0).levels.upperBound
    fields = [
      (first - UInt16(conditions.count)..<first, conditions.reversed()),
      (PacketField.localOutput.levels, [packet.isLocalOutput]),
      (PacketField.source.levels, IPPrefix(packet.source).bits),
      (PacketField.destination.levels, IPPrefix(packet.destination).bits),
      (PacketField.sourcePort.levels, (0..<16).map { packet.sourcePort >> (15 - $0) & 1 == 1 }),
      interface(packet.inInterface, .inInterface), interface(packet.outInterface, .outInterface),
      interface(packet.outInterfaceAnew, .outInterfaceAnew),
    ]
  }

  func bit(_ level: UInt16) -> Bool {
    guard let field = fields.first(where: { $0.levels.contains(level) }) else { return false }
    return field.bits[Int(level - field.levels.lowerBound)]
  }
}

/// Packets of which each is told from all others by some conditions, and of each kind that the conditions tell apart one
/// at least: two sets of such conditions are the same if and only if the same of these packets are in them.
struct PacketUniverse {
  let family: IPFamily
  let localAddresses: [IPPrefix]
  let packets: [ConcretePacket]
  /// What random sets are made of.
  let conditions: [Condition]

  /// What is no number.
  static let opaque: [Condition] = [.other(.sender(1)), .undecided(rule: .example, what: "something")]

  init(_ family: IPFamily) {
    self.family = family
    localAddresses = ["127.0.0.0/8", "192.0.2.1", "::1", "fd00::1"].map(prefix)
    let sources =
      family == .v4
      ? [
        "10.1.2.3", "10.1.2.4", "10.1.3.0", "10.255.255.255", "192.0.2.1", "192.0.2.2", "127.0.0.1", "8.8.8.8",
        "200.0.0.1",
      ]
      : ["fd00:1:2::3", "fd00:1:2::4", "fd00:1:3::", "fd00:ffff::", "fd00::1", "2001:db8::1", "::1", "::2", "c000::"]
    let ranges =
      family == .v4
      ? [
        "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "128.0.0.0/1", "192.0.2.0/24", "fd00::/8",
      ]
      : ["::/0", "fd00::/8", "fd00:1::/32", "fd00:1:2::/48", "fd00:1:2::3", "8000::/1", "2001:db8::/32", "10.0.0.0/8"]
    let destinations = family == .v4 ? ["10.1.2.3", "192.0.2.1", "8.8.8.8"] : ["fd00:1:2::3", "fd00::1", "::2"]
    let interfaces = ["", "lo", "eth0", "eth10", "eth7", "e9", "cali1", "cali12", "cali7", "wlan0"]
    let patterns = [
      ("", false), ("", true), ("lo", false), ("eth0", false), ("eth1", true), ("eth", true), ("e", true),
      ("cali", true), ("cali1", false), ("cali12", false),
    ]
    var packets: [ConcretePacket] = []
    for source in sources {
      for destination in destinations {
        for interface in interfaces {
          for port: UInt16 in [0, 79, 80, 1999, 65535] {
            for choice in 0..<8 {
              var packet = ConcretePacket(source: address(source), destination: address(destination))
              packet.inInterface = interface
              packet.sourcePort = port
              packet.isLocalOutput = choice & 4 != 0
              packet.holding = Set(Self.opaque.indices.filter { choice >> $0 & 1 == 1 }.map { Self.opaque[$0] })
              packets.append(packet)
            }
          }
        }
      }
    }
    self.packets = packets
    let named: [Condition] = patterns.map { .inInterface(name: $0.0, wildcard: $0.1) }
    let numbered: [Condition] = [0...79, 80...80, 80...1999, 0...65535].map { .sourcePort($0) }
    conditions =
      ranges.map { .source(prefix($0)) } + named + numbered + Self.opaque
      + [.sourceType(.local), .localOutput, .destination(prefix(destinations[0])), .destinationType(.local)]
      + [.all([Fact(.source(prefix(ranges[1]))), Fact(.localOutput, false)])]
  }

  /// The place of the packet that is like another, but that a condition does not hold of it.
  func index(_ index: Int, without condition: Condition) -> Int {
    let bit = Self.opaque.firstIndex(of: condition) ?? 0
    return index & ~(1 << bit)
  }

  func space() -> PacketSpace { PacketSpace(family: family, localAddresses: localAddresses) }
}

extension RuleReference {
  static let example = RuleReference(
    chain: ChainReference(table: Table(backend: .legacy, family: .v4, name: "nat"), name: "A"), number: 1)
}

/// Which packets of a universe are in a set, by asking each.
struct Members: Hashable {
  private(set) var words: [UInt64]
  private let count: Int

  init(_ packets: [ConcretePacket], _ isIn: (ConcretePacket) -> Bool) {
    count = packets.count
    words = [UInt64](repeating: 0, count: (packets.count + 63) / 64)
    for (index, packet) in packets.enumerated() where isIn(packet) { words[index / 64] |= 1 << UInt64(index % 64) }
  }

  func contains(_ index: Int) -> Bool { words[index / 64] >> UInt64(index % 64) & 1 == 1 }

  private init(_ words: [UInt64], _ count: Int) { (self.words, self.count) = (words, count) }

  var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  var complement: Members {
    var all = words.map(~)
    if count % 64 != 0 { all[all.count - 1] &= 1 << UInt64(count % 64) - 1 }
    return Members(all, count)
  }

  func intersection(_ other: Members) -> Members { Members(zip(words, other.words).map { $0 & $1 }, count) }

  func union(_ other: Members) -> Members { Members(zip(words, other.words).map { $0 | $1 }, count) }
}

/// Random sets of packets of one space, each with its members as asked one by one.
struct RandomSets {
  typealias Pair = (set: PacketSet, members: Members)

  let space: PacketSpace
  private let universe: PacketUniverse
  private let known: [Condition: Members]
  var generator: SeededGenerator

  init(_ universe: PacketUniverse, known: [Condition: Members], seed: UInt64) {
    self.universe = universe
    self.known = known
    space = universe.space()
    generator = SeededGenerator(seed: seed)
  }

  static func members(_ universe: PacketUniverse) -> [Condition: Members] {
    Dictionary(
      universe.conditions.map { condition in
        (condition, Members(universe.packets) { $0.fulfils(condition, localAddresses: universe.localAddresses) })
      }
    ) { first, _ in first }
  }

  /// A combination of some conditions.
  mutating func next(depth: Int = 4) -> Pair {
    guard depth > 0, !generator.happens(15) else {
      let condition = generator.one(of: universe.conditions)
      let holds = generator.happens(50)
      let members = known[condition] ?? Members([]) { _ in false }
      return (PacketSet(space, [Fact(condition, holds)]), holds ? members : members.complement)
    }
    let left = next(depth: depth - 1)
    let right = next(depth: depth - 1)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: return (left.set.intersection(right.set), left.members.intersection(right.members))
    case 1: return (left.set.union(right.set), left.members.union(right.members))
    case 2: return (left.set.subtracting(right.set), left.members.intersection(right.members.complement))
    default: return (left.set.complement, left.members.complement)
    }
  }
}
